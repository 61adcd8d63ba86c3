/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move that is nearly kept; all indices are nodes, edges and devices of one flat graph */
import type { FlatGraph } from './flat-graph.ts';
import type { MemoryExcess, MovedRun } from './memory-excess.ts';

/** TensorFlow's accounting (`memory.ts`). */
export class TensorFlowExcess implements MemoryExcess {
  readonly peak: Float64Array;
  readonly #limit: Float64Array;
  readonly #flat: FlatGraph;
  readonly #used: Float64Array;
  readonly #consumers: Int32Array;
  readonly #consumersLeft: Int32Array;
  /** Bytes that each device's nodes would hold if they released nothing. */
  readonly #held: Float64Array;
  readonly #mostTemp: number;

  constructor(flat: FlatGraph, limit: Float64Array) {
    this.#flat = flat;
    this.#limit = limit;
    this.peak = new Float64Array(limit.length);
    this.#used = new Float64Array(limit.length);
    this.#held = new Float64Array(limit.length);
    this.#consumers = Int32Array.from({ length: flat.nodeCount }, (_, i) => flat.outStart[i + 1]! - flat.outStart[i]!);
    this.#consumersLeft = new Int32Array(flat.nodeCount);
    this.#mostTemp = flat.memory.tempBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
  }

  load(device: Int32Array): void {
    this.#held.fill(0);
    for (let i = 0; i < device.length; i++) this.#held[device[i]!]! += this.#bytes(i);
  }

  move(node: number, from: number, to: number): void {
    const bytes = this.#bytes(node);
    this.#held[from]! -= bytes;
    this.#held[to]! += bytes;
  }

  get surelyFits(): boolean {
    const limit = this.#limit;
    for (let d = 0; d < limit.length; d++) if (this.#held[d]! + this.#mostTemp > limit[d]!) return false;
    return true;
  }

  over({ kept, stretch, device }: MovedRun, most: number): number {
    const { inStart, inEdges, edgeSrc, nodeCount } = this.#flat;
    const { permBytes, outBytes, tempBytes, goes } = this.#flat.memory;
    const order = kept.order;
    const anew = stretch?.order ?? order;
    const from = stretch?.from ?? 0;
    const to = stretch ? from + stretch.length : 0;
    const limit = this.#limit;
    const peak = this.peak.fill(0);
    const used = this.#used.fill(0);
    const left = this.#consumersLeft;
    left.set(this.#consumers);
    let excess = 0;
    for (let k = 0; k < nodeCount; k++) {
      const node = k >= from && k < to ? anew[k - from]! : order[k]!;
      const d = device[node]!;
      const now = used[d]! + permBytes[node]! + outBytes[node]!;
      used[d] = now;
      const high = now + tempBytes[node]!;
      if (high > peak[d]!) {
        const above = limit[d]!;
        if (high > above) {
          excess += high - Math.max(peak[d]!, above);
          if (excess > most) return excess;
        }
        peak[d] = high;
      }
      for (let e = inStart[node]!, end = inStart[node + 1]!; e < end; e++) {
        const producer = edgeSrc[inEdges[e]!]!;
        if (--left[producer]! === 0 && goes[producer] === 1) used[device[producer]!]! -= outBytes[producer]!;
      }
    }
    return excess;
  }

  #bytes(node: number): number {
    return this.#flat.memory.permBytes[node]! + this.#flat.memory.outBytes[node]!;
  }
}
