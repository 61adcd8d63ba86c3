import { describe, expect, it } from 'vitest';
import { codeActions } from '../../../server/src/language/code-actions.ts';
import type { Knowledge, SpecText } from '../../../server/src/language/document.ts';
import { computePreview } from '../../../server/src/preview/compute.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import { finding } from '../../../server/src/spec/problems/finding.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import type { InText, Problem } from '../../../server/src/spec/problems/catalogue.ts';
import { dedent, markedLines } from '../marked.ts';
import { FEDERATION, GRAPH, knowledgeOf, open, PLACEMENT, SERVING } from './workspace.ts';

/** Expects these problems of a text and no others: the lines that have some, with the marks under them and what the first fix makes of the line. */
async function check(text: string, expected: string, path?: string): Promise<void> {
  const doc = open(text, path);
  expectMarks(text, diagnostics(doc, await knowledgeOf(doc)), expected);
}

function expectMarks(text: string, problems: readonly Problem<InText>[], expected: string): void {
  expect(dedent(`\n${markedLines(text, problems)}\n`)).toBe(dedent(expected || '\n\n'));
}

describe('diagnostics of the engines', () => {
  it('mark in spec and graph file the node and the group that no device can hold', async () => {
    const text = GRAPH.replace(
      'persistent: 40Mi, output: 4Mi }',
      'persistent: 40Mi, output: 4Mi }\n    group: tied',
    ).replace('persistent: 30Mi, output: 1Ki }', 'persistent: 30Mi, output: 1Ki }, group: tied');
    const path = '/specs/graphs/net.graph.yaml';
    const outcomeOn = async (memory: string): Promise<Knowledge> => {
      const spec = open(PLACEMENT.replace('256Mi', memory).replace('1Gi', memory)) as SpecText;
      const job = { spec: spec.spec.documents[0]!.spec!, document: 0, whatIf: {}, replay: false };
      const outcome = await computePreview({ ...job, graph: { path, text, version: text } });
      return { ...(await knowledgeOf(spec)), outcome: () => outcome };
    };
    expectMarks(
      text,
      diagnostics(open(text, path), await outcomeOn('60Mi')),
      `
        group: tied
               ~~~~ BERTH3020 The 2 nodes of the group "tied" need at least 74 Mi together, and the largest device has 60 Mi: they cannot all be on one device.
    `,
    );
    expect(diagnostics(open(text, path), await outcomeOn('60Mi'))[0]!.severity).toBe('warning');
    const small = diagnostics(open(text, path), await outcomeOn('40Mi'));
    expect(small.map(({ code, range }) => [code, text.slice(range.start, range.end)])).toEqual([
      ['BERTH3010', 'block1/conv'],
      ['BERTH3020', 'tied'],
    ]);
    // An earlier graph's node that is gone is said nowhere.
    const gone = text.replaceAll('block1/conv', 'block1/other');
    expect(diagnostics(open(gone, path), await outcomeOn('40Mi')).map(({ code }) => code)).toEqual(['BERTH3020']);
  });

  it('are none where all is well', async () => {
    await check([SERVING, PLACEMENT, FEDERATION].join('---\n'), '');
  });

  it('mark an SLO that is shorter than the processing time, and offer one that works', async () => {
    await check(
      SERVING.replace('latency: 720ms', 'latency: 100ms'),
      `
            slo: { latency: 100ms, percentile: 99 }
                            ~~~~~ BERTH2002 Job "search-images" can never meet 100ms: one request takes 180ms. [fix: slo: { latency: 720ms, percentile: 99 }]
    `,
    );
  });

  it('mark the capacity that the minima exceed, and keep the comment behind it', async () => {
    await check(
      SERVING.replace('replicas: 8', 'replicas: 1').replace('400ms', '400ms\n      replicas: { max: 4 }'),
      `
          capacity: { replicas: 1 } # all machines together
                                ~ BERTH2001 The jobs' minimum replicas take 2 replicas, but the cluster has 1. [fix: capacity: { replicas: 2 } # all machines together]
      `,
    );
  });

  it('mark iterations that leak, and offer the most that do not', async () => {
    await check(
      FEDERATION.replace('iterations: 2', 'iterations: 3'),
      `
        pattern: { groupSize: 3, iterations: 3 }
                                             ~ BERTH4003 With iterations: 3, "north" alone could compute two sums beyond the mean. [fix: pattern: { groupSize: 3, iterations: 2 }]
    `,
    );
  });

  it('mark the nearest part of the text where the value at fault is a default', async () => {
    const sites = FEDERATION.split('\n')
      .filter((line) => !/river|forest/.test(line))
      .join('\n');
    await check(
      sites.replace(', iterations: 2', ''),
      `
        pattern: { groupSize: 3 }
        ~~~~~~~ BERTH4003 With iterations: 2, "lake" alone could compute one sum beyond the mean.
    `,
    );
  });

  it('mark the entry of a device that one of many alike stands for', async () => {
    const text = PLACEMENT.replace('memory: 256Mi', 'memory: 16Mi')

      .replace('algorithm: m-ETF', 'algorithm: pinned');
    const pinned = text.replace('    input: cpu\n', '    input: cpu\n    block1/conv: gpu0\n    block1/relu: cpu\n');
    await check(
      pinned,
      `
        devices:
        ~~~~~~~ BERTH3037 It would fit with 2.75 times the memory on each device (3.01 ms).
          - { name: gpu, count: 2, memory: 16Mi }
                    ~~~ BERTH3014 "gpu0" would need 44 Mi at its peak, 28 Mi more than the 16 Mi it has.
                    ~~~ BERTH3014 "gpu1" would need 30 Mi at its peak, 14 Mi more than the 16 Mi it has.
    `,
    );
  });

  it('name a pin that means nothing', async () => {
    await check(
      PLACEMENT.replace('head: gpu1', 'heat: gpu1'),
      `
          heat: gpu1
          ~~~~ BERTH3012 There is no node "heat" to pin; did you mean "head"?
    `,
    );
    await check(
      PLACEMENT.replace('head: gpu1', 'head: gpu7'),
      `
          head: gpu7
                ~~~~ BERTH3012 There is no device "gpu7" to pin to; did you mean "gpu0"?
    `,
    );
  });

  it('send to a damaged graph file once, and no further', async () => {
    const doc = open(PLACEMENT);
    const place = { range: { start: 0, end: 1 }, line: 1 };
    const damaged = { ...finding('BERTH3009', [], {}), file: '/specs/graphs/net.graph.yaml', place };
    const outcome = { preview: null, findings: [damaged], partial: false, decision: null };
    const problems = diagnostics(doc, { ...(await knowledgeOf(doc)), outcome: () => outcome });
    expectMarks(
      PLACEMENT,
      problems,
      `
        graph: graphs/net.graph.yaml
               ~~~~~~~~~~~~~~~~~~~~~ BERTH3009 graphs/net.graph.yaml: The graph file has errors of its own.
    `,
    );
    expect(problems[0]!.hint).toBe('Open the graph file: they are marked there.');
  });

  it('say at the spec what is wrong in its graph file', async () => {
    const doc = open(PLACEMENT);
    const file = '/specs/graphs/net.graph.yaml';
    const place = { range: { start: 80, end: 81 }, line: 12 };
    const broken = { ...finding('BERTH3006', ['edges', 0, 'from'], { node: 'a' }), file, place };
    const outcome = { preview: null, findings: [broken, broken], partial: false, decision: null };
    const problems = diagnostics(doc, { ...(await knowledgeOf(doc)), outcome: () => outcome });
    expectMarks(
      PLACEMENT,
      problems,
      `
        graph: graphs/net.graph.yaml
               ~~~~~~~~~~~~~~~~~~~~~ BERTH3006 graphs/net.graph.yaml: An edge leads from "a" to itself.
    `,
    );
    expect(problems[0]!.hint).toBe('Remove the edge. See line 12 of graphs/net.graph.yaml. It has 1 more problem.');
  });

  it('are left out where the text has errors of its own by now', async () => {
    const sound = open(SERVING.replace('latency: 720ms', 'latency: 100ms'));
    const known = await knowledgeOf(sound);
    expect(diagnostics(sound, known).map(({ code }) => code)).toEqual(['BERTH2002']);
    const typing = open(sound.text.replace('processingTime: 180ms', 'processingTme: 180ms'));
    expect(diagnostics(typing, known).map(({ code }) => code)).not.toContain('BERTH2002');
  });
});

describe('diagnostics of graph files', () => {
  const graph = (nodes: string, edges: string): string =>
    `apiVersion: berth.dev/v1alpha1\nkind: Graph\nnodes:\n${nodes}edges:\n${edges}`;
  const A = '  - { name: a, compute: 1us }\n';
  const B = '  - { name: b, compute: 1us }\n';
  const PATH = '/specs/x.graph.yaml';

  it.each([
    [
      'an edge to nowhere',
      graph(A, '  - { from: a, to: c }\n'),
      `
          - { from: a, to: c }
                           ~ BERTH3001 The edge "a" → "c" names the node "c", which does not exist; did you mean "a"?
      `,
    ],
    [
      'a node given twice',
      graph(A + A, '  []\n'),
      `
          - { name: a, compute: 1us }
                    ~ BERTH3002 Two nodes are called "a".
      `,
    ],
    [
      'an edge to itself',
      graph(A, '  - { from: a, to: a }\n'),
      `
          - { from: a, to: a }
                    ~ BERTH3006 An edge leads from "a" to itself.
      `,
    ],
    [
      'a cycle',
      graph(A + B, '  - { from: a, to: b }\n  - { from: b, to: a }\n'),
      `
          - { from: b, to: a }
              ~~~~ BERTH3003 The graph has a cycle: a → b → a.
      `,
    ],
    [
      'a time without its unit',
      graph('  - { name: a, compute: 5 }\n', '  []\n'),
      `
          - { name: a, compute: 5 }
                                ~ BERTH1007 "compute" is a duration and needs a unit: 5 of what? [fix: - { name: a, compute: 5ms }]
      `,
    ],
    [
      'a time that is no number',
      graph('  - { name: a, compute: .nan }\n', '  []\n'),
      `
          - { name: a, compute: .nan }
                                ~~~~ BERTH1022 ".nan" is not a duration.
      `,
    ],
    [
      'a key that there is not',
      graph('  - { name: a, compute: 5us, memry: {} }\n', '  []\n'),
      `
          - { name: a, compute: 5us, memry: {} }
                                     ~~~~~ BERTH1004 "nodes[0]" has no key "memry"; did you mean "memory"? [fix: - { name: a, compute: 5us, memory: {} }]
      `,
    ],
    [
      'no nodes',
      'apiVersion: berth.dev/v1alpha1\nkind: Graph\nnodes: []\n',
      `
        nodes: []
        ~~~~~ BERTH1021 "nodes" needs at least 1 node, but is empty.
      `,
    ],
    [
      'an empty file',
      '',
      `

        ~ BERTH3005 The graph has no nodes.
      `,
    ],
    [
      'another kind',
      SERVING,
      `
        kind: InferenceCluster
              ~~~~~~~~~~~~~~~~ BERTH1014 There is no kind "InferenceCluster".
      `,
    ],
  ])('mark %s once', async (_, text, expected) => {
    await check(text, expected, PATH);
  });

  it('read recorded graphs without asking for keys that they do not have', async () => {
    const recorded = {
      nodes: [
        { id: 0, compute_us: 3 },
        { id: 1, compute_us: 4 },
      ],
      edges: [{ src: 0, dst: 2, bytes: 8 }],
    };
    await check(
      JSON.stringify(recorded, null, 1),
      `
         "dst": 2,
                ~ BERTH3001 The edge "0" → "2" names the node "2", which does not exist.
    `,
      '/specs/x.graph.json',
    );
  });

  it.each([
    [
      '{ "nodes": [',
      `
        { "nodes": [
                   ~ BERTH1001 This is not JSON: the text ends before the value does.
      `,
    ],
    [
      '{ "nodes": [1, }',
      `
        { "nodes": [1, }
                       ~ BERTH1001 This is not JSON: a value is missing here.
      `,
    ],
    [
      '{ "a": 1, "a": 2 }',
      `
        { "a": 1, "a": 2 }
          ~~~ BERTH1005 The document lacks the key "kind". [fix: { "a": 1, "a": 2, kind: Graph }]
                  ~~~ BERTH1002 The key "a" is given twice; the first is on line 1.
      `,
    ],
  ])('mark where JSON ends to be JSON: %s', async (text, expected) => {
    await check(text, expected, '/specs/x.graph.json');
  });
});

describe('code actions', () => {
  it('offer the fixes of the problems that are selected', async () => {
    const text = SERVING.replace('latency: 720ms', 'latncy: 720ms').replace(
      'processingTime: 180ms',
      'processingTime: 180',
    );
    const doc = open(text);
    const problems = diagnostics(doc, await knowledgeOf(doc));
    const at = text.indexOf('latncy');
    const actions = codeActions(doc, { start: at, end: at }, problems);
    expect(actions.map(({ title }) => title)).toEqual(['Change to "latency"', 'Remove "latncy"']);
    expect(applied(text, actions[0]!.edits)).toContain('slo: { latency: 720ms');
    expect(actions[0]).toMatchObject({ kind: 'quickfix', preferred: true, problem: { code: 'BERTH1004' } });
    expect(codeActions(doc, { start: 0, end: 0 }, problems)).toEqual([]);
  });

  it('correct all misspelt keys at once', async () => {
    const text = SERVING.replaceAll('processingTime', 'procesingTime').replace('objective', 'objectve');
    const doc = open(text);
    const problems = diagnostics(doc, await knowledgeOf(doc));
    const all = codeActions(doc, { start: 0, end: 0 }, problems).find(({ kind }) => kind === 'fixAll');
    expect(all?.title).toBe('Correct all 3 misspelt keys');
    expect(applied(text, all!.edits)).toBe(SERVING);
  });
});
