/** A training graph as a row of layers that a pipeline cuts into stages: what a stage of it costs, and what crosses the cuts. */
import type { Graph } from '../../graph/graph.ts';
import { transferUs, type LinkModel } from '../../graph/link-model.ts';
import { addToReal, intAt, itemAt, realAt } from '../../numeric/at.ts';
import { linkOf, type TrainingRun } from '../training-run.ts';
import type { StageCost, StageTransfer } from './simulate-pipeline.ts';

/** A longer row is cut only between this many pieces of about equal work. */
export const MOST_LAYERS = 400;

/** What of a backward pass is the gradient of the weights, in nodes that have weights: two products of one size each (Qi et al., section 2). */
const WEIGHTS_SHARE = 0.5;

export interface ChainOptions {
  /** Into how many parts a batch is cut, over all replicas: each takes and holds that part of what the whole batch does. */
  readonly parts: number;
  readonly replicas: number;
  /** Bytes of each node's gradients. */
  readonly gradientBytes: Float64Array;
  readonly splitsBackward: boolean;
}

/** The row of layers with the costs of one micro-batch. Devices of one stage work in step: the slowest decides, and the smallest memory. */
export class PipelineChain {
  /** Number of pieces between which cuts can lie. */
  readonly length: number;
  /** Whether every cut of the topological order is one of the row. */
  readonly isWhole: boolean;
  readonly #run: TrainingRun;
  readonly #options: ChainOptions;
  /** Where in the topological order each piece begins, and its end. */
  readonly #begins: readonly number[];
  /** Piece of every node. */
  readonly #pieceOf: Int32Array;
  readonly #received: Float64Array;
  readonly #classes = new Map<string, number>();
  /** The backward run of each node in the graph of the step, −1 where it has none. */
  readonly #backwardRun: Int32Array;

  constructor(run: TrainingRun, options: ChainOptions) {
    this.#run = run;
    this.#options = options;
    this.#begins = pieces(run.graph);
    this.length = this.#begins.length - 1;
    this.isWhole = this.length === run.graph.nodeCount;
    this.#pieceOf = new Int32Array(run.graph.nodeCount);
    for (let piece = 0; piece < this.length; piece++) {
      for (const node of this.nodes(piece, piece + 1)) this.#pieceOf[node] = piece;
    }
    this.#backwardRun = new Int32Array(run.graph.nodeCount).fill(-1);
    let backwardRun = run.graph.nodeCount;
    run.graph.backwardUs?.forEach((us, node) => {
      if (!Number.isNaN(us)) this.#backwardRun[node] = backwardRun++;
    });
    this.#received = receivedBytes(run.graph, this.#pieceOf, this.length, (first, end) => this.nodes(first, end));
  }

  get edgeCount(): number {
    return this.#run.graph.edgeCount;
  }

  /** Nodes of the pieces from `first` to before `end`. */
  nodes(first: number, end: number): Int32Array {
    return this.#run.graph.topoOrder.subarray(itemAt(this.#begins, first), itemAt(this.#begins, end));
  }

  /** A stage of the pieces from `first` to before `end`, on some devices that are replicas of one another. */
  cost(first: number, end: number, devices: readonly number[]): StageCost {
    const { graph, unlike } = this.#run;
    const { parts, gradientBytes, splitsBackward } = this.#options;
    const { permBytes, tempBytes, outBytes, recomputed } = graph;
    let [forward, backward, weights, held, perm, scratch, again, gradients] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (const node of this.nodes(first, end)) {
      const us = devices.reduce(
        (most, d) => Math.max(most, unlike?.timeOn(node, d) ?? realAt(graph.computeUs, node)),
        0,
      );
      forward += us;
      perm += realAt(permBytes, node);
      gradients += realAt(gradientBytes, node);
      scratch = Math.max(scratch, realAt(tempBytes, node));
      const back = this.#backwardUs(node, devices);
      const own = splitsBackward && realAt(permBytes, node) > 0 ? back * WEIGHTS_SHARE : 0;
      weights += own;
      backward += back - own;
      if (recomputed?.[node] === 1) {
        backward += us;
        again += realAt(outBytes, node);
      } else held += realAt(outBytes, node);
    }
    held += realAt(this.#received, first * (this.length + 1) + end);
    return {
      forwardUs: forward / parts,
      backwardUs: backward / parts,
      weightsUs: weights / parts,
      heldBytes: held / parts,
      scratchBytes: (scratch + again) / parts,
      permBytes: perm,
      exchangeUs: this.#exchangeUs(gradients, devices),
    };
  }

  /** The same number for devices on which stages cost the same. */
  classOf(devices: readonly number[]): number {
    const { unlike } = this.#run;
    if (!unlike && this.#options.replicas < 2) return 0;
    const key = devices.join();
    const known = this.#classes.get(key) ?? this.#classes.size;
    this.#classes.set(key, known);
    return known;
  }

  /** Bytes that nodes can have on each of some devices that are replicas of one another. */
  memory(devices: readonly number[]): number {
    return devices.reduce((least, d) => Math.min(least, itemAt(this.#run.devices, d).memory), Infinity);
  }

  /** What stages read of earlier ones. @param cuts where each stage begins, and the end. @param devicesOf devices of a stage, by replica. */
  transfers(cuts: readonly number[], devicesOf: (stage: number) => readonly number[]): StageTransfer[] {
    const { graph, unlike, tensorUs } = this.#run;
    const { parts } = this.#options;
    const stageOf = new Int32Array(this.length);
    for (let stage = 0; stage + 1 < cuts.length; stage++)
      stageOf.fill(stage, itemAt(cuts, stage), itemAt(cuts, stage + 1));
    const at = (node: number): number => intAt(stageOf, intAt(this.#pieceOf, node));
    const found = new Map<string, { from: number; to: number; us: number; bytes: number; seen: Set<number> }>();
    for (let edge = 0; edge < graph.edgeCount; edge++) {
      const [from, to] = [at(intAt(graph.edgeSrc, edge)), at(intAt(graph.edgeDst, edge))];
      if (from === to) continue;
      const key = `${from} ${to}`;
      const transfer = found.get(key) ?? { from, to, us: 0, bytes: 0, seen: new Set<number>() };
      found.set(key, transfer);
      for (const tensor of graph.edgeTensors.row(edge)) {
        if (transfer.seen.has(tensor)) continue;
        transfer.seen.add(tensor);
        const bytes = realAt(graph.tensorBytes, tensor);
        transfer.bytes += bytes / parts;
        const [senders, receivers] = [devicesOf(from), devicesOf(to)];
        const whole = senders.map((a, r) => {
          const b = itemAt(receivers, r);
          return a === b ? 0 : (unlike?.transferUs(tensor, a, b) ?? realAt(tensorUs, tensor));
        });
        const none = senders.map((a, r) => this.#latencyUs(a, itemAt(receivers, r)));
        // A part of the bytes, and the latency as ever.
        transfer.us += Math.max(...whole.map((us, r) => part(us, itemAt(none, r), parts)));
      }
    }
    return Array.from(found.values(), ({ seen: _, ...transfer }) => transfer);
  }

  #backwardUs(node: number, devices: readonly number[]): number {
    const { step, stepUnlike } = this.#run;
    const run = intAt(this.#backwardRun, node);
    if (run < 0) return 0;
    return devices.reduce((most, d) => Math.max(most, stepUnlike?.timeOn(run, d) ?? realAt(step.computeUs, run)), 0);
  }

  #latencyUs(from: number, to: number): number {
    return from === to ? 0 : linkOf(this.#run, from, to).latencyUs;
  }

  /** All replicas sum their gradients in a ring: 2 (r − 1) messages of an r-th each (Patarasuk, Yuan, J. Parallel Distrib. Comput. 69(2), 2009). */
  #exchangeUs(bytes: number, devices: readonly number[]): number {
    const { replicas } = this.#options;
    if (replicas < 2 || bytes === 0) return 0;
    const hops = devices.map((d, r): LinkModel => linkOf(this.#run, d, itemAt(devices, (r + 1) % replicas)));
    return 2 * (replicas - 1) * Math.max(...hops.map((link) => transferUs(bytes / replicas, link)));
  }
}

/** Time of a part of a tensor, by the time of the whole. A recorded time below the latency has none of it. */
function part(us: number, latencyUs: number, parts: number): number {
  return us <= latencyUs ? us / parts : latencyUs + (us - latencyUs) / parts;
}

/** Where in the topological order pieces begin, with the end: every node by itself, or stretches of about equal work. */
function pieces({ nodeCount, topoOrder, computeUs, backwardUs }: Graph): number[] {
  if (nodeCount <= MOST_LAYERS) return Array.from({ length: nodeCount + 1 }, (_, i) => i);
  const work = Array.from(topoOrder, (node) => realAt(computeUs, node) + (backwardUs?.[node] || 0));
  const total = work.reduce((sum, us) => sum + us, 0);
  const begins = [0];
  let done = 0;
  work.forEach((us, i) => {
    done += us;
    if (i + 1 < nodeCount && begins.length < MOST_LAYERS && done >= (total * begins.length) / MOST_LAYERS)
      begins.push(i + 1);
  });
  return [...begins, nodeCount];
}

/** At `first · (length + 1) + end`: bytes that pieces from `first` to before `end` read of earlier ones, each tensor once. */
function receivedBytes(
  graph: Graph,
  pieceOf: Int32Array,
  length: number,
  nodes: (first: number, end: number) => Int32Array,
): Float64Array {
  const received = new Float64Array((length + 1) ** 2);
  const seenFrom = new Int32Array(graph.tensorCount).fill(-1);
  for (let first = 0; first < length; first++) {
    let bytes = 0;
    for (let end = first + 1; end <= length; end++) {
      for (const node of nodes(end - 1, end)) {
        for (const edge of graph.inEdges.row(node)) {
          if (intAt(pieceOf, intAt(graph.edgeSrc, edge)) >= first) continue;
          for (const tensor of graph.edgeTensors.row(edge)) {
            if (seenFrom[tensor] === first) continue;
            seenFrom[tensor] = first;
            bytes += realAt(graph.tensorBytes, tensor);
          }
        }
      }
      addToReal(received, first * (length + 1) + end, bytes);
    }
  }
  return received;
}
