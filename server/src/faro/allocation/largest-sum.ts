import type { AllocationOptions, OptionWindow } from './allocation-options.ts';
import { greedyPicks } from './greedy-picks.ts';
import { addToReal, intAt, itemAt, realAt } from '../../numeric/at.ts';
import { fits } from '../job.ts';
import { chooseDensely, denseKnapsack } from './knapsack-dense.ts';
import { chooseByLabels } from './knapsack-labels.ts';
import type { Picks, ProvenPicks } from './knapsack-problem.ts';
import { boundAtPrices, lagrangePrices } from './lagrange-prices.ts';

/** Cells of its table up to which the dense dynamic programme is used. */
const denseLimit = 3e7;

/** What the attempts hope for: that the optimum lies within this share of the gap between the bound and greedy picks. */
const hopefulShares = [1 / 32, 1 / 4];

/**
 * The options with the largest sum of values, one of each job, that fit the capacities: the multiple-choice knapsack problem,
 * solved exactly. Undefined where nothing fits.
 *
 * At the Lagrangian prices of the capacities each option has a loss against the best of its job, and no picks with it are
 * worth more than the bound less that loss (Sinha and Zoltners, 1979). What so cannot reach a given value is left out, and
 * most jobs are then settled; the core that remains is solved by dynamic programming: densely over one capacity in whole
 * units, else by labels. The value to be reached is first a hopeful one; where nothing reaches it, that of greedy picks.
 *
 * Ties of value go to the smaller cost; with one capacity in whole units, then to later options of earlier jobs. Always
 * proved for one whole capacity; for several, as far as `labelLimit` labels carry.
 */
export function largestSum(
  options: AllocationOptions,
  window: OptionWindow,
  labelLimit?: number,
): ProvenPicks | undefined {
  const { demand, capacities } = options;
  for (const [d, capacity] of capacities.entries()) {
    let least = 0;
    for (const x of window.from) least += demand.at(d, x);
    if (!fits(least, capacity)) return undefined;
  }
  const prices = lagrangePrices(options, window);
  const { bound } = boundAtPrices(options, window, prices);
  const greedy = greedyPicks(options, window, prices);
  const slack = 1 + Math.abs(bound) * 1e-12;
  const gap = bound - greedy.value;
  let steps = 0;
  let best: Picks = greedy;
  let proved = Math.floor(bound + slack);
  for (const share of gap > slack ? [...hopefulShares, 1] : [1]) {
    const wanted = share === 1 ? best.value : Math.ceil(bound - share * gap);
    const core = reduce(options, window, prices, bound + slack - wanted);
    const found = solveCore(options, core, prices, labelLimit);
    if (found === undefined) continue;
    steps += found.steps;
    if (found.value > best.value || (found.value === best.value && found.cost <= best.cost)) best = found;
    // What was left out cannot reach `wanted`.
    proved = Math.min(proved, Math.max(best.value, found.bound, wanted - 1));
    // Where not even a small core could be searched, a larger one cannot.
    if (proved <= best.value || !found.optimal) break;
  }
  return { ...best, bound: Math.max(proved, best.value), optimal: proved <= best.value, steps };
}

/** The options of each job whose loss is at most `tolerance`, as lists. */
function reduce(
  { value, demand }: AllocationOptions,
  window: OptionWindow,
  prices: readonly number[],
  tolerance: number,
): number[][] {
  const kept: number[][] = [];
  const costs = new Float64Array(prices);
  const worthOf = (x: number): number => {
    let worth = realAt(value, x);
    for (let d = 0; d < costs.length; d++) worth -= realAt(costs, d) * demand.at(d, x);
    return worth;
  };
  for (let j = 0; j < window.from.length; j++) {
    const [from, to] = [intAt(window.from, j), intAt(window.to, j)];
    let best = -Infinity;
    for (let x = from; x <= to; x++) {
      const worth = worthOf(x);
      if (worth > best) best = worth;
    }
    const list: number[] = [];
    for (let x = from; x <= to; x++) if (best - worthOf(x) <= tolerance) list.push(x);
    kept.push(list);
  }
  return kept;
}

/** The best picks among the kept options; undefined where none of them fit together. */
function solveCore(
  options: AllocationOptions,
  kept: readonly (readonly number[])[],
  prices: readonly number[],
  labelLimit: number | undefined,
): ProvenPicks | undefined {
  const { value, cost, demand } = options;
  const picks = Int32Array.from(kept, (list) => itemAt(list, 0));
  const left = new Float64Array(options.capacities);
  const open: number[] = [];
  const groups: (readonly number[])[] = [];
  const settled = { value: 0, cost: 0 };
  kept.forEach((list, j) => {
    if (list.length > 1) {
      open.push(j);
      groups.push(list);
      return;
    }
    const x = intAt(picks, j);
    settled.value += realAt(value, x);
    settled.cost += realAt(cost, x);
    for (let d = 0; d < left.length; d++) addToReal(left, d, -demand.at(d, x));
  });
  const dense = demand.rows <= 1 ? denseKnapsack(options, groups, left[0] ?? Infinity) : undefined;
  const found =
    dense !== undefined && dense.cells <= denseLimit
      ? chooseDensely(options, dense)
      : chooseByLabels(options, groups, [...left], prices, labelLimit);
  if (found === undefined) return undefined;
  open.forEach((j, g) => (picks[j] = intAt(found.picks, g)));
  return {
    picks,
    value: settled.value + found.value,
    cost: settled.cost + found.cost,
    optimal: found.optimal,
    bound: settled.value + found.bound,
    steps: found.steps + value.length,
  };
}
