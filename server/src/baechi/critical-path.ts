import type { Graph } from '../graph/graph.ts';
import { addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import type { Schedule } from './schedule.ts';

/** What kept a node from starting earlier: an input that was not there yet, or a device that was at work. */
export type Wait =
  | {
      readonly kind: 'input';
      readonly producer: number;
      /** Position among the schedule's transfers; −1 on one device. */ readonly transfer: number;
    }
  | { readonly kind: 'device'; readonly after: number };

/** A piece of the critical path, µs: a node that runs, or a transfer as its sender or its receiver is busy with it. */
export type CriticalStep =
  | { readonly kind: 'compute'; readonly node: number; readonly startUs: number; readonly endUs: number }
  | { readonly kind: 'transfer'; readonly transfer: number; readonly startUs: number; readonly endUs: number };

/** Why everything of a schedule starts when it starts, read off its times. */
export class Waits {
  readonly #graph: Graph;
  readonly #schedule: Schedule;
  /** The node before on the same device, −1 for a device's first; by node. */
  readonly #before: Int32Array;
  /** Position of the transfer of a tensor to a device, by `tensor · devices + device`. */
  readonly #transferOf = new Map<number, number>();
  /** The transfer that the channel of the sender, and that of the receiver, had before; −1 where there was none. */
  readonly #beforeOnSender: Int32Array;
  readonly #beforeOnReceiver: Int32Array;

  /** @param graph the graph that was scheduled. */
  constructor(graph: Graph, schedule: Schedule) {
    this.#graph = graph;
    this.#schedule = schedule;
    const { device, start, transfers, busyUs } = schedule;
    const order = Int32Array.from({ length: graph.nodeCount }, (_, i) => i);
    order.sort((a, b) => realAt(start, a) - realAt(start, b) || a - b);
    this.#before = new Int32Array(graph.nodeCount).fill(-1);
    const last = new Int32Array(busyUs.length).fill(-1);
    for (const node of order) {
      const d = intAt(device, node);
      this.#before[node] = intAt(last, d);
      last[d] = node;
    }
    this.#beforeOnSender = new Int32Array(transfers.length).fill(-1);
    this.#beforeOnReceiver = new Int32Array(transfers.length).fill(-1);
    last.fill(-1);
    transfers.forEach(({ tensor, from, to }, i) => {
      this.#transferOf.set(tensor * busyUs.length + to, i);
      this.#beforeOnSender[i] = intAt(last, from);
      this.#beforeOnReceiver[i] = intAt(last, to);
      last[from] = i;
      last[to] = i;
    });
  }

  /** What a node waited for last; undefined for one that starts with the step. Of an input and the device the input counts. */
  ofNode(node: number): Wait | undefined {
    const { end, device, start } = this.#schedule;
    let latest = 0;
    let wait: Wait | undefined;
    for (const edge of this.#graph.inEdges.row(node)) {
      const producer = intAt(this.#graph.edgeSrc, edge);
      const here = intAt(device, producer) === intAt(device, node);
      const ways = here ? [-1] : this.#ways(edge, intAt(device, node));
      for (const transfer of ways) {
        const at = transfer < 0 ? realAt(end, producer) : itemAt(this.#schedule.transfers, transfer).receiveEnd;
        if (wait !== undefined && at <= latest) continue;
        latest = at;
        wait = { kind: 'input', producer, transfer };
      }
    }
    const after = intAt(this.#before, node);
    if (after >= 0 && (wait === undefined || realAt(end, after) > latest)) wait = { kind: 'device', after };
    return realAt(start, node) > 0 ? wait : undefined;
  }

  #ways(edge: number, to: number): number[] {
    const devices = this.#schedule.busyUs.length;
    return Array.from(this.#graph.edgeTensors.row(edge)).flatMap(
      (tensor) => this.#transferOf.get(tensor * devices + to) ?? [],
    );
  }

  /**
   * The chain of runs and transfers without a gap between the start of the step and its end: whatever shortens the step shortens
   * one of them. In the order of time; of several chains one.
   */
  criticalPath(): CriticalStep[] {
    const { start, end, makespanUs } = this.#schedule;
    const path: CriticalStep[] = [];
    let node = end.findIndex((time) => time === makespanUs);
    while (node >= 0) {
      path.push({ kind: 'compute', node, startUs: realAt(start, node), endUs: realAt(end, node) });
      const wait = this.ofNode(node);
      if (wait === undefined) break;
      if (wait.kind === 'device') node = wait.after;
      else {
        node = wait.producer;
        if (wait.transfer >= 0) node = this.#through(wait.transfer, path);
      }
    }
    return path.reverse();
  }

  /** Adds a transfer, and those that its channels had to finish first; @returns the producer that the first of them waited for. */
  #through(first: number, path: CriticalStep[]): number {
    const { transfers, end } = this.#schedule;
    let at = first;
    let sending = false;
    for (;;) {
      const transfer = itemAt(transfers, at);
      const { sendStart, receiveStart } = transfer;
      const length = transfer.receiveEnd - receiveStart;
      const startUs: number = sending ? sendStart : receiveStart;
      path.push({ kind: 'transfer', transfer: at, startUs, endUs: startUs + length });
      const producer = intAt(this.#graph.tensorProducer, transfer.tensor);
      if (startUs <= realAt(end, producer)) return producer;
      const channel = startUs > sendStart ? transfer.to : transfer.from;
      const before = intAt(channel === transfer.to ? this.#beforeOnReceiver : this.#beforeOnSender, at);
      if (before < 0) return producer;
      sending = itemAt(transfers, before).from === channel;
      at = before;
    }
  }
}

/** By node: time of its runs on the critical path, µs. */
export function criticalTimes(graph: Graph, path: readonly CriticalStep[]): Float64Array {
  const times = new Float64Array(graph.nodeCount);
  for (const step of path) if (step.kind === 'compute') addToReal(times, step.node, step.endUs - step.startUs);
  return times;
}
