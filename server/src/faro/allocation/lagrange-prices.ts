import type { Choice } from './knapsack-problem.ts';

/**
 * Prices (value per unit) of the capacities at which the Lagrangian bound
 * `Σ price · capacity + Σ max over choices (value - price · demand)` is nearly smallest.
 *
 * Any prices that are not negative give a valid bound; better ones only make it tighter. Found by bisection along each
 * capacity in turn, which is exact for one capacity, then by subgradient steps across them. Needs the smallest demands to fit.
 */
export function lagrangePrices(groups: readonly (readonly Choice[])[], capacities: readonly number[]): number[] {
  const prices = capacities.map(() => 0);
  const rounds = capacities.length === 1 ? 1 : 4;
  for (let round = 0; round < rounds; round++) {
    for (let d = 0; d < capacities.length; d++) prices[d] = clearingPrice(groups, capacities, prices, d);
  }
  return capacities.length === 1 ? prices : descend(groups, capacities, prices);
}

/** For each j, the best value of groups j, …, n - 1 at these prices; n + 1 entries. */
export function bestAtPrices(groups: readonly (readonly Choice[])[], prices: readonly number[]): number[] {
  const rest = [0];
  for (let j = groups.length - 1; j >= 0; j--) {
    const group = groups[j]!;
    rest.unshift(rest[0]! + pricedValue(group[bestChoice(group, prices)]!, prices));
  }
  return rest;
}

/** The lowest price of capacity d at which what the groups then choose fits it, the other prices being held. */
function clearingPrice(
  groups: readonly (readonly Choice[])[],
  capacities: readonly number[],
  prices: readonly number[],
  d: number,
): number {
  const trial = [...prices];
  const clears = (price: number): boolean => {
    trial[d] = price;
    return groups.reduce((sum, group) => sum + group[bestChoice(group, trial)]!.demand[d]!, 0) <= capacities[d]!;
  };
  if (clears(0)) return 0;
  let high = 1;
  while (!clears(high) && high < 1e30) high *= 4;
  let low = high / 4;
  for (let i = 0; i < 40 && high - low > 1e-9 * high; i++) {
    const middle = (low + high) / 2;
    if (clears(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Subgradient steps from `start`; keeps the prices with the smallest bound seen. */
function descend(
  groups: readonly (readonly Choice[])[],
  capacities: readonly number[],
  start: readonly number[],
): number[] {
  const boundAndSlack = (prices: readonly number[]): { bound: number; slack: number[] } => {
    const slack = [...capacities];
    let bound = prices.reduce((sum, price, d) => sum + price * capacities[d]!, 0);
    for (const group of groups) {
      const choice = group[bestChoice(group, prices)]!;
      bound += pricedValue(choice, prices);
      choice.demand.forEach((amount, d) => (slack[d] = slack[d]! - amount));
    }
    return { bound, slack };
  };
  let best = [...start];
  let { bound: bestBound, slack } = boundAndSlack(best);
  let stride = 0.1;
  for (let i = 0; i < 40; i++) {
    // Slack as a share of the capacity, so that cores and bytes weigh alike.
    const shares = slack.map((left, d) => (capacities[d]! > 0 ? left / capacities[d]! : 0));
    const length = shares.reduce((sum, share) => sum + share * share, 0);
    if (length === 0) break;
    const step = (stride * Math.max(1, Math.abs(bestBound))) / length;
    const prices = best.map((price, d) =>
      capacities[d]! > 0 ? Math.max(0, price - (step * shares[d]!) / capacities[d]!) : price,
    );
    const next = boundAndSlack(prices);
    if (next.bound < bestBound) [best, bestBound, slack] = [prices, next.bound, next.slack];
    else stride /= 2;
  }
  return best;
}

function bestChoice(group: readonly Choice[], prices: readonly number[]): number {
  let best = 0;
  let bestValue = -Infinity;
  for (let x = 0; x < group.length; x++) {
    const value = pricedValue(group[x]!, prices);
    if (value > bestValue) [best, bestValue] = [x, value];
  }
  return best;
}

function pricedValue(choice: Choice, prices: readonly number[]): number {
  let value = choice.value;
  for (let d = 0; d < prices.length; d++) value -= prices[d]! * choice.demand[d]!;
  return value;
}
