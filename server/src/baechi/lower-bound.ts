import { edgeCommunicationTimes } from '../graph/link-model.ts';
import type { Graph } from '../graph/graph.ts';
import { intAt, realAt } from '../numeric/at.ts';
import type { IntRows } from '../numeric/int-rows.ts';
import { sharedLoadUs } from './shared-load.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/** Sums of a hundred thousand terms are off by less; a bound must not be above what it bounds. */
const ROUNDING = 1e-10;

/** Times that no placement beats, µs. */
export interface LowerBound {
  /** The largest of the bounds below. */
  readonly us: number;
  /** Work shared evenly: ⌈Σ compute / devices⌉; unlike devices share it by `sharedLoadUs`. */
  readonly loadUs: number;
  /** Longest chain of compute times. */
  readonly criticalPathUs: number;
  /** Longest chain in which every join and fork pays for apart or together, whichever is less. */
  readonly communicationUs: number;
}

/**
 * Lower bounds of the makespan, transfers taking at least their own time after the producer's end.
 *
 * The communication-aware bound: let h(j) bound the start of j from below, and take j's parents i with end f(i) = h(i) + p(i) and edge
 * cost c(i). On whichever device j runs, each parent runs there too or its tensors arrive no earlier than f(i) + c(i), since they are
 * sent one after another once i has ended. Parents on j's own device run one at a time, none before its h(i), so they end no earlier than
 * the list schedule by increasing h (optimal for one machine with release times). The least, over all choices of the parents on j's
 * device, of the larger of the two is therefore a bound, and a choice that takes in the k parents with the largest f + c and no other is
 * as good as any: leaving out a parent below the largest one outside raises nothing. The same holds in the graph turned around, which bounds
 * what follows a node, and the two halves of one node add up. On a single device the load is exact. Where devices or links differ, every
 * chain has each node on the device and each tensor on the link that is quickest for it.
 *
 * @param tensorUs transfer time of every tensor, µs.
 */
export function lowerBound(
  graph: Graph,
  deviceCount: number,
  tensorUs: Float64Array,
  unlike?: UnlikeDevices,
): LowerBound {
  const { topoOrder, edgeSrc, edgeDst, inEdges, outEdges } = graph;
  const computeUs = unlike?.leastUs ?? graph.computeUs;
  const totalUs = computeUs.reduce((sum, us) => sum + us, 0);
  const loadUs = Math.ceil(unlike ? sharedLoadUs(unlike.classes()) * (1 - ROUNDING) : totalUs / deviceCount);
  const backwards = topoOrder.slice().reverse();
  const free = new Float64Array(graph.edgeCount);
  const edgeUs = edgeCommunicationTimes(graph, unlike?.leastTensorUs ?? tensorUs);
  const longest = (costs: Float64Array): number => {
    const head = heads(computeUs, topoOrder, inEdges, edgeSrc, costs);
    const tail = heads(computeUs, backwards, outEdges, edgeDst, costs);
    return computeUs.reduce((most, us, i) => Math.max(most, realAt(head, i) + us + realAt(tail, i)), 0);
  };
  // Without transfer times, parents apart cost nothing: what remains is the plain critical path.
  const criticalPathUs = longest(free);
  const communicationUs = deviceCount > 1 ? longest(edgeUs) : totalUs;
  return { us: Math.max(loadUs, criticalPathUs, communicationUs), loadUs, criticalPathUs, communicationUs };
}

/** Lower bound of the time between every node's end and the end of the run, whatever the placement, by node index. */
export function waysToTheEnd(graph: Graph, tensorUs: Float64Array, unlike?: UnlikeDevices): Float64Array {
  const { topoOrder, edgeDst, outEdges } = graph;
  const edgeUs = edgeCommunicationTimes(graph, unlike?.leastTensorUs ?? tensorUs);
  return heads(unlike?.leastUs ?? graph.computeUs, topoOrder.slice().reverse(), outEdges, edgeDst, edgeUs);
}

/** Lower bound of every node's start, given its parents by `into` and `parentOf`, in an order that has parents first. */
function heads(
  computeUs: Float64Array,
  order: Int32Array,
  into: IntRows,
  parentOf: Int32Array,
  costs: Float64Array,
): Float64Array {
  const head = new Float64Array(order.length);
  for (const node of order) {
    const parents = Array.from(into.row(node), (edge) => {
      const parent = intAt(parentOf, edge);
      const [release, work] = [realAt(head, parent), realAt(computeUs, parent)];
      return { release, work, apart: release + work + realAt(costs, edge) };
    }).sort((a, b) => b.apart - a.apart);
    head[node] = apartOrTogether(parents);
  }
  return head;
}

interface Parent {
  /** Lower bounds of its start, of its length, and of the arrival of its tensors on another device. */
  readonly release: number;
  readonly work: number;
  readonly apart: number;
}

/** Least bound over the numbers of parents that share the node's device. @param parents by decreasing `apart`. */
function apartOrTogether(parents: readonly Parent[]): number {
  const apart = (together: number): number => parents[together]?.apart ?? 0;
  // With every parent more, those together end no earlier and the rest arrives no later: the least is where they cross.
  let below = -1;
  let above = parents.length;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (oneMachineEnd(parents.slice(0, middle)) < apart(middle)) below = middle;
    else above = middle;
  }
  return Math.min(oneMachineEnd(parents.slice(0, above)), below < 0 ? Infinity : apart(below));
}

function oneMachineEnd(jobs: Parent[]): number {
  let end = 0;
  for (const { release, work } of jobs.sort((a, b) => a.release - b.release)) end = Math.max(end, release) + work;
  return end;
}
