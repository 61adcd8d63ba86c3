import type { AllocationOptions, OptionWindow } from './allocation-options.ts';
import { fits } from '../job.ts';
import { addToReal, intAt, realAt } from '../../numeric/at.ts';
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
  const left = new Float64Array(
    capacities.map((capacity, d) => capacity - picks.reduce((sum, x) => sum + demand.at(d, x), 0)),
  );
  const take = (job: number, x: number): boolean => {
    const now = intAt(picks, job);
    for (let d = 0; d < left.length; d++) {
      if (!fits(demand.at(d, x) - demand.at(d, now), realAt(left, d))) return false;
    }
    for (let d = 0; d < left.length; d++) addToReal(left, d, -(demand.at(d, x) - demand.at(d, now)));
    picks[job] = x;
    return true;
  };

  const steps: HullStep[] = [];
  const costs = new Float64Array(prices);
  for (let j = 0; j < jobs; j++) appendHullSteps(options, window, j, costs, steps);
  steps.sort((a, b) => b.ratio - a.ratio || a.job - b.job);
  const isBlocked = new Uint8Array(jobs);
  for (const { job, to } of steps) if (isBlocked[job] === 0 && !take(job, to)) isBlocked[job] = 1;

  for (let improved = true; improved;) {
    improved = false;
    for (let j = 0; j < jobs; j++) {
      for (let x = intAt(window.to, j); x > intAt(picks, j); x--) {
        if (realAt(value, x) > realAt(value, intAt(picks, j)) && take(j, x)) improved = true;
      }
    }
  }
  let [valueSum, cost] = [0, 0];
  for (const x of picks) {
    valueSum += realAt(value, x);
    cost += realAt(options.cost, x);
  }
  return { picks, value: valueSum, cost };
}

/** An option on the hull. */
interface Corner {
  readonly option: number;
  readonly replicas: number;
  readonly value: number;
}

function slope(a: Corner, b: Corner): number {
  return (b.value - a.value) / (b.replicas - a.replicas);
}

/** The rising steps of job j's upper hull over its replicas; falling values before the first rise belong to that step. */
function appendHullSteps(
  { replicas, value, demand }: AllocationOptions,
  { from, to }: OptionWindow,
  j: number,
  costs: Float64Array,
  steps: HullStep[],
): void {
  const corner = (option: number): Corner => {
    return { option, replicas: intAt(replicas, option), value: realAt(value, option) };
  };
  const hull: Corner[] = [];
  let last = corner(intAt(from, j));
  for (let x = last.option + 1, end = intAt(to, j); x <= end; x++) {
    if (realAt(value, x) <= last.value) continue;
    const next = corner(x);
    for (let before = hull.at(-1); before && slope(before, last) <= slope(last, next); before = hull.at(-1)) {
      last = before;
      hull.pop();
    }
    hull.push(last);
    last = next;
  }
  hull.push(last);
  let below: Corner | undefined;
  for (const above of hull) {
    if (below) {
      let price = 0;
      for (let d = 0; d < costs.length; d++) {
        price += realAt(costs, d) * (demand.at(d, above.option) - demand.at(d, below.option));
      }
      steps.push({ job: j, to: above.option, ratio: (above.value - below.value) / Math.max(price, Number.MIN_VALUE) });
    }
    below = above;
  }
}
