import { allocationOptions, largestSum } from './allocation-options.ts';
import type { Chosen, TiePreference } from './allocation-options.ts';
import { bindingCapacities, exceededByMinima, replicaRanges } from './capacity-reduction.ts';
import { demandPerReplica, fits, usedResources } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { objectiveTerms, objectiveValue } from './objective.ts';
import type { Objective } from './objective.ts';
import { bestSumAndSpread, smallestSpread } from './spread-search.ts';
import { utilityTable } from '../utility/utility-curve.ts';
import type { UtilityModels } from '../utility/utility-curve.ts';

/** How a cluster is to be shared among jobs. */
export interface AllocationProblem {
  readonly jobs: readonly Job[];
  /** What there is of each resource; one that is not named here is not limited. */
  readonly capacity: ResourceVector;
  readonly objective: Objective;
  readonly models?: UtilityModels;
  /** Replicas of each job that run now; nothing runs where absent. */
  readonly current?: readonly number[];
  /** Bins of the horizon that pass before a new replica serves; counts only with `current`. Default 0. */
  readonly coldStartBins?: number;
  /** Default `fewestChanges`. */
  readonly ties?: TiePreference;
}

/** Replicas for every job. */
export interface Allocation {
  readonly kind: 'allocated';
  /** By job. */
  readonly replicas: readonly number[];
  /** By job, in [0, 1]. */
  readonly utilities: readonly number[];
  readonly objective: number;
  readonly used: ResourceVector;
  /** True where no allocation has a larger objective (to within 1e-11 per job). */
  readonly optimal: boolean;
  /** No allocation has a larger objective than this. */
  readonly bound: number;
}

/** The jobs' minimum replicas alone need more of a resource than there is. */
export interface MinimaExceedCapacity {
  readonly kind: 'minimaExceedCapacity';
  readonly resource: string;
  readonly needed: number;
  readonly capacity: number;
}

/**
 * Shares the capacity among the jobs so that the objective is largest: Faro's optimisation on whole replicas, solved exactly
 * instead of relaxed and rounded.
 *
 * `Sum` is a multiple-choice knapsack problem; `Fair` tries every lowest utility; `FairSum` branches over the pair of lowest
 * and highest utility. The Penalty objectives have the same optimum with nothing dropped (see {@link Objective}).
 * One capacity in whole units (all that a vector of equal replicas comes down to) is always solved to the optimum; where
 * several capacities bind, `optimal` says whether the bound was met.
 * Among equally good allocations: smaller change of running replicas, then fewer replicas (or the reverse, see `ties`), then
 * more for earlier jobs; `Fair` prefers a larger weighted sum before all these.
 */
export function allocate(problem: AllocationProblem): Allocation | MinimaExceedCapacity {
  const { jobs, capacity, objective, current, ties = 'fewestChanges' } = problem;
  const exceeded = exceededByMinima(jobs, capacity);
  if (exceeded !== undefined) return { kind: 'minimaExceedCapacity', ...exceeded };
  if (jobs.length === 0) return result(problem, [], []);

  const ranges = replicaRanges(jobs, capacity);
  const tables = jobs.map((job, i) => problemUtilities(problem, i, ranges[i]!.max));
  // Replicas past the last gain never count, so capacities that only they would exceed do not bind.
  const used = ranges.map(({ min, max }, i) => {
    const full = tables[i]!.findIndex((utility) => utility === tables[i]![max]!);
    const kept = ties === 'fewestChanges' ? (current?.[i] ?? 0) : 0;
    return { min, max: Math.min(max, Math.max(min, full, kept)) };
  });
  const options = allocationOptions(jobs, tables, used, bindingCapacities(jobs, capacity, used), current, ties);
  const { sum, spread } = objectiveTerms(objective, jobs.length);
  let chosen: Chosen | undefined;
  if (spread === 0) {
    const found = largestSum(options);
    chosen = found.kind === 'chosen' ? found : undefined;
  } else if (sum === 0) chosen = smallestSpread(options);
  else chosen = bestSumAndSpread(options, spread);
  if (chosen === undefined) throw new Error('allocation: the minima fit, yet no allocation was found');

  const replicas = chosen.options.map((option) => option.replicas);
  const utilities = replicas.map((count, i) => tables[i]![count]!);
  const gap = chosen.optimal || sum === 0 ? 0 : (chosen.bound - chosen.value) * options.valueUnit;
  return result(problem, replicas, utilities, gap, sum === 0 || chosen.optimal);
}

/**
 * Utilities of one job of a problem at 0, …, maxReplicas replicas, start-up of new replicas included: while nothing is free,
 * a job that grows serves its first bins with what it has; with free capacity half of that (Faro's rule, in whole bins).
 */
export function problemUtilities(problem: AllocationProblem, job: number, maxReplicas: number): Float64Array {
  const { jobs, capacity, current, coldStartBins = 0 } = problem;
  const running = current?.[job];
  if (running === undefined || coldStartBins <= 0) return utilityTable(jobs[job]!, maxReplicas, problem.models);
  const used = usedResources(jobs, current ?? [], capacity);
  const hasFree = jobs.some((candidate) =>
    Object.entries(capacity).every(([resource, limit]) =>
      fits(used[resource]! + demandPerReplica(candidate, resource), limit),
    ),
  );
  const bins = hasFree ? Math.floor(coldStartBins / 2) : coldStartBins;
  const applies = bins > 0 && bins < jobs[job]!.ratesPerSecond.length;
  return utilityTable(jobs[job]!, maxReplicas, problem.models, applies ? { bins, current: running } : undefined);
}

function result(
  problem: AllocationProblem,
  replicas: readonly number[],
  utilities: readonly number[],
  gap = 0,
  optimal = true,
): Allocation {
  const { jobs, capacity, objective } = problem;
  const weights = jobs.map((job) => job.weight);
  const value = objectiveValue(objective, utilities, weights);
  const used = usedResources(jobs, replicas, capacity);
  return { kind: 'allocated', replicas, utilities, objective: value, used, optimal, bound: value + gap };
}
