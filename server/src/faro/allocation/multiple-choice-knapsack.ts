import { chooseByLabels } from './knapsack-labels.ts';
import type { Choice, NoPicks, Picks } from './knapsack-problem.ts';

/** Table cells and steps up to which the dense dynamic programme is used. */
const denseCells = 2e7;
const denseSteps = 2e8;

/**
 * Picks one choice of each group so that the demands fit the capacities and the value is largest (the multiple-choice
 * knapsack problem), exactly. The first choice of each group must take the least of every capacity.
 *
 * Ties of value go to the smaller cost. One capacity in whole units: dynamic programming over the units, O(units · choices),
 * and further ties go to later choices in earlier groups. Otherwise: labels with dominance and a Lagrangian bound, which
 * says when it had to give up optimality; `labelLimit` bounds its effort. Deterministic in both.
 */
export function chooseOneOfEach(
  groups: readonly (readonly Choice[])[],
  capacities: readonly number[],
  labelLimit?: number,
): Picks | NoPicks {
  if (capacities.length === 0) return chooseFreely(groups);
  if (capacities.length === 1) {
    const capacity = Math.min(capacities[0]!, sumOfLargest(groups));
    const whole = groups.every((group) => group.every((choice) => Number.isInteger(choice.demand[0]!)));
    const units = Math.floor(capacity);
    const choices = groups.reduce((count, group) => count + group.length, 0);
    if (whole && units < 0) return { kind: 'infeasible' };
    if (whole && (units + 1) * groups.length <= denseCells && (units + 1) * choices <= denseSteps) {
      return chooseDensely(groups, units);
    }
  }
  return chooseByLabels(groups, capacities, labelLimit);
}

function chooseFreely(groups: readonly (readonly Choice[])[]): Picks | NoPicks {
  const picks: number[] = [];
  let value = 0;
  for (const group of groups) {
    let best = -1;
    group.forEach((choice, x) => {
      if (best < 0 || isBetter(choice.value, choice.cost, group[best]!.value, group[best]!.cost)) best = x;
    });
    if (best < 0) return { kind: 'infeasible' };
    picks.push(best);
    value += group[best]!.value;
  }
  return { kind: 'picks', picks, value, optimal: true, bound: value, steps: groups.length };
}

/** best[k] over groups j, …, n - 1 with k units, from the last group to the first, then read off from the first. */
function chooseDensely(groups: readonly (readonly Choice[])[], units: number): Picks | NoPicks {
  const width = units + 1;
  let values = new Float64Array(width);
  let costs = new Float64Array(width);
  let nextValues = new Float64Array(width);
  let nextCosts = new Float64Array(width);
  const picked = new Int32Array(width * groups.length);
  for (let j = groups.length - 1; j >= 0; j--) {
    nextValues.fill(-Infinity);
    nextCosts.fill(0);
    const row = j * width;
    picked.fill(-1, row, row + width);
    groups[j]!.forEach((choice, x) => {
      const units0 = choice.demand[0]!;
      for (let k = units0; k < width; k++) {
        const value = choice.value + values[k - units0]!;
        if (value === -Infinity || value < nextValues[k]!) continue;
        const cost = choice.cost + costs[k - units0]!;
        if (value === nextValues[k]! && cost > nextCosts[k]!) continue;
        nextValues[k] = value;
        nextCosts[k] = cost;
        picked[row + k] = x;
      }
    });
    [values, nextValues] = [nextValues, values];
    [costs, nextCosts] = [nextCosts, costs];
  }
  const value = values[units]!;
  if (value === -Infinity) return { kind: 'infeasible' };
  const picks: number[] = [];
  let left = units;
  for (let j = 0; j < groups.length; j++) {
    const x = picked[j * width + left]!;
    picks.push(x);
    left -= groups[j]![x]!.demand[0]!;
  }
  return {
    kind: 'picks',
    picks,
    value,
    optimal: true,
    bound: value,
    steps: width * groups.reduce((sum, group) => sum + group.length, 0),
  };
}

function isBetter(value: number, cost: number, thanValue: number, thanCost: number): boolean {
  return value > thanValue || (value === thanValue && cost <= thanCost);
}

function sumOfLargest(groups: readonly (readonly Choice[])[]): number {
  return groups.reduce((sum, group) => sum + group.reduce((max, choice) => Math.max(max, choice.demand[0]!), 0), 0);
}
