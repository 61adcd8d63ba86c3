import { describe, expect, it } from 'vitest';
import { completion, withoutPlaceholders, type CompletionItem } from '../../../server/src/language/completion.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { cursorIn, FILES, NO_ENGINES, open } from './workspace.ts';

const HEAD = 'apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: vision }\nspec:\n';
const PLACE = 'apiVersion: berth.dev/v1alpha1\nkind: TrainingPlacement\nmetadata: { name: net }\nspec:\n';

function itemsAt(marked: string, path?: string): readonly CompletionItem[] {
  const { text, offset } = cursorIn(marked);
  return [...completion(open(text, path), offset, NO_ENGINES)].sort((a, b) => (a.sortText < b.sortText ? -1 : 1));
}

/** Expects the labels at the cursor, in the order shown; `…` for any number more. */
function check(marked: string, labels: readonly string[], path?: string): void {
  const found = itemsAt(marked, path).map(({ label }) => label);
  if (labels.at(-1) === '…') expect(found.slice(0, labels.length - 1)).toEqual(labels.slice(0, -1));
  else expect(found).toEqual(labels);
}

/** Expects the text after one of the offers was taken, placeholders as they show. */
function checkInserted(marked: string, label: string, expected: string, path?: string): void {
  const { text } = cursorIn(marked);
  const item = itemsAt(marked, path).find((other) => other.label === label);
  expect(item, `an offer "${label}"`).toBeDefined();
  const newText = item!.snippet ? withoutPlaceholders(item!.insertText) : item!.insertText;
  expect(applied(text, [{ range: item!.range, newText }])).toBe(expected);
}

describe('completion of keys', () => {
  it('offers those that must be there first, then the others in the order in which a person writes them', () => {
    check(`${HEAD}  |`, ['capacity', 'jobs', 'target', 'nodes', 'objective', 'optimizer', 'autoscaler', 'simulation']);
    check(`${HEAD}  jobs:\n    - name: a\n      |`, [
      'slo',
      'processingTime',
      'workload',
      'serviceTime',
      'replicas',
      'priority',
      'resources',
      'serve',
    ]);
  });

  it('leaves out keys that are there, above and below', () => {
    check(`${HEAD}  target: local\n  |\n  jobs: []\n`, [
      'capacity',
      'nodes',
      'objective',
      'optimizer',
      'autoscaler',
      'simulation',
    ]);
    check(`${HEAD}  jobs:\n    - name: a\n      slo: { latency: 1s, | }\n`, ['percentile']);
  });

  it('goes on with the word that is begun, and keeps what follows it', () => {
    checkInserted(
      `${HEAD}  jobs:\n    - name: a\n      pro|\n`,
      'processingTime',
      `${HEAD}  jobs:\n    - name: a\n      processingTime: 180ms\n`,
    );
    checkInserted(`${HEAD}  obj|: Sum\n`, 'objective', `${HEAD}  objective: Sum\n`);
    checkInserted(
      `${HEAD}  jobs: [{ name: a, slo: { la| } }]\n`,
      'latency',
      `${HEAD}  jobs: [{ name: a, slo: { latency: 720ms } }]\n`,
    );
  });

  it('works in brackets that are not closed, over several lines', () => {
    check(`${HEAD}  jobs:\n    - name: a\n      slo: { la|`, ['latency', 'percentile']);
    check(`${HEAD}  autoscaler: {\n    policy: faro,\n    |\n`, [
      'shedding',
      'forecast',
      'interval',
      'reactiveInterval',
      'horizon',
      'coldStart',
      'quantile',
      'adaptQuantile',
    ]);
  });

  it('ends an unclosed bracket where a line is indented too little', () => {
    check(`${HEAD}  capacity: { rep\n  |`, [
      'jobs',
      'target',
      'nodes',
      'objective',
      'optimizer',
      'autoscaler',
      'simulation',
    ]);
  });

  it('asks for what follows where there is a choice', () => {
    const byLabel = new Map(itemsAt(`${HEAD}  |`).map((item) => [item.label, item]));
    expect(byLabel.get('objective')?.retriggers).toBe(true);
    expect(byLabel.get('capacity')?.insertText).toBe('capacity: { replicas: ${1:32} }');
    expect(byLabel.get('capacity')?.detail).toMatch(/^required/);
    expect(byLabel.get('capacity')?.documentation).toContain('What all jobs together may take');
  });

  it('of two alternatives offers what belongs to the one that is begun', () => {
    check(`${HEAD}  jobs:\n    - name: a\n      workload: { | }`, ['trace', 'column', 'rate', 'unit', 'timezone']);
    check(`${HEAD}  jobs:\n    - name: a\n      workload: { rate: 1/s, | }`, []);
    check(`${HEAD}  jobs:\n    - name: a\n      workload:\n        trace: t.csv\n        |`, [
      'column',
      'unit',
      'timezone',
    ]);
  });

  it('of time zones offers a few, and of all those that hold what is typed', () => {
    const zones = (typed: string): string[] =>
      itemsAt(`${HEAD}  jobs:\n    - name: a\n      workload:\n        trace: t.csv\n        timezone: ${typed}|`).map(
        ({ label }) => label,
      );
    expect(zones('').length).toBeLessThan(20);
    expect(zones('')).toContain('Europe/Berlin');
    expect(zones('Lisb')).toEqual(['Europe/Lisbon']);
    expect(zones('america/arg').length).toBeGreaterThan(5);
  });

  it('says nothing in comments, texts of several lines and unknown places', () => {
    check(`${HEAD}  # |`, []);
    check(`${HEAD}  target: local # |`, []);
    check(`${HEAD}  foo:\n    |`, []);
    check(`${HEAD}  target: >\n    lo|`, []);
  });
});

describe('completion in lists', () => {
  const job = (dash: number, key: number): string => {
    const pad = ' '.repeat(key);
    return `${' '.repeat(dash)}- name: name\n${pad}slo: { latency: 500ms, percentile: 99 }\n${pad}processingTime: 100ms\n${pad}replicas: { min: 1, max: 8 }\n${pad}workload: { rate: 10/s }\n${pad}serve: { command: [node, models/classifier.mjs] }`;
  };

  it.each([
    ['on the line of the dash', `${HEAD}  jobs:\n    - |`, `${HEAD}  jobs:\n${job(4, 6)}`],
    ['on a blank line below the key', `${HEAD}  jobs:\n    |`, `${HEAD}  jobs:\n${job(4, 6)}`],
    ['below another item', `${HEAD}  jobs:\n    - name: a\n    |`, `${HEAD}  jobs:\n    - name: a\n${job(4, 6)}`],
    ['in a list that is not indented', `${HEAD}  jobs:\n  - name: a\n  |`, `${HEAD}  jobs:\n  - name: a\n${job(2, 4)}`],
    ['with four spaces a level', `${HEAD}    jobs:\n        - |`, `${HEAD}    jobs:\n${job(8, 10)}`],
    ['behind a dash without a blank', `${HEAD}  jobs:\n    -|`, `${HEAD}  jobs:\n${job(4, 6)}`],
    [
      'on a line indented a little too far',
      `${HEAD}  jobs:\n    - name: a\n     |`,
      `${HEAD}  jobs:\n    - name: a\n${job(4, 6)}`,
    ],
  ])('indents a whole job %s', (_, marked, expected) => {
    checkInserted(marked, 'job', expected);
  });

  it('a new job is one that has no error', () => {
    const { text } = cursorIn(`${HEAD}  capacity: { replicas: 8 }\n  jobs:\n    |`);
    const [item] = itemsAt(`${HEAD}  capacity: { replicas: 8 }\n  jobs:\n    |`);
    const whole = applied(text, [{ range: item!.range, newText: withoutPlaceholders(item!.insertText) }]);
    const read = readSpecFile(whole, { uri: '/specs/a.berth.yaml', files: { ...FILES, exists: () => true } });
    expect(read.problems).toEqual([]);
  });

  it('begins an item with one of its keys', () => {
    checkInserted(`${HEAD}  jobs:\n    - na|`, 'name', `${HEAD}  jobs:\n    - name: search-images`);
    check(`${PLACE}  devices:\n    - name: gpu\n      |`, [
      'memory',
      'count',
      'reserved',
      'speed',
      'kind',
      'host',
      'rack',
    ]);
  });

  it('writes the list below its key', () => {
    checkInserted(
      `${PLACE}  dev|`,
      'devices',
      `${PLACE}  devices:\n    - name: gpu\n      count: 2\n      memory: 8Gi`,
    );
  });

  it('stays on the line inside brackets', () => {
    checkInserted(`${PLACE}  devices: [|]`, 'device', `${PLACE}  devices: [{ name: gpu, count: 2, memory: 8Gi }]`);
    check(`${PLACE}  devices: [{ name: gpu, | }]`, ['memory', 'count', 'reserved', 'speed', 'kind', 'host', 'rack']);
  });

  it('offers both where a column belongs to a list and to the mapping around it', () => {
    check(`${PLACE}  devices:\n  - { name: gpu, memory: 1Gi }\n  |`, ['device', 'graph', 'link', '…']);
  });
});

describe('completion of values', () => {
  it('offers choices with what they mean', () => {
    check(`${HEAD}  objective: |`, ['Sum', 'Fair', 'FairSum', 'PenaltySum', 'PenaltyFairSum']);
    expect(itemsAt(`${HEAD}  objective: |`)[2]).toMatchObject({
      detail: 'default',
      documentation: expect.stringContaining('fair'),
    });
    checkInserted(`${HEAD}  objective:|`, 'Sum', `${HEAD}  objective: Sum`);
  });

  it('offers the units behind a number, what it comes to beside them', () => {
    check(`${HEAD}  jobs:\n    - name: a\n      slo: { latency: 72| }`, ['72ms', '72s', '72m', '72h', '72us', '72d']);
    check(`${PLACE}  devices: [{ name: gpu, memory: 8| }]`, ['8Gi', '8Mi', '8Ki', '8GB', '8MB', '8kB', '8B']);
    checkInserted(
      `${HEAD}  jobs:\n    - name: a\n      processingTime: 1.5|\n`,
      '1.5s',
      `${HEAD}  jobs:\n    - name: a\n      processingTime: 1.5s\n`,
    );
    check(`${HEAD}  jobs:\n    - name: a\n      processingTime: 15ms|\n`, []);
  });

  it('offers the columns of the trace with their load', () => {
    const marked = `${HEAD}  jobs:\n    - name: a\n      workload: { trace: traces/day.csv, column: | }\n`;
    check(marked, ['search', 'translate']);
    expect(itemsAt(marked)[0]!.detail).toBe('5.94/s on average, 7/s at its peak');
  });

  it('offers files by what they are for', () => {
    check(`${HEAD}  jobs:\n    - name: a\n      workload: { trace: | }\n`, ['traces/day.csv']);
    check(`${PLACE}  graph: |`, ['graphs/net.graph.yaml']);
    check(`${PLACE}  train: { module: | }`, ['models/net.mjs']);
    checkInserted(`${PLACE}  graph: "gra|"\n`, 'graphs/net.graph.yaml', `${PLACE}  graph: "graphs/net.graph.yaml"\n`);
  });

  it('offers the nodes of the graph to pin, and the devices to pin them to', () => {
    const pins = `${PLACE}  graph: graphs/net.graph.yaml\n  devices: [{ name: gpu, count: 2, memory: 1Gi }, { name: cpu, memory: 1Gi }]\n  pins:\n    head: cpu\n`;
    check(`${pins}    |`, ['input', 'block1/conv', 'block1/relu']);
    checkInserted(`${pins}    bl|`, 'block1/conv', `${pins}    block1/conv: `);
    check(`${pins}    input: |`, ['gpu0', 'gpu1', 'cpu']);
  });

  it('offers the nodes of a graph for the ends of its edges', () => {
    const graph =
      'apiVersion: berth.dev/v1alpha1\nkind: Graph\nnodes:\n  - { name: a, compute: 1us }\n  - { name: b, compute: 1us }\nedges:\n';
    check(`${graph}  - { from: a, to: | }`, ['a', 'b'], '/specs/x.graph.yaml');
    check(`${graph}  - from: a\n    |`, ['to', 'size', 'tensor'], '/specs/x.graph.yaml');
  });
});

describe('completion of documents', () => {
  it('offers the three kinds in an empty file, and a graph in a graph file', () => {
    check('|', ['InferenceCluster', 'TrainingPlacement', 'Federation', 'apiVersion', 'kind', 'metadata']);
    check('|', ['Graph', '…'], '/specs/x.graph.yaml');
    check('kind: |', ['InferenceCluster', 'TrainingPlacement', 'Federation']);
  });

  it.each(['InferenceCluster', 'TrainingPlacement', 'Federation'])('a new %s has no error of structure', (kind) => {
    const item = itemsAt('|').find(({ label }) => label === kind)!;
    const text = withoutPlaceholders(item.insertText);
    const files = { read: () => FILES.read('/specs/graphs/net.graph.yaml'), exists: () => true };
    expect(readSpecFile(text, { uri: '/specs/a.berth.yaml', files }).problems).toEqual([]);
  });

  it('offers another document below a finished one', () => {
    const items = itemsAt(`${HEAD}  target: local\n|`);
    expect(items.map(({ label }) => label)).toContain('--- TrainingPlacement');
    expect(items.find(({ label }) => label === '--- Federation')!.insertText).toMatch(/^---\napiVersion/);
  });

  it('knows the kind of the document that the cursor is in', () => {
    check(`${HEAD}  target: local\n---\n${PLACE}  |`, ['graph', 'devices', 'link', '…']);
    check(`${HEAD}  target: local\n---\n|`, ['InferenceCluster', '…']);
  });
});

describe('withoutPlaceholders', () => {
  it('leaves what placeholders show', () => {
    expect(withoutPlaceholders('a: ${1:x}, b: ${2|one,two|}, c: $0${3} \\$ \\}')).toBe('a: x, b: one, c:  $ }');
  });
});
