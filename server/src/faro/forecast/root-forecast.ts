import type { Forecast } from './forecast.ts';
import { fromRoot, MEDIAN, QUANTILE_LEVELS } from './traffic-scale.ts';
import { lastOf, realAt } from '../../numeric/at.ts';

/**
 * A forecast before it is stated: on the scale of square roots, with what its errors have to do with one another, so that
 * the minute under way can still be weighed in.
 */
export interface RootForecast {
  /** By minute, by level of `QUANTILE_LEVELS`: roots of requests, not falling with the level; may be below 0. */
  readonly quantiles: readonly Float64Array[];
  /** By minute: correlation of the error with that of the first minute; the first is 1. */
  readonly correlations: ArrayLike<number>;
}

/** The forecast in requests; with the minute under way counted so far, if one is. */
export function stated(
  root: RootForecast,
  underWay?: { readonly requests: number; readonly seconds: number },
): Forecast {
  const revised =
    underWay === undefined ? root.quantiles : withMinuteUnderWay(root, underWay.requests, underWay.seconds);
  const requests = revised.map((minute, h) => {
    // What has arrived can no longer be less.
    const least = h === 0 && underWay !== undefined ? underWay.requests || 0 : 0;
    const counts: number[] = [];
    for (let q = 0; q < minute.length; q++) counts.push(Math.max(least, fromRoot(realAt(minute, q))));
    return counts;
  });
  return { levels: QUANTILE_LEVELS, requests };
}

/**
 * Bayes' rule for the minute under way. Of its N requests those of the first s seconds are a random share f = s / 60, so
 * that √(n / f) is near normal around √N with variance (1 - f) / 4f: vague at first, certain at the end. The forecast is the
 * prior, with its own, often heavy, tails, so that a burst is believed after seconds. What it turns out to be off by carries
 * over to later minutes as far as their errors go together.
 *
 * Requests that come in bunches vary more than that; the later minutes then follow a little too eagerly.
 */
function withMinuteUnderWay(
  { quantiles, correlations }: RootForecast,
  requests: number,
  seconds: number,
): Float64Array[] {
  const first = quantiles[0];
  const share = seconds / 60;
  if (!first || !(share > 0) || !(requests >= 0)) return [...quantiles];
  const posterior = share < 1 ? posteriorQuantiles(first, requests, share) : first.map(() => Math.sqrt(requests));
  const prior = spreadOf(first);
  const { mean, deviation } = spreadOf(posterior);
  const left = prior.deviation > 0 ? Math.min(1, deviation / prior.deviation) : 1;
  const shift = mean - prior.mean;
  return quantiles.map((minute, h) => {
    if (h === 0) return posterior;
    const correlation = correlations[h] ?? 0;
    const { deviation } = spreadOf(minute);
    const moved = prior.deviation > 0 ? ((correlation * deviation) / prior.deviation) * shift : 0;
    const narrowed = Math.sqrt(Math.max(0, 1 - correlation * correlation * (1 - left * left)));
    const centre = realAt(minute, MEDIAN);
    const revised = new Float64Array(minute.length);
    for (let q = 0; q < revised.length; q++) revised[q] = centre + moved + (realAt(minute, q) - centre) * narrowed;
    return revised;
  });
}

const LEVELS = Float64Array.from(QUANTILE_LEVELS);
const POINTS = 96;
const density = new Float64Array(POINTS);

/** Quantiles of the root of a minute's requests, given those before it began and the count of its first `share`. */
function posteriorQuantiles(prior: Float64Array, requests: number, share: number): Float64Array {
  const measured = Math.sqrt((requests + (1 - share) / 4) / share);
  const error = Math.sqrt((1 - share) / (4 * share));
  const [lowTail, highTail] = tails(prior);
  const priorLow = realAt(prior, 0) - 5 * lowTail;
  const priorHigh = lastOf(prior) + 5 * highTail;
  let low = Math.max(0, measured - 5 * error);
  let high = measured + 5 * error;
  // Where both overlap, only there; where not, what was measured counts, in the tail of the prior.
  if (priorLow < high && priorHigh > low) {
    low = Math.max(low, priorLow);
    high = Math.min(high, priorHigh);
  }
  const step = (high - low) / POINTS;
  let total = 0;
  let piece = 0;
  for (let i = 0; i < POINTS; i++) {
    const root = low + (i + 0.5) * step;
    while (piece < prior.length && realAt(prior, piece) < root) piece++;
    const z = (root - measured) / error;
    density[i] = Math.exp(-0.5 * z * z) * priorDensity(prior, piece, root, lowTail, highTail);
    total += realAt(density, i);
  }
  const result = new Float64Array(prior.length);
  // So far out that nothing is left of either: the measurement decides.
  if (!(total > 1e-290)) return result.fill(measured);
  let [cumulated, point] = [0, 0];
  for (let q = 0; q < result.length; q++) {
    const wanted = realAt(LEVELS, q) * total;
    while (point < POINTS - 1 && cumulated + realAt(density, point) < wanted) cumulated += realAt(density, point++);
    const inside = realAt(density, point) > 0 ? Math.min(1, (wanted - cumulated) / realAt(density, point)) : 0.5;
    result[q] = low + (point + inside) * step;
  }
  return result;
}

/** Scales of the exponential tails beyond the outermost quantiles: as the last two on a side have them. */
function tails(quantiles: Float64Array): [number, number] {
  const last = quantiles.length - 1;
  const scale = (gap: number, outer: number, inner: number): number => Math.max(1e-3, gap / Math.log(inner / outer));
  return [
    scale(realAt(quantiles, 1) - realAt(quantiles, 0), realAt(LEVELS, 0), realAt(LEVELS, 1)),
    scale(
      realAt(quantiles, last) - realAt(quantiles, last - 1),
      1 - realAt(LEVELS, last),
      1 - realAt(LEVELS, last - 1),
    ),
  ];
}

/** Density between two quantiles: uniform; beyond the outermost: exponential. @param piece the first quantile not below the root. */
function priorDensity(quantiles: Float64Array, piece: number, root: number, lowTail: number, highTail: number): number {
  const last = quantiles.length - 1;
  if (piece === 0) return (realAt(LEVELS, 0) / lowTail) * Math.exp((root - realAt(quantiles, 0)) / lowTail);
  if (piece > last)
    return ((1 - realAt(LEVELS, last)) / highTail) * Math.exp((realAt(quantiles, last) - root) / highTail);
  const width = Math.max(1e-6, realAt(quantiles, piece) - realAt(quantiles, piece - 1));
  return (realAt(LEVELS, piece) - realAt(LEVELS, piece - 1)) / width;
}

/** Mean and standard deviation of a distribution that is uniform between its quantiles. */
function spreadOf(quantiles: Float64Array): { mean: number; deviation: number } {
  const last = quantiles.length - 1;
  const [lowest, highest] = [realAt(quantiles, 0), realAt(quantiles, last)];
  const [below, above] = [realAt(LEVELS, 0), 1 - realAt(LEVELS, last)];
  let mean = below * lowest + above * highest;
  let square = below * lowest * lowest + above * highest * highest;
  for (let q = 1; q <= last; q++) {
    const [a, b] = [realAt(quantiles, q - 1), realAt(quantiles, q)];
    const weight = realAt(LEVELS, q) - realAt(LEVELS, q - 1);
    mean += (weight * (a + b)) / 2;
    square += (weight * (a * a + a * b + b * b)) / 3;
  }
  return { mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)) };
}
