import { allocationOptions, fullWindow } from './allocation-options.ts';
import type { AllocationOptions } from './allocation-options.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { bindingCapacities } from './capacity-reduction.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import type { ProvenPicks } from './knapsack-problem.ts';
import { boundAtPrices, lagrangePrices } from './lagrange-prices.ts';
import { largestSum } from './largest-sum.ts';
import { objectiveTerms } from './objective.ts';
import { bestSumAndSpread, smallestSpread } from './spread-search.ts';
import { intAt, itemAt, realAt } from '../../numeric/at.ts';

/** The best whole replicas that were found, and by how much any others might still be better. */
export interface ExactAllocation {
  readonly replicas: readonly number[];
  /** In units of the objective; 0 where the optimum is proved. */
  readonly gap: number;
}

/**
 * The allocation of whole replicas within ranges and capacity whose objective is largest; undefined where none fits.
 *
 * `Sum` is a multiple-choice knapsack problem; `Fair` tries every lowest utility; `FairSum` branches over the pair of lowest
 * and highest utility. A price of changes is part of a job's worth, and turns `Fair` into the third case.
 * @param tables utilities by job and replicas; never decreasing.
 */
export function allocateExactly(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[],
  tables: readonly Float64Array[],
): ExactAllocation | undefined {
  const { sum, spread } = objectiveTerms(problem.objective, problem.jobs.length);
  // The smallest spread prefers, among equals, the larger weighted sum.
  const bySpreadAlone = sum === 0 && pricePerChange(problem) === 0;
  const options = layOut(problem, ranges, tables, bySpreadAlone ? 1 : sum);
  let found: ProvenPicks | undefined;
  if (bySpreadAlone) found = smallestSpread(options);
  else if (spread === 0) found = largestSum(options, fullWindow(options));
  else found = bestSumAndSpread(options, spread);
  if (found === undefined) return undefined;
  return {
    replicas: Array.from(found.picks, (x) => intAt(options.replicas, x)),
    gap: bySpreadAlone || found.optimal ? 0 : (found.bound - found.value) * options.valueUnit,
  };
}

/** No allocation within ranges and capacity has a larger objective; quickly, and not tight where spreads count. */
export function objectiveBound(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[],
  tables: readonly Float64Array[],
): number {
  const { sum } = objectiveTerms(problem.objective, problem.jobs.length);
  const options = layOut(problem, ranges, tables, sum);
  const window = fullWindow(options);
  const { bound } = boundAtPrices(options, window, lagrangePrices(options, window));
  // Values are rounded to whole units.
  return (bound + 2 * problem.jobs.length) * options.valueUnit;
}

function layOut(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[],
  tables: readonly Float64Array[],
  sum: number,
): AllocationOptions {
  const { jobs, capacity, current, ties = 'fewestChanges' } = problem;
  const changePenalty = pricePerChange(problem);
  const keepsRunning = ties === 'fewestChanges' || changePenalty > 0;
  // Replicas past the last gain never count, so capacities that only they would exceed do not bind.
  const useful = ranges.map(({ min, max }, i) => {
    const full = itemAt(tables, i).findIndex((utility) => utility === realAt(itemAt(tables, i), max));
    const kept = keepsRunning ? (current?.[i] ?? 0) : 0;
    return { min, max: Math.min(max, Math.max(min, full, kept)) };
  });
  const weights = jobs.map(({ weight }) => sum * weight);
  const binding = bindingCapacities(jobs, capacity, useful);
  return allocationOptions(jobs, tables, useful, binding, current, ties, { weights, changePenalty });
}

function pricePerChange({ current, changePenalty = 0 }: AllocationProblem): number {
  return current === undefined ? 0 : changePenalty;
}
