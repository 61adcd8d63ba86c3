import type { Graph } from '../graph/graph.ts';
import { addToReal, intAt, realAt } from '../numeric/at.ts';
import type { Reservations } from './grouping/reservations.ts';
import type { MemoryLedger, OutputLifetime } from './memory.ts';
import { moduleKind } from './module-kinds.ts';

/** What each node asks for by the accounting of Baechi's PyTorch implementation, by node index, bytes. */
export interface ModuleMemory {
  /** Stays from the node's run on. */
  readonly permanent: Float64Array;
  /** While it runs. */
  readonly temporary: Float64Array;
  /** Its parameters with their gradients, which lie on the device before anything runs. */
  readonly parameters: Float64Array;
}

/**
 * By the kind of a node where the published profiler has a rule for it (`module-kinds.ts`), else by what its parts add up to.
 *
 * @param lifetime `kept` (training): outputs stay for the backward pass. `released` (inference): they do not, and inputs and outputs
 *   count while the node runs.
 */
export function moduleMemory(graph: Graph, lifetime: OutputLifetime): ModuleMemory {
  const { permBytes, tempBytes, outBytes, edgeTensors, inEdges } = graph;
  const parameters = permBytes;
  if (lifetime === 'kept') {
    const keeps: Float64Array = permBytes.map((perm, i) => perm + realAt(outBytes, i));
    const needs: Float64Array = tempBytes.slice();
    for (let i = 0; i < graph.nodeCount; i++) {
      const kind = moduleKind(graph, i);
      if (kind === undefined) continue;
      if (kind === 'in-place') keeps[i] = 0;
      needs[i] = kind === 'element-wise' ? realAt(outBytes, i) : 0;
    }
    return { permanent: keeps, temporary: needs, parameters };
  }
  const temporary = tempBytes.map((temp, i) => {
    const kind = moduleKind(graph, i);
    if (kind === 'in-place') return 0;
    if (kind === 'concatenate') return realAt(outBytes, i);
    const inputs = new Set<number>();
    for (const edge of inEdges.row(i)) for (const tensor of edgeTensors.row(edge)) inputs.add(tensor);
    let bytes = temp + realAt(outBytes, i);
    for (const tensor of inputs) bytes += realAt(graph.tensorBytes, tensor);
    return bytes;
  });
  return { permanent: permBytes, temporary, parameters };
}

/**
 * The accounting of Baechi's PyTorch implementation: nothing is ever released, and what a node receives from other devices stays
 * there too, each edge by itself. Where the reference then stops, because it asks a second time for room for a tensor that is
 * already charged, this goes on.
 */
export class PyTorchLedger implements MemoryLedger {
  readonly used: Float64Array;
  readonly peak: Float64Array;
  readonly #graph: Graph;
  readonly #deviceOf: Int32Array;
  readonly #memory: ModuleMemory;
  readonly #edgeBytes: Float64Array;
  readonly #reservations: Reservations | undefined;

  /** @param deviceOf device of every node that is scheduled; whoever schedules fills it in. */
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
    this.#memory = moduleMemory(graph, lifetime);
    this.#edgeBytes = new Float64Array(graph.edgeCount);
    for (let e = 0; e < graph.edgeCount; e++) {
      for (const tensor of graph.edgeTensors.row(e)) addToReal(this.#edgeBytes, e, realAt(graph.tensorBytes, tensor));
    }
    this.#reservations = reservations;
  }

  leastNeed(node: number): number {
    return realAt(this.#memory.permanent, node) + realAt(this.#memory.temporary, node);
  }

  need(node: number, device: number): number {
    return this.leastNeed(node) + this.incoming(node, device);
  }

  fits(node: number, device: number, limit: number): boolean {
    const aside = this.#reservations ? this.#reservations.rest(node) : 0;
    const received = this.incoming(node, device);
    const whileItRuns = realAt(this.used, device) + received + this.leastNeed(node) - aside;
    const besideAnEarlierPeak =
      realAt(this.peak, device) + received + Math.max(0, realAt(this.#memory.parameters, node) - aside);
    return whileItRuns <= limit && besideAnEarlierPeak <= limit;
  }

  charge(node: number, device: number): number {
    const received = this.incoming(node, device);
    const permanent = realAt(this.#memory.permanent, node);
    const temporary = realAt(this.#memory.temporary, node);
    const aside = this.#reservations;
    const used = addToReal(this.used, device, aside ? aside.draw(node, permanent) : permanent);
    const touched = aside ? aside.draw(node, temporary) : temporary;
    if (aside) addToReal(this.used, device, touched - aside.refill(node, temporary));
    this.peak[device] = Math.max(realAt(this.peak, device), used + touched, used + received);
    addToReal(this.used, device, received);
    return Math.max(0, touched - received);
  }

  receive(): void {
    // Whatever a node receives is charged with it.
  }

  releaseInputs(node: number, released: (device: number) => void): void {
    const unused = this.#reservations?.scheduled(node) ?? 0;
    if (unused === 0) return;
    const device = intAt(this.#deviceOf, node);
    addToReal(this.used, device, -unused);
    released(device);
  }

  incoming(node: number, device: number): number {
    const { inEdges, edgeSrc } = this.#graph;
    let bytes = 0;
    for (let k = inEdges.begin(node), end = inEdges.end(node); k < end; k++) {
      const edge = inEdges.value(k);
      if (intAt(this.#deviceOf, intAt(edgeSrc, edge)) !== device) bytes += realAt(this.#edgeBytes, edge);
    }
    return bytes;
  }
}
