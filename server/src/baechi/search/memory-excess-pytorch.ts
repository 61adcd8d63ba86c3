/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move that is nearly kept; all indices are nodes, edges and devices of one flat graph */
import type { FlatGraph } from './flat-graph.ts';
import { HeldBytes } from './held-bytes.ts';
import type { MemoryExcess, MovedRun } from './memory-excess.ts';

/** PyTorch's accounting (`memory-pytorch.ts`): nothing is released, and what is received stays, edge by edge. */
export class PyTorchExcess implements MemoryExcess {
  readonly peak: Float64Array;
  readonly #limit: Float64Array;
  readonly #flat: FlatGraph;
  readonly #used: Float64Array;
  readonly #held: HeldBytes;

  constructor(flat: FlatGraph, limit: Float64Array) {
    this.#flat = flat;
    this.#limit = limit;
    this.peak = new Float64Array(limit.length);
    this.#used = new Float64Array(limit.length);
    this.#held = new HeldBytes(flat, limit.length);
  }

  load(device: Int32Array): void {
    this.#held.load(device);
  }

  move(node: number, from: number, to: number, device: Int32Array): void {
    this.#held.move(node, from, to, device);
  }

  get surelyFits(): boolean {
    return this.#held.within(this.#limit);
  }

  over({ kept, stretch, device }: MovedRun, most: number): number {
    const { inStart, inEdges, edgeSrc, nodeCount } = this.#flat;
    const { permBytes, tempBytes, edgeBytes } = this.#flat.memory;
    const order = kept.order;
    const anew = stretch?.order ?? order;
    const from = stretch?.from ?? 0;
    const to = stretch ? from + stretch.length : 0;
    const limit = this.#limit;
    const peak = this.peak.fill(0);
    const used = this.#used.fill(0);
    let excess = 0;
    for (let k = 0; k < nodeCount; k++) {
      const node = k >= from && k < to ? anew[k - from]! : order[k]!;
      const d = device[node]!;
      let received = 0;
      for (let j = inStart[node]!, end = inStart[node + 1]!; j < end; j++) {
        const edge = inEdges[j]!;
        if (device[edgeSrc[edge]!] !== d) received += edgeBytes[edge]!;
      }
      const now = used[d]! + permBytes[node]!;
      used[d] = now + received;
      const high = now + Math.max(tempBytes[node]!, received);
      if (high <= peak[d]!) continue;
      if (high > limit[d]!) {
        excess += high - Math.max(peak[d]!, limit[d]!);
        if (excess > most) return excess;
      }
      peak[d] = high;
    }
    return excess;
  }
}
