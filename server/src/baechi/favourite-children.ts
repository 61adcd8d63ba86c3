/**
 * Favourite children (Hanen and Munier; m-SCT of Jeon et al., arXiv 2301.08695): the child that a node would like to have
 * on its own device, from a linear program without memory and with as many devices as one likes.
 */
import { edgeCommunicationTimes } from '../graph/link-model.ts';
import type { Graph } from '../graph/graph.ts';
import { intAt, realAt } from '../numeric/at.ts';
import type { LinearProgram, LpSolver } from './linear-program.ts';

/** An edge is a favourite's when its variable is at most this, as in Baechi's TensorFlow pipeline. */
export const DEFAULT_THRESHOLD = 0.1;

/**
 * Columns: x per edge (0: favourite, no communication; 1: communication paid), start s per node, then the makespan w, which is minimised.
 * Rows: s_i + p_i + c_e x_e ≤ s_j for every edge e = (i, j); at most one favourite child a node: Σ x over its out-edges ≥ out-degree − 1;
 * at most one parent whose favourite it is: Σ x over its in-edges ≥ in-degree − 1; s_i + p_i ≤ w.
 *
 * @param tensorUs transfer time of every tensor, µs.
 */
export function favouriteChildrenProgram(graph: Graph, tensorUs: Float64Array): LinearProgram {
  const { nodeCount: n, edgeCount: m, edgeSrc, edgeDst, computeUs } = graph;
  const edgeUs = edgeCommunicationTimes(graph, tensorUs);
  const startColumn = (node: number): number => m + node;
  const makespanColumn = m + n;
  const columnCount = m + n + 1;
  const rowLower: number[] = [];
  const rowStart: number[] = [0];
  const rowColumns: number[] = [];
  const rowValues: number[] = [];
  const closeRow = (lower: number): void => {
    rowLower.push(lower);
    rowStart.push(rowColumns.length);
  };
  const term = (column: number, value: number): void => {
    rowColumns.push(column);
    rowValues.push(value);
  };
  for (let e = 0; e < m; e++) {
    const parent = intAt(edgeSrc, e);
    term(e, -realAt(edgeUs, e));
    term(startColumn(parent), -1);
    term(startColumn(intAt(edgeDst, e)), 1);
    closeRow(realAt(computeUs, parent));
  }
  for (const edges of [graph.outEdges, graph.inEdges]) {
    for (let i = 0; i < n; i++) {
      const degree = edges.length(i);
      if (degree < 2) continue; // says no more than x ≥ 0
      for (const edge of edges.row(i)) term(edge, 1);
      closeRow(degree - 1);
    }
  }
  for (let i = 0; i < n; i++) {
    term(startColumn(i), -1);
    term(makespanColumn, 1);
    closeRow(realAt(computeUs, i));
  }
  return {
    columnCount,
    rowCount: rowLower.length,
    cost: new Float64Array(columnCount).fill(1, makespanColumn),
    columnLower: new Float64Array(columnCount),
    columnUpper: new Float64Array(columnCount).fill(1, 0, m).fill(Infinity, m),
    rowLower: Float64Array.from(rowLower),
    rowStart: Int32Array.from(rowStart),
    rowColumns: Int32Array.from(rowColumns),
    rowValues: Float64Array.from(rowValues),
  };
}

/**
 * Rounds the relaxed solution: an edge with x ≤ threshold makes its child the parent's favourite. Where two edges claim
 * one end (possible from a threshold of 0.5 on) the later edge wins, and the child's other parent loses its favourite.
 *
 * @param x by edge index.
 * @returns favourite child of every node, or −1.
 */
export function roundFavourites(graph: Graph, x: Float64Array, threshold = DEFAULT_THRESHOLD): Int32Array {
  const favourite = new Int32Array(graph.nodeCount).fill(-1);
  const favouriteOf = new Int32Array(graph.nodeCount).fill(-1);
  for (let e = 0; e < graph.edgeCount; e++) {
    if (realAt(x, e) > threshold) continue;
    const parent = intAt(graph.edgeSrc, e);
    const child = intAt(graph.edgeDst, e);
    const [formerChild, formerParent] = [intAt(favourite, parent), intAt(favouriteOf, child)];
    if (formerChild >= 0) favouriteOf[formerChild] = -1;
    if (formerParent >= 0) favourite[formerParent] = -1;
    favourite[parent] = child;
    favouriteOf[child] = parent;
  }
  return favourite;
}

export interface FavouriteChildren {
  /** Favourite child of every node, or −1. */
  readonly favourites: Int32Array;
  /** Optimum of the relaxed program, µs. Not a bound for placements where communication exceeds computation. */
  readonly relaxedMakespanUs: number;
}

/** @returns undefined when asked to stop. */
export function favouriteChildren(
  graph: Graph,
  tensorUs: Float64Array,
  solve: LpSolver,
  options: { readonly threshold?: number; readonly shouldStop?: () => boolean } = {},
): FavouriteChildren | undefined {
  const solution = solve(favouriteChildrenProgram(graph, tensorUs), options.shouldStop);
  if (!solution) return undefined;
  const x = solution.values.subarray(0, graph.edgeCount);
  return { favourites: roundFavourites(graph, x, options.threshold), relaxedMakespanUs: solution.objective };
}
