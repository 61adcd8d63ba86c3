import type { Graph } from '../graph/graph.ts';
import { realAt } from '../numeric/at.ts';
import type { Transfer } from './channels.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/**
 * Transfers that do not get in one another's way (Baechi's PyTorch implementation): every edge is sent by itself as soon as its
 * producer has ended, also where its tensor is on its way to the same device already, and its tensors follow one another.
 */
export class ParallelChannels {
  readonly #graph: Graph;
  readonly #tensorUs: Float64Array;
  readonly #unlike: UnlikeDevices | undefined;

  /** @param tensorUs transfer time of every tensor, µs, unless links differ. */
  constructor(graph: Graph, tensorUs: Float64Array, unlike?: UnlikeDevices) {
    this.#graph = graph;
    this.#tensorUs = tensorUs;
    this.#unlike = unlike;
  }

  arrivalEstimate(edge: number, producedAt: number, from: number, to: number): number {
    const { edgeTensors } = this.#graph;
    let arrival = producedAt;
    for (let k = edgeTensors.begin(edge), end = edgeTensors.end(edge); k < end; k++) {
      arrival += this.#transferUs(edgeTensors.value(k), from, to);
    }
    return arrival;
  }

  book(edge: number, producedAt: number, from: number, to: number, booked?: (transfer: Transfer) => void): number {
    const { edgeTensors } = this.#graph;
    let arrival = producedAt;
    for (let k = edgeTensors.begin(edge), end = edgeTensors.end(edge); k < end; k++) {
      const tensor = edgeTensors.value(k);
      const sendStart = arrival;
      arrival += this.#transferUs(tensor, from, to);
      booked?.({ tensor, from, to, sendStart, receiveStart: sendStart, receiveEnd: arrival });
    }
    return arrival;
  }

  #transferUs(tensor: number, from: number, to: number): number {
    return this.#unlike ? this.#unlike.transferUs(tensor, from, to) : realAt(this.#tensorUs, tensor);
  }
}
