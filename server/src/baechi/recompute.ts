/**
 * Which outputs are not kept for the backward half but computed again (activation checkpointing; Chen et al., arXiv 1604.06174). The unit is
 * a layer: what leaves it is kept, what only its own nodes read is computed again.
 */
import type { Graph } from '../graph/graph.ts';
import { intAt, itemAt, realAt } from '../numeric/at.ts';

/** A layer whose inner outputs can be computed again. */
export interface RecomputeUnit {
  readonly name: string;
  readonly nodes: readonly number[];
  /** Bytes that need not be kept, and time that a second run takes, µs. */
  readonly bytes: number;
  readonly us: number;
}

/** The graph of which these units are computed again. */
export function withRecomputed(graph: Graph, units: readonly RecomputeUnit[]): Graph {
  if (units.length === 0) return graph;
  const recomputed = new Uint8Array(graph.nodeCount);
  for (const { nodes } of units) for (const node of nodes) recomputed[node] = 1;
  return { ...graph, recomputed };
}

/**
 * Layers by name: a name stands for all that lies below it, as one unit.
 *
 * @returns undefined where the graph has no such layer; a layer of which nothing can be computed again is an empty unit.
 */
export function unitOf(graph: Graph, name: string): RecomputeUnit | undefined {
  const inside = graph.layers.map((layer) => layer === name || layer.startsWith(`${name}/`));
  return inside.some(Boolean) ? unit(graph, name, (node) => itemAt(inside, node)) : undefined;
}

/**
 * Ways to cut a graph into units: by the first name of its layers' paths, by the first two, and so on, and, whatever the layers, into about √n
 * stretches of the topological order. Units from which nothing is won are left out, and ways of a single unit too, since all of it would be
 * there again at once.
 */
export function recomputeCuts(graph: Graph): RecomputeUnit[][] {
  const depth = Math.min(6, graph.layers.reduce((most, layer) => Math.max(most, layer.split('/').length), 0)); // prettier-ignore
  const byDepth = Array.from(
    { length: depth },
    (_, d) =>
    graph.layers.map((layer) => layer.split('/').slice(0, d + 1).join('/')), // prettier-ignore
  );
  const stretch = Math.ceil(Math.sqrt(graph.nodeCount));
  const stretches = Array.from(graph.topoRank, (rank) => `stretch ${Math.floor(rank / stretch) + 1}`);
  return [...byDepth, stretches].map((names) => cut(graph, names)).filter((units) => units.length > 1);
}

function cut(graph: Graph, names: readonly string[]): RecomputeUnit[] {
  const units = Array.from(new Set(names), (name) => unit(graph, name, (node) => names[node] === name));
  return units.filter(({ bytes }) => bytes > 0);
}

function unit(graph: Graph, name: string, inside: (node: number) => boolean): RecomputeUnit {
  const { outEdges, edgeDst, backwardUs, outBytes, computeUs } = graph;
  const nodes = Array.from(graph.topoOrder).filter((node) => {
    const readers = Array.from(outEdges.row(node), (edge) => intAt(edgeDst, edge));
    if (!inside(node) || readers.length === 0 || realAt(outBytes, node) === 0) return false;
    // Nothing is kept of a node that no backward run reads.
    const isRead = [node, ...readers].some((reader) => !Number.isNaN(backwardUs?.[reader] ?? Number.NaN));
    return isRead && readers.every(inside);
  });
  const sum = (of: Float64Array): number => nodes.reduce((total, node) => total + realAt(of, node), 0);
  return { name, nodes, bytes: sum(outBytes), us: sum(computeUs) };
}

/** How a graph with some units computed again does: what a planner says of it. */
export interface RecomputeTrial {
  readonly fits: boolean;
  readonly makespanUs: number;
}

/**
 * Takes units in the order of the time that they cost for each byte, as few as let the placement fit; then leaves out again those without which
 * it still fits, the dearest first. Of all ways to cut the graph, the one with the shortest step.
 *
 * @param trial plans the graph with these units computed again; called O(log u) times for each cut, and once for each unit that it takes.
 * @returns undefined where no choice of units makes it fit.
 */
export function chooseRecomputed(
  graph: Graph,
  trial: (units: readonly RecomputeUnit[]) => RecomputeTrial,
  shouldStop: () => boolean = () => false,
): readonly RecomputeUnit[] | undefined {
  let best: { readonly units: readonly RecomputeUnit[]; readonly makespanUs: number } | undefined;
  for (const units of recomputeCuts(graph)) {
    const cheapest = [...units].sort((a, b) => a.us / a.bytes - b.us / b.bytes);
    let [below, enough] = [0, cheapest.length];
    if (shouldStop() || !trial(cheapest).fits) continue;
    while (enough - below > 1) {
      const middle = (below + enough) >> 1;
      if (trial(cheapest.slice(0, middle)).fits) enough = middle;
      else below = middle;
    }
    let chosen = cheapest.slice(0, enough);
    for (const dearest of chosen.slice(-MOST_LEFT_OUT).sort((a, b) => b.us - a.us)) {
      const fewer = chosen.filter((one) => one !== dearest);
      if (trial(fewer).fits) chosen = fewer;
    }
    const { makespanUs } = trial(chosen);
    if (!best || makespanUs < best.makespanUs) best = { units: chosen, makespanUs };
  }
  return best?.units;
}

/** Each costs a plan. */
const MOST_LEFT_OUT = 16;
