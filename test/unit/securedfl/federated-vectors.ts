import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';

/** The first d outputs of the generator with that seed, in [0,1). */
export function uniformVector(seed: number, d: number): Float64Array {
  const next = mulberry32(seed);
  return Float64Array.from({ length: d }, () => next());
}

/** Weights of n sites around a common vector, as in the recorded runs of the reference system. */
export function siteWeights(n: number, d: number): Float64Array[] {
  const base = uniformVector(500, d).map((u) => 0.1 * (2 * u - 1));
  return Array.from({ length: n }, (_, k) => uniformVector(1000 + k, d).map((u, j) => base[j]! + 0.02 * (2 * u - 1)));
}

/** Initial duals in [0,1), as in the recorded runs. */
export const siteDuals = (n: number, d: number): Float64Array[] =>
  Array.from({ length: n }, (_, k) => uniformVector(2000 + k, d));

export function weightedMean(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return vectors[0]!.map((_, j) => vectors.reduce((sum, vector, k) => sum + weights[k]! * vector[j]!, 0));
}

export const meanSquareError = (a: ArrayLike<number>, b: Float64Array): number =>
  b.reduce((sum, value, j) => sum + (a[j]! - value) ** 2, 0) / b.length;
