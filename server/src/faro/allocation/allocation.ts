import { allocationOptions, fullWindow } from './allocation-options.ts';
import { changedJobs, problemUtilities, startUpBins } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { bindingCapacities, exceededByMinima, replicaRanges } from './capacity-reduction.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import { usedResources } from '../job.ts';
import type { ResourceVector } from '../job.ts';
import type { ProvenPicks } from './knapsack-problem.ts';
import { largestSum } from './largest-sum.ts';
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
  const { jobs, capacity } = problem;
  const exceeded = exceededByMinima(jobs, capacity);
  if (exceeded !== undefined) return { kind: 'minimaExceedCapacity', ...exceeded };
  if (jobs.length === 0) return result(problem, [], []);

  const ranges = replicaRanges(jobs, capacity);
  const bins = startUpBins(problem);
  const tables = jobs.map((_, i) => problemUtilities(problem, i, ranges[i]!.max, bins));
  if (problem.solver === 'cobyla') return relaxedResult(problem, tables);
  const chosen = exactPicks(problem, ranges, tables);
  const replicas = [...chosen.replicas];
  const utilities = replicas.map((count, i) => tables[i]![count]!);
  return result(problem, replicas, utilities, chosen.gap, chosen.optimal);
}

/** The optimum among whole replicas, and by how much another one might still be better where that is not proved. */
function exactPicks(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[],
  tables: readonly Float64Array[],
): { replicas: Int32Array; gap: number; optimal: boolean } {
  const { jobs, capacity, objective, current, ties = 'fewestChanges', changePenalty = 0 } = problem;
  const penalty = current === undefined ? 0 : changePenalty;
  const keepsRunning = ties === 'fewestChanges' || penalty > 0;
  // Replicas past the last gain never count, so capacities that only they would exceed do not bind.
  const useful = ranges.map(({ min, max }, i) => {
    const full = tables[i]!.findIndex((utility) => utility === tables[i]![max]!);
    const kept = keepsRunning ? (current?.[i] ?? 0) : 0;
    return { min, max: Math.min(max, Math.max(min, full, kept)) };
  });
  const { sum, spread } = objectiveTerms(objective, jobs.length);
  // The smallest spread prefers, among equals, the larger weighted sum.
  const bySpreadAlone = sum === 0 && penalty === 0;
  const weights = jobs.map(({ weight }) => (bySpreadAlone ? weight : sum * weight));
  const options = allocationOptions(jobs, tables, useful, bindingCapacities(jobs, capacity, useful), current, ties, {
    weights,
    changePenalty: penalty,
  });
  let found: ProvenPicks | undefined;
  if (spread === 0) found = largestSum(options, fullWindow(options));
  else if (bySpreadAlone) found = smallestSpread(options);
  else found = bestSumAndSpread(options, spread);
  if (found === undefined) throw new Error('allocation: the minima fit, yet no allocation was found');
  const optimal = bySpreadAlone || found.optimal;
  return {
    replicas: found.picks.map((x) => options.replicas[x]!),
    gap: optimal
      ? 0
      : (found.bound - found.value) * (options.valueUnit > 0 ? options.valueUnit : 1 / options.resolution),
    optimal,
  };
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
