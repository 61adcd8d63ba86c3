import type { BindingCapacity, ReplicaRange } from './capacity-reduction.ts';
import type { Job } from '../job.ts';
import { intAt, itemAt, realAt } from '../../numeric/at.ts';
import { Matrix } from '../../numeric/matrix.ts';

/**
 * All that a solver has to know: the replica counts that each job may have, with what they are worth and take, and what the
 * jobs share. One entry an option, job after job, with ascending replicas; levels never fall within a job, and demands are
 * proportional to the replicas.
 */
export interface AllocationOptions {
  /** Options of job j are first[j], …, first[j + 1] - 1. */
  readonly first: Int32Array;
  readonly replicas: Int32Array;
  /** The job's utility in whole steps of 1 / resolution: comparisons and ties are exact. */
  readonly level: Float64Array;
  /** What the option adds to the sum, in whole units: sums are then exact, and ties are ties. */
  readonly value: Float64Array;
  /** Settles ties of value: the smaller total wins. Whole numbers. */
  readonly cost: Float64Array;
  /** What it takes of each capacity: by capacity, by option. */
  readonly demand: Matrix;
  readonly capacities: readonly number[];
  /** Levels per unit of utility. */
  readonly resolution: number;
  /** Objective of one unit of value. */
  readonly valueUnit: number;
}

/** Of each job the options from[j], …, to[j], both included; none where from[j] > to[j]. */
export interface OptionWindow {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** Which of several equally good allocations is meant: the one nearest to what runs, or the one with the fewest replicas. */
export type TiePreference = 'fewestChanges' | 'fewestReplicas';

/** What the sum is made of. */
export interface SumTerms {
  /** By job: what a utility of 1 adds. */
  readonly weights: readonly number[];
  /** What a job loses whose replicas are not the `current` ones. */
  readonly changePenalty: number;
}

/**
 * Lays out the options of each job within its range.
 *
 * Replicas past the point where a job gains nothing more are left out, save those that are running and may stay.
 * @param tables utilities of each job at 0, 1, … replicas; never decreasing.
 */
export function allocationOptions(
  jobs: readonly Job[],
  tables: readonly Float64Array[],
  ranges: readonly ReplicaRange[],
  binding: readonly BindingCapacity[],
  current: readonly number[] | undefined,
  ties: TiePreference,
  { weights, changePenalty }: SumTerms,
): AllocationOptions {
  // Sums over all jobs must stay whole numbers that a double holds.
  const resolution = 2 ** Math.min(40, 51 - Math.ceil(Math.log2(jobs.length + 1)));
  const largest = weights.reduce((max, weight) => Math.max(max, weight), 0) + changePenalty;
  // Rounded by itself: whose change it is must not matter.
  const price = largest > 0 ? Math.round((changePenalty / largest) * resolution) : 0;
  const major = 1 + ranges.reduce((sum, range, i) => sum + Math.max(range.max, current?.[i] ?? 0), 0);
  const first = new Int32Array(jobs.length + 1);
  const room = ranges.reduce((sum, { min, max }) => sum + max - min + 1, 0);
  const [replicas, level, value, cost] = [
    new Int32Array(room),
    new Float64Array(room),
    new Float64Array(room),
    new Float64Array(room),
  ];
  const demand = new Matrix(binding.length, room);
  let at = 0;
  for (const [i, { min, max }] of ranges.entries()) {
    const [table, weight] = [itemAt(tables, i), itemAt(weights, i)];
    const demands = new Float64Array(binding.map((resource) => itemAt(resource.demand, i)));
    const running = current?.[i];
    const best = Math.round(realAt(table, max) * resolution);
    const keepsRunning = running !== undefined && (ties === 'fewestChanges' || changePenalty > 0);
    first[i] = at;
    for (let held = min; held <= max; held++, at++) {
      const changes = running === undefined ? 0 : Math.abs(held - running);
      const utility = realAt(table, held);
      const levelNow = Math.round(utility * resolution);
      replicas[at] = held;
      level[at] = levelNow;
      if (largest > 0) value[at] = Math.round((weight / largest) * utility * resolution) - (changes > 0 ? price : 0);
      cost[at] = ties === 'fewestChanges' ? changes * major + held : held * major + changes;
      for (let d = 0; d < demands.length; d++) demand.set(d, at, realAt(demands, d) * held);
      if (levelNow === best && (!keepsRunning || held >= running)) {
        at++;
        break;
      }
    }
  }
  first[jobs.length] = at;
  return {
    first,
    replicas,
    level,
    value,
    cost,
    demand,
    capacities: binding.map(({ capacity }) => capacity),
    resolution,
    valueUnit: largest > 0 ? largest / resolution : 0,
  };
}

/** All options. */
export function fullWindow({ first }: AllocationOptions): OptionWindow {
  return { from: first.slice(0, -1), to: Int32Array.from(first.subarray(1), (end) => end - 1) };
}

/** The options with levels from `lowest` to `highest`; undefined where a job has none. Cost: O(jobs · log options). */
export function levelWindow(options: AllocationOptions, lowest: number, highest: number): OptionWindow | undefined {
  const { first, level } = options;
  const jobs = first.length - 1;
  const [from, to] = [new Int32Array(jobs), new Int32Array(jobs)];
  for (let j = 0; j < jobs; j++) {
    const end = intAt(first, j + 1);
    const low = firstAtLeast(level, intAt(first, j), end, lowest);
    const high = firstAtLeast(level, low, end, highest + 1) - 1;
    if (low > high) return undefined;
    from[j] = low;
    to[j] = high;
  }
  return { from, to };
}

/** Index of the first of ascending values, from low to before high, that is at least a bound; `high` where none is. */
function firstAtLeast(values: Float64Array, low: number, high: number, bound: number): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (realAt(values, middle) >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
