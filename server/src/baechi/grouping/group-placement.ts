import type { Graph } from '../../graph/graph.ts';
import { intAt, realAt } from '../../numeric/at.ts';
import { reservationOf, type MemoryRules } from '../accounting.ts';
import type { Colocation } from './colocation.ts';
import { persistentRequirement, Reservations, type GroupRequirement, type GroupReserve } from './reservations.ts';

/** Groups that a scheduler keeps, and whether it sets memory aside for them. */
export interface KeptGroups {
  readonly colocation: Colocation;
  readonly reserve: GroupReserve;
}

/**
 * Co-adjusting placement (Baechi's TensorFlow implementation): with the first node of a group that is placed, all of the group is bound to
 * that device, which must have room for what the group requires.
 */
export class GroupPlacement {
  readonly colocation: Colocation;
  /** What groups set aside; undefined where they set nothing aside. */
  readonly reservations: Reservations | undefined;
  /** By node: the device that its group is bound to, or that it is pinned to; −1 while it may go anywhere. */
  readonly home: Int32Array;
  readonly #required: GroupRequirement;
  readonly #bound: Uint8Array;

  constructor(graph: Graph, { colocation, reserve }: KeptGroups, rules: MemoryRules, pins: Int32Array | undefined) {
    this.colocation = colocation;
    this.#required =
      reserve === 'none' ? persistentRequirement(graph, colocation) : reservationOf(rules, graph, colocation, reserve);
    this.reservations = reserve === 'none' ? undefined : new Reservations(colocation, this.#required);
    this.home = pins?.slice() ?? new Int32Array(graph.nodeCount).fill(-1);
    this.#bound = new Uint8Array(colocation.names.length);
  }

  /** Bytes that a device must have free for a node's group to come there; 0 once the group has come somewhere. */
  required(node: number): number {
    const unit = intAt(this.colocation.unitOf, node);
    return this.#bound[unit] === 1 ? 0 : realAt(this.#required, unit);
  }

  isBound(node: number): boolean {
    return this.#bound[intAt(this.colocation.unitOf, node)] === 1;
  }

  /**
   * Binds the group of a node that is placed.
   *
   * @returns bytes that the device sets aside for it.
   */
  bind(node: number, device: number): number {
    const unit = intAt(this.colocation.unitOf, node);
    this.#bound[unit] = 1;
    for (const member of this.colocation.members.row(unit)) this.home[member] = device;
    return this.reservations ? this.reservations.open(unit) : 0;
  }
}
