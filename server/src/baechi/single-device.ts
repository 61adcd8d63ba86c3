import type { Graph } from '../graph/graph.ts';
import { itemAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import type { Pins } from './pinned.ts';
import type { Placement } from './placement.ts';
import { placementOf } from './schedule.ts';

/**
 * Everything on the first device that can hold it, or on the largest where none can; pinned nodes where they are pinned.
 *
 * @param peakBytes of the whole graph on one device, by the simulation.
 */
export function placeSingleDevice(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  peakBytes: number,
  pins?: Pins,
): Placement {
  const largest = devices.reduce((best, device, d) => (device.memory > itemAt(devices, best).memory ? d : best), 0);
  const first = devices.findIndex((device) => device.memory >= peakBytes);
  const chosen = first < 0 ? largest : first;
  const device = pins ? pins.map((pin) => (pin < 0 ? chosen : pin)) : new Int32Array(graph.nodeCount).fill(chosen);
  return placementOf(graph, device, devices.length, tensorUs);
}
