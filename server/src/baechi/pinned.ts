import { didYouMean } from '../spec/problems/did-you-mean.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { Graph } from '../graph/graph.ts';
import { intAt, itemAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import type { Colocation } from './grouping/colocation.ts';
import { placeMEtf } from './m-etf.ts';
import type { PlacementResult, PlacerOptions } from './placement.ts';
import { placementOf } from './schedule.ts';

/** Index of the device that the user fixed for every node, −1 where the placer may choose. */
export type Pins = Int32Array;

/**
 * Turns a spec's pins, names of nodes to names of devices, into indices.
 *
 * @returns pins by node index, and a problem for every name that is not there, at its path below the spec.
 */
export function resolvePins(
  graph: Graph,
  devices: readonly Device[],
  wanted: Readonly<Record<string, string>>,
): { readonly pins: Pins; readonly problems: readonly GraphFinding[] } {
  const pins = new Int32Array(graph.nodeCount).fill(-1);
  const problems: GraphFinding[] = [];
  const deviceIndex = new Map(devices.map((device, d) => [device.name, d]));
  const nodeIndex = new Map(graph.names.map((name, i) => [name.normalize('NFC'), i]));
  for (const [nodeName, deviceName] of Object.entries(wanted)) {
    const node = nodeIndex.get(nodeName.normalize('NFC'));
    const device = deviceIndex.get(deviceName);
    const unknown = (what: 'node' | 'device', name: string, names: Iterable<string>): void => {
      const params = { what, name, suggestion: didYouMean(name, names) };
      problems.push({ code: 'BERTH3012', path: ['pins', nodeName], params });
    };
    if (node === undefined) unknown('node', nodeName, nodeIndex.keys());
    if (device === undefined) unknown('device', deviceName, deviceIndex.keys());
    if (node !== undefined && device !== undefined) pins[node] = device;
  }
  return { pins, problems };
}

/**
 * A pin holds for all of the node's group: fills in the pins of the others.
 *
 * @param pins by node index; changed in place.
 * @returns a problem for every node that is pinned elsewhere than its group.
 */
export function pinGroups(
  pins: Pins,
  { members, names }: Colocation,
  graph: Graph,
  devices: readonly Device[],
): readonly GraphFinding[] {
  const problems: GraphFinding[] = [];
  for (let unit = 0; unit < names.length; unit++) {
    const nodes = members.row(unit);
    const first = nodes.find((node) => intAt(pins, node) >= 0);
    if (first === undefined) continue;
    const pin = intAt(pins, first);
    for (const node of nodes) {
      const own = intAt(pins, node);
      if (own < 0) pins[node] = pin;
      if (own < 0 || own === pin) continue;
      const name = (d: number): string => itemAt(devices, d).name;
      const params = {
        ...{ node: itemAt(graph.names, node), device: name(own) },
        ...{ other: itemAt(graph.names, first), there: name(pin), group: itemAt(names, unit) },
      };
      problems.push({ code: 'BERTH3040', path: ['pins', itemAt(graph.names, node)], params });
    }
  }
  return problems;
}

/** Nodes without a pin. */
export function unpinnedNodes(pins: Pins): number[] {
  return Array.from(pins, (device, node) => (device < 0 ? node : -1)).filter((node) => node >= 0);
}

/**
 * The user's placement: every node where it is pinned. Whether the memory limits hold is read off the simulation. While
 * pins are still missing, m-ETF places the other nodes around them, so that there is something to see.
 */
export function placePinned(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options: PlacerOptions = {},
): PlacementResult {
  const { pins } = options;
  if (!pins || unpinnedNodes(pins).length > 0) return placeMEtf(graph, devices, tensorUs, options);
  return placementOf(graph, pins.slice(), devices.length, tensorUs, options);
}
