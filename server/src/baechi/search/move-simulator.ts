/* eslint-disable @typescript-eslint/no-non-null-assertion -- the innermost loop of the search: nodes, edges and tensors are those of one flat graph, and every array is as long as its kind */
import type { Device } from '../devices.ts';
import type { FlatGraph } from './flat-graph.ts';
import { MemoryExcess } from './memory-excess.ts';
import { ReadyHeap } from './ready-heap.ts';

/** Producers with more consumers are not compared with themselves: their part of the run is simulated. */
const MOST_COMPARED = 500;

/**
 * The simulator of `schedule.ts` for a placement that changes by a few nodes at a time.
 *
 * Nodes are taken by the time at which they are ready, and a node is ready after its parents were. A move can therefore change
 * nothing before the first parent of a moved node is taken: the run goes on from there, with what was known of that moment. Nodes
 * whose time has not changed come from the order of the run before, the others from a heap. It ends early where
 * - nothing is left of the change: the same nodes are taken, and devices and channels are free at the same times, as far as
 *   these are not over; or
 * - the makespan must exceed what may be: a node's end and the shortest way from there to the end of the run, or a device's idle
 *   time so far and all its work.
 *
 *     simulator.begin(); simulator.move(node, device); …; if (simulator.evaluate(atMostUs)) simulator.keep();
 */
export class MoveSimulator {
  /** Of the placement that is kept. Bytes by which peaks exceed the devices' memory, summed over devices. */
  makespanUs = 0;
  excessBytes = 0;
  /** Of the move that was evaluated last, where it was not worse. */
  movedMakespanUs = 0;
  movedExcessBytes = 0;
  /** Nodes that the last evaluation or loading took. */
  taken = 0;
  /** Device of every node, by its number in the flat graph; moved ones where they were moved to. */
  readonly device: Int32Array;
  readonly deviceCount: number;
  readonly flat: FlatGraph;

  readonly #memory: MemoryExcess;
  /** All work of a device, µs. */
  readonly #load: Float64Array;
  /** The run that is kept: nodes in their order, each node's place, when it was ready, and its end by place. */
  readonly #order: Int32Array;
  readonly #place: Int32Array;
  readonly #ready: Float64Array;
  readonly #endAt: Float64Array;
  /** Largest end of all places before one, and from one on. */
  readonly #mostBefore: Float64Array;
  readonly #mostFrom: Float64Array;
  /** When an edge's tensors have arrived. */
  readonly #arrival: Float64Array;
  /** Before every place: when each device is free, when its channel is, and the work it has done; 3 · devices a place. */
  readonly #states: Float64Array;

  /** Longest way from a node's end to the end of the run, with the transfers of the placement that is kept; none is shorter. */
  readonly #afterUs: Float64Array;
  readonly #wayChanged: Uint8Array;

  readonly #trialOrder: Int32Array;
  readonly #trialReady: Float64Array;
  readonly #trialEnd: Float64Array;
  readonly #trialStates: Float64Array;
  #trialFrom = 0;
  #trialLength = 0;
  #evaluated = false;

  readonly #moved: Int32Array;
  readonly #movedFrom: Int32Array;
  readonly #movedTo: Int32Array;
  /** Device of moved nodes before the move, −1 for all others; only while it is looked where a run may change. */
  readonly #deviceBefore: Int32Array;
  readonly #sentBefore: Float64Array;
  readonly #sentNow: Float64Array;
  #compared = 0;
  #movedCount = 0;
  readonly #changedEdge: Int32Array;
  readonly #changedArrival: Float64Array;
  #changes = 0;
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
  #taken = 0;

  constructor(flat: FlatGraph, devices: readonly Device[]) {
    const n = flat.nodeCount;
    const state = 3 * devices.length;
    this.flat = flat;
    this.deviceCount = devices.length;
    this.device = new Int32Array(n);
    this.#memory = new MemoryExcess(flat, devices);
    this.#load = new Float64Array(devices.length);
    this.#order = new Int32Array(n);
    this.#place = new Int32Array(n);
    this.#ready = new Float64Array(n);
    this.#endAt = new Float64Array(n);
    this.#mostBefore = new Float64Array(n + 1);
    this.#mostFrom = new Float64Array(n + 1);
    this.#arrival = new Float64Array(flat.edgeCount);
    this.#states = new Float64Array((n + 1) * state);
    this.#afterUs = new Float64Array(n);
    this.#wayChanged = new Uint8Array(n);
    this.#trialOrder = new Int32Array(n);
    this.#trialReady = new Float64Array(n);
    this.#trialEnd = new Float64Array(n);
    this.#trialStates = new Float64Array((n + 1) * state);
    this.#moved = new Int32Array(n);
    this.#movedFrom = new Int32Array(n);
    this.#movedTo = new Int32Array(n);
    this.#deviceBefore = new Int32Array(n).fill(-1);
    this.#sentBefore = new Float64Array(devices.length);
    this.#sentNow = new Float64Array(devices.length);
    this.#changedEdge = new Int32Array(flat.edgeCount);
    this.#changedArrival = new Float64Array(flat.edgeCount);
    this.#now = new Float64Array(state);
    this.#heap = new ReadyHeap(n);
    this.#mark = new Int32Array(n);
    this.#isMoved = new Int32Array(n);
    this.#parentsLeft = new Int32Array(n);
    this.#sentAt = new Float64Array(flat.tensorCount * devices.length);
    this.#sentBy = new Int32Array(flat.tensorCount * devices.length);
  }

  /** Bytes that the kept placement's devices need at most, by device. */
  peaks(): Float64Array {
    this.begin();
    this.#memory.over(this.#order, this.device, Infinity);
    return this.#memory.peak.slice();
  }

  /** Time that a device computes, µs. */
  loadUs(device: number): number {
    return this.#load[device]!;
  }

  /** When a node was ready, in the placement that is kept. */
  readyUs(node: number): number {
    return this.#ready[node]!;
  }

  /** When a node ended. */
  endUs(node: number): number {
    return this.#endAt[this.#place[node]!]!;
  }

  /** The node that was taken at a place in the order. */
  nodeAt(place: number): number {
    return this.#order[place]!;
  }

  /**
   * The chain of nodes that the kept run's end comes from, backwards: each began when the next in the chain had ended on its device,
   * or when that one's tensors had arrived.
   *
   * @returns how many nodes were written.
   */
  criticalNodes(into: Int32Array): number {
    const { nodeCount, inStart, inEdges, edgeSrc, workUs } = this.flat;
    const { device } = this;
    this.begin();
    let at = nodeCount - 1;
    while (at > 0 && this.#endAt[at]! < this.makespanUs) at--;
    let length = 0;
    while (at >= 0) {
      const node = this.#order[at]!;
      into[length++] = node;
      const begin = this.#endAt[at]! - workUs[node]!;
      if (begin === 0) break;
      if (begin > this.#ready[node]!) {
        const d = device[node]!;
        do at--;
        while (at >= 0 && device[this.#order[at]!] !== d);
        continue;
      }
      let next = -1;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
        const edge = inEdges[k]!;
        if (this.#arrival[edge] === begin) next = this.#place[edgeSrc[edge]!]!;
      }
      at = next;
    }
    return length;
  }

  /** Takes a whole placement. @param device of every node, by its number in the flat graph. */
  load(device: Int32Array): void {
    const { flat } = this;
    this.#undo();
    this.device.set(device);
    this.#memory.load(device);
    this.#load.fill(0);
    for (let i = 0; i < flat.nodeCount; i++) this.#load[device[i]!]! += flat.workUs[i]!;
    // As if nothing were known: no order of before is followed, all nodes come from the heap.
    this.#order.fill(0);
    this.#place.fill(flat.nodeCount);
    this.#ready.fill(-1);
    this.#states.fill(0);
    this.#run(0, 0, Infinity, true);
    this.#evaluated = true;
    this.movedExcessBytes = this.#excess(Infinity);
    this.keep();
    this.#wayChanged.fill(1);
    this.#measureWays(flat.nodeCount - 1);
  }

  /** Begins a move from the placement that is kept; what was moved since and not kept goes back. */
  begin(): void {
    this.#undo();
  }

  move(node: number, to: number): void {
    const from = this.device[node]!;
    if (from === to) return;
    this.#moved[this.#movedCount] = node;
    this.#movedFrom[this.#movedCount] = from;
    this.#movedTo[this.#movedCount++] = to;
    this.#shift(node, from, to);
  }

  /**
   * Simulates what was moved since `begin`.
   *
   * @returns false where the makespan would exceed `atMostUs`, or the excess `mostExcess`; otherwise `keep` may be called.
   */
  evaluate(atMostUs: number, mostExcess = Infinity): boolean {
    this.taken = 0;
    for (let d = 0; d < this.deviceCount; d++) if (this.#load[d]! > atMostUs) return false;
    const from = this.#firstChange();
    if (!this.#run(from, this.#movedCount, atMostUs, false)) return false;
    this.movedExcessBytes = this.#excess(mostExcess);
    if (this.movedExcessBytes > mostExcess) return false;
    this.#evaluated = true;
    return true;
  }

  /** Makes the move that was evaluated last the placement. */
  keep(): void {
    if (!this.#evaluated) throw new Error('only what was evaluated can be kept');
    const from = this.#trialFrom;
    const length = this.#trialLength;
    const state = 3 * this.deviceCount;
    this.#states.set(this.#trialStates.subarray(0, length * state), from * state);
    for (let k = 0; k < length; k++) {
      const node = this.#trialOrder[k]!;
      this.#order[from + k] = node;
      this.#place[node] = from + k;
      this.#ready[node] = this.#trialReady[k]!;
      this.#endAt[from + k] = this.#trialEnd[k]!;
    }
    const n = this.flat.nodeCount;
    for (let m = 0; m < this.#movedCount; m++) {
      // What follows is as it was, but for the work done before.
      const node = this.#moved[m]!;
      const us = this.flat.workUs[node]!;
      const was = 2 * this.deviceCount + this.#movedFrom[m]!;
      const is = 2 * this.deviceCount + this.#movedTo[m]!;
      for (let at = (from + length) * state; at < n * state; at += state) {
        this.#states[at + was]! -= us;
        this.#states[at + is]! += us;
      }
    }
    for (let at = from; at < n; at++) {
      const most = Math.max(this.#mostBefore[at]!, this.#endAt[at]!);
      if (at >= from + length && most === this.#mostBefore[at + 1]!) break;
      this.#mostBefore[at + 1] = most;
    }
    for (let at = from + length - 1; at >= 0; at--) {
      const most = Math.max(this.#mostFrom[at + 1]!, this.#endAt[at]!);
      if (at < from && most === this.#mostFrom[at]!) break;
      this.#mostFrom[at] = most;
    }
    this.makespanUs = this.movedMakespanUs;
    this.excessBytes = this.movedExcessBytes;
    let last = -1;
    for (let m = 0; m < this.#movedCount; m++) {
      const node = this.#moved[m]!;
      this.#wayChanged[node] = 1;
      if (node > last) last = node;
    }
    this.#markParents(this.#movedCount);
    this.#measureWays(last);
    this.#movedCount = 0;
    this.#changes = 0;
    this.#evaluated = false;
  }

  /**
   * The first place at which the run may change: where a moved node was taken, or may be taken now, or where a parent that now
   * sends something else is. What only reaches a moved node at another time is entered as its arrival.
   */
  #firstChange(): number {
    const { nodeCount, inStart, inEdges, edgeSrc } = this.flat;
    let from = nodeCount;
    for (let m = 0; m < this.#movedCount; m++) {
      const node = this.#moved[m]!;
      this.#deviceBefore[node] = this.#deviceBefore[node]! < 0 ? this.#movedFrom[m]! : this.#deviceBefore[node]!;
    }
    let known = 0;
    for (let m = 0; m < this.#movedCount; m++) {
      const node = this.#moved[m]!;
      from = Math.min(from, this.#place[node]!);
      let ready = 0;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
        const edge = inEdges[k]!;
        const parent = edgeSrc[edge]!;
        const arrival = this.#deviceBefore[parent]! < 0 ? this.#arrivalIfAlike(edge) : -1;
        if (arrival < 0) {
          ready = Infinity;
          const place = this.#place[parent]!;
          if (place < from) from = place;
        } else if (arrival !== this.#arrival[edge]!) {
          this.#changedEdge[known] = edge;
          this.#changedArrival[known++] = arrival;
        }
        if (arrival > ready) ready = arrival;
      }
      if (ready < this.#ready[node]!) from = Math.min(from, this.#placeOf(node, ready));
    }
    for (let c = 0; c < known; c++) {
      const edge = this.#changedEdge[c]!;
      const arrival = this.#changedArrival[c]!;
      this.#changedArrival[c] = this.#arrival[edge]!;
      this.#arrival[edge] = arrival;
    }
    this.#changes = known;
    for (let m = 0; m < this.#movedCount; m++) this.#deviceBefore[this.#moved[m]!] = -1;
    return from;
  }

  /**
   * When an edge's tensor arrives at the moved node that it leads to, where the producer sends the same to the same devices, in the same
   * order, as before; −1 where it may not, or where that takes long to find out.
   */
  #arrivalIfAlike(edge: number): number {
    const { oneTensor, outStart, edgeSrc, edgeDst } = this.flat;
    const { device } = this;
    const producer = edgeSrc[edge]!;
    const first = outStart[producer]!;
    const end = outStart[producer + 1]!;
    if (oneTensor[producer] === 0 || end - first > MOST_COMPARED) return -1;
    const at = device[producer]!;
    const to = device[edgeDst[edge]!]!;
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
      if (was === to && arrival < 0) arrival = this.#arrival[e]!;
      if (was !== at && before[was]! < stamp) {
        before[was] = stamp + sentBefore++ / 2048;
      }
      if (is !== at && now[is]! < stamp) now[is] = stamp + sentNow++ / 2048;
    }
    if (sentBefore !== sentNow) return -1;
    for (let e = first; e < end; e++) {
      const is = device[edgeDst[e]!]!;
      if (is !== at && before[is] !== now[is]) return -1;
    }
    return to === at ? this.endUs(producer) : arrival;
  }

  /** The first place whose node is taken after a node that is ready at a given time. */
  #placeOf(node: number, ready: number): number {
    let low = 0;
    let high = this.#place[node]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#order[middle]!;
      const at = this.#ready[other]!;
      if (at < ready || (at === ready && other < node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #markParents(movedCount: number): void {
    const { inStart, inEdges, edgeSrc } = this.flat;
    for (let m = 0; m < movedCount; m++) {
      const node = this.#moved[m]!;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) this.#wayChanged[edgeSrc[inEdges[k]!]!] = 1;
    }
  }

  /** Measures the ways of the nodes for which they may have changed, children first. @param last the last such node. */
  #measureWays(last: number): void {
    const { outStart, edgeDst, edgeUs, workUs, inStart, inEdges, edgeSrc } = this.flat;
    const { device } = this;
    const changed = this.#wayChanged;
    const after = this.#afterUs;
    for (let node = last; node >= 0; node--) {
      if (changed[node] === 0) continue;
      changed[node] = 0;
      const d = device[node]!;
      let longest = 0;
      for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
        const child = edgeDst[e]!;
        const way = (device[child] === d ? 0 : edgeUs[e]!) + workUs[child]! + after[child]!;
        if (way > longest) longest = way;
      }
      if (longest === after[node]) continue;
      after[node] = longest;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) changed[edgeSrc[inEdges[k]!]!] = 1;
    }
  }

  #shift(node: number, from: number, to: number): void {
    const us = this.flat.workUs[node]!;
    this.#load[from]! -= us;
    this.#load[to]! += us;
    this.#memory.move(node, from, to);
    this.device[node] = to;
  }

  #undo(): void {
    for (let m = this.#movedCount - 1; m >= 0; m--) {
      const node = this.#moved[m]!;
      this.#shift(node, this.device[node]!, this.#movedFrom[m]!);
    }
    for (let c = this.#changes - 1; c >= 0; c--) this.#arrival[this.#changedEdge[c]!] = this.#changedArrival[c]!;
    this.#movedCount = 0;
    this.#changes = 0;
    this.#evaluated = false;
  }

  #excess(most: number): number {
    if (this.#memory.surelyFits) return 0;
    const { nodeCount } = this.flat;
    const [from, length] = [this.#trialFrom, this.#trialLength];
    if (length < nodeCount) {
      // The order of the trial, with what comes before and after it as it was.
      this.#trialOrder.copyWithin(from, 0, length);
      for (let k = 0; k < from; k++) this.#trialOrder[k] = this.#order[k]!;
      for (let k = from + length; k < nodeCount; k++) this.#trialOrder[k] = this.#order[k]!;
    }
    const excess = this.#memory.over(this.#trialOrder, this.device, most);
    if (length < nodeCount) this.#trialOrder.copyWithin(0, from, from + length);
    return excess;
  }

  /**
   * @param from place of the first node whose taking may change.
   * @param all takes every node anew.
   * @returns false where the makespan must exceed `atMostUs`.
   */
  #run(from: number, movedCount: number, atMostUs: number, all: boolean): boolean {
    const { workUs, outStart, edgeDst, edgeSrc, inStart, inEdges, tensorStart, edgeTensors, tensorUs } = this.flat;
    // Moved nodes have other ways before them now: until they are taken, what holds for every placement has to do.
    let afterUs = movedCount > 0 || all ? this.flat.afterUs : this.#afterUs;
    let movedLeft = 0;
    const n = this.flat.nodeCount;
    const device = this.device;
    const devices = this.deviceCount;
    const state = 3 * devices;
    const order = this.#order;
    const place = this.#place;
    const ready = this.#ready;
    const arrival = this.#arrival;
    const states = this.#states;
    const trialStates = this.#trialStates;
    const trialOrder = this.#trialOrder;
    const trialReady = this.#trialReady;
    const trialEnd = this.#trialEnd;
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
    if (this.#taken > 2e9) {
      this.#taken = 0;
      sentBy.fill(0);
    }
    const open = 2 * ++this.#trial;
    const done = open + 1;
    let changes = all ? 0 : this.#changes;
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
      arrival.fill(-1);
    }
    for (let m = 0; m < movedCount; m++) {
      const node = this.#moved[m]!;
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
      const finish = begin + workUs[node]!;
      if (finish + afterUs[node]! > atMostUs) {
        worse = true;
        break;
      }
      if (movedLeft > 0 && isMoved[node] === open && --movedLeft === 0) afterUs = this.#afterUs;
      now[d] = finish;
      now[2 * devices + d]! += workUs[node]!;
      if (finish > most) most = finish;
      trialOrder[count] = node;
      trialReady[count] = key;
      trialEnd[count++] = finish;
      const taken = ++this.#taken;
      for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
        const child = edgeDst[e]!;
        const to = device[child]!;
        let arrives = finish;
        if (to !== d) {
          arrives = 0;
          for (let k = tensorStart[e]!, stop = tensorStart[e + 1]!; k < stop; k++) {
            const tensor = edgeTensors[k]!;
            const slot = tensor * devices + to;
            let at: number;
            if (sentBy[slot] === taken) at = sentAt[slot]!;
            else {
              const us = tensorUs[tensor]!;
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
          this.#changedEdge[changes] = e;
          this.#changedArrival[changes++] = before;
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
          if (latest + workUs[child]! + afterUs[child]! > atMostUs) {
            worse = true;
            break;
          }
          heap.push(child, latest);
        }
      }
      if (worse) break;
    }
    this.#changes = changes;
    this.taken = count;
    if (worse) return false;
    this.#trialFrom = from;
    this.#trialLength = count;
    if (!all) most = Math.max(most, this.#mostBefore[from]!, this.#mostFrom[next]!);
    this.movedMakespanUs = most;
    return most <= atMostUs;
  }
}
