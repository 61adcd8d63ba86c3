import type { PartialSums } from './exposure.ts';
import type { Pattern } from './pattern.ts';
import { partitionOf } from './pattern.ts';
import { dualShares } from './rho-schedule.ts';
import { itemAt, realAt } from '../numeric/at.ts';
import { addScaled, dot } from '../numeric/vector.ts';

/**
 * Width of the interval to which one message of iteration i confines one weight, for i = 1..T (SecureD-FL, corrected):
 * width(lambda^0) · A_i / (2(1 - A_i)) with A_i = prod_{j≤i} 2/(2+rho_j). It shrinks with every iteration, so that a
 * large rho early on leaves late messages that are practically the weights themselves, however safe the pattern.
 *
 * @param dualWidth width of the distribution of the initial duals; 2 for [-1, 1).
 */
export function noiseWidths(rho: readonly number[], dualWidth = 2): number[] {
  return dualShares(rho).map((a) => (dualWidth * a) / (2 * (1 - a)));
}

/** Standard deviation of the uniform noise of the last and most telling message. */
function noiseDeviation(rho: readonly number[], dualWidth: number): number {
  return (noiseWidths(rho, dualWidth).at(-1) ?? Infinity) / Math.sqrt(12);
}

/**
 * How much of the variance of the last and most telling message is its sender's weights, the rest being the mask.
 *
 * @param weightRms root mean square of the weights.
 */
export function plainShare(rho: readonly number[], weightRms: number, dualWidth = 2): number {
  return 1 / (1 + (noiseDeviation(rho, dualWidth) / weightRms) ** 2);
}

export interface PosteriorQuestion {
  /** rho_1..rho_T. */
  readonly rho: readonly number[];
  readonly observer: number;
  readonly partialSums?: PartialSums;
  /** p_0..p_{n-1}; equal when left out. */
  readonly weights?: readonly number[];
  /** Standard deviation of a site's weight around what the observer expected before, and of one initial dual. */
  readonly weightDeviation: number;
  readonly dualDeviation: number;
}

/**
 * How much an observer still does not know about one weight of each other site after an aggregation: standard
 * deviation afterwards over before, with independent normal priors; 1 = nothing learnt, 0 = known exactly. Knowing the
 * average alone gives sqrt(1 - 1/(n-1)) with equal weights. The rank test asks what is known exactly; this asks how
 * closely the rest is confined, and a plan should pass both.
 *
 * With unknowns scaled to variance 1 the answer for a unit vector e is sqrt(1 - |projection of e on the rows|²); the
 * rows are made orthonormal by Gram-Schmidt, twice for accuracy.
 *
 * @returns by site, the observer's own entry being NaN.
 */
export function posteriorRatios(pattern: Pick<Pattern, 'n' | 'rounds'>, question: PosteriorQuestion): number[] {
  const { rho, observer, partialSums = 'visible', weightDeviation, dualDeviation } = question;
  const { n } = pattern;
  const p = question.weights ?? new Array<number>(n).fill(1 / n);
  const others = Array.from({ length: n }, (_, site) => site).filter((site) => site !== observer);
  const orthonormal: Float64Array[] = [];

  const observe = (sites: readonly number[], a: number): void => {
    const row = new Float64Array(2 * n);
    for (const site of sites) {
      row[site] = itemAt(p, site) * 2 * (1 - a) * weightDeviation;
      row[n + site] = itemAt(p, site) * a * dualDeviation;
    }
    normalise(row);
    for (let pass = 0; pass < 2; pass++) for (const unit of orthonormal) subtractProjection(row, unit);
    // What is left of a unit row that depends on the earlier ones is rounding.
    if (normalise(row) > DEPENDENT) orthonormal.push(row);
  };
  dualShares(rho).forEach((a, index) => {
    for (const group of partitionOf(pattern, index + 1)) {
      if (group.includes(observer)) {
        for (const site of group) if (site !== observer) observe([site], a);
      } else if (partialSums === 'visible') observe(group, a);
    }
    if (partialSums === 'hidden') observe(others, a);
  });
  return Array.from({ length: n }, (_, site) => {
    if (site === observer) return NaN;
    const known = orthonormal.reduce((sum, unit) => sum + realAt(unit, site) ** 2, 0);
    return Math.sqrt(Math.max(0, 1 - known));
  });
}

const DEPENDENT = 1e-11;

function normalise(row: Float64Array): number {
  const norm = Math.sqrt(dot(row, row));
  if (norm > 0) row.forEach((entry, i) => (row[i] = entry / norm));
  return norm;
}

function subtractProjection(row: Float64Array, unit: Float64Array): void {
  addScaled(row, -dot(row, unit), unit);
}
