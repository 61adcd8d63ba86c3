import type { Group, Pattern } from './pattern.ts';
import { partitionOf } from './pattern.ts';
import { itemAt, numberAt } from '../numeric/at.ts';
import { addScaled, type Vector } from '../numeric/vector.ts';

/**
 * One aggregation by ADMM in consensus form (SecureD-FL, section II, with the factor 2 of its objective): the sites
 * average their weights w_k while sending only y_k = x_k + lambda_k/rho inside their group and sums of these beyond.
 *
 * All vectors have the length d of the model; coordinates never interact. Arithmetic is in float64 and in a fixed
 * order (sites ascending in a group, groups ascending), so that all sites get the same z to the last bit; what travels
 * is first rounded to the precision of the wire, by the sender as well.
 */
export type { Vector } from '../numeric/vector.ts';

/** The precision of the numbers that sites send each other. */
export type WirePrecision = 'float32' | 'float64';

export const BYTES_PER_VALUE: Readonly<Record<WirePrecision, number>> = { float32: 4, float64: 8 };

/** A copy of the vector in the precision of the wire. */
export function toWire(vector: Vector, precision: WirePrecision): Vector {
  return precision === 'float32' ? Float32Array.from(vector) : Float64Array.from(vector);
}

/**
 * x = (2w - lambda + rho·z) / (2 + rho), which stays at the site, and y = x + lambda/rho, which goes to its group.
 *
 * @param zPrevious z of the iteration before; zeros in the first.
 */
export function localUpdate(
  w: Vector,
  lambda: Vector,
  zPrevious: Vector,
  rho: number,
): { x: Float64Array<ArrayBuffer>; y: Float64Array<ArrayBuffer> } {
  const x = new Float64Array(w.length);
  const y = new Float64Array(w.length);
  for (let j = 0; j < w.length; j++) {
    const dual = numberAt(lambda, j);
    const primal = (2 * numberAt(w, j) - dual + rho * numberAt(zPrevious, j)) / (2 + rho);
    x[j] = primal;
    y[j] = primal + dual / rho;
  }
  return { x, y };
}

/**
 * The partial sum of one group: sum of p_u·y_u over its members in the given (ascending) order.
 *
 * @param weights aggregation weights p of all sites, which add up to 1.
 */
export function partialSum(
  group: Group,
  yOf: (site: number) => Vector,
  weights: readonly number[],
): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(yOf(itemAt(group, 0)).length);
  for (const site of group) addScaled(sum, itemAt(weights, site), yOf(site));
  return sum;
}

/** z: the sum of the partial sums in the order of the groups. */
export function consensus(partials: readonly Vector[]): Float64Array<ArrayBuffer> {
  const z = new Float64Array(itemAt(partials, 0).length);
  for (const partial of partials) addScaled(z, 1, partial);
  return z;
}

/** The dual of the next iteration: lambda + rho·(x - z). */
export function dualUpdate(lambda: Vector, x: Vector, z: Vector, rho: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(lambda.length);
  for (let j = 0; j < next.length; j++) next[j] = numberAt(lambda, j) + rho * (numberAt(x, j) - numberAt(z, j));
  return next;
}

/** p_k = samples_k / total; throws a RangeError unless all are ≥ 0 with a positive total. */
export function aggregationWeights(samples: readonly number[]): number[] {
  const total = samples.reduce((sum, count) => sum + count, 0);
  if (!(total > 0) || !Number.isFinite(total) || samples.some((count) => count < 0)) {
    throw new RangeError('aggregation weights need sample counts that are not negative and not all zero');
  }
  return samples.map((count) => count / total);
}

export interface AggregationInput {
  readonly pattern: Pick<Pattern, 'n' | 'rounds'>;
  /** rho_1..rho_T. */
  readonly rho: readonly number[];
  /** p_0..p_{n-1}, which add up to 1. */
  readonly weights: readonly number[];
  /** Locally trained weights of the n sites. */
  readonly w: readonly Vector[];
  /** Initial duals of the n sites. */
  readonly lambda0: readonly Vector[];
  readonly precision?: WirePrecision;
}

/** Everything that one iteration computed, by site or by group. */
export interface IterationTrace {
  readonly iteration: number;
  readonly rho: number;
  readonly x: readonly Vector[];
  readonly y: readonly Vector[];
  readonly partials: readonly Vector[];
  readonly z: Vector;
  readonly lambda: readonly Vector[];
}

/** Runs a whole aggregation of all sites in one process, yielding each iteration; the last z is the result. */
export function* aggregationTrace(input: AggregationInput): Generator<IterationTrace, void, undefined> {
  const { pattern, rho, weights, w, lambda0, precision = 'float64' } = input;
  let lambda: readonly Vector[] = lambda0;
  let z: Vector = new Float64Array(itemAt(w, 0).length);
  for (const [index, penalty] of rho.entries()) {
    const iteration = index + 1;
    const previous = z;
    const updates = w.map((own, site) => localUpdate(own, itemAt(lambda, site), previous, penalty));
    const x = updates.map((update) => update.x);
    const y = updates.map((update) => toWire(update.y, precision));
    const partials = partitionOf(pattern, iteration).map((group) =>
      toWire(
        partialSum(group, (site) => itemAt(y, site), weights),
        precision,
      ),
    );
    const next = toWire(consensus(partials), precision);
    lambda = lambda.map((dual, site) => dualUpdate(dual, itemAt(x, site), next, penalty));
    z = next;
    yield { iteration, rho: penalty, x, y, partials, z, lambda };
  }
}

/** The result z of a whole aggregation, as every site would have it; zeros when there is no iteration. */
export function aggregate(input: AggregationInput): Vector {
  let z: Vector = new Float64Array(itemAt(input.w, 0).length);
  for (const step of aggregationTrace(input)) z = step.z;
  return z;
}
