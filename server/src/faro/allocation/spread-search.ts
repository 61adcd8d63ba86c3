import { levelWindow } from './allocation-options.ts';
import type { AllocationOptions } from './allocation-options.ts';
import { fits } from '../job.ts';
import { greedyPicks } from './greedy-picks.ts';
import type { Picks, ProvenPicks } from './knapsack-problem.ts';
import { boundAtPrices, lagrangePrices } from './lagrange-prices.ts';
import { largestSum } from './largest-sum.ts';
import { intAt, itemAt, realAt } from '../../numeric/at.ts';

/** Steps that the search for the best sum and spread may take before it settles for a bound: a few seconds of work. */
const stepLimit = 3e8;

/** Labels to keep in the search, for several capacities, while it is rough and when it is thorough. */
const labelRounds = [50, 2000];

/** Share of its value by which the bound of a region may miss the smallest one. */
const priceTolerance = 1e-8;

/** What is known once every job must reach a level. */
interface Floor {
  readonly level: number;
  /** Every allocation above the floor has some job at this level or higher. */
  readonly entailed: number;
}

/** Pairs of a lowest and a highest level that an allocation may be held to, both by index, ends included. */
interface Region {
  readonly lowest: readonly [from: number, to: number];
  readonly highest: readonly [from: number, to: number];
  /** No allocation that keeps to a pair of the region is worth more. */
  readonly bound: number;
  /** At which the bound was found. */
  readonly prices: readonly number[];
}

/**
 * The allocation with the smallest spread of levels and, among those, the largest sum of values; exact.
 *
 * For a given floor the cheapest options above it are also those with the lowest highest level, since utility never falls
 * with replicas; so trying every floor finds the smallest spread, and one sum problem per such floor the largest sum.
 */
export function smallestSpread(options: AllocationOptions): ProvenPicks | undefined {
  const floors = feasibleFloors(options);
  const spread = floors.reduce((min, { level, entailed }) => Math.min(min, entailed - level), Infinity);
  let best: ProvenPicks | undefined;
  let bound = -Infinity;
  for (const { level, entailed } of floors) {
    if (entailed - level > spread) continue;
    const window = levelWindow(options, level, level + spread);
    const found = window && largestSum(options, window);
    if (found === undefined) continue;
    bound = Math.max(bound, found.bound);
    if (best === undefined || found.value > best.value || (found.value === best.value && found.cost < best.cost)) {
      best = found;
    }
  }
  return best && { ...best, bound, optimal: bound <= best.value };
}

/**
 * The allocation with the largest `sum + gamma · (lowest - highest utility)`; exact.
 *
 * Branch and bound over the pair of levels between which all jobs are held. A rectangle of pairs is bounded by the Lagrangian
 * bound of its widest pair and by the smallest spread that its floors entail, and is halved along its longer side; single
 * pairs are solved as sum problems. The most promising region goes first.
 *
 * `value` and `bound` of the result are those of the whole objective, in units of `options.valueUnit`.
 * @param gamma factor of the spread, in units of utility; more than 0.
 */
export function bestSumAndSpread(options: AllocationOptions, gamma: number): ProvenPicks | undefined {
  const floors = feasibleFloors(options);
  if (floors.length === 0) return undefined;
  // Levels are unweighted, values count weights: both in units of the value.
  const levelWeight = options.valueUnit > 0 ? gamma / options.resolution / options.valueUnit : gamma;
  let best: ProvenPicks | undefined;
  for (const labelLimit of options.capacities.length > 1 ? labelRounds : [undefined]) {
    best = new SpreadSearch(options, floors, levelWeight, labelLimit).run(best);
    if (best?.optimal === true) break;
  }
  return best;
}

class SpreadSearch {
  readonly #options: AllocationOptions;
  readonly #floors: readonly Floor[];
  readonly #levelWeight: number;
  readonly #labelLimit: number | undefined;
  readonly #ceilings: Float64Array;
  readonly #tolerance: number;
  #steps = 0;
  #best: ProvenPicks | undefined;

  constructor(
    options: AllocationOptions,
    floors: readonly Floor[],
    levelWeight: number,
    labelLimit: number | undefined,
  ) {
    this.#options = options;
    this.#floors = floors;
    this.#levelWeight = levelWeight;
    this.#labelLimit = labelLimit;
    const lowestCeiling = itemAt(floors, 0).entailed;
    this.#ceilings = distinctLevels(options).filter((level) => level >= lowestCeiling);
    this.#tolerance = 1e-12 * options.resolution * (1 + levelWeight);
  }

  /** The search, from the best allocation known before. */
  run(known: ProvenPicks | undefined): ProvenPicks | undefined {
    this.#best = known;
    let settledBound = -Infinity;
    const open = new RegionHeap();
    const all = { lowest: [0, this.#floors.length - 1], highest: [0, this.#ceilings.length - 1] } as const;
    this.#add(open, { ...all, bound: known?.bound ?? Infinity, prices: [] });
    for (;;) {
      const region = open.largest();
      if (region === undefined || region.bound < this.#least() || this.#steps > stepLimit) break;
      open.removeLargest();
      const [lowest, highest] = [region.lowest, region.highest];
      if (lowest[0] === lowest[1] && highest[0] === highest[1]) {
        settledBound = Math.max(settledBound, this.#settle(region));
        continue;
      }
      for (const half of this.#halves(region)) this.#add(open, half);
    }
    const best = this.#best;
    if (best === undefined) return undefined;
    const left = open.largest()?.bound ?? -Infinity;
    const bound = Math.max(best.value, settledBound, left >= this.#least() ? left : -Infinity);
    return { ...best, bound, optimal: bound <= best.value + this.#tolerance, steps: this.#steps };
  }

  /** What a region must be able to reach; as good as the best counts, for the sake of ties. */
  #least(): number {
    return this.#best === undefined ? -Infinity : this.#best.value - this.#tolerance;
  }

  /** Adds a region, with what is known of the one it is part of, unless it cannot be worth it. */
  #add(open: RegionHeap, { lowest, highest, bound: knownBound, prices: near }: Region): void {
    const spread = this.#levelWeight * this.#largestSpreadTerm(lowest, highest);
    if (spread === -Infinity) return;
    const window = levelWindow(
      this.#options,
      itemAt(this.#floors, lowest[0]).level,
      realAt(this.#ceilings, highest[1]),
    );
    if (window === undefined) return;
    const boundAt = (prices: readonly number[]): number => {
      this.#steps += this.#options.value.length;
      const { bound } = boundAtPrices(this.#options, window, prices);
      return Math.min(knownBound, bound + 1 + Math.abs(bound) * 1e-12 + spread);
    };
    if (near.length > 0 && boundAt(near) < this.#least()) return;
    const prices = lagrangePrices(this.#options, window, near, priceTolerance);
    this.#steps += 4 * this.#options.value.length;
    const bound = boundAt(prices);
    if (bound < this.#least()) return;
    open.add({ lowest, highest, bound, prices });
    if (this.#best === undefined) this.#offer(greedyPicks(this.#options, window, prices));
  }

  /** Solves the one pair of a region; returns what is proved of it. */
  #settle({ lowest, highest, bound }: Region): number {
    const floor = itemAt(this.#floors, lowest[0]);
    const ceiling = realAt(this.#ceilings, highest[0]);
    const window = levelWindow(this.#options, floor.level, ceiling);
    const found = window && largestSum(this.#options, window, this.#labelLimit);
    if (found === undefined) return -Infinity;
    this.#steps += found.steps;
    this.#offer(found);
    const spread = floor.level - Math.max(ceiling, floor.entailed);
    return Math.min(bound, found.bound + this.#levelWeight * spread);
  }

  #offer(picks: Picks): void {
    const { level, replicas } = this.#options;
    let [lowest, highest] = [Infinity, -Infinity];
    for (const x of picks.picks) {
      lowest = Math.min(lowest, realAt(level, x));
      highest = Math.max(highest, realAt(level, x));
    }
    const value = picks.value + this.#levelWeight * (lowest - highest);
    const candidate = { ...picks, value, bound: Infinity, optimal: false, steps: 0 };
    if (this.#best === undefined || isPreferred(candidate, this.#best, replicas, this.#tolerance)) {
      this.#best = candidate;
    }
  }

  /** The largest (lowest - highest level) that a pair of a region entails; -Infinity where no pair can be kept to. */
  #largestSpreadTerm(lowest: readonly [number, number], highest: readonly [number, number]): number {
    const [ceiling, lastCeiling] = [realAt(this.#ceilings, highest[0]), realAt(this.#ceilings, highest[1])];
    let largest = -Infinity;
    for (let f = lowest[0]; f <= lowest[1]; f++) {
      const { level, entailed } = itemAt(this.#floors, f);
      // What floors entail only rises.
      if (entailed > lastCeiling) break;
      largest = Math.max(largest, level - Math.max(entailed, ceiling));
    }
    return largest;
  }

  /** Two halves of a region, along the side over which the levels differ more. */
  #halves(region: Region): Region[] {
    const { lowest, highest } = region;
    const [floors, ceilings] = [this.#floors, this.#ceilings];
    const byFloor = itemAt(floors, lowest[1]).level - itemAt(floors, lowest[0]).level;
    const byCeiling = realAt(ceilings, highest[1]) - realAt(ceilings, highest[0]);
    if (byFloor > byCeiling || highest[0] === highest[1]) {
      const middle = splitIndex((i) => itemAt(floors, i).level, lowest);
      return [
        { ...region, lowest: [lowest[0], middle] },
        { ...region, lowest: [middle + 1, lowest[1]] },
      ];
    }
    const middle = splitIndex((i) => realAt(ceilings, i), highest);
    return [
      { ...region, highest: [highest[0], middle] },
      { ...region, highest: [middle + 1, highest[1]] },
    ];
  }
}

/** The last index whose level is in the lower half of a range of ascending levels; some index is left on either side. */
function splitIndex(level: (index: number) => number, [from, to]: readonly [number, number]): number {
  const middle = (level(from) + level(to)) / 2;
  let [low, high] = [from, to - 1];
  while (low < high) {
    const index = (low + high + 1) >> 1;
    if (level(index) <= middle) low = index;
    else high = index - 1;
  }
  return low;
}

/** Regions, the one with the largest bound first; of equal ones, the one that was added last. */
class RegionHeap {
  readonly #regions: { readonly region: Region; readonly order: number }[] = [];
  #added = 0;

  largest(): Region | undefined {
    return this.#regions[0]?.region;
  }

  add(region: Region): void {
    const heap = this.#regions;
    heap.push({ region, order: this.#added++ });
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) break;
      [heap[i], heap[parent]] = [itemAt(heap, parent), itemAt(heap, i)];
      i = parent;
    }
  }

  removeLargest(): void {
    const heap = this.#regions;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ;) {
      let first = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && this.#isBefore(child, first)) first = child;
      }
      if (first === i) break;
      [heap[i], heap[first]] = [itemAt(heap, first), itemAt(heap, i)];
      i = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [itemAt(this.#regions, a), itemAt(this.#regions, b)];
    return (
      one.region.bound > other.region.bound || (one.region.bound === other.region.bound && one.order > other.order)
    );
  }
}

/** The levels that all jobs can reach at once, ascending, with what they entail. Cost: O(options · log options). */
function feasibleFloors(options: AllocationOptions): Floor[] {
  const { first, level, demand, capacities } = options;
  const jobs = first.length - 1;
  const byLevel = Int32Array.from({ length: intAt(first, jobs) }, (_, x) => x).sort(
    (a, b) => realAt(level, a) - realAt(level, b),
  );
  const jobOf = new Int32Array(intAt(first, jobs));
  for (let j = 0; j < jobs; j++) jobOf.fill(j, first[j], first[j + 1]);
  const cheapest = first.slice(0, -1);
  const used = new Float64Array(capacities.map((_, d) => cheapest.reduce((sum, x) => sum + demand.at(d, x), 0)));
  let entailed = cheapest.reduce((max, x) => Math.max(max, realAt(level, x)), -Infinity);
  const floors: Floor[] = [];
  let passed = 0;
  for (let at = 0; at < byLevel.length; at++) {
    const floor = realAt(level, intAt(byLevel, at));
    if (at > 0 && floor === realAt(level, intAt(byLevel, at - 1))) continue;
    // Jobs that were below this floor move up to their first option that is not.
    for (; passed < at; passed++) {
      const job = intAt(jobOf, intAt(byLevel, passed));
      while (realAt(level, intAt(cheapest, job)) < floor) {
        const next = intAt(cheapest, job) + 1;
        if (next === first[job + 1]) return floors;
        for (let d = 0; d < used.length; d++) used[d] = realAt(used, d) + demand.at(d, next) - demand.at(d, next - 1);
        cheapest[job] = next;
        entailed = Math.max(entailed, realAt(level, next));
      }
    }
    if (!capacities.every((capacity, d) => fits(realAt(used, d), capacity))) return floors;
    floors.push({ level: floor, entailed });
  }
  return floors;
}

function distinctLevels({ level, first }: AllocationOptions): Float64Array {
  const sorted = level.slice(0, first[first.length - 1]).sort();
  return sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
}

/** Larger value; then the smaller tie cost; then more replicas for the earlier jobs. */
function isPreferred(candidate: Picks, best: Picks, replicas: Int32Array, tolerance: number): boolean {
  if (candidate.value > best.value + tolerance) return true;
  if (candidate.value < best.value - tolerance) return false;
  if (candidate.cost !== best.cost) return candidate.cost < best.cost;
  for (let j = 0; j < candidate.picks.length; j++) {
    const [more, than] = [intAt(replicas, intAt(candidate.picks, j)), intAt(replicas, intAt(best.picks, j))];
    if (more !== than) return more > than;
  }
  return false;
}
