import type { WirePrecision } from './admm.ts';
import { itemAt } from '../numeric/at.ts';

/** What is assumed about the vectors to be averaged, to predict the error without them. */
export interface VectorAssumptions {
  /** Root mean square of the averaged weights over the coordinates. */
  readonly meanRms: number;
  /** Variance of one initial dual; 1/3 for the uniform distribution over [-1, 1). */
  readonly dualVariance: number;
  /** p_0..p_{n-1}, which add up to 1. */
  readonly weights: readonly number[];
  readonly precision: WirePrecision;
}

/**
 * By how much the error z^i - mean has shrunk since the first iteration, for i = 1..T: prod_{j=2..i} rho_j/(2+rho_j).
 * Exact, whatever the vectors and the pattern; the paper's rate, except that it does not hold for the first iteration.
 */
export function contraction(rho: readonly number[]): number[] {
  let product = 1;
  return rho.map((r, index) => (index === 0 ? 1 : (product *= r / (2 + r))));
}

/**
 * The expected mean square error of z^i against the weighted mean, for i = 1..T.
 *
 * The first error is -(rho_1/(2+rho_1))·mean + (2/(2+rho_1)/rho_1)·(weighted mean of the initial duals), which are
 * independent with zero mean; then it shrinks by {@link contraction}. Rounding on the wire adds {@link roundingMse}.
 */
export function expectedMse(rho: readonly number[], assumptions: VectorAssumptions): number[] {
  const first = rho[0];
  if (first === undefined) return [];
  const { meanRms, dualVariance, weights } = assumptions;
  const squares = weights.reduce((sum, p) => sum + p * p, 0);
  const bias = (first / (2 + first)) * meanRms;
  const noise = (2 / (2 + first) / first) ** 2 * dualVariance * squares;
  const floor = roundingMse(rho, assumptions);
  return contraction(rho).map((factor, i) => (bias ** 2 + noise) * factor ** 2 + itemAt(floor, i));
}

/**
 * The part of {@link expectedMse} that is rounding, good to a factor of about 2: each y, of size about
 * sqrt(dualVariance)/rho, is rounded to the precision of the wire, and so is each partial sum. A small rho hides the
 * weights below a noise so large that, in float32, rounding it drowns them.
 */
export function roundingMse(
  rho: readonly number[],
  { dualVariance, weights, precision }: Omit<VectorAssumptions, 'meanRms'>,
): number[] {
  const squares = weights.reduce((sum, p) => sum + p * p, 0);
  // Rounding to 24 bits errs evenly by up to half a unit; over a binade the unit is 2^-23 to 2^-24 of the value.
  const relative = precision === 'float32' ? (2 ** -23) ** 2 / 24 : 0;
  return rho.map((r) => (2 * relative * dualVariance * squares) / r ** 2);
}
