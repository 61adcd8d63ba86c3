/* eslint-disable @typescript-eslint/no-non-null-assertion -- the indices stay within the list that is sorted, and all latencies of a replay pass here */

/** A percentile of some values, linear between neighbours. Reorders the values. NaN where there are none. */
export function percentileOf(values: Float32Array, percentile: number): number {
  return values.length === 0 ? NaN : valueAtRank(values, percentileRank(values.length, percentile));
}

/** Where among `count` values in ascending order, from 0, a percentile lies. */
export function percentileRank(count: number, percentile: number): number {
  return (Math.min(100, Math.max(0, percentile)) / 100) * (count - 1);
}

/**
 * The value at a rank among values in ascending order, from 0 and linear between neighbours; infinite past the last. Reorders
 * the values.
 *
 * By selection instead of sorting: linear in their number on average. Infinite values are allowed, NaN is not.
 */
export function valueAtRank(values: Float32Array, position: number): number {
  const count = values.length;
  if (position > count - 1) return Infinity;
  const index = Math.floor(position);
  const lower = select(values, index);
  const fraction = position - index;
  if (fraction === 0) return lower;
  let upper = Infinity;
  for (let i = index + 1; i < count; i++) upper = Math.min(upper, values[i]!);
  return upper === Infinity ? Infinity : lower + fraction * (upper - lower);
}

/** Puts the k-th smallest value at index k, no larger ones before and no smaller ones after it (quickselect). */
function select(values: Float32Array, k: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return values[k]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
