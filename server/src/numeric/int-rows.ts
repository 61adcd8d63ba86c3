import { addToInt, intAt } from './at.ts';

/**
 * Lists of whole numbers, end to end in one array (compressed rows): row i is `values[start[i] … start[i + 1])`. The inner loop
 * over a row is
 *
 *     for (let k = rows.begin(i), end = rows.end(i); k < end; k++) … rows.value(k) …
 */
export class IntRows {
  readonly start: Int32Array;
  readonly values: Int32Array;

  private constructor(start: Int32Array, values: Int32Array) {
    this.start = start;
    this.values = values;
  }

  static of(lists: readonly (readonly number[])[]): IntRows {
    const start = new Int32Array(lists.length + 1);
    let length = 0;
    for (const [i, list] of lists.entries()) start[i + 1] = length += list.length;
    return new IntRows(start, Int32Array.from(lists.flat()));
  }

  /** Row i holds, ascending, the places of i in a list of whole numbers from 0 to below `rows`. */
  static placesOf(list: Int32Array, rows: number): IntRows {
    const start = new Int32Array(rows + 1);
    for (const row of list) addToInt(start, row + 1, 1);
    for (let i = 0; i < rows; i++) addToInt(start, i + 1, intAt(start, i));
    const next = start.slice();
    const values = new Int32Array(list.length);
    for (let place = 0; place < list.length; place++) values[addToInt(next, intAt(list, place), 1) - 1] = place;
    return new IntRows(start, values);
  }

  begin(row: number): number {
    return intAt(this.start, row);
  }

  end(row: number): number {
    return intAt(this.start, row + 1);
  }

  length(row: number): number {
    return this.end(row) - this.begin(row);
  }

  /** Of every row. */
  lengths(): Int32Array {
    const lengths = new Int32Array(this.start.length - 1);
    for (let row = 0; row < lengths.length; row++) lengths[row] = this.length(row);
    return lengths;
  }

  value(k: number): number {
    return intAt(this.values, k);
  }

  /** A row by itself, without a copy. */
  row(row: number): Int32Array {
    return this.values.subarray(this.begin(row), this.end(row));
  }
}
