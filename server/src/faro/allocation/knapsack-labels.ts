import { fits } from '../job.ts';
import { bestAtPrices, lagrangePrices } from './lagrange-prices.ts';
import type { Choice, NoPicks, Picks } from './knapsack-problem.ts';

/** Picks for the first groups, as a chain from the last of them. */
interface Label {
  readonly value: number;
  readonly cost: number;
  readonly used: readonly number[];
  readonly pick: number;
  readonly before: Label | null;
}

/**
 * The multiple-choice knapsack problem for several capacities, or for demands that are no whole units.
 *
 * Groups are added one by one to the set of undominated partial picks; what cannot reach the best known picks even at
 * Lagrangian prices, or leaves too little for the smallest demands of the rest, is dropped. Exact unless more than
 * `labelLimit` labels of a group survive; then `bound` covers those given up.
 * The first choice of each group must take the least of every capacity.
 *
 * @param labelLimit labels kept per group; beyond them the least promising are given up, and with them the proof.
 */
export function chooseByLabels(
  groups: readonly (readonly Choice[])[],
  capacities: readonly number[],
  labelLimit = 2000,
): Picks | NoPicks {
  if (groups.some((group) => group.length === 0)) return { kind: 'infeasible' };
  const reserved = reservedDemands(groups, capacities.length);
  if (!capacities.every((capacity, d) => fits(reserved[0]![d]!, capacity))) return { kind: 'infeasible' };

  const prices = lagrangePrices(groups, capacities);
  const rest = bestAtPrices(groups, prices);
  const reach = (label: Label, from: number): number => {
    let bound = label.value + rest[from]!;
    for (let d = 0; d < capacities.length; d++) bound += prices[d]! * Math.max(0, capacities[d]! - label.used[d]!);
    return Math.floor(bound + Math.abs(bound) * 1e-12 + 1);
  };

  const greedy = greedyPicks(groups, capacities, prices);
  const least = leastValues(groups);
  let known = greedy.value;
  let givenUp = -Infinity;
  let steps = 0;
  let labels: Label[] = [{ value: 0, cost: 0, used: capacities.map(() => 0), pick: -1, before: null }];
  groups.forEach((group, j) => {
    let grown: Label[] = [];
    for (const before of labels) {
      group.forEach((choice, pick) => {
        const used = before.used.map((amount, d) => amount + choice.demand[d]!);
        if (!used.every((amount, d) => fits(amount + reserved[j + 1]![d]!, capacities[d]!))) return;
        const label = { value: before.value + choice.value, cost: before.cost + choice.cost, used, pick, before };
        if (reach(label, j + 1) >= known) grown.push(label);
      });
    }
    // Comparing labels is quadratic, so a flood of them is cut before as well as after.
    for (const limit of [4 * labelLimit, labelLimit]) {
      if (limit === labelLimit) {
        const before = grown.length;
        grown = undominated(grown);
        steps += before * (600 + (capacities.length > 2 ? grown.length : 0));
      }
      if (grown.length <= limit) continue;
      const ranked = grown.map((label) => ({ label, reach: reach(label, j + 1) }));
      ranked.sort((a, b) => b.reach - a.reach || a.label.cost - b.label.cost);
      givenUp = Math.max(givenUp, ranked[limit]!.reach);
      grown = ranked.slice(0, limit).map(({ label }) => label);
    }
    labels = grown;
    // A label completed with the smallest demands is a solution, as long as labels are not given up after it.
    if (givenUp === -Infinity) for (const label of labels) known = Math.max(known, label.value + least[j + 1]!);
  });

  let best = greedy;
  for (const label of labels) {
    if (label.value < best.value || (label.value === best.value && label.cost >= best.cost)) continue;
    const picks: number[] = [];
    for (let link = label; link.before !== null; link = link.before) picks.unshift(link.pick);
    best = { picks, value: label.value, cost: label.cost };
  }
  const bound = Math.max(best.value, givenUp);
  return { kind: 'picks', picks: best.picks, value: best.value, optimal: bound === best.value, bound, steps };
}

/** Labels that no other equals or beats in value (then cost) while taking no more of any capacity. */
function undominated(labels: Label[]): Label[] {
  labels.sort((a, b) => b.value - a.value || a.cost - b.cost || total(a.used) - total(b.used));
  if ((labels[0]?.used.length ?? 0) <= 2) return undominatedInPlane(labels);
  const kept: Label[] = [];
  for (const label of labels) {
    const { used } = label;
    if (!kept.some((other) => other.used.every((amount, d) => amount <= used[d]!))) kept.push(label);
  }
  return kept;
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
      if (corners[middle]![0] <= first) low = middle + 1;
      else high = middle;
    }
    if (low > 0 && corners[low - 1]![1] <= second) continue;
    kept.push(label);
    const from = low > 0 && corners[low - 1]![0] === first ? low - 1 : low;
    let to = from;
    while (to < corners.length && corners[to]![1] >= second) to++;
    corners.splice(from, to - from, [first, second]);
  }
  return kept;
}

/** From the smallest demands upwards, each time the step with the most value for its price; ties to the earlier group. */
function greedyPicks(
  groups: readonly (readonly Choice[])[],
  capacities: readonly number[],
  prices: readonly number[],
): { picks: number[]; value: number; cost: number } {
  const picks = groups.map(() => 0);
  const left = capacities.map((capacity, d) => capacity - groups.reduce((sum, group) => sum + group[0]!.demand[d]!, 0));
  for (;;) {
    let [bestRatio, bestGroup, bestPick] = [0, -1, -1];
    groups.forEach((group, j) => {
      const now = group[picks[j]!]!;
      for (let x = picks[j]! + 1; x < group.length; x++) {
        const next = group[x]!;
        if (next.value <= now.value) continue;
        if (!next.demand.every((amount, d) => fits(amount - now.demand[d]!, left[d]!))) continue;
        const price = next.demand.reduce((sum, amount, d) => sum + (amount - now.demand[d]!) * prices[d]!, 0);
        const ratio = (next.value - now.value) / Math.max(price, Number.MIN_VALUE);
        if (ratio > bestRatio) [bestRatio, bestGroup, bestPick] = [ratio, j, x];
      }
    });
    if (bestGroup < 0) break;
    const [now, next] = [groups[bestGroup]![picks[bestGroup]!]!, groups[bestGroup]![bestPick]!];
    next.demand.forEach((amount, d) => (left[d] = left[d]! - (amount - now.demand[d]!)));
    picks[bestGroup] = bestPick;
  }
  const chosen = picks.map((x, j) => groups[j]![x]!);
  return { picks, value: sumOf(chosen, 'value'), cost: sumOf(chosen, 'cost') };
}

/** For each j, what the first choices of groups j, …, n - 1 take of each capacity; n + 1 entries. */
function reservedDemands(groups: readonly (readonly Choice[])[], capacityCount: number): number[][] {
  const reserved = [Array.from({ length: capacityCount }, () => 0)];
  for (let j = groups.length - 1; j >= 0; j--) {
    const first = groups[j]![0]!;
    reserved.unshift(reserved[0]!.map((amount, d) => amount + first.demand[d]!));
  }
  return reserved;
}

/** For each j, the value of the first choices of groups j, …, n - 1; n + 1 entries. */
function leastValues(groups: readonly (readonly Choice[])[]): number[] {
  const least = [0];
  for (let j = groups.length - 1; j >= 0; j--) least.unshift(least[0]! + groups[j]![0]!.value);
  return least;
}

function sumOf(choices: readonly Choice[], key: 'value' | 'cost'): number {
  return choices.reduce((sum, choice) => sum + choice[key], 0);
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
