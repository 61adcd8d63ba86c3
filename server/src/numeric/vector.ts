/* eslint-disable @typescript-eslint/no-non-null-assertion -- lengths are compared before the loops, which are the innermost of the engines */

/** Numbers in either precision; sums are in double precision and from the first to the last, so that they are the same everywhere. */
export type Vector = Float64Array | Float32Array;

/** into += factor · vector. */
export function addScaled(into: Float64Array, factor: number, vector: Vector): void {
  sameLength(into, vector);
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + factor * vector[i]!;
}

/** Σ a · b. */
export function dot(a: Vector, b: Vector): number {
  sameLength(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function sameLength(a: Vector, b: Vector): void {
  if (a.length !== b.length) throw new RangeError(`a vector of ${a.length} numbers cannot meet one of ${b.length}`);
}
