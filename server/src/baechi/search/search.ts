import { intAt, itemAt } from '../../numeric/at.ts';
import { lowerBound } from '../lower-bound.ts';
import type { Pins } from '../pinned.ts';
import { stepRules, type TrainingRun } from '../training-run.ts';
import { anneal, descend, relieve, type Cooling, type Walk } from './anneal.ts';
import { clusterLevels, groupUnits } from './clusters.ts';
import { flatGraph, type FlatGraph } from './flat-graph.ts';
import { LIST_WEIGHTS, listSchedule } from './list-schedule.ts';
import { Meter, type SearchBudget } from './meter.ts';
import { MoveSimulator } from './move-simulator.ts';
import { Neighbourhood, type MoveMix } from './neighbourhood.ts';
import { Random } from './random.ts';
import { deviceOfUnits, unitsOf, type Units } from './units.ts';

/** How far a search is. */
export interface SearchProgress {
  readonly moves: number;
  /** Share of the budget that is spent, 0 to 1. */
  readonly spent: number;
  /** Of the best placement so far, and what no placement beats. */
  readonly makespanUs: number;
  readonly boundUs: number;
  /** Bytes by which the best placement exceeds the devices' memory, summed over devices; 0 where it fits. */
  readonly excessBytes: number;
}

export interface SearchOptions {
  readonly budget?: SearchBudget;
  /** One seed and one number of moves give one placement on every machine; 1 unless said. */
  readonly seed?: number;
  /** Milliseconds, from anywhere on; for a budget that is a time. */
  readonly clock?: () => number;
  readonly pins?: Pins;
  /** For every node of the run's graph a number that it shares with the nodes that it must sit with, or −1. */
  readonly together?: Int32Array;
  /** Placements, by node of the run's graph, that the search starts from besides its own. */
  readonly starts?: readonly Int32Array[];
  /** Asked now and then; the search ends with what it has when it returns true. */
  readonly shouldStop?: () => boolean;
  /** Told now and then. */
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Told of a placement that is better than all before. @param device of every node of the run's graph. */
  readonly onBetter?: (device: Int32Array, progress: SearchProgress) => void;
}

export interface SearchResult extends SearchProgress {
  /** Device of every node of the run's graph, by node index. */
  readonly device: Int32Array;
}

/**
 * Searches the placement with the least simulated makespan of a run's step: list schedules and what else there is to start from,
 * local search over clusters of nodes from coarse to fine, then annealing, all over an incremental simulator. Memory comes first: a
 * placement that fits is better than one that does not, and of two that do not the one that lacks less.
 *
 * @returns undefined where nodes that must sit together are pinned to different devices.
 * Never worse than any of `starts` that keeps units together, nor than any list schedule.
 */
export function searchPlacement(run: TrainingRun, options: SearchOptions = {}): SearchResult | undefined {
  const steps = searchSteps(run, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in steps of a few dozen moves, for whoever has something else to do in between. */
export function* searchSteps(run: TrainingRun, options: SearchOptions = {}): Generator<void, SearchResult | undefined> {
  const flat = flatGraph(run.step, run.devices.length, run.stepTensorUs, stepRules(run));
  const units = unitsOf(run, flat, options.pins, options.together);
  if (!units) return undefined;
  return yield* new Search(run, flat, units, options).run();
}

/** What the search moves, most of the time, and when it looks for what a few moves can do. */
const MIX: MoveMix = { swaps: 0.15, pieces: 0.2, critical: 0.4, largestPiece: 20 };

/** Temperatures, as shares of the median by which a random move makes a local optimum longer. */
const HOT = 0.25;
const COLD = 0.002;

/** The rounds of annealing: until which share of the budget, how hot each begins, and how much of it is spent on the finest level. */
const ROUNDS: readonly Round[] = [
  { until: 0.7, heat: 1, fine: 0.6 },
  { until: 1, heat: 0.3, fine: 0.7 },
];

interface Round {
  readonly until: number;
  readonly heat: number;
  readonly fine: number;
  /** So many levels, from the coarsest on; all unless said. */
  readonly levels?: number;
}

/** Groups tried whole: moves of each level's descent and until which share of the budget, then as a round of annealing. */
const GROUPED = { descent: 300, descendUntil: 0.3, until: 0.75, fine: 0.6 };

/** Until which shares of the budget it is tried to make a placement fit, one time after another, and how. */
const RELIEFS = [0.4, 0.6, 0.8];
const HOT_MEMORY = 0.02;
const RELIEF_MIX: MoveMix = { swaps: 0.3, pieces: 0.1, critical: 0, largestPiece: 5 };

/** An annealing needs so many moves for each unit. */
const MOVES_OF_A_UNIT = 8;

/** So many list schedules are made also where no move may be tried. */
const LEAST_LISTS = 3;

class Search {
  readonly #run: TrainingRun;
  readonly #flat: FlatGraph;
  readonly #units: Units;
  /** The groups of the graph's file as units, where they join much. */
  readonly #grouped: Units | undefined;
  readonly #options: SearchOptions;
  readonly #meter: Meter;
  readonly #simulator: MoveSimulator;
  readonly #walk: Walk;
  readonly #boundUs: number;
  readonly #best: Int32Array;
  #bestUs = Infinity;
  #bestExcess = Infinity;
  #levels: readonly Neighbourhood[] = [];
  #levelSizes: readonly number[] = [];

  constructor(run: TrainingRun, flat: FlatGraph, units: Units, options: SearchOptions) {
    this.#run = run;
    this.#flat = flat;
    this.#units = units;
    this.#options = options;
    this.#meter = new Meter(options.budget ?? {}, flat.nodeCount, options.clock, options.shouldStop, () =>
      options.onProgress?.(this.#progress()),
    );
    this.#simulator = new MoveSimulator(flat, run.devices);
    this.#boundUs = lowerBound(run.step, run.devices.length, run.stepTensorUs, run.stepUnlike).us;
    this.#best = new Int32Array(flat.nodeCount);
    this.#grouped = groupUnits(run.step, flat, units);
    this.#walk = {
      simulator: this.#simulator,
      random: new Random(options.seed ?? 1),
      meter: this.#meter,
      better: () => this.#consider(),
    };
  }

  *run(): Generator<void, SearchResult> {
    const starts = yield* this.#starts();
    if (this.#units.free.length > 0 && this.#run.devices.length > 1 && this.#meter.spent < 1) {
      this.#prepareLevels();
      yield* this.#groups();
      yield* this.#descents(starts);
      yield* this.#relief();
      yield* this.#rounds();
    }
    return { ...this.#progress(), device: this.#inGraphOrder(this.#best) };
  }

  /** List schedules, everything on one device, and what was given; best first. */
  *#starts(): Generator<void, Start[]> {
    const { devices } = this.#run;
    const starts: Start[] = [];
    const take = (device: Int32Array): void => {
      this.#simulator.load(this.#whole(device));
      this.#meter.add(this.#flat.nodeCount);
      this.#consider();
      const { makespanUs, excessBytes } = this.#simulator;
      starts.push({ device: this.#simulator.device.slice(), makespanUs, excessBytes });
    };
    const roomiest = devices.reduce((best, { memory }, d) => (memory > itemAt(devices, best).memory ? d : best), 0);
    // Of devices that take other times, too, whichever they are.
    const { workOf } = this.#flat.times;
    const firsts = [...devices.keys()].filter((d) => workOf.indexOf(intAt(workOf, d)) === d);
    for (const d of new Set([roomiest, ...firsts])) take(new Int32Array(this.#flat.nodeCount).fill(d));
    for (const given of this.#options.starts ?? []) {
      take(Int32Array.from(this.#flat.nodeOf, (node) => intAt(given, intAt(this.#run.stepOrigin, node))));
    }
    for (const [tried, weights] of LIST_WEIGHTS.entries()) {
      if (this.#meter.spent >= 1 && (tried >= LEAST_LISTS || this.#optimal)) break;
      yield;
      // a list over groups costs less to better, and single units are moved later
      const units = tried < LEAST_LISTS ? this.#units : (this.#grouped ?? this.#units);
      take(listSchedule(this.#flat, devices, units, weights));
    }
    return starts.sort((a, b) => a.excessBytes - b.excessBytes || a.makespanUs - b.makespanUs);
  }

  /** A placement that keeps units whole, and pinned ones where they are pinned. */
  #whole(device: Int32Array): Int32Array {
    const chosen = deviceOfUnits(this.#units, device, this.#run.devices.length);
    return this.#units.of.map((unit) => intAt(chosen, unit));
  }

  #prepareLevels(): void {
    const units = this.#levelsUpTo(this.#units);
    this.#levels = units.map((level) => this.#neighbourhood(level));
    this.#levelSizes = units.map((level) => level.free.length);
  }

  /** Clusters of units, the largest first, and at last the units themselves. */
  #levelsUpTo(units: Units): readonly Units[] {
    return [...clusterLevels(this.#run.step, this.#flat, units, this.#run.devices.length), units];
  }

  #neighbourhood(units: Units): Neighbourhood {
    return new Neighbourhood(this.#simulator, this.#flat, units, this.#walk.random);
  }

  /** Coarse to fine over the groups of the graph's file first, where there are too few moves for single units. */
  *#groups(): Generator<void, void> {
    if (!this.#grouped) return;
    this.#simulator.load(this.#best);
    const from = { spent: this.#meter.spent, moves: this.#meter.moves };
    const us = this.#typicalLossUs(this.#neighbourhood(this.#grouped));
    this.#meter.look();
    const rate = (this.#meter.moves - from.moves) / Math.max(this.#meter.spent - from.spent, 1e-9);
    if (rate * (1 - from.spent) >= this.#units.free.length * MOVES_OF_A_UNIT) return;
    const levels = this.#levelsUpTo(this.#grouped).map((one) => this.#neighbourhood(one));
    for (const level of levels) yield* descend(this.#walk, level, MIX, GROUPED.descent, GROUPED.descendUntil);
    yield* this.#cool(levels, { hotUs: HOT * us, coldUs: COLD * us }, GROUPED.until, GROUPED.fine);
  }

  /** Local search from the best starts that differ, coarse to fine. */
  *#descents(starts: readonly Start[]): Generator<void, void> {
    const tried = new Set<number>();
    for (const { device, makespanUs } of starts) {
      if (tried.size > 0 && this.#meter.spent > 0.15) break;
      if (tried.has(makespanUs) || tried.size >= 4) continue;
      tried.add(makespanUs);
      this.#simulator.load(device);
      for (const [l, level] of this.#levels.entries()) {
        const moves = itemAt(this.#levelSizes, l) * (l === this.#levels.length - 1 ? 1 : 3);
        yield* descend(this.#walk, level, MIX, moves, 0.4);
      }
    }
  }

  /** Where nothing fits yet, that comes first. */
  *#relief(): Generator<void, void> {
    const finest = itemAt(this.#levels, this.#levels.length - 1);
    const mean = this.#run.devices.reduce((sum, { memory }) => sum + memory, 0) / this.#run.devices.length;
    for (const until of RELIEFS) {
      if (this.#bestExcess === 0 || this.#meter.spent >= until) continue;
      this.#simulator.load(this.#best);
      yield* relieve(this.#walk, finest, HOT_MEMORY * mean, RELIEF_MIX, until);
    }
  }

  /**
   * Annealing from the best placement, coarse to fine. Where there are too few moves for so many units, larger ones come first, and
   * single ones only at the end.
   */
  *#rounds(): Generator<void, void> {
    const { spent, moves } = this.#meter;
    const expected = (moves / Math.max(spent, 1e-9)) * (1 - spent);
    const all = this.#levels.length;
    const affordable = this.#levelSizes.filter((size) => size * MOVES_OF_A_UNIT <= expected).length;
    const rounds =
      affordable > 1 && affordable < all
        ? [{ until: 0.6, heat: 1, fine: 0.8, levels: affordable }, ...ROUNDS.slice(1)]
        : ROUNDS;
    for (const { until, heat, fine, levels = all } of rounds) {
      this.#simulator.load(this.#best);
      const us = this.#typicalLossUs(itemAt(this.#levels, levels - 1));
      const cooling = { hotUs: heat * HOT * us, coldUs: COLD * us };
      yield* this.#cool(this.#levels.slice(0, levels), cooling, until, fine);
    }
  }

  /** @param fine share of the moves that are made at the finest of the levels, which comes last. */
  *#cool(
    levels: readonly Neighbourhood[],
    { hotUs, coldUs }: Cooling,
    until: number,
    fine: number,
  ): Generator<void, void> {
    const from = this.#meter.spent;
    const coarse = levels.length - 1;
    const share = (level: number): number => (level > coarse ? 1 : (level / coarse) * (1 - fine));
    const temperature = (x: number): number => hotUs * (coldUs / hotUs) ** x;
    for (const [l, level] of levels.entries()) {
      const [begin, end] = coarse === 0 ? [0, 1] : [share(l), share(l + 1)];
      const cooling = { hotUs: temperature(begin), coldUs: temperature(end) };
      yield* anneal(this.#walk, level, cooling, MIX, from + end * (until - from));
    }
  }

  /** The median by which a random move of one unit makes the placement longer, of those that do. */
  #typicalLossUs(level: Neighbourhood): number {
    const now = this.#simulator.makespanUs;
    const losses: number[] = [];
    for (let tries = 0; tries < 100; tries++) {
      level.propose({ ...MIX, swaps: 0, pieces: 0, critical: 0 });
      this.#simulator.evaluate(Infinity);
      if (this.#simulator.movedMakespanUs > now) losses.push(this.#simulator.movedMakespanUs - now);
      this.#meter.count(this.#simulator.taken);
    }
    losses.sort((a, b) => a - b);
    return Math.max(1, losses[losses.length >> 1] ?? 1);
  }

  #consider(): void {
    const { makespanUs, excessBytes, device } = this.#simulator;
    if (excessBytes > this.#bestExcess || (excessBytes === this.#bestExcess && makespanUs >= this.#bestUs)) return;
    this.#bestUs = makespanUs;
    this.#bestExcess = excessBytes;
    this.#best.set(device);
    this.#options.onBetter?.(this.#inGraphOrder(device), this.#progress());
    if (this.#optimal) this.#meter.finish();
  }

  get #optimal(): boolean {
    return this.#bestExcess === 0 && this.#bestUs <= this.#boundUs;
  }

  #progress(): SearchProgress {
    const { moves, spent } = this.#meter;
    return { moves, spent, makespanUs: this.#bestUs, boundUs: this.#boundUs, excessBytes: this.#bestExcess };
  }

  #inGraphOrder(device: Int32Array): Int32Array {
    const { rankOf } = this.#flat;
    return Int32Array.from({ length: this.#run.graph.nodeCount }, (_, node) => intAt(device, intAt(rankOf, node)));
  }
}

interface Start {
  /** By number in the flat graph. */
  readonly device: Int32Array;
  readonly makespanUs: number;
  readonly excessBytes: number;
}
