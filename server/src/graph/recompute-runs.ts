/** When nodes whose outputs were not kept run again in the backward half. */
import { intAt } from '../numeric/at.ts';
import type { Graph } from './graph.ts';

export interface RecomputeRuns {
  /** Nodes that run again, in topological order. */
  readonly nodes: readonly number[];
  /** Index that each has as a run of the training graph. */
  readonly runOf: ReadonlyMap<number, number>;
  /** What each waits for, so that it does not run before it is needed: the backward run of a node, or its forward run. */
  readonly waits: readonly { readonly node: number; readonly after: number; readonly backward: boolean }[];
}

/**
 * Nodes that are computed again and are joined by edges make one segment, which is computed as a whole just before the first backward run
 * that reads of it: that is when the backward runs behind all its readers are done, or, where nothing is behind them (a loss), when they have run.
 *
 * @param firstRun index of the first of these runs in the training graph.
 */
export function recomputeRuns(forward: Graph, firstRun: number): RecomputeRuns {
  const { recomputed, backwardUs, topoOrder } = forward;
  const nodes = recomputed ? Array.from(topoOrder).filter((node) => recomputed[node] === 1) : [];
  const runOf = new Map(nodes.map((node, k) => [node, firstRun + k]));
  const waits: { node: number; after: number; backward: boolean }[] = [];
  const isTrained = (node: number): boolean => !Number.isNaN(backwardUs?.[node] ?? Number.NaN);
  for (const segment of segments(forward, nodes)) {
    const readers = new Set(segment.filter(isTrained));
    for (const node of segment) for (const child of children(forward, node)) if (isTrained(child)) readers.add(child);
    const needed = withAncestors(forward, readers);
    const behind = new Set<number>();
    for (const reader of readers) {
      for (const child of children(forward, reader)) if (isTrained(child) && !needed.has(child)) behind.add(child);
    }
    for (const node of segment) {
      for (const after of behind) waits.push({ node, after, backward: true });
      if (behind.size === 0) for (const after of readers) waits.push({ node, after, backward: false });
    }
  }
  return { nodes, runOf, waits };
}

/** Nodes that edges among them join. */
function segments(graph: Graph, nodes: readonly number[]): number[][] {
  const of = new Map<number, number>(nodes.map((node) => [node, node]));
  const root = (node: number): number => {
    const up = of.get(node) ?? node;
    return up === node ? node : root(up);
  };
  for (const node of nodes) {
    for (const child of children(graph, node)) if (of.has(child)) of.set(root(child), root(node));
  }
  const all = new Map<number, number[]>();
  for (const node of nodes) all.set(root(node), [...(all.get(root(node)) ?? []), node]);
  return [...all.values()];
}

function children({ outEdges, edgeDst }: Graph, node: number): number[] {
  return Array.from(outEdges.row(node), (edge) => intAt(edgeDst, edge));
}

/** Nodes from which one of these can be reached, and these. */
function withAncestors({ inEdges, edgeSrc }: Graph, nodes: ReadonlySet<number>): Set<number> {
  const found = new Set(nodes);
  for (const node of found) for (const edge of inEdges.row(node)) found.add(intAt(edgeSrc, edge));
  return found;
}
