import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, realAt } from '../numeric/at.ts';
import { Matrix } from '../numeric/matrix.ts';
import type { Reservations } from './grouping/reservations.ts';
import { TensorFlowLedger, type MemoryLedger, type OutputLifetime } from './memory.ts';

/** When copies go that a device has received: the consumers that have yet to be scheduled, by device where that is known. */
type CopyLifetime = 'consumers-there' | 'all-consumers';

/**
 * TensorFlow's accounting, and the copies that a device has received: one of each tensor, held until its last consumer on that device has
 * been scheduled. While it is not yet known where consumers go, that is until the last of all has been scheduled.
 */
export class HonestLedger implements MemoryLedger {
  readonly used: Float64Array;
  readonly peak: Float64Array;
  readonly #graph: Graph;
  readonly #deviceOf: Int32Array;
  readonly #lifetime: OutputLifetime;
  readonly #outputs: TensorFlowLedger;
  /** By device and tensor: 1 where it lies as a copy. */
  readonly #copies: Matrix;
  readonly #until: CopyLifetime;
  /** Consumers of each tensor that have yet to be scheduled: by device and tensor, or in the first row all together. */
  readonly #consumersLeft: Int32Array;

  /**
   * @param deviceOf device of every node that is scheduled; whoever schedules fills it in.
   * @param placed whether `deviceOf` holds all devices from the beginning, as for a simulation.
   */
  constructor(
    graph: Graph,
    deviceCount: number,
    deviceOf: Int32Array,
    lifetime: OutputLifetime,
    placed: boolean,
    reservations?: Reservations,
  ) {
    this.#outputs = new TensorFlowLedger(graph, deviceCount, deviceOf, lifetime, reservations);
    this.used = this.#outputs.used;
    this.peak = this.#outputs.peak;
    this.#graph = graph;
    this.#deviceOf = deviceOf;
    this.#lifetime = lifetime;
    this.#copies = new Matrix(deviceCount, graph.tensorCount);
    this.#until = placed ? 'consumers-there' : 'all-consumers';
    this.#consumersLeft = new Int32Array((placed ? deviceCount : 1) * graph.tensorCount);
    for (let e = 0; e < graph.edgeCount; e++) {
      const consumer = intAt(graph.edgeDst, e);
      for (const tensor of graph.edgeTensors.row(e)) addToInt(this.#consumersLeft, this.#counter(tensor, consumer), 1);
    }
  }

  #counter(tensor: number, consumer: number): number {
    return this.#until === 'all-consumers'
      ? tensor
      : intAt(this.#deviceOf, consumer) * this.#graph.tensorCount + tensor;
  }

  leastNeed(node: number): number {
    return this.#outputs.need(node);
  }

  need(node: number, device: number): number {
    return this.#outputs.need(node) + this.incoming(node, device);
  }

  fits(node: number, device: number, limit: number): boolean {
    return this.#outputs.fits(node, device, limit - this.incoming(node, device));
  }

  charge(node: number, device: number): number {
    const { inEdges, edgeSrc } = this.#graph;
    for (const edge of inEdges.row(node)) {
      if (intAt(this.#deviceOf, intAt(edgeSrc, edge)) !== device) this.receive(edge, device);
    }
    return this.#outputs.charge(node, device);
  }

  receive(edge: number, device: number): void {
    const { edgeTensors, tensorBytes } = this.#graph;
    for (const tensor of edgeTensors.row(edge)) {
      if (this.#copies.at(device, tensor) > 0) continue;
      this.#copies.set(device, tensor, 1);
      const used = addToReal(this.used, device, realAt(tensorBytes, tensor));
      this.peak[device] = Math.max(realAt(this.peak, device), used);
    }
  }

  releaseInputs(node: number, released: (device: number) => void): void {
    this.#outputs.releaseInputs(node, released);
    if (this.#lifetime === 'kept') return;
    const { inEdges, edgeTensors } = this.#graph;
    const here = intAt(this.#deviceOf, node);
    for (const edge of inEdges.row(node)) {
      for (const tensor of edgeTensors.row(edge)) {
        if (addToInt(this.#consumersLeft, this.#counter(tensor, node), -1) > 0) continue;
        if (this.#until === 'consumers-there') this.#drop(tensor, here, released);
        else for (let device = 0; device < this.used.length; device++) this.#drop(tensor, device, released);
      }
    }
  }

  #drop(tensor: number, device: number, released: (device: number) => void): void {
    if (this.#copies.at(device, tensor) === 0) return;
    this.#copies.set(device, tensor, 0);
    addToReal(this.used, device, -realAt(this.#graph.tensorBytes, tensor));
    released(device);
  }

  /** Bytes of the tensors that a node reads and a device has yet to receive. */
  incoming(node: number, device: number): number {
    const { inEdges, edgeSrc, edgeTensors, tensorBytes } = this.#graph;
    let bytes = 0;
    for (const edge of inEdges.row(node)) {
      if (intAt(this.#deviceOf, intAt(edgeSrc, edge)) === device) continue;
      for (const tensor of edgeTensors.row(edge)) {
        if (this.#copies.at(device, tensor) === 0) bytes += realAt(tensorBytes, tensor);
      }
    }
    return bytes;
  }
}
