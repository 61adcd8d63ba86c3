import { buildGraph, type EdgeRow, type Graph, type NodeRow } from '../../../server/src/graph/graph.ts';
import type { Device } from '../../../server/src/baechi/devices.ts';

/** A graph from its times, persistent bytes and edges `[from, to, transfer time]`, one tensor each. */
export function smallGraph(times: number[], bytes: number[], edges: [number, number, number][]): Graph {
  return buildGraph(
    'small',
    times.map((computeUs, i) => ({ name: `n${i}`, computeUs, permBytes: bytes[i] ?? 0, tempBytes: 0, outBytes: 0 })),
    edges.map(([src, dst, commUs]) => ({ src, dst, tensor: `to ${dst}`, bytes: 0, commUs })),
  );
}

export function devices(...memory: number[]): Device[] {
  return memory.map((bytes, d) => ({ name: `gpu${d}`, memory: bytes }));
}

/** Numbers from 0 to below 1, the same for the same seed (a linear congruential generator). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** An acyclic graph with joins, forks, shared tensors, edges of several tensors, and node order unlike topological order. */
export function randomGraph(seed: number, nodeCount: number): Graph {
  const next = numbers(seed);
  const whole = (most: number): number => Math.floor(next() * (most + 1));
  const label = Array.from({ length: nodeCount }, (_, i) => i);
  for (let i = nodeCount - 1; i > 0; i--) {
    const j = whole(i);
    [label[i], label[j]] = [label[j]!, label[i]!];
  }
  const nodes: NodeRow[] = label.map((_, i) => ({
    name: `n${i}`,
    computeUs: 1 + whole(9),
    permBytes: whole(5),
    tempBytes: whole(5),
    outBytes: whole(9),
  }));
  const edges: EdgeRow[] = [];
  for (let i = 1; i < nodeCount; i++) {
    for (let parents = whole(3); parents > 0; parents--) {
      const from = whole(i - 1);
      const tensor = whole(2);
      const bytes = 1 + ((from * 7 + tensor * 3) % 9);
      edges.push({ src: label[from]!, dst: label[i]!, tensor: `t${tensor}`, bytes, commUs: 2 * bytes });
    }
  }
  return buildGraph(`random ${seed}`, nodes, edges);
}
