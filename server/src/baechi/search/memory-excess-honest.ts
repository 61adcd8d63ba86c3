/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move that is nearly kept; all indices are nodes, tensors and devices of one flat graph */
import type { FlatGraph } from './flat-graph.ts';
import { HeldBytes } from './held-bytes.ts';
import type { MemoryExcess, MovedRun } from './memory-excess.ts';

/**
 * TensorFlow's accounting and the copies that devices receive (`memory-honest.ts`), with what `schedule.ts` sees besides: a copy that
 * arrives while a node with scratch runs counts on top of both. Tensors are told by device: device · tensors + tensor.
 */
export class HonestExcess implements MemoryExcess {
  readonly peak: Float64Array;
  readonly #limit: Float64Array;
  readonly #flat: FlatGraph;
  readonly #held: HeldBytes;
  readonly #used: Float64Array;
  readonly #freeAt: Float64Array;
  /** By device: scratch of what runs there, and until when. */
  readonly #scratch: Float64Array;
  readonly #scratchUntil: Float64Array;
  readonly #consumers: Int32Array;
  readonly #consumersLeft: Int32Array;
  /** Consumers of a tensor on a device. */
  readonly #readers: Int32Array;
  readonly #readersLeft: Int32Array;
  readonly #isCopied: Uint8Array;
  #excess = 0;

  constructor(flat: FlatGraph, limit: Float64Array) {
    const devices = limit.length;
    this.#flat = flat;
    this.#limit = limit;
    this.peak = new Float64Array(devices);
    this.#held = new HeldBytes(flat, devices);
    this.#used = new Float64Array(devices);
    this.#freeAt = new Float64Array(devices);
    this.#scratch = new Float64Array(devices);
    this.#scratchUntil = new Float64Array(devices);
    this.#consumers = Int32Array.from({ length: flat.nodeCount }, (_, i) => flat.outStart[i + 1]! - flat.outStart[i]!);
    this.#consumersLeft = new Int32Array(flat.nodeCount);
    this.#readers = new Int32Array(devices * flat.tensorCount);
    this.#readersLeft = new Int32Array(devices * flat.tensorCount);
    this.#isCopied = new Uint8Array(devices * flat.tensorCount);
  }

  load(device: Int32Array): void {
    this.#held.load(device);
    this.#readers.fill(0);
    for (let node = 0; node < device.length; node++) this.#read(node, device[node]!, 1);
  }

  move(node: number, from: number, to: number, device: Int32Array): void {
    this.#held.move(node, from, to, device);
    this.#read(node, from, -1);
    this.#read(node, to, 1);
  }

  #read(node: number, device: number, readers: number): void {
    const { inStart, inEdges, tensorStart, edgeTensors, tensorCount } = this.#flat;
    const base = device * tensorCount;
    for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
      const edge = inEdges[k]!;
      for (let t = tensorStart[edge]!; t < tensorStart[edge + 1]!; t++)
        this.#readers[base + edgeTensors[t]!]! += readers;
    }
  }

  get surelyFits(): boolean {
    return this.#held.within(this.#limit);
  }

  over({ kept, stretch, device }: MovedRun, most: number): number {
    const { nodeCount, times } = this.#flat;
    const { permBytes, outBytes, tempBytes } = this.#flat.memory;
    const from = stretch?.from ?? 0;
    const to = stretch ? from + stretch.length : 0;
    const used = this.#used.fill(0);
    const free = this.#freeAt.fill(0);
    this.peak.fill(0);
    this.#scratch.fill(0);
    this.#scratchUntil.fill(0);
    this.#isCopied.fill(0);
    this.#consumersLeft.set(this.#consumers);
    this.#readersLeft.set(this.#readers);
    this.#excess = 0;
    for (let k = 0; k < nodeCount; k++) {
      const isAnew = k >= from && k < to;
      const node = isAnew ? stretch!.order[k - from]! : kept.order[k]!;
      const ready = isAnew ? stretch!.ready[k - from]! : kept.ready[node]!;
      const d = device[node]!;
      const begin = Math.max(free[d]!, ready);
      const finish = begin + times.workUs[times.workOf[d]! + node]!;
      free[d] = finish;
      used[d]! += permBytes[node]! + outBytes[node]!;
      this.#scratch[d] = tempBytes[node]!;
      this.#scratchUntil[d] = finish;
      this.#look(d);
      this.#release(node, d, begin, device);
      this.#send(node, d, finish, device);
      if (this.#excess > most) break;
    }
    return this.#excess;
  }

  /** Outputs that a node was the last to read go, and copies that it was the last to read on its device. */
  #release(node: number, d: number, begin: number, device: Int32Array): void {
    const { inStart, inEdges, edgeSrc, tensorStart, edgeTensors, tensorCount } = this.#flat;
    const { outBytes, goes, lifetime, tensorBytes } = this.#flat.memory;
    const used = this.#used;
    for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
      const producer = edgeSrc[inEdges[k]!]!;
      if (--this.#consumersLeft[producer]! > 0 || goes[producer] === 0) continue;
      const at = device[producer]!;
      used[at]! -= outBytes[producer]!;
      this.#endScratch(at, begin);
    }
    if (lifetime === 'kept') return;
    for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
      const edge = inEdges[k]!;
      for (let t = tensorStart[edge]!; t < tensorStart[edge + 1]!; t++) {
        const slot = d * tensorCount + edgeTensors[t]!;
        if (--this.#readersLeft[slot]! > 0 || this.#isCopied[slot] === 0) continue;
        this.#isCopied[slot] = 0;
        used[d]! -= tensorBytes[edgeTensors[t]!]!;
        this.#endScratch(d, begin);
      }
    }
  }

  #send(node: number, d: number, finish: number, device: Int32Array): void {
    const { outStart, edgeDst, tensorStart, edgeTensors, tensorCount } = this.#flat;
    const { tensorBytes } = this.#flat.memory;
    for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
      const to = device[edgeDst[e]!]!;
      if (to === d) continue;
      for (let t = tensorStart[e]!; t < tensorStart[e + 1]!; t++) {
        const slot = to * tensorCount + edgeTensors[t]!;
        if (this.#isCopied[slot] === 1) continue;
        this.#isCopied[slot] = 1;
        this.#used[to]! += tensorBytes[edgeTensors[t]!]!;
      }
      this.#endScratch(to, finish);
      this.#look(to);
    }
  }

  #endScratch(device: number, now: number): void {
    if (now >= this.#scratchUntil[device]!) this.#scratch[device] = 0;
  }

  /** What a device holds now may be its peak. */
  #look(device: number): void {
    const high = this.#used[device]! + this.#scratch[device]!;
    if (high <= this.peak[device]!) return;
    const limit = this.#limit[device]!;
    if (high > limit) this.#excess += high - Math.max(this.peak[device]!, limit);
    this.peak[device] = high;
  }
}
