import type { Graph } from '../graph/graph.ts';
import { addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import { memoryNeeds } from './memory.ts';
import type { DeadEnd, Placement } from './placement.ts';
import { placementOf } from './schedule.ts';

/** `even`: every device gets about the same bytes. `filled`: each device is filled to its limit before the next. */
export type TopoFill = 'even' | 'filled';

/**
 * Places a graph by sweeping it in topological order (m-TOPO; Jeon et al., arXiv 2301.08695, section 4): nodes go to
 * device 0 until one does not fit, then to device 1, and so on. Nothing is released on the way.
 *
 * With `even` a device takes ⌊Σ need / d⌋ + max need bytes, whatever its limit: every graph is placed, and whether the
 * limits hold must be read off the simulation. With `filled` the limits are the devices' own. Pinned nodes go where they are
 * pinned and the sweep passes over them.
 */
export function placeMTopo(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options: { readonly fill?: TopoFill; readonly pins?: Int32Array } = {},
): Placement | DeadEnd {
  const { fill = 'even', pins } = options;
  const needs = memoryNeeds(graph);
  const sum = needs.reduce((total, need) => total + need, 0);
  const cap = Math.floor(sum / devices.length) + needs.reduce((most, need) => Math.max(most, need), 0);
  const limits = devices.map((device) => (fill === 'even' ? cap : device.memory));
  const device = new Int32Array(graph.nodeCount);
  const used = new Float64Array(devices.length);
  let open = 0;
  for (let placed = 0; placed < graph.nodeCount; placed++) {
    const node = intAt(graph.topoOrder, placed);
    const need = realAt(needs, node);
    const pin = pins ? intAt(pins, node) : -1;
    if (pin >= 0) {
      device[node] = pin;
      continue;
    }
    while (open < devices.length && realAt(used, open) + need > itemAt(limits, open)) open++;
    if (open === devices.length) {
      const free = Float64Array.from(limits, (limit, d) => limit - realAt(used, d));
      const reason = limits.every((limit) => need > limit) ? 'too-large' : 'memory-full';
      return { kind: 'dead-end', node, need, free, placed, reason };
    }
    device[node] = open;
    addToReal(used, open, need);
  }
  return placementOf(graph, device, devices.length, tensorUs);
}
