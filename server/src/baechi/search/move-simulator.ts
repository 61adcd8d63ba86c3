/* eslint-disable @typescript-eslint/no-non-null-assertion -- runs for every move: nodes and devices are those of one flat graph */
import type { Device } from '../devices.ts';
import { FirstChange } from './first-change.ts';
import type { FlatGraph } from './flat-graph.ts';
import { KeptRun } from './kept-run.ts';
import { memoryExcess, type MemoryExcess } from './memory-excess.ts';
import { MovedNodes } from './moved-nodes.ts';
import { TrialRun } from './trial-run.ts';
import { Ways } from './ways.ts';

/**
 * The simulator of `schedule.ts` for a placement that changes by a few nodes at a time, under the same rules.
 *
 * Nodes are taken by the time at which they are ready, and a node is ready after its parents were. A move can therefore change
 * nothing before the first parent of a moved node is taken (`first-change.ts`): the run goes on from there, with what was known of that
 * moment (`kept-run.ts`). It ends early (`trial-run.ts`) where
 * - nothing is left of the change: the same nodes are taken, and devices and channels are free at the same times, as far as
 *   these are not over; or
 * - the makespan must exceed what may be: a node's end and the shortest way from there to the end of the run (`ways.ts`), or a device's
 *   idle time so far and all its work.
 *
 *     simulator.begin(); simulator.move(node, device); …; if (simulator.evaluate(atMostUs)) simulator.keep();
 */
export class MoveSimulator {
  /** Of the placement that is kept. Bytes by which peaks exceed the devices' memory, summed over devices. */
  makespanUs = 0;
  excessBytes = 0;
  /** Of the move that was evaluated last, where it was not worse. */
  movedMakespanUs = 0;
  movedExcessBytes = 0;
  /** Nodes that the last evaluation or loading took. */
  taken = 0;
  /** Device of every node, by its number in the flat graph; moved ones where they were moved to. */
  readonly device: Int32Array;
  readonly deviceCount: number;
  readonly flat: FlatGraph;

  readonly #memory: MemoryExcess;
  /** All work of a device, µs. */
  readonly #load: Float64Array;
  readonly #kept: KeptRun;
  readonly #ways: Ways;
  readonly #trial: TrialRun;
  readonly #firstChange: FirstChange;
  readonly #moved: MovedNodes;
  #evaluated = false;

  /** @param flat laid out for as many devices. */
  constructor(flat: FlatGraph, devices: readonly Device[]) {
    this.flat = flat;
    this.deviceCount = devices.length;
    this.device = new Int32Array(flat.nodeCount);
    this.#memory = memoryExcess(flat, devices);
    this.#load = new Float64Array(devices.length);
    this.#kept = new KeptRun(flat, devices.length);
    this.#ways = new Ways(flat, devices.length);
    this.#trial = new TrialRun(flat, this.device, this.#load, this.#kept, this.#ways.afterUs);
    this.#firstChange = new FirstChange(flat, devices.length, this.device, this.#kept);
    this.#moved = new MovedNodes(flat.nodeCount);
  }

  /** Bytes that the kept placement's devices need at most, by device. */
  peaks(): Float64Array {
    this.begin();
    this.#memory.over({ kept: this.#kept, stretch: undefined, device: this.device }, Infinity);
    return this.#memory.peak.slice();
  }

  /** Time that a device computes, µs. */
  loadUs(device: number): number {
    return this.#load[device]!;
  }

  /** When a node was ready, in the placement that is kept. */
  readyUs(node: number): number {
    return this.#kept.ready[node]!;
  }

  /** When a node ended. */
  endUs(node: number): number {
    return this.#kept.endUs(node);
  }

  /** The node that was taken at a place in the order. */
  nodeAt(place: number): number {
    return this.#kept.order[place]!;
  }

  /** The chain of nodes that the kept run's end comes from, backwards. @returns how many nodes were written. */
  criticalNodes(into: Int32Array): number {
    this.begin();
    return this.#kept.chain(this.device, into);
  }

  /** Takes a whole placement. @param device of every node, by its number in the flat graph. */
  load(device: Int32Array): void {
    const { workUs, workOf } = this.flat.times;
    this.begin();
    this.device.set(device);
    this.#memory.load(device);
    this.#load.fill(0);
    for (let i = 0; i < device.length; i++) this.#load[device[i]!]! += workUs[workOf[device[i]!]! + i]!;
    this.#kept.forget();
    this.#trial.run(0, this.#moved, Infinity, true);
    this.#evaluated = true;
    this.movedMakespanUs = this.#trial.makespanUs;
    this.movedExcessBytes = this.#excess(Infinity);
    this.#ways.forget();
    this.keep();
    this.taken = this.#trial.taken;
  }

  /** Begins a move from the placement that is kept; what was moved since and not kept goes back. */
  begin(): void {
    const { nodes, from } = this.#moved;
    for (let m = this.#moved.count - 1; m >= 0; m--) this.#shift(nodes[m]!, this.device[nodes[m]!]!, from[m]!);
    this.#kept.undo();
    this.#moved.count = 0;
    this.#evaluated = false;
  }

  move(node: number, to: number): void {
    const from = this.device[node]!;
    if (from === to) return;
    this.#moved.add(node, from, to);
    this.#shift(node, from, to);
  }

  /**
   * Simulates what was moved since `begin`.
   *
   * @returns false where the makespan would exceed `atMostUs`, or the excess `mostExcess`; otherwise `keep` may be called.
   */
  evaluate(atMostUs: number, mostExcess = Infinity): boolean {
    this.taken = 0;
    for (let d = 0; d < this.deviceCount; d++) if (this.#load[d]! > atMostUs) return false;
    const isWithin = this.#trial.run(this.#firstChange.of(this.#moved), this.#moved, atMostUs, false);
    this.taken = this.#trial.taken;
    if (!isWithin) return false;
    this.movedMakespanUs = this.#trial.makespanUs;
    this.movedExcessBytes = this.#excess(mostExcess);
    if (this.movedExcessBytes > mostExcess) return false;
    this.#evaluated = true;
    return true;
  }

  /** Makes the move that was evaluated last the placement. */
  keep(): void {
    if (!this.#evaluated) throw new Error('only what was evaluated can be kept');
    const { workUs, workOf } = this.flat.times;
    const { nodes, from, to, count } = this.#moved;
    const after = this.#trial.from + this.#trial.length;
    this.#kept.take(this.#trial);
    for (let m = 0; m < count; m++) {
      // What follows is as it was, but for the work done before.
      const node = nodes[m]!;
      this.#kept.addWork(from[m]!, -workUs[workOf[from[m]!]! + node]!, after);
      this.#kept.addWork(to[m]!, workUs[workOf[to[m]!]! + node]!, after);
      this.#ways.moved(node);
    }
    this.#ways.measure(this.device);
    this.makespanUs = this.movedMakespanUs;
    this.excessBytes = this.movedExcessBytes;
    this.#moved.count = 0;
    this.#evaluated = false;
  }

  #shift(node: number, from: number, to: number): void {
    const { workUs, workOf } = this.flat.times;
    this.#load[from]! -= workUs[workOf[from]! + node]!;
    this.#load[to]! += workUs[workOf[to]! + node]!;
    this.#memory.move(node, from, to, this.device);
    this.device[node] = to;
  }

  #excess(most: number): number {
    if (this.#memory.surelyFits) return 0;
    return this.#memory.over({ kept: this.#kept, stretch: this.#trial, device: this.device }, most);
  }
}
