import { didYouMean } from '../spec/problems/did-you-mean.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { Graph } from '../graph/graph.ts';
import type { Device } from './devices.ts';
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
