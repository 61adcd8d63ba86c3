import type { AllocationOptions } from './allocation-options.ts';
import { greatestCommonDivisor } from './capacity-reduction.ts';
import type { ProvenPicks } from './knapsack-problem.ts';

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
  const [amounts] = demand;
  const takes = groups.map((group) => group.map((x) => (amounts?.[x] ?? 0) - (amounts?.[group[0]!] ?? 0)));
  const least = groups.reduce((sum, group) => sum + (amounts?.[group[0]!] ?? 0), 0);
  if (least > capacity || !takes.every((list) => list.every(Number.isInteger))) return undefined;
  const unit = Math.max(
    1,
    takes.reduce((divisor, list) => list.reduce(greatestCommonDivisor, divisor), 0),
  );
  const scaled = takes.map((list) => list.map((amount) => amount / unit));
  const usable = [...scaled.map((list) => list.at(-1)!), 0];
  for (let g = groups.length - 1; g >= 0; g--) usable[g] = usable[g]! + usable[g + 1]!;
  let left = Math.floor((capacity - least) / unit);
  const units = left;
  const room = usable.map((most, g) => {
    const high = Math.min(units, most);
    const low = Math.max(0, Math.min(left, high));
    left -= scaled[g]?.at(-1) ?? 0;
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
    const { low, high } = room[g]!;
    const after = room[g + 1]!;
    const choices = new Int16Array(high - low + 1);
    nextValues.fill(-Infinity, 0, high - low + 1);
    groups[g]!.forEach((x, option) => {
      const amount = takes[g]![option]!;
      const [worth, price] = [value[x]!, cost[x]!];
      for (let k = Math.max(low, after.low + amount); k <= high; k++) {
        const rest = (k - amount < after.high ? k - amount : after.high) - after.low;
        const at = k - low;
        const sum = worth + values[rest]!;
        const known = nextValues[at]!;
        if (sum < known) continue;
        const costSum = price + costs[rest]!;
        if (sum === known && costSum > nextCosts[at]!) continue;
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
  let left = room[0]!.high;
  const best = { value: values[left - room[0]!.low]!, cost: costs[left - room[0]!.low]! };
  const picks = new Int32Array(groups.length);
  for (let g = 0; g < groups.length; g++) {
    const option = picked[g]![left - room[g]!.low]!;
    picks[g] = groups[g]![option]!;
    left = Math.min(left - takes[g]![option]!, room[g + 1]!.high);
  }
  return { picks, ...best, optimal: true, bound: best.value, steps };
}
