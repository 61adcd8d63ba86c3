import type { AllocationOptions, OptionWindow } from './allocation-options.ts';
import { addToReal, intAt, itemAt, realAt } from '../../numeric/at.ts';

/** The Lagrangian bound at some prices, and what its picks take. */
export interface PricedPicks {
  /** Σ price · capacity + Σ over jobs of the largest value - price · demand: no feasible picks are worth more. */
  readonly bound: number;
  /** What the picks take of each capacity; of equally good options the one with the fewest replicas counts. */
  readonly used: Float64Array;
  /** Value of the picks. */
  readonly value: number;
}

/** Rounds over the capacities, and steps across them, where there are several. */
const rounds = 3;
const descentSteps = 24;

/** The bound at prices that are not negative. Cost: O(options). */
export function boundAtPrices(
  options: AllocationOptions,
  window: OptionWindow,
  prices: readonly number[],
): PricedPicks {
  const { value, demand, capacities } = options;
  const used = new Float64Array(capacities.length);
  let valueSum = 0;
  let bound = 0;
  const costs = new Float64Array(prices);
  for (let d = 0; d < costs.length; d++) bound += realAt(costs, d) * itemAt(capacities, d);
  // One capacity is the rule, and is what the large problems have.
  const only = demand.rows === 1 ? demand.values : undefined;
  const price = only ? realAt(costs, 0) : NaN;
  for (let j = 0; j < window.from.length; j++) {
    let best = -1;
    let bestPriced = -Infinity;
    for (let x = intAt(window.from, j), end = intAt(window.to, j); x <= end; x++) {
      let priced = realAt(value, x);
      if (only) priced -= price * realAt(only, x);
      else for (let d = 0; d < costs.length; d++) priced -= realAt(costs, d) * demand.at(d, x);
      if (priced > bestPriced) {
        best = x;
        bestPriced = priced;
      }
    }
    bound += bestPriced;
    valueSum += realAt(value, best);
    for (let d = 0; d < used.length; d++) addToReal(used, d, demand.at(d, best));
  }
  return { bound, used, value: valueSum };
}

/**
 * Prices (value per unit) of the capacities at which the Lagrangian bound is smallest; nearly so for several capacities, where
 * it is minimised along each in turn and then by subgradient steps. Any prices give a valid bound, better ones a tighter one.
 * The windows' first options must fit. Cost: about ten evaluations of the bound per capacity and round.
 *
 * @param near       prices that may be close already.
 * @param tolerance  share of the bound by which it may miss the smallest one along a capacity.
 */
export function lagrangePrices(
  options: AllocationOptions,
  window: OptionWindow,
  near?: readonly number[],
  tolerance = 1e-13,
): number[] {
  const { capacities } = options;
  let prices = capacities.map((_, d) => near?.[d] ?? 0);
  for (let round = 0; round < (capacities.length > 1 ? rounds : 1); round++) {
    for (let d = 0; d < capacities.length; d++) prices = alongOne(options, window, prices, d, tolerance);
  }
  return capacities.length > 1 ? descend(options, window, prices) : prices;
}

/** A line that touches the bound at a price. */
interface Tangent {
  readonly price: number;
  readonly bound: number;
  readonly slope: number;
}

/**
 * Minimises the bound along the price of capacity d. It is convex and piecewise linear there: two of its tangents, one falling
 * and one rising, meet at the next price to try, until the bound is no higher there than where they meet.
 */
function alongOne(
  options: AllocationOptions,
  window: OptionWindow,
  start: readonly number[],
  d: number,
  tolerance: number,
): number[] {
  const [capacity, startPrice] = [itemAt(options.capacities, d), itemAt(start, d)];
  const at = (price: number): Tangent => {
    const { bound, used } = boundAtPrices(options, window, start.with(d, price));
    return { price, bound, slope: capacity - realAt(used, d) };
  };
  // Around the known price, growing away from it; else from nothing upwards.
  let widening = startPrice > 0 ? 1.05 : 64;
  const first = at(startPrice);
  let [falling, rising] = [first, first];
  for (; rising.slope < 0; widening *= widening) {
    if (rising.price > 1e300) return start.with(d, 0);
    falling = rising;
    rising = at(Math.max(1, rising.price) * widening);
  }
  for (; falling.slope > 0; widening *= widening) {
    if (falling.price === 0) return start.with(d, 0);
    rising = falling;
    falling = at(falling.price > 1 ? falling.price / widening : 0);
  }
  for (let i = 0; i < 60 && rising.slope > 0 && falling.slope < 0; i++) {
    const meet =
      (falling.bound - falling.slope * falling.price - (rising.bound - rising.slope * rising.price)) /
      (rising.slope - falling.slope);
    if (!(meet > falling.price && meet < rising.price)) break;
    const atMeeting = falling.bound + falling.slope * (meet - falling.price);
    const isNear = (bound: number): boolean => bound - atMeeting <= Math.abs(atMeeting) * tolerance;
    if (isNear(Math.min(falling.bound, rising.bound))) break;
    const between = at(meet);
    if (between.slope < 0) falling = between;
    else rising = between;
    if (isNear(between.bound)) break;
  }
  return start.with(d, rising.bound <= falling.bound ? rising.price : falling.price);
}

/** Subgradient steps from `start`; keeps the prices with the smallest bound seen. */
function descend(options: AllocationOptions, window: OptionWindow, start: readonly number[]): number[] {
  const { capacities } = options;
  let best = [...start];
  let found = boundAtPrices(options, window, best);
  let stride = 0.1;
  for (let i = 0; i < descentSteps; i++) {
    // Slack as a share of the capacity, so that cores and bytes weigh alike.
    const shares = capacities.map((capacity, d) => (capacity > 0 ? (capacity - realAt(found.used, d)) / capacity : 0));
    const length = shares.reduce((sum, share) => sum + share * share, 0);
    if (length === 0) break;
    const step = (stride * Math.max(1, Math.abs(found.bound))) / length;
    const prices = best.map((price, d) => {
      const capacity = itemAt(capacities, d);
      return capacity > 0 ? Math.max(0, price - (step * itemAt(shares, d)) / capacity) : price;
    });
    const next = boundAtPrices(options, window, prices);
    if (next.bound < found.bound) [best, found] = [prices, next];
    else stride /= 2;
  }
  return best;
}
