/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move that is nearly kept; all indices are nodes, edges and devices of one flat graph */
import type { Device } from '../devices.ts';
import type { FlatGraph } from './flat-graph.ts';

/**
 * By how many bytes the peaks of a run exceed the devices' memory, summed over devices; the accounting of `MemoryLedger`.
 *
 * Most placements need no run: what all nodes of a device hold together, as if nothing were ever released, is a bound that
 * is kept up to date by every move.
 */
export class MemoryExcess {
  readonly limit: Float64Array;
  /** Peaks of the last `over`, bytes. */
  readonly peak: Float64Array;
  readonly #flat: FlatGraph;
  readonly #used: Float64Array;
  readonly #consumers: Int32Array;
  readonly #consumersLeft: Int32Array;
  /** Bytes that each device's nodes would hold if they released nothing. */
  readonly #held: Float64Array;
  readonly #mostTemp: number;

  constructor(flat: FlatGraph, devices: readonly Device[]) {
    this.#flat = flat;
    this.limit = Float64Array.from(devices, ({ memory }) => memory);
    this.peak = new Float64Array(devices.length);
    this.#used = new Float64Array(devices.length);
    this.#held = new Float64Array(devices.length);
    this.#consumers = Int32Array.from({ length: flat.nodeCount }, (_, i) => flat.outStart[i + 1]! - flat.outStart[i]!);
    this.#consumersLeft = new Int32Array(flat.nodeCount);
    this.#mostTemp = flat.tempBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
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

  /** Whether every device would do even if nothing were released. */
  get surelyFits(): boolean {
    const { limit } = this;
    for (let d = 0; d < limit.length; d++) if (this.#held[d]! + this.#mostTemp > limit[d]!) return false;
    return true;
  }

  /**
   * @param order nodes in the order in which they are taken.
   * @param most stops, with a value above it, once the excess is larger.
   */
  over(order: Int32Array, device: Int32Array, most: number): number {
    const { permBytes, outBytes, tempBytes, inStart, inEdges, edgeSrc, releases, nodeCount } = this.#flat;
    const { limit, peak } = this;
    const used = this.#used.fill(0);
    const left = this.#consumersLeft;
    left.set(this.#consumers);
    peak.fill(0);
    let excess = 0;
    for (let k = 0; k < nodeCount; k++) {
      const node = order[k]!;
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
      if (!releases) continue;
      for (let e = inStart[node]!, end = inStart[node + 1]!; e < end; e++) {
        const producer = edgeSrc[inEdges[e]!]!;
        if (--left[producer]! === 0) used[device[producer]!]! -= outBytes[producer]!;
      }
    }
    return excess;
  }

  #bytes(node: number): number {
    return this.#flat.permBytes[node]! + this.#flat.outBytes[node]!;
  }
}
