import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, realAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import type { Reservations } from './grouping/reservations.ts';

/**
 * How long outputs live. `released`: until the last consumer has been scheduled, as in inference. `kept`: for ever, as
 * for the forward half of a training step, whose backward half reads them again.
 */
export type OutputLifetime = 'released' | 'kept';

/** Outputs of a graph with backward times are kept while its forward half is placed. */
export function outputLifetime(graph: Graph): OutputLifetime {
  return graph.backwardUs ? 'kept' : 'released';
}

/** What node i asks for at the moment it is scheduled: persistent + temporary + output bytes, by node index. */
export function memoryNeeds(graph: Graph): Float64Array {
  return graph.permBytes.map((perm, i) => perm + realAt(graph.tempBytes, i) + realAt(graph.outBytes, i));
}

/** Memory in use per device while a schedule is built node by node, by one way of accounting. */
export interface MemoryLedger {
  /** By device, bytes. */
  readonly used: Float64Array;
  readonly peak: Float64Array;
  /** Bytes that a node that is ready asks for on a device, beyond what is in use there. */
  need(node: number, device: number): number;
  /** What it asks for at the least on any device, now and later. */
  leastNeed(node: number): number;
  /** Of those, what comes from other devices. */
  incoming(node: number, device: number): number;
  /** Whether a node that is ready has room on a device of so many bytes. */
  fits(node: number, device: number, limit: number): boolean;
  /**
   * Charges a node that is scheduled on a device.
   *
   * @returns the bytes that it uses beyond `used` while it runs.
   */
  charge(node: number, device: number): number;
  /** The tensors of an edge are sent to a device. */
  receive(edge: number, device: number): void;
  /**
   * Releases what is no longer needed once the given node, the last that was charged, is scheduled.
   *
   * @param released is told on which device there is more room now.
   */
  releaseInputs(node: number, released: (device: number) => void): void;
}

/**
 * The accounting of Baechi's TensorFlow implementation: a node's persistent bytes and outputs are charged when it is
 * scheduled, its temporary bytes count towards the peak of that moment only, and its outputs go when their last consumer has been
 * scheduled. Copies received from other devices are not counted, and outputs that nobody consumes stay.
 */
export class TensorFlowLedger implements MemoryLedger {
  readonly used: Float64Array;
  readonly peak: Float64Array;
  readonly #graph: Graph;
  readonly #deviceOf: Int32Array;
  readonly #lifetime: OutputLifetime;
  readonly #needs: Float64Array;
  readonly #consumersLeft: Int32Array;
  readonly #reservations: Reservations | undefined;

  /**
   * @param deviceOf device of every node that is scheduled; whoever schedules fills it in.
   * @param reservations what groups have set aside, where they do.
   */
  constructor(
    graph: Graph,
    deviceCount: number,
    deviceOf: Int32Array,
    lifetime: OutputLifetime,
    reservations?: Reservations,
  ) {
    this.used = new Float64Array(deviceCount);
    this.peak = new Float64Array(deviceCount);
    this.#graph = graph;
    this.#deviceOf = deviceOf;
    this.#lifetime = lifetime;
    this.#needs = memoryNeeds(graph);
    this.#consumersLeft = graph.outEdges.lengths();
    this.#reservations = reservations;
  }

  need(node: number): number {
    return realAt(this.#needs, node);
  }

  leastNeed(node: number): number {
    return realAt(this.#needs, node);
  }

  incoming(): number {
    return 0;
  }

  fits(node: number, device: number, limit: number): boolean {
    const aside = this.#reservations ? this.#reservations.rest(node) : 0;
    return realAt(this.#needs, node) <= limit - realAt(this.used, device) + aside;
  }

  charge(node: number, device: number): number {
    const { permBytes, tempBytes, outBytes } = this.#graph;
    const stays = realAt(permBytes, node) + realAt(outBytes, node);
    const temporary = realAt(tempBytes, node);
    const reservations = this.#reservations;
    if (reservations) return this.#chargeReserved(reservations, node, device, stays, temporary);
    const used = (this.used[device] = realAt(this.used, device) + stays);
    if (used + temporary > realAt(this.peak, device)) this.peak[device] = used + temporary;
    return temporary;
  }

  #chargeReserved(aside: Reservations, node: number, device: number, stays: number, temporary: number): number {
    const used = addToReal(this.used, device, aside.draw(node, stays));
    const touched = aside.draw(node, temporary);
    this.peak[device] = Math.max(realAt(this.peak, device), used + touched);
    addToReal(this.used, device, touched - aside.refill(node, temporary));
    return touched;
  }

  receive(): void {
    // Copies are not counted.
  }

  releaseInputs(node: number, released: (device: number) => void): void {
    const { inEdges, edgeSrc, outBytes, recomputed } = this.#graph;
    const keeps = this.#lifetime === 'kept';
    if (!keeps || recomputed) {
      for (let k = inEdges.begin(node), end = inEdges.end(node); k < end; k++) {
        const producer = intAt(edgeSrc, inEdges.value(k));
        if (addToInt(this.#consumersLeft, producer, -1) > 0) continue;
        if (keeps && recomputed?.[producer] !== 1) continue;
        const device = intAt(this.#deviceOf, producer);
        const bytes = realAt(outBytes, producer);
        addToReal(this.used, device, -(this.#reservations ? this.#reservations.refill(producer, bytes) : bytes));
        released(device);
      }
    }
    if (!this.#reservations) return;
    const unused = this.#reservations.scheduled(node);
    if (unused === 0) return;
    const device = intAt(this.#deviceOf, node);
    addToReal(this.used, device, -unused);
    released(device);
  }
}

/** Whether every device stays within its limit. */
export function fitsMemory(peakBytes: Float64Array, devices: readonly Device[]): boolean {
  return devices.every((device, d) => realAt(peakBytes, d) <= device.memory);
}
