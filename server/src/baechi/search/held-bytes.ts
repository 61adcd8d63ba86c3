/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move; all indices are nodes, edges and devices of one flat graph */
import type { FlatGraph } from './flat-graph.ts';

/** What all nodes of every device hold together with all that they receive, edge by edge, if nothing is released. Kept up to date by moves. */
export class HeldBytes {
  /** By device. */
  readonly bytes: Float64Array;
  readonly #flat: FlatGraph;
  readonly #mostTemp: number;

  constructor(flat: FlatGraph, deviceCount: number) {
    this.#flat = flat;
    this.bytes = new Float64Array(deviceCount);
    this.#mostTemp = flat.memory.tempBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
  }

  load(device: Int32Array): void {
    const { edgeCount, edgeSrc, edgeDst } = this.#flat;
    const { permBytes, outBytes, edgeBytes } = this.#flat.memory;
    this.bytes.fill(0);
    for (let i = 0; i < device.length; i++) this.bytes[device[i]!]! += permBytes[i]! + outBytes[i]!;
    for (let e = 0; e < edgeCount; e++) {
      const at = device[edgeDst[e]!]!;
      if (device[edgeSrc[e]!] !== at) this.bytes[at]! += edgeBytes[e]!;
    }
  }

  move(node: number, from: number, to: number, device: Int32Array): void {
    const { outStart, edgeDst, inStart, inEdges, edgeSrc } = this.#flat;
    const { permBytes, outBytes, edgeBytes } = this.#flat.memory;
    const held = this.bytes;
    held[from]! -= permBytes[node]! + outBytes[node]!;
    held[to]! += permBytes[node]! + outBytes[node]!;
    for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) {
      const edge = inEdges[k]!;
      const source = device[edgeSrc[edge]!]!;
      if (source !== from) held[from]! -= edgeBytes[edge]!;
      if (source !== to) held[to]! += edgeBytes[edge]!;
    }
    for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
      const target = device[edgeDst[e]!]!;
      if (target !== from) held[target]! -= edgeBytes[e]!;
      if (target !== to) held[target]! += edgeBytes[e]!;
    }
  }

  within(limit: Float64Array): boolean {
    for (let d = 0; d < limit.length; d++) if (this.bytes[d]! + this.#mostTemp > limit[d]!) return false;
    return true;
  }
}
