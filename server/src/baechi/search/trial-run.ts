/* eslint-disable @typescript-eslint/no-non-null-assertion -- the innermost loop of the search: nodes, edges and tensors are those of one flat graph, and every array is as long as its kind */
import type { FlatGraph } from './flat-graph.ts';
import type { KeptRun, Stretch } from './kept-run.ts';
import type { MovedNodes } from './moved-nodes.ts';
import { ReadyHeap } from './ready-heap.ts';

/**
 * Simulates a run from a place on, until nothing is left of what was changed. Nodes whose time has not changed come from the order of the
 * run that is kept, the others from a heap.
 */
export class TrialRun implements Stretch {
  from = 0;
  length = 0;
  readonly order: Int32Array;
  readonly ready: Float64Array;
  readonly end: Float64Array;
  readonly states: Float64Array;
  /** The largest end of the whole run, where the last simulation was not worse than it might be. */
  makespanUs = 0;
  /** Nodes that the last simulation took. */
  taken = 0;

  readonly #flat: FlatGraph;
  readonly #deviceCount: number;
  readonly #device: Int32Array;
  readonly #load: Float64Array;
  readonly #kept: KeptRun;
  /** Lower bounds of the way from every node's end to the end of the run: of the placement that is kept. */
  readonly #keptAfterUs: Float64Array;
  readonly #now: Float64Array;
  readonly #heap: ReadyHeap;
  /** 2 · trial where a node's time may change and it was not taken yet, 2 · trial + 1 where it was taken then. */
  readonly #mark: Int32Array;
  /** 2 · trial for the nodes that the trial moves. */
  readonly #isMoved: Int32Array;
  readonly #parentsLeft: Int32Array;
  #trial = 0;
  /** When a tensor reached a device, for the node that is being taken, told by `#sentBy`. */
  readonly #sentAt: Float64Array;
  readonly #sentBy: Int32Array;
  #everTaken = 0;

  /**
   * @param device of every node, moved ones where they were moved to.
   * @param load all work of every device, µs.
   */
  constructor(flat: FlatGraph, device: Int32Array, load: Float64Array, kept: KeptRun, keptAfterUs: Float64Array) {
    const n = flat.nodeCount;
    const devices = load.length;
    this.#flat = flat;
    this.#deviceCount = devices;
    this.#device = device;
    this.#load = load;
    this.#kept = kept;
    this.#keptAfterUs = keptAfterUs;
    this.order = new Int32Array(n);
    this.ready = new Float64Array(n);
    this.end = new Float64Array(n);
    this.states = new Float64Array((n + 1) * 3 * devices);
    this.#now = new Float64Array(3 * devices);
    this.#heap = new ReadyHeap(n);
    this.#mark = new Int32Array(n);
    this.#isMoved = new Int32Array(n);
    this.#parentsLeft = new Int32Array(n);
    this.#sentAt = new Float64Array(flat.tensorCount * devices);
    this.#sentBy = new Int32Array(flat.tensorCount * devices);
  }

  /**
   * @param from place of the first node whose taking may change.
   * @param all takes every node anew.
   * @returns false where the makespan must exceed `atMostUs`.
   */
  run(from: number, moved: MovedNodes, atMostUs: number, all: boolean): boolean {
    const { outStart, edgeDst, edgeSrc, inStart, inEdges, tensorStart, edgeTensors, tensorCount, isParallel } =
      this.#flat;
    const { workUs, workOf, tensorUs, linkOf } = this.#flat.times;
    // Moved nodes have other ways before them now: until they are taken, what holds for every placement has to do.
    let afterUs = moved.count > 0 || all ? this.#flat.afterUs : this.#keptAfterUs;
    let movedLeft = 0;
    const n = this.#flat.nodeCount;
    const device = this.#device;
    const devices = this.#deviceCount;
    const state = 3 * devices;
    const { order, place, ready, arrival, states, changedEdge, changedArrival } = this.#kept;
    const trialStates = this.states;
    const trialOrder = this.order;
    const trialReady = this.ready;
    const trialEnd = this.end;
    const load = this.#load;
    const now = this.#now;
    const mark = this.#mark;
    const isMoved = this.#isMoved;
    const left = this.#parentsLeft;
    const heap = this.#heap;
    const sentAt = this.#sentAt;
    const sentBy = this.#sentBy;
    if (this.#trial > 1e9) {
      this.#trial = 0;
      mark.fill(0);
      isMoved.fill(0);
    }
    if (this.#everTaken > 2e9) {
      this.#everTaken = 0;
      sentBy.fill(0);
    }
    const open = 2 * ++this.#trial;
    const done = open + 1;
    let { changes } = this.#kept;
    let most = 0;
    let count = 0;
    /** Next place of the order before; nodes that may change and were not taken. */
    let next = from;
    let openNodes = 0;
    heap.size = 0;
    for (let s = 0, at = from * state; s < state; s++) now[s] = states[at + s]!;
    for (let d = 0; d < devices; d++) if (now[d]! - now[2 * devices + d]! + load[d]! > atMostUs) return false;
    if (all) {
      next = n;
      for (let i = 0; i < n; i++) {
        mark[i] = open;
        left[i] = inStart[i + 1]! - inStart[i]!;
        if (left[i] === 0) heap.push(i, 0);
      }
      openNodes = n;
    }
    for (let m = 0; m < moved.count; m++) {
      const node = moved.nodes[m]!;
      if (mark[node] === open) continue;
      mark[node] = open;
      isMoved[node] = open;
      movedLeft++;
      openNodes++;
      let waiting = 0;
      let latest = 0;
      for (let k = inStart[node]!, stop = inStart[node + 1]!; k < stop; k++) {
        const edge = inEdges[k]!;
        if (place[edgeSrc[edge]!]! >= from) waiting++;
        else if (arrival[edge]! > latest) latest = arrival[edge]!;
      }
      left[node] = waiting;
      if (waiting === 0) heap.push(node, latest);
    }
    let worse = false;
    for (;;) {
      // Nodes of the order before that come from the heap instead; while one waits there, its children wait with it.
      while (next < n) {
        const node = order[next]!;
        const marked = mark[node]!;
        if (marked < open) break;
        next++;
        if (marked === done) continue;
        for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
          const child = edgeDst[e]!;
          if (mark[child]! >= open) continue;
          mark[child] = open;
          openNodes++;
          let waiting = 0;
          for (let k = inStart[child]!, stop = inStart[child + 1]!; k < stop; k++) {
            const parent = edgeSrc[inEdges[k]!]!;
            const of = mark[parent]!;
            if (of === open || (of < open && place[parent]! >= next)) waiting++;
          }
          left[child] = waiting;
        }
      }
      if (openNodes === 0 && count === next - from) {
        if (next === n) break;
        // What is free already is free, whenever it became so.
        const time = ready[order[next]!]!;
        let same = true;
        for (let s = 0, at = next * state; s < 2 * devices; s++) {
          const a = now[s]!;
          const b = states[at + s]!;
          if (a !== b && (a > time || b > time)) {
            same = false;
            break;
          }
        }
        if (same) break;
      }
      let node: number;
      let key: number;
      if (heap.size > 0) {
        key = heap.keys[0]!;
        node = heap.nodes[0]!;
        if (next < n) {
          const other = order[next]!;
          const at = ready[other]!;
          if (at < key || (at === key && other < node)) {
            node = other;
            key = at;
            next++;
          } else {
            heap.pop();
            mark[node] = done;
            openNodes--;
          }
        } else {
          heap.pop();
          mark[node] = done;
          openNodes--;
        }
      } else {
        node = order[next++]!;
        key = ready[node]!;
      }
      for (let s = 0, at = count * state; s < state; s++) trialStates[at + s] = now[s]!;
      const d = device[node]!;
      let begin = now[d]!;
      if (key > begin) {
        begin = key;
        if (begin - now[2 * devices + d]! + load[d]! > atMostUs) {
          worse = true;
          break;
        }
      }
      const work = workUs[workOf[d]! + node]!;
      const finish = begin + work;
      if (finish + afterUs[node]! > atMostUs) {
        worse = true;
        break;
      }
      if (movedLeft > 0 && isMoved[node] === open && --movedLeft === 0) afterUs = this.#keptAfterUs;
      now[d] = finish;
      now[2 * devices + d]! += work;
      if (finish > most) most = finish;
      trialOrder[count] = node;
      trialReady[count] = key;
      trialEnd[count++] = finish;
      const taken = ++this.#everTaken;
      for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
        const child = edgeDst[e]!;
        const to = device[child]!;
        let arrives = finish;
        if (to !== d && isParallel) {
          const link = linkOf[d * devices + to]! * tensorCount;
          for (let k = tensorStart[e]!, stop = tensorStart[e + 1]!; k < stop; k++) {
            arrives += tensorUs[link + edgeTensors[k]!]!;
          }
        } else if (to !== d) {
          const link = linkOf[d * devices + to]! * tensorCount;
          arrives = 0;
          for (let k = tensorStart[e]!, stop = tensorStart[e + 1]!; k < stop; k++) {
            const tensor = edgeTensors[k]!;
            const slot = tensor * devices + to;
            let at: number;
            if (sentBy[slot] === taken) at = sentAt[slot]!;
            else {
              const us = tensorUs[link + tensor]!;
              const free = now[devices + d]!;
              const sent = finish > free ? finish : free;
              now[devices + d] = sent + us;
              const receiver = now[devices + to]!;
              at = (sent > receiver ? sent : receiver) + us;
              now[devices + to] = at;
              sentBy[slot] = taken;
              sentAt[slot] = at;
            }
            if (at > arrives) arrives = at;
          }
        }
        const before = arrival[e]!;
        if (arrives !== before) {
          changedEdge[changes] = e;
          changedArrival[changes++] = before;
          arrival[e] = arrives;
          if (mark[child]! < open) {
            mark[child] = open;
            openNodes++;
            let waiting = 1;
            for (let k = inStart[child]!, stop = inStart[child + 1]!; k < stop; k++) {
              const parent = edgeSrc[inEdges[k]!]!;
              const of = mark[parent]!;
              if (of === open || (of < open && place[parent]! >= next)) waiting++;
            }
            left[child] = waiting;
          }
        }
        if (mark[child] === open && --left[child]! === 0) {
          let latest = 0;
          for (let k = inStart[child]!, stop = inStart[child + 1]!; k < stop; k++) {
            const at = arrival[inEdges[k]!]!;
            if (at > latest) latest = at;
          }
          if (latest + workUs[workOf[to]! + child]! + afterUs[child]! > atMostUs) {
            worse = true;
            break;
          }
          heap.push(child, latest);
        }
      }
      if (worse) break;
    }
    this.#kept.changes = changes;
    this.taken = count;
    if (worse) return false;
    this.from = from;
    this.length = count;
    if (!all) most = Math.max(most, this.#kept.mostBefore[from]!, this.#kept.mostFrom[next]!);
    this.makespanUs = most;
    return most <= atMostUs;
  }
}
