import { describe, expect, it } from 'vitest';
import { codeActions } from '../../../server/src/language/code-actions.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import { finding } from '../../../server/src/spec/problems/finding.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import { FEDERATION, knowledgeOf, open, PLACEMENT, SERVING } from './workspace.ts';

/** Expects the problems of a text in its order, as `CODE word`; gives the text after the first fix of each. */
async function check(
  text: string,
  expected: readonly string[],
  path?: string,
): Promise<readonly (string | undefined)[]> {
  const doc = open(text, path);
  const problems = diagnostics(doc, await knowledgeOf(doc));
  expect(problems.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`)).toEqual(expected);
  return problems.map(({ fixes }) => (fixes[0] ? applied(text, fixes[0].edits) : undefined));
}

describe('diagnostics of the engines', () => {
  it('are none where all is well', async () => {
    await check([SERVING, PLACEMENT, FEDERATION].join('---\n'), []);
  });

  it('mark an SLO that is shorter than the processing time, and offer one that works', async () => {
    const [fixed] = await check(SERVING.replace('latency: 720ms', 'latency: 100ms'), ['BERTH2002 100ms']);
    expect(fixed).toContain('slo: { latency: 720ms, percentile: 99 }');
  });

  it('mark the capacity that the minima exceed, and keep the comment behind it', async () => {
    const [fixed] = await check(
      SERVING.replace('replicas: 8', 'replicas: 1').replace('400ms', '400ms\n      replicas: { max: 4 }'),
      ['BERTH2001 1'],
    );
    expect(fixed).toContain('capacity: { replicas: 2 } # all machines together');
  });

  it('mark iterations that leak, and offer the most that do not', async () => {
    const [fixed] = await check(FEDERATION.replace('iterations: 2', 'iterations: 3'), ['BERTH4003 3']);
    expect(fixed).toContain('pattern: { groupSize: 3, iterations: 2 }');
  });

  it('mark the nearest part of the text where the value at fault is a default', async () => {
    const sites = FEDERATION.split('\n')
      .filter((line) => !/river|forest/.test(line))
      .join('\n');
    await check(sites.replace(', iterations: 2', ''), ['BERTH4003 pattern']);
  });

  it('mark the entry of a device that one of many alike stands for', async () => {
    const text = PLACEMENT.replace('memory: 256Mi', 'memory: 16Mi')

      .replace('algorithm: m-ETF', 'algorithm: pinned');
    const pinned = text.replace('    input: cpu\n', '    input: cpu\n    block1/conv: gpu0\n    block1/relu: cpu\n');
    await check(pinned, ['BERTH3014 gpu', 'BERTH3014 gpu']);
  });

  it('name a pin that means nothing', async () => {
    const [fixed] = await check(PLACEMENT.replace('head: gpu1', 'heat: gpu1'), ['BERTH3012 heat']);
    expect(fixed).toBeUndefined();
    await check(PLACEMENT.replace('head: gpu1', 'head: gpu7'), ['BERTH3012 gpu7']);
  });

  it('send to a damaged graph file once, and no further', async () => {
    const doc = open(PLACEMENT);
    const damaged = { ...finding('BERTH3009', [], {}), file: '/specs/graphs/net.graph.yaml' };
    const outcome = { preview: null, findings: [damaged], partial: false };
    const [problem] = diagnostics(doc, { ...(await knowledgeOf(doc)), outcome: () => outcome });
    expect(problem).toMatchObject({
      message: 'graphs/net.graph.yaml: The graph file has errors of its own.',
      hint: 'Open the graph file: they are marked there.',
    });
  });

  it('say at the spec what is wrong in its graph file', async () => {
    const doc = open(PLACEMENT);
    const file = '/specs/graphs/net.graph.yaml';
    const broken = { ...finding('BERTH3006', ['edges', 0, 'from'], { node: 'a' }), file };
    const outcome = { preview: null, findings: [broken, broken], partial: false };
    const [problem, ...others] = diagnostics(doc, { ...(await knowledgeOf(doc)), outcome: () => outcome });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      code: 'BERTH3006',
      message: 'graphs/net.graph.yaml: An edge leads from "a" to itself.',
    });
    expect(problem!.hint).toBe('Remove the edge. Open graphs/net.graph.yaml to see where. It has 1 more problem.');
    expect(PLACEMENT.slice(problem!.range.start, problem!.range.end)).toBe('graphs/net.graph.yaml');
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
    ['an edge to nowhere', graph(A, '  - { from: a, to: c }\n'), ['BERTH3001 c']],
    ['a node given twice', graph(A + A, '  []\n'), ['BERTH3002 a']],
    ['an edge to itself', graph(A, '  - { from: a, to: a }\n'), ['BERTH3006 a']],
    [
      'a cycle',
      graph(A + B, '  - { from: a, to: b }\n  - { from: b, to: a }\n'),
      [expect.stringMatching(/^BERTH3003 /)],
    ],
    ['a time without its unit', graph('  - { name: a, compute: 5 }\n', '  []\n'), ['BERTH1007 5']],
    [
      'a time that is no number',
      graph('  - { name: a, compute: .nan }\n', '  []\n'),
      [expect.stringMatching(/^BERTH\d+ \.nan$/)],
    ],
    ['a key that there is not', graph('  - { name: a, compute: 5us, memry: {} }\n', '  []\n'), ['BERTH1004 memry']],
    ['no nodes', 'apiVersion: berth.dev/v1alpha1\nkind: Graph\nnodes: []\n', ['BERTH1021 nodes']],
    ['an empty file', '', ['BERTH3005 ']],
    ['another kind', SERVING, ['BERTH1014 InferenceCluster']],
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
    await check(JSON.stringify(recorded, null, 1), ['BERTH3001 2'], '/specs/x.graph.json');
  });

  it.each([
    ['{ "nodes": [', ['BERTH1001 [']],
    ['{ "nodes": [1, }', ['BERTH1001 }']],
    [
      '{ "a": 1, "a": 2 }',
      [expect.stringMatching(/^BERTH/), expect.stringMatching(/^BERTH/), expect.stringMatching(/^BERTH/)],
    ],
  ])('mark where JSON ends to be JSON: %s', async (text, expected) => {
    const doc = open(text, '/specs/x.graph.json');
    expect(
      diagnostics(doc, await knowledgeOf(doc)).map(
        ({ code, range }) => `${code} ${text.slice(range.start, range.end)}`,
      ),
    ).toEqual(expect.arrayContaining([expected[0]]));
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
