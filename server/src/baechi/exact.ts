/**
 * The best placement of a small graph, by branch and bound over the devices of its nodes: nodes get their devices in topological order, and
 * a branch is left where no completion of it can be faster than the best placement known, or where its weights alone exceed a limit.
 */
import type { Graph } from '../graph/graph.ts';
import { addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import { placeGrouped } from './grouping/grouped-run.ts';
import { placeMEtf } from './m-etf.ts';
import { fitsMemory } from './memory.ts';
import type { Cancelled, PlacerOptions } from './placement.ts';
import { simulateStep, type TrainingRun } from './training-run.ts';

/** More nodes are not tried: 2¹⁴ placements on two devices take a few hundredths of a second. */
export const MOST_EXACT_NODES = 14;

/** Branches that are looked at before it is given up: a second or so. */
const MOST_BRANCHES = 200_000;
/** A whole placement is simulated, which takes as long as so many branches. */
const BRANCHES_PER_PLACEMENT = 8;
const BETWEEN_QUESTIONS = 256;

export interface ExactPlacement {
  readonly kind: 'exact';
  /** Device of every node: the least simulated makespan of all placements within the limits. Undefined where none is within them. */
  readonly device: Int32Array | undefined;
  /** False where there were too many branches, so that the placement is only the best of those looked at. */
  readonly isOptimal: boolean;
}

/**
 * @param run with {@link MOST_EXACT_NODES} nodes at most.
 * @throws RangeError for a larger graph.
 */
export function placeExactly(
  run: TrainingRun,
  options: Pick<PlacerOptions, 'pins' | 'shouldStop'> = {},
): ExactPlacement | Cancelled {
  if (run.graph.nodeCount > MOST_EXACT_NODES)
    throw new RangeError(`${run.graph.nodeCount} nodes are too many to try all`);
  return new BranchAndBound(run, options).search();
}

class BranchAndBound {
  readonly #run: TrainingRun;
  readonly #options: Pick<PlacerOptions, 'pins' | 'shouldStop'>;
  readonly #order: Int32Array;
  readonly #device: Int32Array;
  readonly #weights: Float64Array;
  #best: Int32Array | undefined;
  #bestUs = Infinity;
  #branches = 0;
  #askAt = BETWEEN_QUESTIONS;
  #cancelled = false;

  constructor(run: TrainingRun, options: Pick<PlacerOptions, 'pins' | 'shouldStop'>) {
    this.#run = run;
    this.#options = options;
    this.#order = run.graph.topoOrder;
    this.#device = new Int32Array(run.graph.nodeCount).fill(-1);
    this.#weights = new Float64Array(run.devices.length);
  }

  search(): ExactPlacement | Cancelled {
    const { pins } = this.#options;
    const start = placeGrouped(this.#run, pins ? { pins } : {}, placeMEtf);
    if (start.kind === 'placement') this.#judge(start.device);
    this.#branch(0);
    if (this.#cancelled) return { kind: 'cancelled' };
    return { kind: 'exact', device: this.#best, isOptimal: this.#branches < MOST_BRANCHES };
  }

  #branch(depth: number): void {
    if (this.#cancelled || this.#branches >= MOST_BRANCHES) return;
    if (++this.#branches >= this.#askAt && this.#isToStop()) {
      this.#cancelled = true;
      return;
    }
    if (depth === this.#order.length) {
      this.#branches += BRANCHES_PER_PLACEMENT - 1;
      this.#judge(this.#device);
      return;
    }
    const node = intAt(this.#order, depth);
    const { permBytes } = this.#run.graph;
    for (const device of this.#choices(node)) {
      const weights = realAt(this.#weights, device) + realAt(permBytes, node);
      if (weights > itemAt(this.#run.planDevices, device).memory) continue;
      this.#device[node] = device;
      this.#weights[device] = weights;
      if (this.#bound() < this.#bestUs) this.#branch(depth + 1);
      addToReal(this.#weights, device, -realAt(permBytes, node));
    }
    this.#device[node] = -1;
  }

  #isToStop(): boolean {
    this.#askAt = this.#branches + BETWEEN_QUESTIONS;
    return this.#options.shouldStop?.() ?? false;
  }

  /** Of devices that are alike and hold nothing yet, one is enough, unless pins tell them apart. */
  #choices(node: number): number[] {
    const { devices, unlike } = this.#run;
    const { pins } = this.#options;
    const pin = pins?.[node] ?? -1;
    if (pin >= 0) return [pin];
    const groupAt = this.#deviceOfGroup(node);
    if (groupAt >= 0) return [groupAt];
    const empty: number[] = [];
    return [...devices.keys()].filter((d) => {
      if (pins?.includes(d) || this.#device.includes(d)) return true;
      const twin = empty.some(
        (other) => itemAt(devices, other).memory === itemAt(devices, d).memory && (unlike?.areAlike(other, d) ?? true),
      );
      if (!twin) empty.push(d);
      return !twin;
    });
  }

  /** Where a member of the node's group is; −1 where none is placed. */
  #deviceOfGroup(node: number): number {
    const { colocation } = this.#run;
    if (!colocation) return -1;
    const members = colocation.members.row(intAt(colocation.unitOf, node));
    return members.reduce((at, member) => Math.max(at, intAt(this.#device, member)), -1);
  }

  #judge(device: Int32Array): void {
    const { schedule } = simulateStep(this.#run, device);
    if (!fitsMemory(schedule.peakBytes, this.#run.planDevices) || schedule.makespanUs >= this.#bestUs) return;
    this.#bestUs = schedule.makespanUs;
    this.#best = device.slice();
  }

  /**
   * No completion of what is placed is faster: the longest chain, in which transfers between placed nodes count and nodes without a device take their
   * least time; and the work of each device, the rest of the work shared by all of them.
   */
  #bound(): number {
    const { step, stepOrigin, stepUnlike, devices } = this.#run;
    const [end, busy] = [new Float64Array(step.nodeCount), new Float64Array(devices.length)];
    let rest = 0;
    let longest = 0;
    for (const node of step.topoOrder) {
      const device = intAt(this.#device, intAt(stepOrigin, node));
      const least = stepUnlike?.leastUs ?? step.computeUs;
      const us = device >= 0 && stepUnlike ? stepUnlike.timeOn(node, device) : realAt(least, node);
      if (device >= 0) addToReal(busy, device, us);
      else rest += us;
      let start = 0;
      for (const edge of step.inEdges.row(node)) {
        const parent = intAt(step.edgeSrc, edge);
        const from = intAt(this.#device, intAt(stepOrigin, parent));
        const apart = from >= 0 && device >= 0 && from !== device;
        start = Math.max(start, realAt(end, parent) + (apart ? this.#transferUs(step, edge, from, device) : 0));
      }
      longest = Math.max(longest, (end[node] = start + us));
    }
    const placed = busy.reduce((sum, us) => sum + us, 0);
    return Math.max(longest, ...busy, (placed + rest) / devices.length);
  }

  #transferUs(step: Graph, edge: number, from: number, to: number): number {
    const { stepUnlike, stepTensorUs } = this.#run;
    let sum = 0;
    for (const tensor of step.edgeTensors.row(edge)) {
      sum += stepUnlike ? stepUnlike.transferUs(tensor, from, to) : realAt(stepTensorUs, tensor);
    }
    return sum;
  }
}
