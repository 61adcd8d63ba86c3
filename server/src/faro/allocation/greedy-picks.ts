import type { AllocationOptions, OptionWindow } from './allocation-options.ts';
import { fits } from '../job.ts';
import type { Picks } from './knapsack-problem.ts';

/** A step of one job along the upper hull of its values. */
interface HullStep {
  readonly job: number;
  readonly to: number;
  /** Value for the price of what it takes more. */
  readonly ratio: number;
}

/**
 * Good picks, quickly: from the fewest replicas, the steps along the jobs' upper hulls with the most value for their price as
 * long as they fit; then, job by job, the best option that what is left allows. The windows' first options must fit.
 * Cost: O(options · log options). Deterministic: equal steps go to the earlier job.
 */
export function greedyPicks(options: AllocationOptions, window: OptionWindow, prices: readonly number[]): Picks {
  const { value, demand, capacities } = options;
  const jobs = window.from.length;
  const picks = window.from.slice();
  const left = capacities.map((capacity, d) => capacity - picks.reduce((sum, x) => sum + demand[d]![x]!, 0));
  const take = (job: number, x: number): boolean => {
    const now = picks[job]!;
    for (let d = 0; d < left.length; d++) if (!fits(demand[d]![x]! - demand[d]![now]!, left[d]!)) return false;
    for (let d = 0; d < left.length; d++) left[d] = left[d]! - (demand[d]![x]! - demand[d]![now]!);
    picks[job] = x;
    return true;
  };

  const steps: HullStep[] = [];
  for (let j = 0; j < jobs; j++) appendHullSteps(options, window, j, prices, steps);
  steps.sort((a, b) => b.ratio - a.ratio || a.job - b.job);
  const isBlocked = new Uint8Array(jobs);
  for (const { job, to } of steps) if (isBlocked[job] === 0 && !take(job, to)) isBlocked[job] = 1;

  for (let improved = true; improved;) {
    improved = false;
    for (let j = 0; j < jobs; j++) {
      for (let x = window.to[j]!; x > picks[j]!; x--) {
        if (value[x]! > value[picks[j]!]! && take(j, x)) improved = true;
      }
    }
  }
  let [valueSum, cost] = [0, 0];
  for (const x of picks) {
    valueSum += value[x]!;
    cost += options.cost[x]!;
  }
  return { picks, value: valueSum, cost };
}

/** The rising steps of job j's upper hull over its replicas; falling values before the first rise belong to that step. */
function appendHullSteps(
  { replicas, value, demand }: AllocationOptions,
  { from, to }: OptionWindow,
  j: number,
  prices: readonly number[],
  steps: HullStep[],
): void {
  const hull = [from[j]!];
  const slope = (a: number, b: number): number => (value[b]! - value[a]!) / (replicas[b]! - replicas[a]!);
  for (let x = from[j]! + 1; x <= to[j]!; x++) {
    if (value[x]! <= value[hull.at(-1)!]!) continue;
    while (hull.length > 1 && slope(hull.at(-2)!, hull.at(-1)!) <= slope(hull.at(-1)!, x)) hull.pop();
    hull.push(x);
  }
  for (let h = 1; h < hull.length; h++) {
    const [a, b] = [hull[h - 1]!, hull[h]!];
    let price = 0;
    for (let d = 0; d < prices.length; d++) price += prices[d]! * (demand[d]![b]! - demand[d]![a]!);
    steps.push({ job: j, to: b, ratio: (value[b]! - value[a]!) / Math.max(price, Number.MIN_VALUE) });
  }
}
