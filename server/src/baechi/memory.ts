import type { Graph } from '../graph/graph.ts';
import { addToInt, addToReal, intAt, realAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';

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

/**
 * Memory in use per device while a schedule is built node by node, by the accounting of Baechi's TensorFlow
 * implementation: a node's persistent bytes and outputs are charged when it is scheduled, its temporary bytes count
 * towards the peak of that moment only, and its outputs go when their last consumer has been scheduled. Copies received from other devices
 * are not counted, and outputs that nobody consumes stay.
 */
export class MemoryLedger {
  readonly used: Float64Array;
  readonly peak: Float64Array;
  readonly #graph: Graph;
  readonly #lifetime: OutputLifetime;
  readonly #consumersLeft: Int32Array;

  constructor(graph: Graph, deviceCount: number, lifetime: OutputLifetime) {
    this.used = new Float64Array(deviceCount);
    this.peak = new Float64Array(deviceCount);
    this.#graph = graph;
    this.#lifetime = lifetime;
    this.#consumersLeft = graph.outEdges.lengths();
  }

  /** Charges a node that is scheduled on a device. */
  charge(node: number, device: number): void {
    const { permBytes, tempBytes, outBytes } = this.#graph;
    const used = realAt(this.used, device) + realAt(permBytes, node) + realAt(outBytes, node);
    this.used[device] = used;
    this.peak[device] = Math.max(realAt(this.peak, device), used + realAt(tempBytes, node));
  }

  /**
   * Releases the inputs whose last consumer is the given node, which has just been scheduled.
   *
   * @param deviceOf device of every node scheduled so far.
   * @param released is told which node's outputs went.
   */
  releaseInputs(node: number, deviceOf: Int32Array, released: (producer: number) => void): void {
    const { inEdges, edgeSrc, outBytes } = this.#graph;
    if (this.#lifetime === 'kept') return;
    for (let k = inEdges.begin(node), end = inEdges.end(node); k < end; k++) {
      const producer = intAt(edgeSrc, inEdges.value(k));
      if (addToInt(this.#consumersLeft, producer, -1) > 0) continue;
      addToReal(this.used, intAt(deviceOf, producer), -realAt(outBytes, producer));
      released(producer);
    }
  }
}

/** Whether every device stays within its limit. */
export function fitsMemory(peakBytes: Float64Array, devices: readonly Device[]): boolean {
  return devices.every((device, d) => realAt(peakBytes, d) <= device.memory);
}
