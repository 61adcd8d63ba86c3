/* eslint-disable @typescript-eslint/no-non-null-assertion -- proposes a move every few microseconds; indices are units and devices of one search */
import type { FlatGraph } from './flat-graph.ts';
import type { MoveSimulator } from './move-simulator.ts';
import type { Random } from './random.ts';
import type { Units } from './units.ts';

/** How often each kind of move is proposed, as shares of 1; what is left are moves of one unit. */
export interface MoveMix {
  /** Two units of different devices change places. */
  readonly swaps: number;
  /** A connected piece of one device's units goes to another device. */
  readonly pieces: number;
  /** How often the unit is one that the end of the run depends on, or a neighbour of one. */
  readonly critical: number;
  /** Most units in a piece. */
  readonly largestPiece: number;
}

/** Moves after which the chain that the end depends on is looked up anew: it rarely changes much. */
const CHAIN_AGE = 50;

/** Proposes random moves to a simulator: of units, whole, and never of pinned ones. */
export class Neighbourhood {
  readonly #simulator: MoveSimulator;
  readonly #units: Units;
  readonly #random: Random;
  /** Units that a unit shares an edge with: neighbours[start[u]] … */
  readonly #start: Int32Array;
  readonly #neighbours: Int32Array;
  readonly #pinned: Uint8Array;
  readonly #inPiece: Int32Array;
  readonly #piece: Int32Array;
  #pieces = 0;
  readonly #chain: Int32Array;
  #chainLength = 0;
  #chainAge = CHAIN_AGE;

  constructor(simulator: MoveSimulator, flat: FlatGraph, units: Units, random: Random) {
    this.#simulator = simulator;
    this.#units = units;
    this.#random = random;
    this.#pinned = Uint8Array.from(units.pin, (device) => Number(device >= 0));
    this.#inPiece = new Int32Array(units.count);
    this.#piece = new Int32Array(units.count);
    this.#chain = new Int32Array(flat.nodeCount);
    const start = new Int32Array(units.count + 1);
    const joins = (each: (a: number, b: number) => void): void => {
      for (let e = 0; e < flat.edgeCount; e++) {
        const a = units.of[flat.edgeSrc[e]!]!;
        const b = units.of[flat.edgeDst[e]!]!;
        if (a !== b) each(a, b);
      }
    };
    joins((a, b) => {
      start[a + 1]!++;
      start[b + 1]!++;
    });
    for (let unit = 0; unit < units.count; unit++) start[unit + 1]! += start[unit]!;
    const next = start.slice();
    const neighbours = new Int32Array(start[units.count]!);
    joins((a, b) => {
      neighbours[next[a]!++] = b;
      neighbours[next[b]!++] = a;
    });
    this.#start = start;
    this.#neighbours = neighbours;
  }

  deviceOf(unit: number): number {
    return this.#simulator.device[this.#units.members.values[this.#units.members.start[unit]!]!]!;
  }

  moveUnit(unit: number, to: number): void {
    const { start, values } = this.#units.members;
    for (let k = start[unit]!, end = start[unit + 1]!; k < end; k++) this.#simulator.move(values[k]!, to);
  }

  /** Begins a move and proposes one. */
  propose({ swaps, pieces, critical, largestPiece }: MoveMix): void {
    const { free } = this.#units;
    const random = this.#random;
    this.#simulator.begin();
    const unit = random.uniform() < critical ? this.#criticalUnit() : free[random.below(free.length)]!;
    const from = this.deviceOf(unit);
    const kind = random.uniform();
    if (kind < swaps) {
      for (let tries = 0; tries < 8; tries++) {
        const other = free[random.below(free.length)]!;
        const to = this.deviceOf(other);
        if (to === from) continue;
        this.moveUnit(unit, to);
        this.moveUnit(other, from);
        return;
      }
    }
    const to = this.#otherDevice(unit, from);
    if (kind < swaps + pieces) this.#movePiece(unit, from, to, 2 + random.below(largestPiece - 1));
    else this.moveUnit(unit, to);
  }

  #criticalUnit(): number {
    const random = this.#random;
    if (++this.#chainAge >= CHAIN_AGE) {
      this.#chainLength = this.#simulator.criticalNodes(this.#chain);
      this.#chainAge = 0;
    }
    const unit = this.#units.of[this.#chain[random.below(this.#chainLength)]!]!;
    if (this.#pinned[unit] === 0) return unit;
    return this.#units.free[random.below(this.#units.free.length)]!;
  }

  /** Where a neighbour is, or any other device. */
  #otherDevice(unit: number, from: number): number {
    const random = this.#random;
    const first = this.#start[unit]!;
    const degree = this.#start[unit + 1]! - first;
    if (degree > 0 && random.uniform() < 0.5) {
      const to = this.deviceOf(this.#neighbours[first + random.below(degree)]!);
      if (to !== from) return to;
    }
    const to = random.below(this.#simulator.deviceCount - 1);
    return to < from ? to : to + 1;
  }

  /** Grows a piece from a unit, over neighbours on its device, in the order in which they are met. */
  #movePiece(unit: number, from: number, to: number, size: number): void {
    const piece = this.#piece;
    const stamp = ++this.#pieces;
    let length = 1;
    piece[0] = unit;
    this.#inPiece[unit] = stamp;
    for (let at = 0; at < length && length < size; at++) {
      const first = this.#start[piece[at]!]!;
      const degree = this.#start[piece[at]! + 1]! - first;
      const turn = degree > 0 ? this.#random.below(degree) : 0;
      for (let k = 0; k < degree && length < size; k++) {
        const next = this.#neighbours[first + ((k + turn) % degree)]!;
        if (this.#inPiece[next] === stamp || this.#pinned[next] === 1 || this.deviceOf(next) !== from) continue;
        this.#inPiece[next] = stamp;
        piece[length++] = next;
      }
    }
    for (let k = 0; k < length; k++) this.moveUnit(piece[k]!, to);
  }
}
