/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move that is kept; indices are nodes and edges of one flat graph */
import type { FlatGraph } from './flat-graph.ts';

/** Longest ways from every node's end to the end of the run, with the transfers of one placement: none is shorter. Kept up to date. */
export class Ways {
  /** By node, µs. */
  readonly afterUs: Float64Array;
  readonly #flat: FlatGraph;
  readonly #deviceCount: number;
  readonly #changed: Uint8Array;
  #last = -1;

  constructor(flat: FlatGraph, deviceCount: number) {
    this.#flat = flat;
    this.#deviceCount = deviceCount;
    this.afterUs = new Float64Array(flat.nodeCount);
    this.#changed = new Uint8Array(flat.nodeCount);
  }

  /** All ways may have changed. */
  forget(): void {
    this.#changed.fill(1);
    this.#last = this.#flat.nodeCount - 1;
  }

  /** A node has moved: its own way may have changed, and those of its parents. */
  moved(node: number): void {
    const { inStart, inEdges, edgeSrc } = this.#flat;
    this.#changed[node] = 1;
    for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) this.#changed[edgeSrc[inEdges[k]!]!] = 1;
    if (node > this.#last) this.#last = node;
  }

  /** Measures the ways that may have changed, children first. */
  measure(device: Int32Array): void {
    const { outStart, edgeDst, edgeCount, inStart, inEdges, edgeSrc, times } = this.#flat;
    const { workUs, workOf, edgeUs, linkOf } = times;
    const devices = this.#deviceCount;
    const changed = this.#changed;
    const after = this.afterUs;
    for (let node = this.#last; node >= 0; node--) {
      if (changed[node] === 0) continue;
      changed[node] = 0;
      const d = device[node]!;
      let longest = 0;
      for (let e = outStart[node]!, end = outStart[node + 1]!; e < end; e++) {
        const child = edgeDst[e]!;
        const to = device[child]!;
        const sent = to === d ? 0 : edgeUs[linkOf[d * devices + to]! * edgeCount + e]!;
        const way = sent + workUs[workOf[to]! + child]! + after[child]!;
        if (way > longest) longest = way;
      }
      if (longest === after[node]) continue;
      after[node] = longest;
      for (let k = inStart[node]!, end = inStart[node + 1]!; k < end; k++) changed[edgeSrc[inEdges[k]!]!] = 1;
    }
    this.#last = -1;
  }
}
