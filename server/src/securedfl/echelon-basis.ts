import { realAt } from '../numeric/at.ts';

/**
 * A growing basis of a row space over the prime field GF(p), kept in echelon form: linear algebra without tolerances.
 *
 * p is below 2^26, so the product of two elements plus a third stays below 2^53 and is exact in a double.
 */
export class EchelonBasis {
  readonly prime: number;
  readonly columns: number;
  /** The row whose first non-zero entry (a one) lies in the column, where there is one. */
  readonly #rowAt: (Float64Array | undefined)[];

  constructor(prime: number, columns: number) {
    this.prime = prime;
    this.columns = columns;
    this.#rowAt = new Array<Float64Array | undefined>(columns);
  }

  /** Adds a row (entries 0..p-1, overwritten) to the span. */
  insert(row: Float64Array): void {
    for (let column = 0; column < this.columns; column++) {
      const lead = realAt(row, column);
      if (lead === 0) continue;
      const basisRow = this.#rowAt[column];
      if (basisRow === undefined) {
        scale(row, inverse(lead, this.prime), column, this.prime);
        this.#rowAt[column] = row;
        return;
      }
      subtractMultiple(row, basisRow, lead, column, this.prime);
    }
  }

  /** Number of basis rows whose leading entry lies in columns from..to-1. */
  pivots(from = 0, to = this.columns): number {
    let count = 0;
    for (let column = from; column < to; column++) if (this.#rowAt[column] !== undefined) count++;
    return count;
  }

  /**
   * The reduced basis of the sub-space of vectors that are zero in all columns before `from`: per leading column its
   * row, which holds a one there and a zero in every other leading column. Rows are copies of the columns from `from`.
   */
  reducedFrom(from: number): Map<number, Float64Array> {
    const reduced = new Map<number, Float64Array>();
    for (let column = this.columns - 1; column >= from; column--) {
      const basisRow = this.#rowAt[column];
      if (basisRow === undefined) continue;
      const row = basisRow.slice(from);
      for (const [pivot, other] of reduced) {
        const lead = realAt(row, pivot);
        if (lead !== 0) subtractMultiple(row, other, lead, pivot, this.prime);
      }
      reduced.set(column - from, row);
    }
    return reduced;
  }
}

function modulo(value: number, p: number): number {
  // The quotient may be off by one because of rounding; the remainder then is off by one p.
  const remainder = value - Math.floor(value / p) * p;
  return remainder < 0 ? remainder + p : remainder >= p ? remainder - p : remainder;
}

/** row -= factor · other, from the column on. */
function subtractMultiple(row: Float64Array, other: Float64Array, factor: number, from: number, p: number): void {
  const negated = p - factor;
  for (let c = from; c < row.length; c++) {
    const entry = realAt(other, c);
    if (entry !== 0) row[c] = modulo(realAt(row, c) + negated * entry, p);
  }
}

function scale(row: Float64Array, factor: number, from: number, p: number): void {
  for (let c = from; c < row.length; c++) row[c] = modulo(realAt(row, c) * factor, p);
}

/** The multiplicative inverse of a non-zero element, by Euclid's algorithm. */
function inverse(element: number, p: number): number {
  let [a, b, x, y] = [element, p, 1, 0];
  while (b !== 0) {
    const quotient = Math.floor(a / b);
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return x < 0 ? x + p : x;
}
