/* eslint-disable @typescript-eslint/no-non-null-assertion -- rows and vectors are compared with the matrix before the loops, which are the innermost of the engines */
/** Numbers in rows and columns, row by row in one array. Sums over a row go from its first column to its last. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.values = new Float64Array(rows * columns);
  }

  /** @param columns of each row; rows that are shorter end with zeros. */
  static of(rows: readonly ArrayLike<number>[], columns: number): Matrix {
    const matrix = new Matrix(rows.length, columns);
    for (const [i, row] of rows.entries()) matrix.row(i).set(row);
    return matrix;
  }

  at(row: number, column: number): number {
    const value = this.values[row * this.columns + column];
    if (value === undefined) throw this.#outside(row);
    return value;
  }

  set(row: number, column: number, value: number): void {
    this.values[row * this.columns + column] = value;
  }

  fill(value: number): this {
    this.values.fill(value);
    return this;
  }

  /** A row by itself: what is written to it is written to the matrix. */
  row(row: number): Float64Array {
    const from = this.#begin(row);
    return this.values.subarray(from, from + this.columns);
  }

  /** Σ row · vector. */
  dotRow(row: number, vector: Float64Array): number {
    const from = this.#meet(row, vector);
    const values = this.values;
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += values[from + i]! * vector[i]!;
    return sum;
  }

  /** start + Σ row · vector, where `size` is how large the start's own terms are; 0 where it may be rounding alone. */
  dotRowUnlessRounding(row: number, vector: Float64Array, start = 0, size = 0): number {
    const from = this.#meet(row, vector);
    const values = this.values;
    let sum = start;
    let magnitude = size;
    for (let i = 0; i < vector.length; i++) {
      const term = values[from + i]! * vector[i]!;
      sum += term;
      magnitude += Math.abs(term);
    }
    return isRounding(magnitude, sum) ? 0 : sum;
  }

  /** Σ row · a row of another matrix. */
  dotRows(row: number, other: Matrix, otherRow: number): number {
    this.#sameColumns(other);
    const a = this.#begin(row);
    const b = other.#begin(otherRow);
    const [values, others] = [this.values, other.values];
    let sum = 0;
    for (let i = 0; i < this.columns; i++) sum += values[a + i]! * others[b + i]!;
    return sum;
  }

  /** The largest entry, by magnitude, of this · otherᵀ - 1: 0 where the transposed other is the inverse. */
  distanceToInverse(other: Matrix): number {
    this.#sameColumns(other);
    const [values, others, columns] = [this.values, other.values, this.columns];
    let most = 0;
    for (let i = 0; i < this.rows; i++) {
      for (let j = 0; j < other.rows; j++) {
        let sum = i === j ? -1 : 0;
        for (let k = 0; k < columns; k++) sum += values[i * columns + k]! * others[j * columns + k]!;
        most = Math.max(most, Math.abs(sum));
      }
    }
    return most;
  }

  /** vector += factor · row. */
  addRowTo(vector: Float64Array, factor: number, row: number): void {
    const from = this.#meet(row, vector);
    const values = this.values;
    for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! + factor * values[from + i]!;
  }

  /** row += factor · vector. */
  addToRow(row: number, factor: number, vector: Float64Array): void {
    const from = this.#meet(row, vector);
    const values = this.values;
    for (let i = 0; i < vector.length; i++) values[from + i] = values[from + i]! + factor * vector[i]!;
  }

  /** Σ row · row. */
  squaredLength(row: number): number {
    const from = this.#begin(row);
    const values = this.values;
    let sum = 0;
    for (let i = from; i < from + this.columns; i++) sum += values[i]! * values[i]!;
    return sum;
  }

  divideRow(row: number, by: number): void {
    const from = this.#begin(row);
    const values = this.values;
    for (let i = from; i < from + this.columns; i++) values[i] = values[i]! / by;
  }

  swapRows(one: number, other: number): void {
    const a = this.#begin(one);
    const b = this.#begin(other);
    const values = this.values;
    for (let i = 0; i < this.columns; i++) {
      const value = values[a + i]!;
      values[a + i] = values[b + i]!;
      values[b + i] = value;
    }
  }

  /** A rotation in the plane of two rows: one becomes cos · one + sin · other, and the other cos · other - sin · one. */
  rotateRows(one: number, other: number, cos: number, sin: number): void {
    const a = this.#begin(one);
    const b = this.#begin(other);
    const values = this.values;
    for (let i = 0; i < this.columns; i++) {
      const x = values[a + i]!;
      const y = values[b + i]!;
      values[a + i] = cos * x + sin * y;
      values[b + i] = cos * y - sin * x;
    }
  }

  #sameColumns(other: Matrix): void {
    if (other.columns !== this.columns) throw unequal(this.columns, other.columns);
  }

  /** Where a row begins. */
  #begin(row: number): number {
    if (!(row >= 0 && row < this.rows)) throw this.#outside(row);
    return row * this.columns;
  }

  #outside(row: number): RangeError {
    return new RangeError(`there is no row ${row} in a matrix of ${this.rows} by ${this.columns}`);
  }

  #meet(row: number, vector: Float64Array): number {
    if (vector.length !== this.columns) throw unequal(this.columns, vector.length);
    return this.#begin(row);
  }
}

/** Whether an amount vanishes beside a size even when it is taken tenfold smaller. */
export function isRounding(size: number, amount: number): boolean {
  const tenth = size + 0.1 * Math.abs(amount);
  const fifth = size + 0.2 * Math.abs(amount);
  return size >= tenth || tenth >= fifth;
}

function unequal(columns: number, length: number): RangeError {
  return new RangeError(`a row of ${columns} numbers cannot meet ${length}`);
}
