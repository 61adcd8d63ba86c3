/* eslint-disable @typescript-eslint/no-non-null-assertion -- lengths are compared before the loops, which are the innermost of the engines */

/** Numbers in either precision; sums are in double precision and from the first to the last, so that they are the same everywhere. */
export type Vector = Float64Array | Float32Array;

/** into += factor · vector. */
export function addScaled(into: Float64Array, factor: number, vector: Vector): void {
  sameLength(into, vector);
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + factor * vector[i]!;
}

/** into = a + factor · b. */
export function setSum(into: Float64Array, a: Float64Array, factor: number, b: Float64Array): void {
  sameLength(into, a);
  sameLength(into, b);
  for (let i = 0; i < into.length; i++) into[i] = a[i]! + factor * b[i]!;
}

/** into = kept · into + taken · other. */
export function blend(into: Float64Array, kept: number, taken: number, other: Float64Array): void {
  sameLength(into, other);
  for (let i = 0; i < into.length; i++) into[i] = kept * into[i]! + taken * other[i]!;
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
