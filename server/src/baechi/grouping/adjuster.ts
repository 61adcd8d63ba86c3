import type { Graph } from '../../graph/graph.ts';
import { addToReal, intAt, itemAt, realAt } from '../../numeric/at.ts';
import type { Device } from '../devices.ts';
import type { Colocation } from './colocation.ts';

/**
 * By what a group that lies on several devices gets one (Baechi's offline adjuster): the device of its node with the most memory
 * or the most time, the one with most of its nodes, or the one with the largest sum of memory or of time.
 */
export const ADJUSTMENTS = ['memory', 'time', 'frequent', 'memory-sum', 'time-sum'] as const;

export type Adjustment = (typeof ADJUSTMENTS)[number];

export interface AdjustmentFailure {
  readonly kind: 'no-room';
  readonly unit: number;
  /** Bytes of its nodes that would have to come together, and bytes left on every device. */
  readonly need: number;
  readonly free: Float64Array;
}

/**
 * Moves every group of a placement to one device. With limits, a device whose nodes' temporary and persistent bytes together with those that
 * move there would exceed its limit is passed over for the next choice; without, the first choice holds. Pinned groups go where they are pinned.
 *
 * Groups come in the order of their first nodes; of equal choices the one met first among their nodes counts.
 */
export function adjustGroups(
  graph: Graph,
  { members, names }: Colocation,
  placed: Int32Array,
  rule: Adjustment,
  deviceCount: number,
  options: { readonly limits?: readonly Device[]; readonly pins?: Int32Array } = {},
): { readonly kind: 'adjusted'; readonly device: Int32Array } | AdjustmentFailure {
  const { limits, pins } = options;
  const device = placed.slice();
  const bytesOf = (node: number): number => realAt(graph.tempBytes, node) + realAt(graph.permBytes, node);
  const size = new Float64Array(deviceCount);
  placed.forEach((d, node) => addToReal(size, d, bytesOf(node)));
  for (let unit = 0; unit < names.length; unit++) {
    const nodes = members.row(unit);
    if (nodes.every((node) => device[node] === device[itemAt(nodes, 0)])) continue;
    const bytes = nodes.map(bytesOf).reduce((sum, one) => sum + one, 0);
    const there = new Float64Array(deviceCount);
    for (const node of nodes) addToReal(there, intAt(device, node), bytesOf(node));
    const pin = pins ? intAt(pins, itemAt(nodes, 0)) : -1;
    const choices = pin >= 0 ? [pin] : ranked(graph, nodes, device, rule);
    const chosen = choices.find(
      (d) => !limits || realAt(size, d) - realAt(there, d) + bytes <= itemAt(limits, d).memory,
    );
    if (chosen === undefined) {
      const free = size.map((used, d) => itemAt(limits ?? [], d).memory - used + realAt(there, d));
      return { kind: 'no-room', unit, need: bytes, free };
    }
    for (const node of nodes) {
      addToReal(size, intAt(device, node), -bytesOf(node));
      addToReal(size, chosen, bytesOf(node));
      device[node] = chosen;
    }
  }
  return { kind: 'adjusted', device };
}

/** The devices of a group's nodes, best choice first, each once. */
function ranked(graph: Graph, nodes: Int32Array, device: Int32Array, rule: Adjustment): number[] {
  const worth = new Map<number, number>();
  const takes = rule === 'memory' || rule === 'time' ? Math.max : (a: number, b: number): number => a + b;
  for (const node of nodes) {
    const d = intAt(device, node);
    const one = worthOf(graph, node, rule);
    worth.set(d, takes(worth.get(d) ?? 0, one));
  }
  return [...worth.keys()].sort((a, b) => (worth.get(b) ?? 0) - (worth.get(a) ?? 0));
}

function worthOf(graph: Graph, node: number, rule: Adjustment): number {
  switch (rule) {
    case 'memory':
    case 'memory-sum':
      return realAt(graph.tempBytes, node) + realAt(graph.permBytes, node);
    case 'time':
    case 'time-sum':
      return realAt(graph.computeUs, node);
    case 'frequent':
      return 1;
  }
}
