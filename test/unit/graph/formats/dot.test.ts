import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../../server/src/graph/graph.ts';
import { readGraphFile } from '../../../../server/src/graph/source.ts';
import { saidOf } from '../said-of-graph.ts';

function graphOf(text: string, path = '/x/net.dot'): Graph {
  const read = readGraphFile({ path, text });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.graph;
}

const edgesOf = (graph: Graph): string[] =>
  Array.from(graph.edgeSrc, (src, e) => `${graph.names[src]} → ${graph.names[graph.edgeDst[e]!]}`);

describe('DOT', () => {
  it('reads nodes with their attributes, with units and without', () => {
    const graph = graphOf(`strict digraph "a net" {
      in [compute="120us" memory="4Mi" temporary=10 output="1Ki" group=g layer="enc/0"];
      out [compute=7.5, backward="2ms"]; // no output
      in -> out;
    }`);
    expect(graph.name).toBe('a net');
    expect([...graph.computeUs]).toEqual([120, 8]);
    expect([...graph.backwardUs!]).toEqual([Number.NaN, 2000]);
    expect([graph.permBytes[0], graph.tempBytes[0], graph.outBytes[0]]).toEqual([4 * 2 ** 20, 10, 1024]);
    expect(graph.groups).toEqual(['g', undefined]);
    expect(graph.layers).toEqual(['enc/0', '']);
    expect([...graph.tensorBytes]).toEqual([1024]);
  });

  it('takes clusters for layers, defaults for what is not said, and an edge between groups for all of theirs', () => {
    const graph = graphOf(`digraph {
      node [compute=3];
      subgraph cluster_enc { node [compute=5]; a; subgraph cluster_0 { b } }
      edge [bytes=9];
      a -> {b c} -> d:port:n;
      a [output=2];
    }`);
    expect(graph.names).toEqual(['a', 'b', 'c', 'd']);
    expect([...graph.computeUs]).toEqual([5, 5, 3, 3]);
    expect(graph.layers).toEqual(['enc', 'enc/0', '', '']);
    expect(edgesOf(graph)).toEqual(['a → b', 'a → c', 'b → d', 'c → d']);
    expect([...graph.tensorBytes]).toEqual([9, 9, 9]);
    expect(graph.outBytes[0]).toBe(2);
  });

  it('tells the language by what a file holds, whatever it is called, and a damaged one by its name', () => {
    expect(graphOf('/* made by hand */\n# and\n// more\ndigraph { a [compute=1] }', '/x/net.txt').names).toEqual(['a']);
    expect(readGraphFile({ path: '/x/net.gv', text: 'digra' }).format?.name).toBe('dot');
  });

  it.each([
    ['digraph {\n a ->', 'BERTH3054 line 2: This is no whole file of DOT: it ends where something else is needed.'],
    [
      'digraph {\n a => b }',
      'BERTH3054 line 2: This is no whole file of DOT: ">" stands where something else is needed.',
    ],
    ['digraph {}', 'BERTH3005 line 1: The graph has no nodes.'],
    ['graph {\n a -- b }', 'BERTH3007 line 1: This file is no graph that Berth reads: its edges have no direction'],
    ['digraph { node [compute=1]\n a -> a }', 'BERTH3006 line 2: An edge leads from "a" to itself.'],
    ['digraph { node [compute=1] a -> b -> c\n c -> a }', 'BERTH3003 line 2: The graph has a cycle: a → b → c → a.'],
    ['digraph {\n a [compute=-1] }', 'BERTH3004 line 2: "nodes[0].compute" must be a finite number'],
    ['digraph {\n a [compute=1 memory="1e30"] }', 'BERTH3057 line 2: A time or size of "a" is 1e+30'],
    ['digraph {\n a [compute=fast] }', 'BERTH3008 line 2: "nodes[0].compute" cannot be read: fast is not a duration'],
    ['digraph {\n a [compute=1] a -> b }', 'BERTH3052 line 2: 1 of 2 nodes has no compute time, the first of them "b"'],
    ['digraph { node [compute=1]\n a;\n b }', 'BERTH3051 line 3: The graph consists of 2 parts'],
    [
      `digraph {${'{'.repeat(5000)}`,
      'BERTH3054 line 1: This is no whole file of DOT: its subgraphs lie more than 200 deep.',
    ],
  ])('says of %j %j', (text, said) => {
    expect(saidOf({ path: '/x/net.dot', text }).map((one) => one.slice(0, said.length))).toEqual([said]);
  });

  it('counts a time of nothing as the least', () => {
    expect([...graphOf('digraph { a [compute=0] }').computeUs]).toEqual([1]);
    expect(saidOf({ path: '/x/net.dot', text: 'digraph { a [compute=0] }' })).toEqual([]);
  });

  it('gives up on groups that stand for more edges than memory holds', () => {
    const many = Array.from({ length: 2000 }, (_, i) => `n${i}`).join(' ');
    const text = `digraph { {${many}} -> {${many.replaceAll('n', 'm')}} }`;
    expect(saidOf({ path: '/x/net.dot', text })).toEqual([expect.stringContaining('more than 2000000 edges')]);
  });
});
