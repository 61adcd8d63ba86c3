import type { Graph } from '../graph/graph.ts';
import type { Device } from './devices.ts';
import { scheduleEarliestTaskFirst } from './earliest-task-first.ts';
import type { PlacementResult, PlacerOptions } from './placement.ts';

/**
 * Places a graph with memory-constrained Earliest Task First (m-ETF; Jeon et al., arXiv 2301.08695, section 4).
 *
 * @param graph n nodes, acyclic; times in microseconds, memory in bytes.
 * @param devices d devices with their memory limits, in bytes.
 * @param tensorUs transfer time of every tensor, µs (`communicationTimes`).
 * @returns device, start and end of every node, or the node at which no device had room.
 * Deterministic: of nodes that can start at one instant the lower topological index goes first, on the lower device index.
 */
export function placeMEtf(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options?: PlacerOptions,
): PlacementResult {
  return scheduleEarliestTaskFirst(graph, devices, tensorUs, undefined, options);
}
