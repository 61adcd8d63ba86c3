import { addToInt, intAt } from '../../numeric/at.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import type { Pins } from '../pinned.ts';
import type { TrainingRun } from '../training-run.ts';
import type { FlatGraph } from './flat-graph.ts';

/** Nodes that sit together, whatever the search does: a node with its backward run, or a whole co-location group. */
export interface Units {
  readonly count: number;
  /** Unit of every node of the flat graph. */
  readonly of: Int32Array;
  /** Nodes of every unit, ascending. */
  readonly members: IntRows;
  /** Device that a unit is pinned to, or −1. */
  readonly pin: Int32Array;
  /** Units that may move. */
  readonly free: Int32Array;
}

/**
 * @param flat the step of a run, laid out.
 * @param together for every node of the run's graph a number that it shares with the nodes that it must sit with, or −1.
 * @returns undefined where nodes that must sit together are pinned to different devices.
 */
export function unitsOf(run: TrainingRun, flat: FlatGraph, pins?: Pins, together?: Int32Array): Units | undefined {
  const unitOfKey = new Map<number, number>();
  const unitOfOrigin = Int32Array.from({ length: run.graph.nodeCount }, (_, node) => {
    const shared = together?.[node] ?? -1;
    // Nodes by themselves come after all shared numbers can be: below zero.
    const key = shared >= 0 ? shared : -1 - node;
    const known = unitOfKey.get(key);
    if (known !== undefined) return known;
    unitOfKey.set(key, unitOfKey.size);
    return unitOfKey.size - 1;
  });
  const count = unitOfKey.size;
  const pin = new Int32Array(count).fill(-1);
  for (const [node, device] of pins?.entries() ?? []) {
    if (device < 0) continue;
    const unit = intAt(unitOfOrigin, node);
    if (intAt(pin, unit) >= 0 && pin[unit] !== device) return undefined;
    pin[unit] = device;
  }
  const of = Int32Array.from(flat.nodeOf, (node) => intAt(unitOfOrigin, intAt(run.stepOrigin, node)));
  const free = Int32Array.from(pin.keys()).filter((unit) => intAt(pin, unit) < 0);
  return { count, of, members: IntRows.placesOf(of, count), pin, free };
}

/** Device of every unit, given that of every node of the flat graph: that of most of its nodes, of equally many the lower one. */
export function deviceOfUnits(units: Units, device: Int32Array, deviceCount: number): Int32Array {
  const chosen = new Int32Array(units.count);
  const votes = new Int32Array(deviceCount);
  for (let unit = 0; unit < units.count; unit++) {
    const pin = intAt(units.pin, unit);
    votes.fill(0);
    for (const node of units.members.row(unit)) addToInt(votes, intAt(device, node), 1);
    chosen[unit] = pin >= 0 ? pin : votes.indexOf(Math.max(...votes));
  }
  return chosen;
}
