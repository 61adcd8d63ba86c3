import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import schema from '../../../../schemas/graph.schema.json' with { type: 'json' };
import { resolvePins } from '../../../../server/src/baechi/pinned.ts';
import { readBerthGraph } from '../../../../server/src/graph/formats/berth.ts';
import type { Graph } from '../../../../server/src/graph/graph.ts';
import { checkProblems } from '../graph-problem-check.ts';

const head = 'apiVersion: berth.dev/v1alpha1\nkind: Graph\n';

function read(text: string): Graph {
  const result = readBerthGraph(parse(head + text));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.graph;
}

const net = `
metadata: { name: digits }
nodes:
  - { name: input, compute: 20us, memory: { output: 98Ki } }
  - name: body/dense
    compute: 1.5ms
    backward: 240us
    memory: { persistent: 4Mi, temporary: 1Mi, output: 2Mi }
    group: g
    op: { type: dense, units: 128 }
  - { name: head, compute: 0.2us, layer: top, memory: { output: 40B } }
edges:
  - { from: input, to: body/dense }
  - { from: body/dense, to: head }
  - { from: input, to: head }
  - { from: body/dense, to: head, size: 8B, tensor: state }
`;

describe('readBerthGraph', () => {
  it('reads times by kind of device, and what is wrong with them', () => {
    const graph = read(`
nodes:
  - { name: a, compute: 1ms, backward: 2ms, byKind: { cpu: { compute: 8ms, backward: 20ms }, tpu: { compute: 0.5ms } } }
  - { name: b, compute: 3ms, byKind: { cpu: { backward: 20ms } } }
`);
    const times = Object.fromEntries(graph.byKind!);
    expect(times.cpu).toEqual({ computeUs: Float64Array.of(8000, 3000), backwardUs: Float64Array.of(20_000, 20_000) });
    expect(times.tpu).toEqual({ computeUs: Float64Array.of(500, 3000), backwardUs: Float64Array.of(2000, NaN) });
    const wrong = readBerthGraph(
      parse(`${head}nodes: [{ name: a, compute: 1ms, byKind: { cpu: { compute: fast } } }]`),
    );
    expect(wrong).toMatchObject({ problems: [{ code: 'BERTH3008', path: ['nodes', 0, 'byKind', 'cpu', 'compute'] }] });
    expect(read('nodes: [{ name: a, compute: 1ms }]').byKind).toBeUndefined();
  });

  it('reads nodes with their quantities', () => {
    const graph = read(net);
    expect(graph.name).toBe('digits');
    expect(graph.names).toEqual(['input', 'body/dense', 'head']);
    expect([...graph.computeUs]).toEqual([20, 1500, 1]);
    expect([...graph.backwardUs!]).toEqual([Number.NaN, 240, Number.NaN]);
    expect([...graph.permBytes]).toEqual([0, 4 * 2 ** 20, 0]);
    expect([...graph.tempBytes]).toEqual([0, 2 ** 20, 0]);
    expect([...graph.outBytes]).toEqual([98 * 1024, 2 ** 21, 40]);
    expect(graph.groups).toEqual([undefined, 'g', undefined]);
    expect(graph.layers).toEqual(['', 'body', 'top']);
    expect(graph.ops[1]).toEqual({ type: 'dense', units: 128 });
  });

  it("carries the producer's output by default, once for all its consumers", () => {
    const graph = read(net);
    expect(graph.edgeCount).toBe(3);
    expect([...graph.tensorBytes]).toEqual([98 * 1024, 2 ** 21, 8]);
    expect([...graph.tensorProducer]).toEqual([0, 1, 1]);
    expect(graph.tensorNames[2]).toBe('state');
    expect([...graph.tensorCommUs]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('takes names that YAML reads as numbers', () => {
    expect(
      read('nodes: [{ name: 1, compute: 1us }, { name: 2, compute: 1us }]\nedges: [{ from: 1, to: 2 }]').names,
    ).toEqual(['1', '2']);
  });

  it('accepts what the schema accepts', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    for (const word of ['x-berth-snippet', 'x-berth-enum-descriptions', 'x-berth-unit']) ajv.addKeyword(word);
    const valid = ajv.compile(schema);
    expect(valid(parse(head + net)), JSON.stringify(valid.errors)).toBe(true);
    const wrong = parse(`${head}nodes: [{ name: a, compute: 12, memory: { output: 0 } }]`) as unknown;
    expect(valid(wrong)).toBe(false);
    expect(readBerthGraph(wrong).ok).toBe(false);
  });

  it('accepts every example of the schema', () => {
    const examples = schema.properties.nodes.examples;
    for (const nodes of examples) expect(readBerthGraph({ ...(parse(head) as object), nodes }).ok).toBe(true);
  });
});

describe('problems of graph files', () => {
  it('names an unknown end of an edge', () => {
    checkProblems(
      `${head}nodes: [{ name: conv1, compute: 1us }]\nedges: [{ from: conv1, to: pool }, { from: cnov1, to: conv1 }]`,
      'BERTH3001 edges[0].to: The edge "conv1" → "pool" names the node "pool", which does not exist.',
      'BERTH3001 edges[1].from: The edge "cnov1" → "conv1" names the node "cnov1", which does not exist; did you mean "conv1"?',
    );
  });

  it('names a name that is there twice', () => {
    checkProblems(
      `${head}nodes: [{ name: a, compute: 1us }, { name: a, compute: 1us }]`,
      'BERTH3002 nodes[1].name: Two nodes are called "a"',
    );
  });

  it('walks a cycle', () => {
    checkProblems(
      `${head}nodes: [{ name: a, compute: 1us }, { name: b, compute: 1us }, { name: c, compute: 1us }]
edges: [{ from: a, to: b }, { from: b, to: c }, { from: c, to: b }]`,
      /^BERTH3003 edges\[[12]\]: The graph has a cycle: (b → c → b|c → b → c)\.$/,
    );
  });

  it('refuses numbers that are none', () => {
    checkProblems(
      `${head}nodes: [{ name: a, compute: .nan }, { name: b, compute: -.inf, memory: { output: -1 } }]`,
      'BERTH3004 nodes[0].compute: "nodes[0].compute" must be a finite number that is not negative, but is NaN',
      'BERTH3004 nodes[1].compute',
      'BERTH3004 nodes[1].memory.output',
    );
  });

  it('refuses values without or with a wrong unit', () => {
    checkProblems(
      `${head}nodes: [{ name: a, compute: 12 }, { name: b, compute: 3Mi, memory: { output: 5ms } }, { name: c }]`,
      'BERTH3008 nodes[0].compute: "nodes[0].compute" cannot be read: 12 is not a duration such as 120us',
      'BERTH3008 nodes[1].compute',
      'BERTH3008 nodes[1].memory.output',
      'a duration such as 120us is missing',
    );
  });

  it.each(['nodes: []', 'edges: []', 'nodes:'])('calls %s empty', (text) => {
    checkProblems(head + text, 'BERTH3005 nodes');
  });

  it('refuses an edge from a node to itself', () => {
    checkProblems(`${head}nodes: [{ name: a, compute: 1us }]\nedges: [{ from: a, to: a }]`, 'BERTH3006 edges[0].from');
  });

  it('refuses two sizes of one tensor', () => {
    checkProblems(
      `${head}nodes: [{ name: a, compute: 1us }, { name: b, compute: 1us }, { name: c, compute: 1us }]
edges: [{ from: a, to: b, tensor: x, size: 4B }, { from: a, to: c, tensor: x, size: 8B }]`,
      'BERTH3008 edges[1].size: "edges[1].size" cannot be read: the tensor "x" of "a" has 8 B here and 4 B before',
    );
  });

  it.each(['', '[]', '12', 'a: b', 'nodes: [{ name: a }]'])('does not take %j for a graph', (text) => {
    checkProblems(text, 'BERTH3007 file');
  });

  it.each([
    'nodes: 5',
    'nodes: [5]',
    'nodes: { a: 1 }',
    'nodes: [{ name: [], compute: 1us }]',
    'nodes: [{ name: a, compute: 1us, op: 3 }]',
  ])('says what is of the wrong type in %s', (text) => checkProblems(head + text, /^BERTH3008 nodes/));

  it('tells a hundred, and how many there are beside them', () => {
    const nodes = Array.from({ length: 300 }, () => ({ name: 'a', compute: 1 }));
    const result = readBerthGraph({ apiVersion: 'berth.dev/v1alpha1', kind: 'Graph', nodes });
    const problems = result.ok ? [] : result.problems;
    expect(problems).toHaveLength(101);
    // A compute time that is no text is one for each node, and so is a name for all but the first.
    expect(problems[100]).toEqual({
      code: 'BERTH1040',
      path: ['nodes', 100, 'compute'],
      params: { shown: 100, more: 499 },
    });
  });

  it('refuses more nodes than can be planned', () => {
    const nodes = Array.from({ length: 100_001 }, (_, i) => ({ name: `n${i}`, compute: '1us' }));
    const result = readBerthGraph({ nodes });
    expect(result.ok ? [] : result.problems).toEqual([
      { code: 'BERTH3015', path: ['nodes'], params: { nodes: 100_001, limit: 100_000 } },
    ]);
  });
});

describe('names', () => {
  const node = (name: string): object => ({ name, compute: '1us' });
  const read = (names: readonly string[], from: string): ReturnType<typeof readBerthGraph> =>
    readBerthGraph({ kind: 'Graph', nodes: names.map(node), edges: [{ from, to: 'end' }] });

  it('are one however their letters are written', () => {
    expect(read(['größe', 'end'], 'gro\u0308ße').ok).toBe(true);
    const twice = read(['größe', 'gro\u0308ße', 'end'], 'end');
    expect(twice.ok ? [] : twice.problems.map(({ code }) => code)).toContain('BERTH3002');
    const graph = read(['gro\u0308ße', 'end'], 'größe');
    const { pins, problems } = resolvePins(graph.ok ? graph.graph : expect.fail(), [{ name: 'gpu', memory: 1 }], {
      größe: 'gpu',
    });
    expect({ pins: [...pins], problems }).toEqual({ pins: [0, -1], problems: [] });
  });
});
