import { describe, expect, it } from 'vitest';
import { colocation } from '../../../../server/src/baechi/grouping/colocation.ts';
import { fuse, type FusedGraph } from '../../../../server/src/baechi/grouping/fusion.ts';
import { buildGraph, type EdgeRow, type Graph } from '../../../../server/src/graph/graph.ts';
import { topologicalOrder } from '../../../../server/src/graph/topological-order.ts';
import { numbers, randomGraph } from '../small-graph.ts';

/** Nodes of times 2, 3, 3 (then 4), temporary 1, 4, 2, persistent 1, 1, 3; edges of 1 byte more each, tensors of their own. */
function grouped(groups: string[], edges: [number, number][]): Graph {
  const nodes = groups.map((group, i) => ({
    name: `n${i}`,
    computeUs: [2, 3, 3, 4][i]!,
    tempBytes: [1, 4, 2, 0][i]!,
    permBytes: [1, 1, 3, 0][i]!,
    outBytes: 1,
    group,
  }));
  const rows = edges.map(([src, dst], i): EdgeRow => ({ src, dst, tensor: `t${i}`, bytes: i + 1, commUs: i + 2 }));
  return buildGraph('fusion', nodes, rows);
}

function fused(graph: Graph): FusedGraph {
  return fuse(graph, colocation(graph, { keep: 'graph' }));
}

/** `times | from>to:tensors` */
function shape({ graph }: FusedGraph): string {
  const edges = Array.from(graph.edgeSrc, (src, e) => {
    const tensors = Array.from(graph.edgeTensors.row(e), (tensor) => graph.tensorNames[tensor]);
    return `${src}>${graph.edgeDst[e]}:${tensors.join('+')}`;
  });
  return `${[...graph.computeUs].join(' ')} | ${edges.join(' ')}`;
}

describe('fusion', () => {
  it('makes a chain of one group one node: times and weights add up, of scratch the largest counts, and nothing leaves', () => {
    const { graph, members } = fused(grouped(['a', 'a', 'a'], [[0, 1], [1, 2]])); // prettier-ignore
    expect(graph).toMatchObject({ nodeCount: 1, edgeCount: 0, names: ['n0'] });
    expect([graph.computeUs[0], graph.tempBytes[0], graph.permBytes[0]]).toEqual([8, 4, 5]);
    expect(graph.outBytes[0]! + graph.permBytes[0]!).toBe(0);
    expect([...members.row(0)]).toEqual([0, 1, 2]);
  });

  it('leaves the edge to another group', () => {
    const { graph } = fused(grouped(['a', 'a', 'b'], [[0, 1], [1, 2]])); // prettier-ignore
    expect(shape(fused(grouped(['a', 'a', 'b'], [[0, 1], [1, 2]])))).toBe('5 3 | 0>1:t1'); // prettier-ignore
    expect(graph.outBytes[0]! + graph.permBytes[0]!).toBe(2);
  });

  it('turns a join with a third party', () => {
    expect(shape(fused(grouped(['a', 'b', 'a'], [[0, 2], [1, 2]])))).toBe('5 3 | 1>0:t1'); // prettier-ignore
    expect(shape(fused(grouped(['a', 'a', 'a'], [[0, 2], [1, 2]])))).toBe('8 | '); // prettier-ignore
  });

  it('has nothing to do where no edge lies within a group', () => {
    expect(fused(grouped(['a', 'a', 'b', 'a'], [[0, 2], [1, 2], [2, 3]])).graph.nodeCount).toBe(4); // prettier-ignore
  });

  it('brings two tensors onto one edge', () => {
    const diamond = fused(grouped(['a', 'a', 'b', 'b'], [[0, 1], [0, 2], [1, 3], [2, 3]])); // prettier-ignore
    expect(shape(diamond)).toBe('5 7 | 0>1:t1+t2');
  });

  it('closes no cycle: a second path from one node to the other keeps them apart', () => {
    // The edge 0 → 3 lies within the group, but so does the way by 1, which is another's.
    const { graph } = fused(grouped(['a', 'b', 'c', 'a'], [[0, 1], [1, 3], [0, 3], [2, 3]])); // prettier-ignore
    expect(graph.nodeCount).toBe(4);
    expect(shape(fused(grouped(['a', 'b', 'a'], [[0, 1], [1, 2], [0, 2]])))).toBe('2 3 3 | 0>1:t0 0>2:t2 1>2:t1'); // prettier-ignore
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'keeps all work, every tensor that leaves, and no cycle: %d',
    (seed) => {
      const next = numbers(seed + 7);
      const graph = randomGraph(seed, 4 + Math.floor(next() * 50));
      const withGroups = { ...graph, groups: graph.names.map(() => `g${Math.floor(next() * 6)}`) };
      const keep = seed % 2 === 0 ? 'graph' : 'coplace';
      const groups = colocation(withGroups, { keep });
      const { graph: small, fusedOf, members, colocation: kept } = fuse(withGroups, groups);
      const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
      expect(sum(small.computeUs)).toBe(sum(graph.computeUs));
      expect(sum(small.permBytes)).toBe(sum(graph.permBytes));
      expect([...members.values].sort((a, b) => a - b)).toEqual([...graph.names.keys()]);
      expect(topologicalOrder(small.nodeCount, small.edgeDst, small.outEdges)).toHaveLength(small.nodeCount);
      fusedOf.forEach((node, i) => expect(kept.unitOf[node]).toBe(groups.unitOf[i]));
      const between = new Set(Array.from(small.edgeSrc, (src, e) => `${src}>${small.edgeDst[e]}`));
      for (let e = 0; e < graph.edgeCount; e++) {
        const [from, to] = [fusedOf[graph.edgeSrc[e]!]!, fusedOf[graph.edgeDst[e]!]!];
        if (from !== to) expect(between).toContain(`${from}>${to}`);
      }
    },
  );
});
