import type { BindingCapacity, ReplicaRange } from './capacity-reduction.ts';
import type { Job } from '../job.ts';
import { chooseOneOfEach } from './multiple-choice-knapsack.ts';
import type { Choice, NoPicks, Picks } from './knapsack-problem.ts';

/** One replica count of one job. */
export interface ReplicaOption {
  readonly replicas: number;
  /** The job's utility in whole steps of 1 / resolution: comparisons and ties are exact. */
  readonly level: number;
  readonly choice: Choice;
}

/** All that a solver has to know: per job its options with ascending replicas (levels never fall), and what they share. */
export interface AllocationOptions {
  readonly jobs: readonly (readonly ReplicaOption[])[];
  readonly capacities: readonly number[];
  /** Levels per unit of utility. */
  readonly resolution: number;
  /** Weighted utility of one unit of a choice's value. */
  readonly valueUnit: number;
}

/** Which of several equally good allocations is meant: the one nearest to what runs, or the one with the fewest replicas. */
export type TiePreference = 'fewestChanges' | 'fewestReplicas';

/**
 * Lays out the options of each job within its range.
 *
 * Replicas past the point where a job gains nothing more are left out, save those that are running and may stay in a tie.
 * @param tables utilities of each job at 0, 1, … replicas; never decreasing.
 */
export function allocationOptions(
  jobs: readonly Job[],
  tables: readonly Float64Array[],
  ranges: readonly ReplicaRange[],
  binding: readonly BindingCapacity[],
  current: readonly number[] | undefined,
  ties: TiePreference,
): AllocationOptions {
  // Sums over all jobs must stay whole numbers that a double holds.
  const resolution = 2 ** Math.min(40, 52 - Math.ceil(Math.log2(jobs.length + 1)));
  const maxWeight = jobs.reduce((max, job) => Math.max(max, job.weight), 0);
  const major = 1 + ranges.reduce((sum, range, i) => sum + Math.max(range.max, current?.[i] ?? 0), 0);
  const options = jobs.map((job, i) => {
    const table = tables[i]!;
    const { min, max } = ranges[i]!;
    const best = Math.round(table[max]! * resolution);
    const running = current?.[i];
    const rows: ReplicaOption[] = [];
    for (let replicas = min; replicas <= max; replicas++) {
      const level = Math.round(table[replicas]! * resolution);
      const changes = running === undefined ? 0 : Math.abs(replicas - running);
      rows.push({
        replicas,
        level,
        choice: {
          value: maxWeight > 0 ? Math.round((job.weight / maxWeight) * table[replicas]! * resolution) : 0,
          cost: ties === 'fewestChanges' ? changes * major + replicas : replicas * major + changes,
          demand: binding.map(({ demand }) => demand[i]! * replicas),
        },
      });
      if (level === best && (ties === 'fewestReplicas' || running === undefined || replicas >= running)) break;
    }
    return rows;
  });
  return {
    jobs: options,
    capacities: binding.map(({ capacity }) => capacity),
    resolution,
    valueUnit: maxWeight / resolution,
  };
}

/** The chosen option of every job. */
export interface Chosen extends Omit<Picks, 'kind' | 'picks'> {
  readonly kind: 'chosen';
  readonly options: readonly ReplicaOption[];
  readonly cost: number;
}

/** Restricts a sum problem. */
export interface SumLimits {
  /** Levels that the options may have; all where absent. */
  readonly lowest?: number;
  readonly highest?: number;
  /** How thoroughly several capacities are searched, see `chooseByLabels`. */
  readonly labelLimit?: number;
}

/** The options with the largest weighted sum within limits. */
export function largestSum(options: AllocationOptions, limits: SumLimits = {}): Chosen | NoPicks {
  const { lowest = -Infinity, highest = Infinity } = limits;
  const within = options.jobs.map((rows) => rows.filter(({ level }) => level >= lowest && level <= highest));
  const result = chooseOneOfEach(
    within.map((rows) => rows.map(({ choice }) => choice)),
    options.capacities,
    limits.labelLimit,
  );
  if (result.kind === 'infeasible') return result;
  const chosen = result.picks.map((pick, i) => within[i]![pick]!);
  const cost = chosen.reduce((sum, { choice }) => sum + choice.cost, 0);
  const { value, optimal, bound, steps } = result;
  return { kind: 'chosen', options: chosen, value, cost, optimal, bound, steps };
}
