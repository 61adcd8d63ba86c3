import type { Graph } from '../graph/graph.ts';
import { realAt } from '../numeric/at.ts';
import { Matrix } from '../numeric/matrix.ts';
import type { UnlikeDevices } from './unlike-devices.ts';

/** One tensor's way from its producer's device to another: the receiver may start later than the sender. */
export interface Transfer {
  readonly tensor: number;
  readonly from: number;
  readonly to: number;
  readonly sendStart: number;
  readonly receiveStart: number;
  readonly receiveEnd: number;
}

/**
 * The channels between devices: each device has one, for sending and receiving, with one transfer at a time, and every
 * tensor is sent once to every device that needs it.
 */
export class Channels {
  /** When each device's channel is free next, µs. */
  readonly freeAt: Float64Array;
  readonly #tensorUs: Float64Array;
  readonly #unlike: UnlikeDevices | undefined;
  /** By device and tensor: when it has arrived, or will have; -1 where it was not sent. */
  readonly #received: Matrix;
  readonly #graph: Graph;

  /** @param tensorUs transfer time of every tensor, µs, unless links differ. */
  constructor(graph: Graph, deviceCount: number, tensorUs: Float64Array, unlike?: UnlikeDevices) {
    this.#graph = graph;
    this.#tensorUs = tensorUs;
    this.#unlike = unlike;
    this.freeAt = new Float64Array(deviceCount);
    this.#received = new Matrix(deviceCount, graph.tensorCount).fill(-1);
  }

  /**
   * When an edge's tensors would all have arrived, without booking anything: those on their way count by their own time, the
   * others as one transfer of their summed length. Never decreases as bookings are made.
   */
  arrivalEstimate(edge: number, producedAt: number, from: number, to: number): number {
    const { edgeTensors } = this.#graph;
    let arrival = 0;
    let length = -1;
    for (let k = edgeTensors.begin(edge), end = edgeTensors.end(edge); k < end; k++) {
      const tensor = edgeTensors.value(k);
      const received = this.#received.at(to, tensor);
      if (received >= 0) arrival = Math.max(arrival, received);
      else length = Math.max(length, 0) + this.#transferUs(tensor, from, to);
    }
    if (length < 0) return arrival;
    return Math.max(arrival, Math.max(producedAt, realAt(this.freeAt, from), realAt(this.freeAt, to)) + length);
  }

  /**
   * Books the transfers of an edge's tensors, one by one, those under way excepted.
   *
   * @returns when the last of them has arrived.
   */
  book(edge: number, producedAt: number, from: number, to: number, booked?: (transfer: Transfer) => void): number {
    const { edgeTensors } = this.#graph;
    let arrival = 0;
    for (let k = edgeTensors.begin(edge), end = edgeTensors.end(edge); k < end; k++) {
      const tensor = edgeTensors.value(k);
      let received = this.#received.at(to, tensor);
      if (received < 0) {
        const length = this.#transferUs(tensor, from, to);
        const sendStart = Math.max(producedAt, realAt(this.freeAt, from));
        this.freeAt[from] = sendStart + length;
        const receiveStart = Math.max(sendStart, realAt(this.freeAt, to));
        received = receiveStart + length;
        this.freeAt[to] = received;
        this.#received.set(to, tensor, received);
        booked?.({ tensor, from, to, sendStart, receiveStart, receiveEnd: received });
      }
      arrival = Math.max(arrival, received);
    }
    return arrival;
  }

  #transferUs(tensor: number, from: number, to: number): number {
    return this.#unlike ? this.#unlike.transferUs(tensor, from, to) : realAt(this.#tensorUs, tensor);
  }
}
