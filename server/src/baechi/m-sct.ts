import type { Graph } from '../graph/graph.ts';
import type { Device } from './devices.ts';
import { scheduleEarliestTaskFirst } from './earliest-task-first.ts';
import type { PlacementResult, PlacerOptions } from './placement.ts';

/**
 * Places a graph with memory-constrained Small Communication Times (m-SCT; Jeon et al., arXiv 2301.08695, section 4):
 * m-ETF, in which a device whose last node has a favourite child holds itself ready for that child.
 *
 * @param graph n nodes, acyclic; times in microseconds, memory in bytes.
 * @param devices d devices with their memory limits, in bytes.
 * @param tensorUs transfer time of every tensor, µs (`communicationTimes`).
 * @param favourites favourite child of every node or −1 (`favouriteChildren`).
 * @returns device, start and end of every node, or the node at which no device had room. Deterministic.
 */
export function placeMSct(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  favourites: Int32Array,
  options?: PlacerOptions,
): PlacementResult {
  return scheduleEarliestTaskFirst(graph, devices, tensorUs, favourites, options);
}
