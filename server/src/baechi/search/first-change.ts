/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move; indices are nodes, edges and devices of one flat graph */
import type { FlatGraph } from './flat-graph.ts';
import type { KeptRun } from './kept-run.ts';
import type { MovedNodes } from './moved-nodes.ts';

/** Producers with more consumers are not compared with themselves: their part of the run is simulated. */
const MOST_COMPARED = 500;

/**
 * Finds the first place at which a run may change by a move: where a moved node was taken, or may be taken now, or where a parent that now
 * sends something else is. What only reaches a moved node at another time is entered as its arrival.
 */
export class FirstChange {
  readonly #flat: FlatGraph;
  readonly #deviceCount: number;
  readonly #device: Int32Array;
  readonly #kept: KeptRun;
  /** Device of moved nodes before the move, −1 for all others; only while it is looked for. */
  readonly #deviceBefore: Int32Array;
  readonly #sentBefore: Float64Array;
  readonly #sentNow: Float64Array;
  #compared = 0;

  /** @param device of every node, moved ones where they were moved to. */
  constructor(flat: FlatGraph, deviceCount: number, device: Int32Array, kept: KeptRun) {
    this.#flat = flat;
    this.#deviceCount = deviceCount;
    this.#device = device;
    this.#kept = kept;
    this.#deviceBefore = new Int32Array(flat.nodeCount).fill(-1);
    this.#sentBefore = new Float64Array(deviceCount);
    this.#sentNow = new Float64Array(deviceCount);
  }

  /** @returns the place; the number of nodes where the move changes nothing. */
  of(moved: MovedNodes): number {
    const { inStart, inEdges, edgeSrc, nodeCount } = this.#flat;
    const { place, ready, arrival: kept, changedEdge, changedArrival } = this.#kept;
    const before = this.#deviceBefore;
    for (let m = 0; m < moved.count; m++) {
      const node = moved.nodes[m]!;
      if (before[node]! < 0) before[node] = moved.from[m]!;
    }
    let from = nodeCount;
    let known = 0;
    for (let m = 0; m < moved.count; m++) {
      const node = moved.nodes[m]!;
      from = Math.min(from, place[node]!);
      let latest = 0;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
        const edge = inEdges[k]!;
        const parent = edgeSrc[edge]!;
        const arrival = before[parent]! < 0 ? this.#arrivalIfAlike(edge) : -1;
        if (arrival < 0) {
          latest = Infinity;
          const at = place[parent]!;
          if (at < from) from = at;
        } else if (arrival !== kept[edge]!) {
          changedEdge[known] = edge;
          changedArrival[known++] = arrival;
        }
        if (arrival > latest) latest = arrival;
      }
      if (latest < ready[node]!) from = Math.min(from, this.#kept.placeOf(node, latest));
    }
    for (let c = 0; c < known; c++) {
      const edge = changedEdge[c]!;
      const arrival = changedArrival[c]!;
      changedArrival[c] = kept[edge]!;
      kept[edge] = arrival;
    }
    this.#kept.changes = known;
    for (let m = 0; m < moved.count; m++) before[moved.nodes[m]!] = -1;
    return from;
  }

  /**
   * When an edge's tensors arrive at the moved node that it leads to, where its producer stays and what it sends to others does not change:
   * always where transfers are parallel; else where it sends the same to the same devices, in the same order, as before. −1 where
   * it may not, or where that takes long to find out.
   */
  #arrivalIfAlike(edge: number): number {
    const { oneTensor, outStart, edgeSrc, edgeDst, isParallel } = this.#flat;
    const device = this.#device;
    const producer = edgeSrc[edge]!;
    const at = device[producer]!;
    const to = device[edgeDst[edge]!]!;
    if (isParallel) return to === at ? this.#kept.endUs(producer) : this.#parallelArrival(edge, producer, at, to);
    const first = outStart[producer]!;
    const end = outStart[producer + 1]!;
    if (oneTensor[producer] === 0 || end - first > MOST_COMPARED) return -1;
    const { arrival: kept } = this.#kept;
    const before = this.#sentBefore;
    const now = this.#sentNow;
    const stamp = ++this.#compared;
    // What is sent first before must be what is sent first now, and so on: devices that were sent to are numbered in their order.
    let sentBefore = 0;
    let sentNow = 0;
    let arrival = -1;
    for (let e = first; e < end; e++) {
      const child = edgeDst[e]!;
      const is = device[child]!;
      const moved = this.#deviceBefore[child]!;
      const was = moved < 0 ? is : moved;
      if (was === to && arrival < 0) arrival = kept[e]!;
      if (was !== at && before[was]! < stamp) before[was] = stamp + sentBefore++ / 2048;
      if (is !== at && now[is]! < stamp) now[is] = stamp + sentNow++ / 2048;
    }
    if (sentBefore !== sentNow) return -1;
    for (let e = first; e < end; e++) {
      const is = device[edgeDst[e]!]!;
      if (is !== at && before[is] !== now[is]) return -1;
    }
    return to === at ? this.#kept.endUs(producer) : arrival;
  }

  #parallelArrival(edge: number, producer: number, at: number, to: number): number {
    const { tensorStart, edgeTensors, tensorCount, times } = this.#flat;
    const link = times.linkOf[at * this.#deviceCount + to]! * tensorCount;
    let arrives = this.#kept.endUs(producer);
    for (let k = tensorStart[edge]!, stop = tensorStart[edge + 1]!; k < stop; k++) {
      arrives += times.tensorUs[link + edgeTensors[k]!]!;
    }
    return arrives;
  }
}
