/* eslint-disable @typescript-eslint/no-non-null-assertion -- the innermost loop of the search: places, nodes and edges are those of one flat graph */
import type { FlatGraph } from './flat-graph.ts';

/** A stretch of a run that was simulated anew: what is at the places from `from` on, `length` of them. */
export interface Stretch {
  readonly from: number;
  readonly length: number;
  readonly order: Int32Array;
  /** By place in the stretch: when its node was ready, and when it ended. */
  readonly ready: Float64Array;
  readonly end: Float64Array;
  /** As {@link KeptRun.states}. */
  readonly states: Float64Array;
}

/** The run of the placement that is kept: nodes in the order in which they are taken, and what is known of every moment. */
export class KeptRun {
  /** Nodes in their order, each node's place, when it was ready, and the end of the node at every place. */
  readonly order: Int32Array;
  readonly place: Int32Array;
  readonly ready: Float64Array;
  readonly endAt: Float64Array;
  /** Largest end of all places before one, and from one on. */
  readonly mostBefore: Float64Array;
  readonly mostFrom: Float64Array;
  /** Before every place: when each device is free, when its channel is, and the work it has done; 3 · devices a place. */
  readonly states: Float64Array;
  /** When an edge's tensors have arrived: of the move that is tried. */
  readonly arrival: Float64Array;
  /** Edges whose arrival the move has changed, and what it was before. */
  readonly changedEdge: Int32Array;
  readonly changedArrival: Float64Array;
  changes = 0;
  readonly #flat: FlatGraph;
  readonly #deviceCount: number;

  constructor(flat: FlatGraph, deviceCount: number) {
    const n = flat.nodeCount;
    this.#flat = flat;
    this.#deviceCount = deviceCount;
    this.order = new Int32Array(n);
    this.place = new Int32Array(n);
    this.ready = new Float64Array(n);
    this.endAt = new Float64Array(n);
    this.mostBefore = new Float64Array(n + 1);
    this.mostFrom = new Float64Array(n + 1);
    this.states = new Float64Array((n + 1) * 3 * deviceCount);
    this.arrival = new Float64Array(flat.edgeCount);
    this.changedEdge = new Int32Array(flat.edgeCount);
    this.changedArrival = new Float64Array(flat.edgeCount);
  }

  /** As if nothing were known: no order of before is followed. */
  forget(): void {
    this.order.fill(0);
    this.place.fill(this.#flat.nodeCount);
    this.ready.fill(-1);
    this.states.fill(0);
    this.arrival.fill(-1);
    this.changes = 0;
  }

  /** Arrivals are again what they were. */
  undo(): void {
    for (let c = this.changes - 1; c >= 0; c--) this.arrival[this.changedEdge[c]!] = this.changedArrival[c]!;
    this.changes = 0;
  }

  /** A stretch becomes part of the run; arrivals stay as they were changed. */
  take({ from, length, order, ready, end, states }: Stretch): void {
    const state = 3 * this.#deviceCount;
    this.states.set(states.subarray(0, length * state), from * state);
    for (let k = 0; k < length; k++) {
      const node = order[k]!;
      this.order[from + k] = node;
      this.place[node] = from + k;
      this.ready[node] = ready[k]!;
      this.endAt[from + k] = end[k]!;
    }
    this.changes = 0;
    const n = this.#flat.nodeCount;
    for (let at = from; at < n; at++) {
      const most = Math.max(this.mostBefore[at]!, this.endAt[at]!);
      if (at >= from + length && most === this.mostBefore[at + 1]!) break;
      this.mostBefore[at + 1] = most;
    }
    for (let at = from + length - 1; at >= 0; at--) {
      const most = Math.max(this.mostFrom[at + 1]!, this.endAt[at]!);
      if (at < from && most === this.mostFrom[at]!) break;
      this.mostFrom[at] = most;
    }
  }

  /** Work that a device does earlier, or no longer, counts as done from a place on. */
  addWork(device: number, us: number, from: number): void {
    const state = 3 * this.#deviceCount;
    const end = this.#flat.nodeCount * state;
    for (let at = from * state + 2 * this.#deviceCount + device; at < end; at += state) this.states[at]! += us;
  }

  /** When a node ended. */
  endUs(node: number): number {
    return this.endAt[this.place[node]!]!;
  }

  /** The first place whose node is taken after a node that is ready at a given time, earlier than now. */
  placeOf(node: number, ready: number): number {
    let low = 0;
    let high = this.place[node]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.order[middle]!;
      const at = this.ready[other]!;
      if (at < ready || (at === ready && other < node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The chain of nodes that the run's end comes from, backwards: each began when the next in the chain had ended on its device,
   * or when that one's tensors had arrived.
   *
   * @returns how many nodes were written.
   */
  chain(device: Int32Array, into: Int32Array): number {
    const { nodeCount, inStart, inEdges, edgeSrc, times } = this.#flat;
    const { workUs, workOf } = times;
    let at = nodeCount - 1;
    const makespanUs = this.mostBefore[nodeCount]!;
    while (at > 0 && this.endAt[at]! < makespanUs) at--;
    let length = 0;
    while (at >= 0) {
      const node = this.order[at]!;
      const d = device[node]!;
      into[length++] = node;
      const begin = this.endAt[at]! - workUs[workOf[d]! + node]!;
      if (begin === 0) break;
      if (begin > this.ready[node]!) {
        do at--;
        while (at >= 0 && device[this.order[at]!] !== d);
        continue;
      }
      let next = -1;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
        const edge = inEdges[k]!;
        if (this.arrival[edge] === begin) next = this.place[edgeSrc[edge]!]!;
      }
      at = next;
    }
    return length;
  }
}
