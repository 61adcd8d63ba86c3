/** Texts that nobody writes by hand and every tool makes by mistake: one thing over and over, by how often. */

export interface LargeText {
  readonly name: string;
  /** Where it would lie: the name tells a graph file from a spec. */
  readonly path: string;
  /** @param n how often the thing stands there. */
  text(n: number): string;
  /** From so many on a limit holds, and what is done grows no faster than the text. */
  readonly from?: number;
}

/** Limits that are met further on than the sizes at which steps are counted. */
const FROM: Readonly<Record<string, number>> = {
  'no-break spaces': 1500,
  'no-break spaces between words': 1500,
  'signs of two units': 1500,
  'combining signs': 1500,
  'brackets inside brackets': 400,
  'brackets that are never closed': 400,
  'braces inside braces': 400,
  'dashes on a line': 400,
  'dashes on the first line': 400,
  'dashes alone on a line': 400,
  'question marks': 400,
  colons: 400,
  'keys on a line': 400,
};

const SPEC = '/specs/a.berth.yaml';
const GRAPH = '/specs/a.graph.yaml';
const RECORDED = '/specs/a.graph.json';

const CLUSTER = 'apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: a }\nspec:\n';
const JOB = '{ name: a, slo: { latency: 720ms }, processingTime: 180ms, workload: { rate: 5/s } }';
const CLUSTER_OF_ONE = `${CLUSTER}  capacity: { replicas: 8 }\n  objective: Sum\n  jobs:\n    - ${JOB}\n`;
const PLACEMENT =
  'apiVersion: berth.dev/v1alpha1\nkind: TrainingPlacement\nmetadata: { name: a }\nspec:\n  graph: a.graph.yaml\n  link: { bandwidth: 5.7GB/s, latency: 134us }\n';
const FEDERATION = 'apiVersion: berth.dev/v1alpha1\nkind: Federation\nmetadata: { name: a }\nspec:\n';
const GRAPH_HEAD = 'apiVersion: berth.dev/v1alpha1\nkind: Graph\nmetadata: { name: a }\n';

function lines(n: number, line: (i: number) => string): string {
  const all: string[] = [];
  for (let i = 0; i < n; i++) all.push(line(i));
  return `${all.join('\n')}\n`;
}

function listed(n: number, item: (i: number) => string): string {
  return Array.from({ length: n }, (_, i) => item(i)).join(', ');
}

const node = (i: number): string => `  - { name: n${i}, compute: 20us }`;
const edge = (from: number, to: number): string => `  - { from: n${from}, to: n${to} }`;

/** What stands where a spec or a graph should, in a text of a name that has one. */
const IN_SPECS: Readonly<Record<string, (n: number) => string>> = {
  'unknown keys of a document': (n) => CLUSTER_OF_ONE + lines(n, (i) => `key${i}: 1`),
  'unknown keys of spec': (n) => CLUSTER_OF_ONE + lines(n, (i) => `  key${i}: 1`),
  'unknown keys of a job': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n    - name: a\n${lines(n, (i) => `      key${i}: 1`)}`,
  'unknown keys between brackets': (n) => `${CLUSTER}  capacity: { ${listed(n, (i) => `key${i}: 1`)} }\n`,
  'keys that belong elsewhere': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n${lines(n, () => `    - { latency: 3s, objective: Sum, percentil: 9 }`)}`,
  'one unknown key in every job': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n${lines(n, (i) => `    - { name: a${i}, slo: { latency: 7ms }, processingTime: 1ms, workload: { rate: 5/s }, prioritty: 3 }`)}`,
  'one key again and again': (n) => CLUSTER_OF_ONE + lines(n, () => `metadata: { name: a }`),
  'one key of spec again and again': (n) => CLUSTER_OF_ONE + lines(n, () => `  objective: Sum`),
  'brackets inside brackets': (n) => `${CLUSTER}  jobs: ${'['.repeat(n)}${']'.repeat(n)}\n`,
  'brackets that are never closed': (n) => `${CLUSTER}  jobs: ${'['.repeat(n)}\n`,
  'braces inside braces': (n) => `${CLUSTER}  jobs: ${'{a: '.repeat(n)}1${'}'.repeat(n)}\n`,
  'closing brackets': (n) => `${CLUSTER}  jobs: ${']'.repeat(n)}\n`,
  'mappings inside mappings': (n) => {
    const deep = Math.floor(Math.sqrt(2 * n));
    return CLUSTER + lines(deep, (i) => `${' '.repeat(i + 2)}a:`);
  },
  'falling indentation': (n) => {
    const deep = Math.floor(Math.sqrt(2 * n));
    return CLUSTER + lines(deep, (i) => `${' '.repeat(deep - i + 2)}a: 1`);
  },
  'dashes on a line': (n) => `${CLUSTER}  jobs:\n    ${'- '.repeat(n)}a\n`,
  'dashes on the first line': (n) => `${'- '.repeat(n)}a\n`,
  'dashes alone on a line': (n) => `${CLUSTER}  jobs:\n    ${'- '.repeat(n)}\n`,
  'dashes on lines': (n) => `${CLUSTER}  jobs:\n${lines(n, () => '    - ')}`,
  'dashes without blanks': (n) => `${CLUSTER}  jobs: ${'-'.repeat(n)}\n`,
  'question marks': (n) => `${CLUSTER}  jobs:\n    ${'? '.repeat(n)}a\n`,
  colons: (n) => `${CLUSTER}  jobs: ${': '.repeat(n)}\n`,
  'keys on a line': (n) => `${CLUSTER}  jobs: ${'a: '.repeat(n)}\n`,
  'a long word': (n) => `${CLUSTER}  objective: ${'a'.repeat(n)}\n`,
  'a long word with colons': (n) => `${CLUSTER}  objective: ${'a:'.repeat(n)}\n`,
  'a long line of words': (n) => `${CLUSTER}  objective: ${'word '.repeat(n)}\n`,
  'a long key': (n) => `${CLUSTER}  ${'a'.repeat(n)}: 1\n`,
  'a long line that is no key': (n) => `${CLUSTER}  ${'word '.repeat(n)}\n`,
  'a long quote': (n) => `${CLUSTER}  objective: "${'a'.repeat(n)}"\n`,
  'a long quote of escapes': (n) => `${CLUSTER}  objective: "${'\\n'.repeat(n)}"\n`,
  'a long quote that is not closed': (n) => `${CLUSTER}  objective: "${'a '.repeat(n)}\n`,
  quotes: (n) => `${CLUSTER}  objective: ${`"a" `.repeat(n)}\n`,
  apostrophes: (n) => `${CLUSTER}  objective: ${"''".repeat(n)}\n`,
  'a long comment': (n) => `${CLUSTER_OF_ONE}# ${'word: '.repeat(n)}\n`,
  'a long comment behind a value': (n) => `${CLUSTER}  objective: Sum # ${'word: '.repeat(n)}\n`,
  comments: (n) => CLUSTER_OF_ONE + lines(n, () => `# word`),
  'comments of all depths': (n) => CLUSTER_OF_ONE + lines(n, (i) => `${' '.repeat(i % 17)}# word`),
  'blank lines': (n) => `${CLUSTER_OF_ONE}${'\n'.repeat(n)}`,
  'blank lines in the middle': (n) => `${CLUSTER}${'\n'.repeat(n)}  objective: Sum\n`,
  'blanks on a line': (n) => `${CLUSTER}  objective: Sum${' '.repeat(n)}\n`,
  'blanks and no end': (n) => `${CLUSTER}  objective:${' '.repeat(n)}`,
  'lines of blanks': (n) => `${CLUSTER_OF_ONE}${lines(n, () => '    ')}`,
  tabs: (n) => `${CLUSTER}  objective:${'\t'.repeat(n)}Sum\n`,
  'tabs on lines': (n) => CLUSTER + lines(n, () => `\tobjective: Sum`),
  'carriage returns': (n) => `${CLUSTER}${lines(n, (i) => `  key${i}: 1\r`)}`,
  'carriage returns alone': (n) => `${CLUSTER}  objective: Sum${'\r'.repeat(n)}\n`,
  'a block of lines': (n) => `${CLUSTER}  objective: |\n${lines(n, () => '    word')}`,
  'a folded block of lines': (n) => `${CLUSTER}  objective: >\n${lines(n, () => '    word')}`,
  'a value of many lines': (n) => `${CLUSTER}  objective: a\n${lines(n, () => '    word')}`,
  'a quote of many lines': (n) => `${CLUSTER}  objective: "a\n${lines(n, () => '    word')}    "\n`,
  'half-typed lines': (n) => CLUSTER + lines(n, (i) => `  word${i}`),
  'half-typed lines at the left': (n) => lines(n, (i) => `word${i}`),
  'half-typed lines of jobs': (n) => `${CLUSTER}  jobs:\n${lines(n, (i) => `    - word${i}`)}`,
  'half-typed keys of jobs': (n) => `${CLUSTER}  jobs:\n    - name: a\n${lines(n, (i) => `      word${i}`)}`,
  'lines at the wrong place': (n) => `${CLUSTER_OF_ONE}${lines(n, (i) => ` ${' '.repeat(i % 3)}key${i}: 1`)}`,
  anchors: (n) => CLUSTER + lines(n, (i) => `  key${i}: &a${i} 1`),
  'anchors of one name': (n) => CLUSTER + lines(n, (i) => `  key${i}: &a 1`),
  aliases: (n) => `${CLUSTER}  a: &a { b: 1 }\n${lines(n, (i) => `  key${i}: *a`)}`,
  'aliases of aliases': (n) => `${CLUSTER}  key0: &a0 [1]\n${lines(n, (i) => `  key${i + 1}: &a${i + 1} [*a${i}]`)}`,
  'a bomb of aliases': (n) =>
    `${CLUSTER}  key0: &a0 [1]\n${lines(n, (i) => `  key${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)}`,
  'aliases that name nothing': (n) => CLUSTER + lines(n, (i) => `  key${i}: *a${i}`),
  'merge keys': (n) => `${CLUSTER}  a: &a { b: 1 }\n${lines(n, () => `  <<: *a`)}`,
  'merge keys of merge keys': (n) =>
    `${CLUSTER}  key0: &a0 { b: 1 }\n${lines(n, (i) => `  key${i + 1}: &a${i + 1} { <<: *a${i}, c${i}: 1 }`)}`,
  'jobs that merge a large one': (n) => {
    const half = Math.floor(Math.sqrt(n));
    return `${CLUSTER}  a: &a\n${lines(half, (i) => `    key${i}: 1`)}  jobs:\n${lines(half, (i) => `    - { <<: *a, name: a${i} }`)}`;
  },
  'merge keys of a list': (n) => `${CLUSTER}  a: &a { b: 1 }\n  b: { <<: [${listed(n, () => '*a')}] }\n`,
  tags: (n) => CLUSTER + lines(n, (i) => `  key${i}: !tag${i} 1`),
  'unknown tags on a line': (n) => `${CLUSTER}  objective: ${'!a '.repeat(n)}\n`,
  documents: (n) => '---\na: 1\n'.repeat(n),
  'empty documents': (n) => '---\n'.repeat(n),
  'ends of documents': (n) => '...\n'.repeat(n),
  'documents of one name': (n) => `---\n${CLUSTER_OF_ONE}`.repeat(n),
  directives: (n) => `${'%YAML 1.2\n'.repeat(n)}---\n${CLUSTER_OF_ONE}`,
  'conflict markers': (n) => `${CLUSTER}${'<<<<<<< a\n'.repeat(n)}`,
  'jobs of one name': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  objective: Sum\n  jobs:\n${lines(n, () => `    - ${JOB}`)}`,
  jobs: (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  objective: Sum\n  jobs:\n${lines(n, (i) => `    - ${JOB.replace('name: a', `name: a${i}`)}`)}`,
  'jobs in lines': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  objective: Sum\n  jobs:\n${lines(n, (i) => `    - name: a${i}\n      slo:\n        latency: 720ms\n      processingTime: 180ms\n      workload:\n        rate: 5/s`)}`,
  'jobs between brackets': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  objective: Sum\n  jobs: [ ${listed(n, (i) => JOB.replace('name: a', `name: a${i}`))} ]\n`,
  'empty jobs': (n) => `${CLUSTER}  jobs:\n${lines(n, () => '    - {}')}`,
  'jobs that are none': (n) => `${CLUSTER}  jobs: [${listed(n, () => '1')}]\n`,
  'jobs with unknown objectives': (n) =>
    `${CLUSTER}  jobs:\n${lines(n, () => `    - { name: a, slo: { latency: 720, percentile: 200 }, processingTime: 18 foo, workload: { rate: 5, trace: a.csv } }`)}`,
  'jobs with the least above the most': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n${lines(n, () => `    - { name: a, replicas: { min: 4, max: 2 }, slo: { latency: 7ms }, processingTime: 1ms, workload: { rate: 5/s } }`)}`,
  'jobs with a trace': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n${lines(n, (i) => `    - { name: a${i}, slo: { latency: 7ms }, processingTime: 1ms, workload: { trace: day.csv, column: c${i} } }`)}`,
  'jobs with no trace': (n) =>
    `${CLUSTER}  capacity: { replicas: 8 }\n  jobs:\n${lines(n, (i) => `    - { name: a${i}, slo: { latency: 7ms }, processingTime: 1ms, workload: { trace: b${i}.csv, column: c } }`)}`,
  machines: (n) => `${CLUSTER}  nodes:\n${lines(n, (i) => `    - { name: a${i}, cpu: 2 }`)}`,
  'machines of one name': (n) => `${CLUSTER}  nodes:\n${lines(n, () => `    - { name: a, cpu: 2, count: 1000 }`)}`,
  'words of a command': (n) =>
    `${CLUSTER}  jobs:\n    - { name: a, serve: { command: [${listed(n, (i) => `./a${i}.mjs`)}] } }\n`,
  devices: (n) => `${PLACEMENT}  devices:\n${lines(n, (i) => `    - { name: a${i}, memory: 2Gi }`)}`,
  'devices of one name': (n) => `${PLACEMENT}  devices:\n${lines(n, () => `    - { name: a, memory: 2Gi }`)}`,
  'counted devices': (n) =>
    `${PLACEMENT}  devices:\n${lines(n, (i) => `    - { name: a${i}, memory: 2Gi, count: 1000 }`)}`,
  pins: (n) => `${PLACEMENT}  devices: [{ name: a, memory: 1Gi }]\n  pins:\n${lines(n, (i) => `    node${i}: a`)}`,
  'pins of one node': (n) =>
    `${PLACEMENT}  devices: [{ name: a, memory: 1Gi }]\n  pins:\n${lines(n, () => `    node: a`)}`,
  sites: (n) => `${FEDERATION}  sites:\n${lines(n, (i) => `    - { name: a${i}, samples: 10 }`)}`,
  'sites of one name': (n) => `${FEDERATION}  sites:\n${lines(n, () => `    - { name: a, samples: 10 }`)}`,
  'a long name': (n) => CLUSTER_OF_ONE.replace('name: a ', `name: ${'a'.repeat(n)} `),
  'a long name with blanks': (n) => CLUSTER_OF_ONE.replace('name: a ', `name: "${'- '.repeat(n)}" `),
  'a long kind': (n) => CLUSTER_OF_ONE.replace('InferenceCluster', 'InferenceCluster'.repeat(n)),
  'a long target': (n) => `${CLUSTER_OF_ONE}  target: ${'local'.repeat(n)}\n`,
  'a long number': (n) => `${CLUSTER}  capacity: { replicas: ${'1'.repeat(n)} }\n`,
  'a long fraction': (n) => `${CLUSTER}  capacity: { replicas: 1.${'1'.repeat(n)}e5 }\n`,
  'a long quantity': (n) => CLUSTER_OF_ONE.replace('720ms', `${'7'.repeat(n)}ms`),
  'a long unit': (n) => CLUSTER_OF_ONE.replace('720ms', `7${'m'.repeat(n)}`),
  'a quantity of blanks': (n) => CLUSTER_OF_ONE.replace('720ms', `"7${' '.repeat(n)}m"`),
  'a quantity of points': (n) => CLUSTER_OF_ONE.replace('720ms', `7${'.7'.repeat(n)}`),
  'a quantity of groups': (n) => CLUSTER_OF_ONE.replace('720ms', `"7${',700'.repeat(n)}ms"`),
  'a long path': (n) => CLUSTER_OF_ONE.replace('rate: 5/s', `trace: ${'a/'.repeat(n)}b.csv, column: a`),
  'a path that goes up': (n) => CLUSTER_OF_ONE.replace('rate: 5/s', `trace: ${'../'.repeat(n)}b.csv, column: a`),
  'no-break spaces': (n) => `${CLUSTER}  objective: Sum${'\u00a0'.repeat(n)}\n`,
  'no-break spaces on lines': (n) => CLUSTER + lines(n, () => `\u00a0\u00a0objective: Sum`),
  'no-break spaces between words': (n) => `${CLUSTER}  objective: ${'a\u00a0'.repeat(n)}\n`,
  'typographic quotes': (n) => CLUSTER + lines(n, (i) => `  key${i}: “a”`),
  'letters of another script': (n) => CLUSTER + lines(n, (i) => `  key${i}: "слово：слово"`),
  'signs of two units': (n) => `${CLUSTER}  objective: ${'😀'.repeat(n)}\n`,
  'combining signs': (n) => `${CLUSTER}  objective: a${'\u0301'.repeat(n)}\n`,
  'JSON on one line': (n) =>
    JSON.stringify({
      kind: 'InferenceCluster',
      spec: { jobs: Array.from({ length: n }, (_, i) => ({ name: `a${i}` })) },
    }),
};

const IN_GRAPHS: Readonly<Record<string, (n: number) => string>> = {
  nodes: (n) => `${GRAPH_HEAD}nodes:\n${lines(n, node)}`,
  'nodes in lines': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, (i) => `  - name: n${i}\n    compute: 20us`)}`,
  'nodes between brackets': (n) => `${GRAPH_HEAD}nodes: [${listed(n, (i) => `{ name: n${i}, compute: 20us }`)}]\n`,
  'nodes of one name': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, () => node(0))}`,
  'nodes without anything': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, () => '  - {}')}`,
  'nodes that are none': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, () => '  - 1')}`,
  'nodes with an unknown key': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, (i) => `  - { name: n${i}, compute: 20us, key${i}: 1 }`)}`,
  'a long chain': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n - 1, (i) => edge(i, i + 1))}`,
  'a long chain backwards': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n - 1, (i) => edge(n - 1 - i, n - 2 - i))}`,
  'a long cycle': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n, (i) => edge(i, (i + 1) % n))}`,
  'a cycle behind a star': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${edge(0, 1)}\n${edge(1, 0)}\n${lines(n - 2, (i) => edge(i + 2, 0))}`,
  'edges out of one node': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n - 1, (i) => edge(0, i + 1))}`,
  'edges into one node': (n) => `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n - 1, (i) => edge(i + 1, 0))}`,
  'one edge again and again': (n) => `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, () => edge(0, 1))}`,
  'tensors of one edge': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, (i) => `  - { from: n0, to: n1, tensor: t${i}, size: 4Mi }`)}`,
  'sizes of one tensor': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, (i) => `  - { from: n0, to: n1, tensor: t, size: ${i + 1}Mi }`)}`,
  'edges to themselves': (n) => `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, () => edge(0, 0))}`,
  'edges between nothing': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, node)}edges:\n${lines(n, (i) => edge(n + i, 2 * n + i))}`,
  'edges without anything': (n) => `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, () => '  - {}')}`,
  'half-typed edges': (n) => `${GRAPH_HEAD}nodes:\n${lines(2, node)}edges:\n${lines(n, () => '  - { from: n')}`,
  'a long name of a node': (n) => `${GRAPH_HEAD}nodes:\n  - { name: ${'a'.repeat(n)}, compute: 20us }\n`,
  'names nearly the same': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, (i) => `  - { name: ${'abcdefghij'.repeat(3)}${i}, compute: 20us }`)}edges:\n${lines(n, (i) => `  - { from: ${'abcdefghij'.repeat(3)}x${i}, to: b }`)}`,
  'deep layers': (n) =>
    `${GRAPH_HEAD}nodes:\n${lines(n, (i) => `  - { name: "${'a/'.repeat(20)}n${i}", compute: 20us }`)}`,
  'a layer of great depth': (n) => `${GRAPH_HEAD}nodes:\n  - { name: "${'a/'.repeat(n)}n", compute: 20us }\n`,
};

const IN_RECORDINGS: Readonly<Record<string, (n: number) => string>> = {
  'recorded nodes': (n) =>
    JSON.stringify({ nodes: Array.from({ length: n }, (_, id) => ({ id, compute_us: 3 })), edges: [] }),
  'a recorded chain': (n) =>
    JSON.stringify({
      nodes: Array.from({ length: n }, (_, id) => ({ id, compute_us: 3 })),
      edges: Array.from({ length: n - 1 }, (_, i) => ({ src: i, dst: i + 1, bytes: 1 })),
    }),
  'a recorded cycle': (n) =>
    JSON.stringify({
      nodes: Array.from({ length: n }, (_, id) => ({ id, compute_us: 3 })),
      edges: Array.from({ length: n }, (_, i) => ({ src: i, dst: (i + 1) % n, bytes: 1 })),
    }),
  'a recorded star': (n) =>
    JSON.stringify({
      nodes: Array.from({ length: n }, (_, id) => ({ id, compute_us: 3 })),
      edges: Array.from({ length: n - 1 }, (_, i) => ({ src: 0, dst: i + 1, bytes: 1 })),
    }),
  'recorded in lines': (n) =>
    JSON.stringify({ nodes: Array.from({ length: n }, (_, id) => ({ id, compute_us: 3 })), edges: [] }, null, 1),
  'recorded tensors': (n) =>
    JSON.stringify({
      nodes: [
        { id: 0, compute_us: 3 },
        { id: 1, compute_us: 3 },
      ],
      edges: [{ src: 0, dst: 1, tensors: Array.from({ length: n }, (_, i) => ({ name: `t${i}`, bytes: 1 })) }],
    }),
  'brackets in JSON': (n) => `{"nodes":${'['.repeat(n)}${']'.repeat(n)}}`,
  'brackets that JSON lacks': (n) => `{"nodes":${'['.repeat(n)}`,
  'a long text in JSON': (n) => `{"nodes":[{"id":0,"compute_us":3,"name":"${'a'.repeat(n)}"}]}`,
  'escapes in JSON': (n) => `{"nodes":[{"id":0,"compute_us":3,"name":"${'\\u0041'.repeat(n)}"}]}`,
  'a quote that JSON lacks': (n) => `{"nodes":[{"id":0,"compute_us":3,"name":"${'a'.repeat(n)}`,
  'blanks in JSON': (n) => `{"nodes":${' '.repeat(n)}[]}`,
  'one key of JSON again and again': (n) => `{${Array.from({ length: n }, () => '"nodes":[]').join(',')}}`,
  'digits in JSON': (n) => `{"nodes":[{"id":0,"compute_us":${'1'.repeat(n)}}]}`,
  'words in JSON': (n) => `{"nodes":[{"id":0,"compute_us":${'a'.repeat(n)}}]}`,
};

function at(path: string, texts: Readonly<Record<string, (n: number) => string>>): LargeText[] {
  return Object.entries(texts).map(([name, text]) => ({
    name,
    path,
    text,
    ...(Object.hasOwn(FROM, name) ? { from: FROM[name]! } : {}),
  }));
}

export const LARGE_TEXTS: readonly LargeText[] = [
  ...at(SPEC, IN_SPECS),
  ...at(GRAPH, IN_GRAPHS),
  ...at(RECORDED, IN_RECORDINGS),
];
