import type { AllocationOptions } from './allocation-options.ts';
import { greatestCommonDivisor } from './capacity-reduction.ts';
import type { ProvenPicks } from './knapsack-problem.ts';
import { itemAt, lastOf, realAt } from '../../numeric/at.ts';

/** A knapsack of one capacity in whole units, counted from where every group has the least it can. */
export interface DenseKnapsack {
  /** Options by group, as indices, with ascending demands. */
  readonly groups: readonly (readonly number[])[];
  /** What each option takes beyond the least of its group, in the greatest units that all of them are multiples of. */
  readonly takes: readonly (readonly number[])[];
  /** What may be left for groups g, g + 1, …: no less than `low`; more than `high` is as good as `high`. */
  readonly room: readonly { readonly low: number; readonly high: number }[];
  /** Entries of the tables to be filled. */
  readonly cells: number;
}

/**
 * Lays out a knapsack over the one capacity, or none; undefined where even the least does not fit, or where demands are no
 * whole numbers.
 */
export function denseKnapsack(
  { demand }: AllocationOptions,
  groups: readonly (readonly number[])[],
  capacity: number,
): DenseKnapsack | undefined {
  const amount = (option: number): number => (demand.rows > 0 ? demand.at(0, option) : 0);
  const leasts = groups.map((group) => amount(itemAt(group, 0)));
  const takes = groups.map((group, g) => group.map((x) => amount(x) - itemAt(leasts, g)));
  const least = leasts.reduce((sum, taken) => sum + taken, 0);
  if (least > capacity || !takes.every((list) => list.every(Number.isInteger))) return undefined;
  const unit = Math.max(
    1,
    takes.reduce((divisor, list) => list.reduce(greatestCommonDivisor, divisor), 0),
  );
  const scaled = takes.map((list) => list.map((taken) => taken / unit));
  const most = scaled.map(lastOf);
  // What groups g, g + 1, … can use; one more entry at the end.
  const usable = [0];
  for (const taken of most.toReversed()) usable.push(taken + lastOf(usable));
  usable.reverse();
  let left = Math.floor((capacity - least) / unit);
  const units = left;
  const room = usable.map((use, g) => {
    const high = Math.min(units, use);
    const low = Math.max(0, Math.min(left, high));
    left -= most[g] ?? 0;
    return { low, high };
  });
  return { groups, takes: scaled, room, cells: room.reduce((sum, { low, high }) => sum + high - low + 1, 0) };
}

/**
 * The options with the largest value, by dynamic programming over what is left, from the last group to the first, then read
 * off from the first. Ties go to the smaller cost, then to later options of earlier groups.
 * Only what the groups before can leave, and the groups after can use, is looked at. Cost: O(cells · options of a group).
 */
export function chooseDensely({ value, cost }: AllocationOptions, { groups, takes, room }: DenseKnapsack): ProvenPicks {
  const width = room.reduce((max, { low, high }) => Math.max(max, high - low + 1), 1);
  let [values, costs] = [new Float64Array(width), new Float64Array(width)];
  let [nextValues, nextCosts] = [new Float64Array(width), new Float64Array(width)];
  const picked: Int16Array[] = [];
  let steps = 0;
  for (let g = groups.length - 1; g >= 0; g--) {
    const { low, high } = itemAt(room, g);
    const after = itemAt(room, g + 1);
    const amounts = itemAt(takes, g);
    const choices = new Int16Array(high - low + 1);
    nextValues.fill(-Infinity, 0, high - low + 1);
    itemAt(groups, g).forEach((x, option) => {
      const amount = itemAt(amounts, option);
      const [worth, price] = [realAt(value, x), realAt(cost, x)];
      for (let k = Math.max(low, after.low + amount); k <= high; k++) {
        const rest = (k - amount < after.high ? k - amount : after.high) - after.low;
        const at = k - low;
        const sum = worth + realAt(values, rest);
        const known = realAt(nextValues, at);
        if (sum < known) continue;
        const costSum = price + realAt(costs, rest);
        if (sum === known && costSum > realAt(nextCosts, at)) continue;
        nextValues[at] = sum;
        nextCosts[at] = costSum;
        choices[at] = option;
      }
      steps += high - low + 1;
    });
    picked[g] = choices;
    [values, nextValues] = [nextValues, values];
    [costs, nextCosts] = [nextCosts, costs];
  }
  const { low, high } = itemAt(room, 0);
  const best = { value: realAt(values, high - low), cost: realAt(costs, high - low) };
  let left = high;
  const picks = Int32Array.from(groups, (group, g) => {
    const option = itemAt(itemAt(picked, g), left - itemAt(room, g).low);
    left = Math.min(left - itemAt(itemAt(takes, g), option), itemAt(room, g + 1).high);
    return itemAt(group, option);
  });
  return { picks, ...best, optimal: true, bound: best.value, steps };
}
