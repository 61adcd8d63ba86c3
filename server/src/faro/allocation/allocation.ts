import { allocationOptions, largestSum } from './allocation-options.ts';
import type { Chosen } from './allocation-options.ts';
import { changedJobs, problemUtilities, startUpBins } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { bindingCapacities, exceededByMinima, replicaRanges } from './capacity-reduction.ts';
import { usedResources } from '../job.ts';
import type { ResourceVector } from '../job.ts';
import { admitsDrops, objectiveTerms, objectiveValue } from './objective.ts';
import { allocateRelaxed } from './relaxed-allocation.ts';
import { bestSumAndSpread, smallestSpread } from './spread-search.ts';
import { effectiveUtility } from '../utility/drop-penalty.ts';

export { problemUtilities } from './allocation-problem.ts';
export type { AllocationProblem, Solver } from './allocation-problem.ts';

/** Replicas for every job. */
export interface Allocation {
  readonly kind: 'allocated';
  /** By job. */
  readonly replicas: readonly number[];
  /** By job, in [0, 1]: the share of its requests that is accepted; 1 where the objective admits no drops. */
  readonly acceptRates: readonly number[];
  /** By job, in [0, 1]; effective utilities where the objective admits drops. */
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
  const bins = startUpBins(problem);
  const tables = jobs.map((_, i) => problemUtilities(problem, i, ranges[i]!.max, bins));
  if (problem.solver === 'cobyla') return relaxedResult(problem, tables);
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

/** Faro's own local optimum; bounded by what every job would have alone. */
function relaxedResult(problem: AllocationProblem, tables: readonly Float64Array[]): Allocation {
  const { replicas, acceptRates } = allocateRelaxed(problem);
  const drops = admitsDrops(problem.objective);
  const utilities = replicas.map((held, i) =>
    drops ? effectiveUtility(tables[i]![held]!, 1 - acceptRates[i]!, 'strictLinear') : tables[i]![held]!,
  );
  const { sum } = objectiveTerms(problem.objective, problem.jobs.length);
  const bound = problem.jobs.reduce((total, { weight }, i) => total + sum * weight * tables[i]!.at(-1)!, 0);
  const found = result(problem, replicas, utilities);
  return { ...found, acceptRates, optimal: false, bound: Math.max(found.objective, bound) };
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
  const changes = (problem.changePenalty ?? 0) * changedJobs(problem, replicas);
  const value = objectiveValue(objective, utilities, weights) - changes;
  const acceptRates = replicas.map(() => 1);
  const used = usedResources(jobs, replicas, capacity);
  return { kind: 'allocated', replicas, acceptRates, utilities, objective: value, used, optimal, bound: value + gap };
}
