/** Where a pipeline is cut: stages of a row of layers for which the simulated step is shortest. */
import { itemAt, realAt } from '../../numeric/at.ts';
import type { PipelineChain } from './chain.ts';
import { mostInFlight, type PipelineShape } from './orders.ts';
import { simulatePipeline, type PipelineTimeline, type StageCost } from './simulate-pipeline.ts';

export interface Partition {
  /** Where each stage begins in the row, and the row's end. */
  readonly cuts: readonly number[];
  readonly costs: readonly StageCost[];
  readonly timeline: PipelineTimeline;
  /** Whether every device stays within its memory in the simulation. */
  readonly fits: boolean;
}

export interface PartitionSearch {
  /** The shortest step that fits; of those that do not, the one least above the limits. */
  readonly best: Partition;
  /** As many layers in each stage, for comparison. */
  readonly equalLayers: Partition;
  /** Whether no other cuts are better: all were tried, or ruled out by a bound. */
  readonly isOptimal: boolean;
}

/** Simulations and looks at a cut after which the search ends with the best so far; of long pipelines fewer, so that it takes about a second. */
const MOST_SIMULATIONS = 2_000;
const FEWEST_SIMULATIONS = 50;
const MOST_STEPS = 1_000_000;
const MOST_LOOKS = 300_000;

/**
 * Finds the cuts by dynamic programming over the row, with memory as a constraint, and proves or improves them by branch and bound.
 *
 * The program finds, for each stage and each beginning, the least possible largest work of one stage for the layers from there on, micro-batches in
 * flight counted as the schedule has them. Where stages are unequal the makespan is more than its largest stage: the search goes on through the cuts
 * whose bound, the way to a stage, all of its work for all micro-batches, and the way back, is below the best simulated makespan.
 *
 * @param devicesOf devices of a stage, one for each replica.
 * @param quick only what the program finds.
 */
export function partition(
  chain: PipelineChain,
  shape: PipelineShape,
  devicesOf: (stage: number) => readonly number[],
  options: { readonly quick?: boolean; readonly shouldStop?: () => boolean } = {},
): PartitionSearch {
  return new CutSearch(chain, shape, devicesOf, options.shouldStop ?? (() => false)).run(options.quick ?? false);
}

class CutSearch {
  readonly #chain: PipelineChain;
  readonly #shape: PipelineShape;
  readonly #devicesOf: (stage: number) => readonly number[];
  readonly #shouldStop: () => boolean;
  readonly #stages: number;
  #inFlight: readonly number[];
  readonly #mostSimulations: number;
  readonly #known = new Map<number, StageCost>();
  /** Class of stages with equal devices: they share their costs. */
  readonly #classOf: readonly number[];
  /** At `stage · (length + 1) + first`: least largest work of one stage for the layers from `first` on; infinite where none fits. */
  readonly #bottleneck: Float64Array;
  readonly #firstEnd: Int32Array;
  #best: Partition | undefined;
  #simulations = 0;
  #looks = 0;

  constructor(
    chain: PipelineChain,
    shape: PipelineShape,
    devicesOf: (stage: number) => readonly number[],
    shouldStop: () => boolean,
  ) {
    this.#chain = chain;
    this.#shape = shape;
    this.#devicesOf = devicesOf;
    this.#shouldStop = shouldStop;
    this.#stages = shape.devices * shape.chunks;
    this.#inFlight = mostInFlight(shape);
    this.#classOf = Array.from({ length: this.#stages }, (_, stage) => chain.classOf(devicesOf(stage)));
    const steps = this.#stages * shape.microBatches * 2 * shape.devices + 4 * chain.edgeCount;
    this.#mostSimulations = Math.min(MOST_SIMULATIONS, Math.max(FEWEST_SIMULATIONS, Math.floor(MOST_STEPS / steps)));
    const width = chain.length + 1;
    this.#bottleneck = new Float64Array(this.#stages * width).fill(Infinity);
    this.#firstEnd = new Int32Array(this.#stages * width).fill(-1);
  }

  run(quick: boolean): PartitionSearch {
    const equal = this.#judge(this.#equalLayers());
    this.#program();
    if (this.#shape.schedule === 'zero-bubble') {
      // How many micro-batches wait for gradients of weights depends on the times: what holds with as many as there may be is tried first, and
      // what is ruled out is ruled out with as many as there must be.
      this.#inFlight = mostInFlight({ ...this.#shape, schedule: '1f1b' });
      this.#bottleneck.fill(Infinity);
      this.#program();
    }
    if (!quick && this.#chain.length >= this.#stages) this.#branch(0, [0], 0, 0);
    const isOptimal =
      !quick && this.#chain.isWhole && this.#simulations < this.#mostSimulations && this.#looks < MOST_LOOKS;
    return { best: this.#best ?? equal, equalLayers: equal, isOptimal };
  }

  #cost(stage: number, first: number, end: number): StageCost {
    const width = this.#chain.length + 1;
    const key = (itemAt(this.#classOf, stage) * width + first) * width + end;
    const known = this.#known.get(key) ?? this.#chain.cost(first, end, this.#devicesOf(stage));
    this.#known.set(key, known);
    return known;
  }

  /** Whether a stage of these layers could stand on its device; of several stages of a device each has an equal part. */
  #holds(stage: number, cost: StageCost): boolean {
    const bytes = cost.permBytes + cost.heldBytes * itemAt(this.#inFlight, stage) + cost.scratchBytes;
    return bytes <= this.#chain.memory(this.#devicesOf(stage)) / this.#shape.chunks;
  }

  /** The dynamic program; what it finds is simulated. */
  #program(): void {
    this.#fillTable();
    const cuts = this.#programmed();
    if (cuts) this.#judge(cuts);
  }

  #fillTable(): void {
    const { length } = this.#chain;
    const width = length + 1;
    for (let stage = this.#stages - 1; stage >= 0; stage--) {
      const after = this.#stages - 1 - stage;
      for (let first = stage; first < length - after; first++) {
        // The last stage takes all that is left.
        for (let end = after === 0 ? length : first + 1; end <= length - after; end++) {
          const cost = this.#cost(stage, first, end);
          const most = workOf(cost);
          const slot = stage * width + first;
          if (most >= realAt(this.#bottleneck, slot)) break;
          if (!this.#holds(stage, cost)) continue;
          const rest = after === 0 ? 0 : realAt(this.#bottleneck, (stage + 1) * width + end);
          const largest = Math.max(most, rest);
          if (largest >= realAt(this.#bottleneck, slot)) continue;
          this.#bottleneck[slot] = largest;
          this.#firstEnd[slot] = end;
        }
      }
    }
  }

  #programmed(): number[] | undefined {
    const cuts = [0];
    for (let stage = 0; stage < this.#stages; stage++) {
      const end = this.#firstEnd[stage * (this.#chain.length + 1) + itemAt(cuts, stage)] ?? -1;
      if (end < 0) return undefined;
      cuts.push(end);
    }
    return cuts;
  }

  #equalLayers(): number[] {
    return Array.from({ length: this.#stages + 1 }, (_, k) => Math.floor((k * this.#chain.length) / this.#stages));
  }

  #judge(cuts: readonly number[]): Partition {
    this.#simulations++;
    const costs = cuts.slice(1).map((end, stage) => this.#cost(stage, itemAt(cuts, stage), end));
    const timeline = simulatePipeline(this.#shape, costs, this.#chain.transfers(cuts, this.#devicesOf));
    const over = this.#over(timeline);
    const judged: Partition = { cuts, costs, timeline, fits: over === 0 };
    const best = this.#best;
    const bestOver = best ? this.#over(best.timeline) : Infinity;
    const faster = timeline.makespanUs < (best?.timeline.makespanUs ?? Infinity);
    if (over < bestOver || (over === bestOver && faster)) this.#best = judged;
    return judged;
  }

  /** Bytes above the limits, all devices together. */
  #over({ peakBytes }: PipelineTimeline): number {
    return peakBytes.reduce(
      (sum, peak, device) => sum + Math.max(0, peak - this.#chain.memory(this.#devicesOf(device))),
      0,
    );
  }

  /** @param forwardUs @param backwardUs sums over the stages before. */
  #branch(stage: number, cuts: readonly number[], forwardUs: number, backwardUs: number): void {
    const { length } = this.#chain;
    const first = itemAt(cuts, stage);
    const after = this.#stages - 1 - stage;
    const { microBatches } = this.#shape;
    for (let end = after === 0 ? length : first + 1; end <= length - after; end++) {
      if (this.#simulations >= this.#mostSimulations || ++this.#looks >= MOST_LOOKS) return;
      if ((this.#looks & 255) === 0 && this.#shouldStop()) {
        this.#looks = MOST_LOOKS;
        return;
      }
      const limit = this.#best?.fits ? this.#best.timeline.makespanUs : Infinity;
      const cost = this.#cost(stage, first, end);
      const passes = cost.forwardUs + cost.backwardUs;
      const bound = forwardUs + Math.max(microBatches * workOf(cost), microBatches * passes + backwardUs);
      // With a further layer the stage has more work.
      if (bound >= limit) return;
      if (this.#shape.chunks === 1 && !this.#holds(stage, cost)) continue;
      if (after === 0) {
        this.#judge([...cuts, end]);
        continue;
      }
      const rest = this.#shape.chunks === 1 ? realAt(this.#bottleneck, (stage + 1) * (length + 1) + end) : 0;
      if (forwardUs + cost.forwardUs + microBatches * rest >= limit) continue;
      this.#branch(stage + 1, [...cuts, end], forwardUs + cost.forwardUs, backwardUs + cost.backwardUs);
    }
  }
}

/** Work of a stage for one micro-batch. */
function workOf({ forwardUs, backwardUs, weightsUs }: StageCost): number {
  return forwardUs + backwardUs + weightsUs;
}
