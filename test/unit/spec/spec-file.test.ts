import { describe, expect, it } from 'vitest';
import { LARGEST_TEXT, readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { check, filesOf, URI } from './check.ts';
import { random } from './random.ts';
import { CLUSTER, FEDERATION, FILE, graphText, HEAD, PLACEMENT, withWorkload as job } from './texts.ts';

const TRACE = 'minute,job0,job1\n0,60,120\n1,90,0\n';
const FILES = filesOf({
  'traces/day11.csv': TRACE,
  'graphs/inception.graph.json': '{}',
  'models/digits.mjs': '',
  'models/classifier.mjs': '',
  'models/translate.mjs': '',
  'trainers/digits.mjs': '',
});

describe('a file without problems', () => {
  it.each(Object.entries({ CLUSTER, PLACEMENT, FEDERATION, FILE }))('%s', (_, text) => {
    const file = readSpecFile(text, { uri: URI, files: FILES });
    expect(file.problems).toEqual([]);
    expect(file.documents.every((document) => document.spec)).toBe(true);
  });

  it('is read with units, defaults and references', () => {
    const text = CLUSTER.replace('workload: { rate: 25/s }', 'workload: { trace: traces/day11.csv, column: job1 }');
    const [document] = readSpecFile(text, { uri: URI, files: FILES }).documents;
    expect(document?.spec).toMatchObject({
      kind: 'InferenceCluster',
      name: 'vision',
      autoscaler: { interval: 300_000, reactiveInterval: 10_000, horizon: 420_000, coldStart: 65_000 },
      jobs: [
        {
          slo: { latency: 720, percentile: 99 },
          resources: { replicas: 1 },
          workload: { type: 'trace', path: '/work/traces/day11.csv', requestsPerMinute: [120, 0] },
        },
        {
          slo: { latency: 1500, percentile: 95 },
          processingTime: 400,
          priority: 1,
          workload: { type: 'rate', rate: 10 },
        },
      ],
    });
    expect(document?.references.map(({ role, path }) => [role, path])).toEqual([
      ['command', '/work/models/classifier.mjs'],
      ['trace', '/work/traces/day11.csv'],
      ['command', '/work/models/translate.mjs'],
    ]);
  });

  it('counts out devices and the most replicas that fit', () => {
    const placement = readSpecFile(PLACEMENT, { uri: URI, files: FILES }).documents[0]?.spec;
    expect(placement).toMatchObject({
      devices: ['gpu0', 'gpu1', 'gpu2', 'gpu3'].map((name) => ({ name, memory: 8 * 2 ** 30 })),
    });
    const text = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: a }
spec:
  capacity: { cpu: 8, memory: 10Gi }
  jobs:
    - { name: a, slo: { latency: 1s }, processingTime: 10ms, resources: { cpu: 500m, memory: 1Gi }, workload: { rate: 1/s } }
`;
    const cluster = readSpecFile(text, { uri: URI }).documents[0]?.spec;
    expect(cluster).toMatchObject({
      capacity: { cpu: 8 },
      jobs: [{ replicas: { min: 1, max: 10 }, resources: { cpu: 0.5, memory: 2 ** 30 } }],
    });
  });

  it('says what a router bears only where the spec does', () => {
    const serve = (more: string): unknown => {
      const text = `
apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: a }
spec:
  capacity: { replicas: 1 }
  jobs:
    - { name: a, slo: { latency: 1s }, processingTime: 10ms, workload: { rate: 1/s }, serve: { command: [m]${more} } }
`;
      const spec = readSpecFile(text, { uri: URI }).documents[0]?.spec;
      return spec?.kind === 'InferenceCluster' && spec.jobs[0]?.serve;
    };
    expect(serve('')).toEqual({ command: ['m'] });
    expect(serve(', timeout: 5m, bodyLimit: 1Gi')).toEqual({ command: ['m'], timeout: 300_000, bodyLimit: 2 ** 30 });
  });
});

describe('structure', () => {
  it('tells of each fault once, where it is', () => {
    check(
      `${HEAD}
        coldStart: 65s
        ~~~~~~~~~ BERTH1016 "coldStart" belongs under "spec.autoscaler", not under "spec". [fix]
        objective: FairSun
                   ~~~~~~~ BERTH1009 "objective" cannot be "FairSun"; did you mean "FairSum"? [fix]
        jobs:
          - name: Search Images
                  ~~~~~~~~~~~~~ BERTH1019 "Search Images" cannot be a name; did you mean "search-images"? [fix]
            slo: { latncy: 720ms }
                   ~~~~~~ BERTH1004 "slo" has no key "latncy"; did you mean "latency"? [fix]
            processingTime: 180
                            ~~~ BERTH1007 "processingTime" is a duration and needs a unit: 180 of what? [fix]
            replicas: { min: 4, max: 2 }
                                     ~ BERTH1020 "replicas" has a minimum of 4 and a maximum of 2. [fix]
            workload: { rate: 25rps }
                              ~~~~~ BERTH1008 "25rps" has no unit of a rate; did you mean "25/s"? [fix]
            colour: red
            ~~~~~~ BERTH1004 "jobs[0]" has no key "colour". [fix]
          - name: b
                  ~ BERTH1005 "jobs[1]" lacks the key "processingTime". [fix]
            slo: { latency: 720 ms, percentile: 100 }
                            ~~~~~~ BERTH1022 "720 ms" is not a duration; did you mean "720ms"? [fix]
                                                ~~~ BERTH1018 "percentile" must be less than 100, but is 100.
            workload: { rate: 1/s, column: job0 }
    `,
    );
  });

  it('knows alternatives', () => {
    check(
      `${HEAD}
        jobs:
          - name: a
            slo: { latency: 1s }
            processingTime: 1ms
            workload: {}
            ~~~~~~~~ BERTH1028 "workload" gives neither a constant rate nor a trace.
          - name: b
            slo: { latency: 1s }
            processingTime: 1ms
            workload: { trace: traces/day11.csv }
            ~~~~~~~~ BERTH1005 "workload" lacks the key "column". [fix]
          - name: c
            slo: { latency: 1s }
            processingTime: 1ms
            workload: { rate: 1/s, trace: traces/day11.csv, column: job0 }
                                   ~~~~~ BERTH1017 "workload" gives both a constant rate and a trace; only one can hold. [fix]
    `,
      { files: FILES },
    );
  });

  it('knows types', () => {
    check(`${HEAD}
        jobs:
          - name: 12
                  ~~ BERTH1006 "name" takes a text, not a whole number. [fix]
            slo: 720ms
                 ~~~~~ BERTH1006 "slo" takes a mapping, not a text.
            processingTime: .nan
                            ~~~~ BERTH1022 ".nan" is not a duration.
            priority: "2"
                      ~~~ BERTH1006 "priority" takes a number, not a text. [fix]
            replicas: [1, 2]
                      ~~~~~~ BERTH1006 "replicas" takes a mapping, not a list.
            resources:
            ~~~~~~~~~ BERTH1029 "resources" is empty; it takes a mapping.
            workload: { rate: 1/s }
            serve: { command: node models/classifier.mjs }
                              ~~~~~~~~~~~~~~~~~~~~~~~~~~ BERTH1006 "command" takes a list, not a text. [fix]
    `);
  });

  it('settles the kind before anything else', () => {
    check(`
      apiVersion: berth.dev/v1
      kind: Federatoin
            ~~~~~~~~~~ BERTH1014 There is no kind "Federatoin"; did you mean "Federation"? [fix]
      spec: { jobs: 7 }
    `);
    check(`
      apiVersion: berth.dev/v1
                  ~~~~~~~~~~~~ BERTH1015 "berth.dev/v1" is no version of the language that this Berth reads. [fix]
      kind: Federation
      metadata: { name: a }
      spec: { sites: [], pattern: { groupSize: 3 } }
              ~~~~~ BERTH1021 "sites" needs at least 2 sites, but is empty.
    `);
    check(`
      spec: {}
      ~~~~ BERTH1005 The document lacks the key "kind".
    `);
    check(
      `
      nodes: []
      ~~~~~ BERTH1005 The document lacks the key "kind". [fix]
    `,
      { uri: 'file:///work/a.graph.yaml' },
    );
    check(`
      - a
      ~~~ BERTH1006 The document takes a mapping, not a list.
    `);
  });

  it('tells names given twice, in a list, among numbered devices and across documents', () => {
    check(
      `
      apiVersion: berth.dev/v1alpha1
      kind: TrainingPlacement
      metadata: { name: a }
      spec:
        graph: graphs/inception.graph.json
        devices:
          - { name: gpu, count: 2, memory: 8Gi }
          - { name: gpu1, memory: 8Gi }
                    ~~~~ BERTH1010 Two devices are called "gpu1"; the first is on line 7.
        link: { bandwidth: 0GB/s, latency: 0ms }
                           ~~~~~ BERTH1018 "bandwidth" must be more than 0, but is 0GB/s.
      ---
      apiVersion: berth.dev/v1alpha1
      kind: TrainingPlacement
      metadata: { name: a }
                        ~ BERTH1025 Two documents are TrainingPlacement "a"; the first is on line 3.
      spec:
        graph: graphs/inception.graph.json
        devices: [ { name: gpu, memory: 8Gi }, { name: gpu, memory: 8Gi } ]
                                                       ~~~ BERTH1010 Two devices are called "gpu"; the first is on line 16.
        link: { bandwidth: 5.7GB/s, latency: 134us }
    `,
      { files: FILES },
    );
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: Federation
      metadata: { name: hospitals }
      spec:
        sites: [{ name: north, samples: 9 }, { name: south, samples: 9 }, { name: north, samples: 9 }]
                                                                                  ~~~~~ BERTH4005 Two sites are called "north"; the first is on line 5.
        pattern: { groupSize: 3 }
    `);
  });
});

describe('references', () => {
  it('finds the file and the column, or says what is there', () => {
    check(
      `${job('{ trace: traces/day12.csv, column: job0 }')}
                               ~~~~~~~~~~~~~~~~ BERTH1011 There is no trace file "traces/day12.csv"; did you mean "traces/day11.csv"? [fix]
    `,
      { files: FILES },
    );
    check(
      `${job('{ trace: traces/day11.csv, column: job3 }')}
                                                         ~~~~ BERTH2004 The trace "traces/day11.csv" has no column "job3"; did you mean "job0"? [fix]
    `,
      { files: FILES },
    );
    check(
      `${job('{ trace: t.csv, column: a }')}
                               ~~~~~ BERTH2006 Line 3 of the trace "t.csv" cannot be read: "n/a" is not a count of requests.
    `,
      { files: filesOf({ 't.csv': 'a\n1\nn/a\n' }) },
    );
    check(
      `${job('{ trace: "https://example.org/t.csv", column: a }')}
                               ~~~~~~~~~~~~~~~~~~~~~~~~~~~ BERTH1027 The trace file "https://example.org/t.csv" cannot be read: only files can be referred to.
    `,
      { files: FILES },
    );
    check(
      `${job('{ trace: traces/day11.csv, column: job0 }')}
                               ~~~~~~~~~~~~~~~~ BERTH1027 The trace file "traces/day11.csv" cannot be read: this text is in no folder yet, save it first.
    `,
      { files: FILES, uri: 'untitled:Untitled-1' },
    );
  });

  it('asks for what a replica takes where the capacity counts it', () => {
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: a }
      spec:
        capacity: { cpu: 8, memory: 10Gi }
        jobs:
          - name: a
            slo: { latency: 1s }
            processingTime: 1ms
            resources: { cpu: 1 }
            ~~~~~~~~~ BERTH1026 The capacity is given in memory, but "a" does not say how much memory a replica takes.
            workload: { rate: 1/s }
    `);
  });
});

describe('text that is no YAML', () => {
  it('is told once, on its line, and hides nothing else', () => {
    check(
      `${HEAD}
        jobs:
          - name: a
            slo:
              percen
              ~~~~~~ BERTH1001 This is not YAML: a ":" is missing after the key.
            processingTime: 1
                            ~ BERTH1007 "processingTime" is a duration and needs a unit: 1 of what? [fix]
            workload: { rate: 1/s }
          - name: "b
                  ~~ BERTH1001 This is not YAML: the quote is not closed. [fix]
            slo: { latency: 1s }
          - name: c
            slo: { latency: 1s
                 ~ BERTH1001 This is not YAML: the { is not closed.
            processingTime: 1ms
            workload: { rate: 1/s }
            priority: 1
            priority: 2
            ~~~~~~~~ BERTH1002 The key "priority" is given twice; the first is on line 18.
    `,
    );
  });

  it('shows tabs, conflicts, aliases, odd keys', () => {
    const tab = readSpecFile('spec:\n\ttarget: local\n', { uri: URI });
    expect(tab.problems.map((p) => [p.code, p.range])).toEqual([
      ['BERTH1005', { start: 0, end: 4 }],
      ['BERTH1003', { start: 6, end: 7 }],
    ]);
    expect(tab.problems[1]?.fixes[0]?.edits[0]?.newText).toBe('  ');
    check(`
      kind: Federation
      <<<<<<< HEAD
      ~~~~~~~~~~~~ BERTH1024 The file holds a conflict that a merge left behind.
      spec: {}
      =======
      spec: { sites: [] }
      >>>>>>> other
    `);
    const bomb = `a: &a [${'x, '.repeat(99)}]\nb: &b [${'*a, '.repeat(99)}]\nc: [${'*b, '.repeat(99)}]\n`;
    expect(readSpecFile(bomb, { uri: URI }).problems.map((p) => p.code)).toEqual(['BERTH1013']);
    expect(readSpecFile('a: *b\n', { uri: URI }).problems[0]).toMatchObject({
      code: 'BERTH1001',
      range: { start: 3, end: 5 },
    });
    expect(readSpecFile('? [a, b]\n: c\n', { uri: URI }).problems.map((p) => p.code)).toContain('BERTH1023');
  });

  it('refuses a huge file with a problem', () => {
    const file = readSpecFile('# '.padEnd(LARGEST_TEXT + 1, 'x'), { uri: URI });
    expect(file.problems.map((p) => [p.code, p.message])).toEqual([
      ['BERTH1012', 'The file holds 8Mi and is not read; the limit is 8Mi.'],
    ]);
  });

  it('follows aliases, and shows a fault at the alias', () => {
    const text = CLUSTER.replace(
      'slo: { latency: 720ms, percentile: 99 }',
      'slo: &slo { latency: 720ms, percentile: 99 }',
    ).replace(/slo:\n.*latency: 1.5s\n.*percentile: 95/, 'slo: *slo');
    const file = readSpecFile(text, { uri: URI, files: FILES });
    expect(file.problems).toEqual([]);
    expect(file.documents[0]?.spec).toMatchObject({ jobs: [{ slo: { latency: 720 } }, { slo: { latency: 720 } }] });
    const wrong = readSpecFile('x: &x 1\nkind: Federation\napiVersion: *x\nmetadata: { name: a }\nspec: {}\n', {
      uri: URI,
    });
    const found = wrong.problems.find((p) => p.code === 'BERTH1015' || p.message.includes('apiVersion'));
    expect(found?.range).toEqual({ start: 37, end: 39 });
  });
});

describe('half-typed text', () => {
  it('keeps the last good spec of its document', () => {
    const good = readSpecFile(FILE, { uri: URI, files: FILES });
    const broken = readSpecFile(FILE.replace('groupSize: 3', 'groupSize: '), {
      uri: URI,
      files: FILES,
      previous: good,
    });
    expect(broken.documents[2]?.spec).toBeUndefined();
    expect(broken.documents[2]?.lastGood).toEqual(good.documents[2]?.spec);
    const worse = readSpecFile(FILE.replace('kind: Federation', 'kin'), { uri: URI, files: FILES, previous: broken });
    expect(worse.documents[2]?.lastGood).toEqual(good.documents[2]?.spec);
    const other = readSpecFile(FILE.replace('kind: Federation', 'kind: Graph'), {
      uri: URI,
      files: FILES,
      previous: broken,
    });
    expect(other.documents[2]?.lastGood).toBeUndefined();
  });

  it('never throws, and does not depend on what was read before', () => {
    const scraps = [
      '\n',
      '  ',
      '- ',
      ': ',
      '"',
      '{',
      '}',
      '[',
      '\t',
      'x: 1\n',
      '---\n',
      '&a ',
      '*a',
      '~',
      '.nan',
      '!!str ',
      '\u0000',
      '__proto__: 1\n',
      '0',
    ];
    for (let seed = 1; seed <= 30; seed++) {
      const r = random(seed * 6007);
      let text = r.pick([FILE, CLUSTER, graphText(12)]);
      let file = readSpecFile(text, { uri: URI, files: FILES });
      for (let step = 0; step < 8; step++) {
        const at = r.int(text.length);
        text = text.slice(0, at) + (r.next() < 0.6 ? r.pick(scraps) : '') + text.slice(at + r.int(6));
        file = readSpecFile(text, { uri: URI, files: FILES, previous: file });
        const fresh = readSpecFile(text, { uri: URI, files: FILES });
        expect(file.problems).toEqual(fresh.problems);
        expect(file.documents.map((d) => d.spec)).toEqual(fresh.documents.map((d) => d.spec));
        for (const problem of file.problems) {
          expect(problem.range.start).toBeGreaterThanOrEqual(0);
          expect(problem.range.end).toBeLessThanOrEqual(text.length);
          expect(text.slice(problem.range.start, problem.range.end), problem.code).not.toContain('\n');
        }
      }
    }
  }, 60_000);

  it('has a spec exactly where it has no error', () => {
    for (let end = 0; end < CLUSTER.length; end += 11) {
      for (const document of readSpecFile(CLUSTER.slice(0, end), { uri: URI, files: FILES }).documents) {
        expect(document.spec === undefined).toBe(document.problems.some((p) => p.severity === 'error'));
      }
    }
  });
});
