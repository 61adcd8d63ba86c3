import type { Graph } from '../graph/graph.ts';
import { itemAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import type { Pins } from './pinned.ts';
import type { Placement } from './placement.ts';
import { placementOf, type SimulationRules } from './schedule.ts';

/**
 * Everything on the first device that can hold it, or on the largest where none can; pinned nodes where they are pinned. Of unlike
 * devices that can hold it, on the one that runs it soonest.
 *
 * @param peakBytes of the whole graph on one device, by the simulation.
 */
export function placeSingleDevice(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  peakBytes: number,
  pins?: Pins,
  rules: SimulationRules = {},
): Placement {
  const { unlike } = rules;
  const largest = devices.reduce((best, device, d) => (device.memory > itemAt(devices, best).memory ? d : best), 0);
  const holding = [...devices.keys()].filter((d) => itemAt(devices, d).memory >= peakBytes);
  const work = devices.map((_, d) => unlike?.timesOn(d).reduce((sum, us) => sum + us, 0) ?? 0);
  const chosen = holding.sort((a, b) => itemAt(work, a) - itemAt(work, b))[0] ?? largest;
  const device = pins ? pins.map((pin) => (pin < 0 ? chosen : pin)) : new Int32Array(graph.nodeCount).fill(chosen);
  return placementOf(graph, device, devices.length, tensorUs, rules);
}
