/**
 * Checked reading of arrays. An index that leads nowhere is a mistake of ours and ends the computation at once, where reading
 * past an end would give `undefined` and, a few sums later, NaN.
 *
 * One function for each kind of array: a function that reads only one is as quick as reading without it.
 */

/** An element of a list. */
export function itemAt<T>(list: ArrayLike<T>, index: number): T {
  const item = list[index];
  if (item === undefined) throw outside(index, list);
  return item;
}

/** The last element of a list, which must have one. */
export function lastOf<T>(list: ArrayLike<T>): T {
  return itemAt(list, list.length - 1);
}

/** A number in double precision. */
export function realAt(numbers: Float64Array, index: number): number {
  const number = numbers[index];
  if (number === undefined) throw outside(index, numbers);
  return number;
}

/** A number in single precision. */
export function floatAt(numbers: Float32Array, index: number): number {
  const number = numbers[index];
  if (number === undefined) throw outside(index, numbers);
  return number;
}

/** A number of a vector that may have either precision. */
export function numberAt(numbers: Float64Array | Float32Array, index: number): number {
  const number = numbers[index];
  if (number === undefined) throw outside(index, numbers);
  return number;
}

/** A whole number, such as the index of something else. */
export function intAt(numbers: Int32Array, index: number): number {
  const number = numbers[index];
  if (number === undefined) throw outside(index, numbers);
  return number;
}

/** Adds to a whole number; gives the sum. */
export function addToInt(numbers: Int32Array, index: number, amount: number): number {
  return (numbers[index] = intAt(numbers, index) + amount);
}

/** Adds to a number in double precision; gives the sum. */
export function addToReal(numbers: Float64Array, index: number, amount: number): number {
  return (numbers[index] = realAt(numbers, index) + amount);
}

function outside(index: number, list: ArrayLike<unknown>): RangeError {
  return new RangeError(`there is no element ${index} in a list of ${list.length}`);
}
