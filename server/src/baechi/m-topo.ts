import type { Graph } from '../graph/graph.ts';
import { addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import { ledgerOf, needsOf, TENSORFLOW, type MemoryRules } from './accounting.ts';
import type { Device } from './devices.ts';
import type { KeptGroups } from './grouping/group-placement.ts';
import { memoryNeeds, type MemoryLedger } from './memory.ts';
import { moduleMemory } from './memory-pytorch.ts';
import type { DeadEnd, Placement, PlacerOptions } from './placement.ts';
import { placementOf } from './schedule.ts';

/** `even`: every device gets about the same bytes. `filled`: each device is filled to its limit before the next. */
export type TopoFill = 'even' | 'filled';

export interface MTopoOptions extends PlacerOptions {
  /** `even` by default. */
  readonly fill?: TopoFill;
}

/**
 * Places a graph by sweeping it in topological order (m-TOPO; Jeon et al., arXiv 2301.08695, section 4): nodes go to
 * device 0 until one does not fit, then to device 1, and so on. Nothing is released on the way.
 *
 * With `even` a device takes ⌊Σ need / d⌋ + max need bytes, whatever its limit: every graph without groups is placed, and whether the
 * limits hold must be read off the simulation. With `filled` the limits are the devices' own. Pinned nodes go where they are
 * pinned and the sweep passes over them. A group comes as a whole when its first node is met.
 *
 * With PyTorch's accounting the cap is made of what stays, ⌊Σ permanent / d⌋ + max permanent, and what a device receives counts against
 * it, so that nodes can be left over; nodes come in the order of the file where that is a topological one.
 */
export function placeMTopo(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options: MTopoOptions = {},
): Placement | DeadEnd {
  const { fill = 'even', memory = TENSORFLOW, groups, pins } = options;
  const device = new Int32Array(graph.nodeCount).fill(-1);
  if (pins) device.set(pins);
  const room = roomOf(graph, devices, device, fill, memory, groups);
  let open = 0;
  let placed = 0;
  for (const node of sweepOrder(graph, memory)) {
    const unit = unitOfNode(node, groups);
    if (intAt(device, node) < 0) {
      while (open < devices.length && !room.takes(unit, node, open)) open++;
      if (open === devices.length) return deadEnd(graph, devices, memory, room, node, placed);
      for (const member of unit) if (intAt(device, member) < 0) device[member] = open;
      room.charge(unit, open);
    } else if (pins && intAt(pins, node) >= 0) {
      room.chargePinned(node, intAt(pins, node));
    }
    placed++;
  }
  const simulated = placementOf(graph, device, devices.length, tensorUs, options);
  return room.peak ? { ...simulated, peakBytes: room.peak } : simulated;
}

function unitOfNode(node: number, groups: KeptGroups | undefined): ArrayLike<number> & Iterable<number> {
  if (!groups) return [node];
  return groups.colocation.members.row(intAt(groups.colocation.unitOf, node));
}

/** PyTorch's version sweeps in the order of node numbers, which its graphs have in topological order. */
function sweepOrder(graph: Graph, { accounting }: MemoryRules): Int32Array {
  if (accounting !== 'pytorch') return graph.topoOrder;
  const inOrder = graph.edgeSrc.every((from, edge) => from < intAt(graph.edgeDst, edge));
  return inOrder ? graph.topoOrder.slice().sort() : graph.topoOrder;
}

/** What a sweep asks of memory. */
interface Room {
  readonly limits: readonly number[];
  readonly used: Float64Array;
  /** The placer's own account of every device's peak, where it has one. */
  readonly peak?: Float64Array;
  takes(unit: ArrayLike<number> & Iterable<number>, node: number, device: number): boolean;
  charge(unit: Iterable<number>, device: number): void;
  chargePinned(node: number, device: number): void;
}

function roomOf(
  graph: Graph,
  devices: readonly Device[],
  deviceOf: Int32Array,
  fill: TopoFill,
  memory: MemoryRules,
  groups: KeptGroups | undefined,
): Room {
  if (memory.accounting === 'tensorflow') return groups ? groupedRoom(graph, devices, fill) : plainRoom(graph, devices, fill); // prettier-ignore
  const ledger = ledgerOf({ ...memory, lifetime: 'kept' }, graph, devices.length, deviceOf, false);
  const limits = devices.map((device) => device.memory);
  if (fill === 'filled') return ledgerRoom(ledger, limits, (node, device, limit) => ledger.fits(node, device, limit));
  const lasts = memory.accounting === 'pytorch' ? moduleMemory(graph, 'kept').permanent : memoryNeeds(graph);
  const cap = evenShare(lasts, devices.length);
  return ledgerRoom(ledger, limits.fill(cap), (node, device) => realAt(ledger.used, device) + ledger.leastNeed(node) <= cap); // prettier-ignore
}

/** ⌊Σ / d⌋ + max: with so much a device every node finds a place. */
function evenShare(bytes: Float64Array, devices: number): number {
  const sum = bytes.reduce((total, one) => total + one, 0);
  return Math.floor(sum / devices) + bytes.reduce((most, one) => Math.max(most, one), 0);
}

function plainRoom(graph: Graph, devices: readonly Device[], fill: TopoFill): Room {
  const needs = memoryNeeds(graph);
  const used = new Float64Array(devices.length);
  const cap = evenShare(needs, devices.length);
  const limits = devices.map((device) => (fill === 'even' ? cap : device.memory));
  return {
    limits,
    used,
    takes: (_, node, device) => realAt(used, device) + realAt(needs, node) <= itemAt(limits, device),
    charge(unit, device) {
      for (const node of unit) addToReal(used, device, realAt(needs, node));
    },
    // The share is one of all bytes; what is pinned was never asked whether it fits.
    chargePinned: () => undefined,
  };
}

/**
 * A group of TensorFlow's graphs. With even shares the authors' code asks for less than it charges: the largest temporary and the
 * persistent bytes must stay below the cap, and then every member's need counts, so that a group may go beyond it.
 */
function groupedRoom(graph: Graph, devices: readonly Device[], fill: TopoFill): Room {
  const room = plainRoom(graph, devices, fill);
  const needs = memoryNeeds(graph);
  const requirement = (unit: Iterable<number>): number => {
    let [persistent, temporary, need] = [0, 0, 0];
    for (const node of unit) {
      persistent += realAt(graph.permBytes, node);
      temporary = Math.max(temporary, realAt(graph.tempBytes, node));
      need += realAt(needs, node);
    }
    return fill === 'even' ? persistent + temporary : need;
  };
  return {
    ...room,
    takes(unit, _, device) {
      const after = realAt(room.used, device) + requirement(unit);
      return fill === 'even' ? after < itemAt(room.limits, device) : after <= itemAt(room.limits, device);
    },
  };
}

/** Room by a ledger, whose devices of received inputs are those placed so far. Members of a group are asked for together. */
function ledgerRoom(
  ledger: MemoryLedger,
  limits: readonly number[],
  fits: (node: number, device: number, limit: number) => boolean,
): Room {
  return {
    limits,
    used: ledger.used,
    peak: ledger.peak,
    takes(unit, node, device) {
      let others = 0;
      for (const member of unit) if (member !== node) others += ledger.leastNeed(member);
      return fits(node, device, itemAt(limits, device) - others);
    },
    charge(unit, device) {
      for (const node of unit) ledger.charge(node, device);
    },
    chargePinned: (node, device) => void ledger.charge(node, device),
  };
}

function deadEnd(
  graph: Graph,
  devices: readonly Device[],
  memory: MemoryRules,
  { limits, used }: Room,
  node: number,
  placed: number,
): DeadEnd {
  const need = realAt(needsOf(memory, graph), node);
  const free = Float64Array.from(limits, (limit, d) => limit - realAt(used, d));
  const reason = devices.every((_, d) => need > itemAt(limits, d)) ? 'too-large' : 'memory-full';
  return { kind: 'dead-end', node, need, free, placed, reason };
}
