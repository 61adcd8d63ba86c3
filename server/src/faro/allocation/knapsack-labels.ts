import type { AllocationOptions } from './allocation-options.ts';
import { fits } from '../job.ts';
import type { ProvenPicks } from './knapsack-problem.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** Picks for the first groups, as a chain from the last of them. */
interface Label {
  readonly value: number;
  readonly cost: number;
  readonly used: readonly number[];
  readonly pick: number;
  readonly before: Label | null;
}

/** Labels to extend in all, unless said otherwise: about half a second of work. */
const effort = 3e5;

/**
 * One option of each group so that the demands fit several capacities (or one without whole units) and the value is largest.
 *
 * Groups are added one by one to the set of undominated partial picks; what cannot reach the best known picks even at the
 * Lagrangian prices, or leaves too little for the smallest demands of the rest, is dropped. Exact unless more than
 * `labelLimit` labels of a group survive; then `bound` covers those given up. Undefined where nothing fits.
 * The first option of each group must take the least of every capacity.
 *
 * @param labelLimit labels kept per group; beyond them the least promising are given up, and with them the proof. Up to 2000
 *                   as the number of options allows.
 */
export function chooseByLabels(
  options: AllocationOptions,
  groups: readonly (readonly number[])[],
  capacities: readonly number[],
  prices: readonly number[],
  labelLimit = defaultLabelLimit(groups, capacities.length),
): ProvenPicks | undefined {
  const { value, cost, demand } = options;
  const reserved = reservedDemands(options, groups, capacities.length);
  if (!capacities.every((capacity, d) => fits(itemAt(itemAt(reserved, 0), d), capacity))) return undefined;
  const rest = bestAtPrices(options, groups, prices);
  const least = leastValues(options, groups);
  const [costs, limits] = [new Float64Array(prices), new Float64Array(capacities)];
  const reach = (label: Label, from: number): number => {
    let bound = label.value + itemAt(rest, from);
    label.used.forEach((amount, d) => (bound += realAt(costs, d) * Math.max(0, realAt(limits, d) - amount)));
    return Math.floor(bound + Math.abs(bound) * 1e-12 + 1);
  };

  let known = itemAt(least, 0);
  let givenUp = -Infinity;
  let steps = 0;
  let labels: Label[] = [{ value: 0, cost: 0, used: capacities.map(() => 0), pick: -1, before: null }];
  groups.forEach((group, g) => {
    const kept = new Float64Array(itemAt(reserved, g + 1));
    let grown: Label[] = [];
    for (const before of labels) {
      for (const pick of group) {
        const used = before.used.map((amount, d) => amount + demand.at(d, pick));
        if (!used.every((amount, d) => fits(amount + realAt(kept, d), realAt(limits, d)))) continue;
        const label = {
          value: before.value + realAt(value, pick),
          cost: before.cost + realAt(cost, pick),
          used,
          pick,
          before,
        };
        if (reach(label, g + 1) >= known) grown.push(label);
      }
    }
    // Comparing labels is quadratic, so a flood of them is cut before as well as after.
    for (const limit of [4 * labelLimit, labelLimit]) {
      if (limit === labelLimit) {
        const before = grown.length;
        grown = undominated(grown);
        steps += before * (600 + (capacities.length > 2 ? grown.length : 0));
      }
      if (grown.length <= limit) continue;
      const ranked = grown.map((label) => ({ label, reach: reach(label, g + 1) }));
      ranked.sort((a, b) => b.reach - a.reach || a.label.cost - b.label.cost);
      givenUp = Math.max(givenUp, itemAt(ranked, limit).reach);
      grown = ranked.slice(0, limit).map(({ label }) => label);
    }
    labels = grown;
    // A label completed with the smallest demands is a solution, as long as labels are not given up after it.
    if (givenUp === -Infinity) for (const label of labels) known = Math.max(known, label.value + itemAt(least, g + 1));
  });

  let best: Label | undefined;
  for (const label of labels) {
    if (best === undefined || label.value > best.value || (label.value === best.value && label.cost < best.cost)) {
      best = label;
    }
  }
  // The first options of all groups fit, so labels can only have been lost by being given up.
  const picks = Int32Array.from(groups, (group) => itemAt(group, 0));
  if (best !== undefined) {
    let g = groups.length - 1;
    for (let link = best; link.before !== null; link = link.before) picks[g--] = link.pick;
  }
  const found = {
    picks,
    value: best?.value ?? itemAt(least, 0),
    cost: picks.reduce((sum, x) => sum + realAt(cost, x), 0),
  };
  const bound = Math.max(found.value, givenUp);
  return { ...found, optimal: bound === found.value, bound, steps };
}

/** As many as the effort allows; comparing them takes longer where there are more than two capacities. */
function defaultLabelLimit(groups: readonly (readonly number[])[], capacityCount: number): number {
  const choices = groups.reduce((sum, group) => sum + group.length, 1);
  return Math.min(2000, Math.max(20, Math.floor(effort / choices / Math.max(1, capacityCount - 1) ** 2)));
}

/** Labels that no other equals or beats in value (then cost) while taking no more of any capacity. */
function undominated(labels: Label[]): Label[] {
  labels.sort((a, b) => b.value - a.value || a.cost - b.cost || total(a.used) - total(b.used));
  if ((labels[0]?.used.length ?? 0) <= 2) return undominatedInPlane(labels);
  const kept: Label[] = [];
  for (const label of labels) {
    if (!kept.some((other) => takesNoMore(other.used, label.used))) kept.push(label);
  }
  return kept;
}

function takesNoMore(one: readonly number[], other: readonly number[]): boolean {
  for (let d = 0; d < one.length; d++) if (itemAt(one, d) > itemAt(other, d)) return false;
  return true;
}

/** The same for one or two capacities, where what the better labels take is a staircase: no need to look at each of them. */
function undominatedInPlane(ranked: readonly Label[]): Label[] {
  const kept: Label[] = [];
  // Corners of the staircase: the first amount rises, the second falls.
  const corners: [first: number, second: number][] = [];
  for (const label of ranked) {
    const [first, second = 0] = label.used as [number, number?];
    let [low, high] = [0, corners.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const corner = corners[middle];
      if (corner && corner[0] <= first) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && itemAt(corners, low - 1)[1] <= second) continue;
    kept.push(label);
    const from = low > 0 && itemAt(corners, low - 1)[0] === first ? low - 1 : low;
    let to = from;
    while (to < corners.length && itemAt(corners, to)[1] >= second) to++;
    corners.splice(from, to - from, [first, second]);
  }
  return kept;
}

/** For each g, the best value at these prices of groups g, g + 1, …; one more entry, 0, at the end. */
function bestAtPrices(
  { value, demand }: AllocationOptions,
  groups: readonly (readonly number[])[],
  prices: readonly number[],
): number[] {
  const rest = [...groups.map(() => 0), 0];
  for (let g = groups.length - 1; g >= 0; g--) {
    const best = itemAt(groups, g).reduce((max, x) => {
      const priced = prices.reduce((worth, price, d) => worth - price * demand.at(d, x), realAt(value, x));
      return Math.max(max, priced);
    }, -Infinity);
    rest[g] = itemAt(rest, g + 1) + best;
  }
  return rest;
}

/** For each g, what the first options of groups g, g + 1, … take of each capacity; one more entry at the end. */
function reservedDemands(
  { demand }: AllocationOptions,
  groups: readonly (readonly number[])[],
  capacityCount: number,
): number[][] {
  const reserved = [...groups.map((): number[] => []), Array.from({ length: capacityCount }, () => 0)];
  for (let g = groups.length - 1; g >= 0; g--) {
    reserved[g] = itemAt(reserved, g + 1).map((amount, d) => amount + demand.at(d, itemAt(itemAt(groups, g), 0)));
  }
  return reserved;
}

/** For each g, the value of the first options of groups g, g + 1, …; one more entry, 0, at the end. */
function leastValues({ value }: AllocationOptions, groups: readonly (readonly number[])[]): number[] {
  const least = [...groups.map(() => 0), 0];
  for (let g = groups.length - 1; g >= 0; g--)
    least[g] = itemAt(least, g + 1) + realAt(value, itemAt(itemAt(groups, g), 0));
  return least;
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
