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
    if (value === undefined) throw outside(this, row);
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
    const from = beginOf(this, row);
    return this.values.subarray(from, from + this.columns);
  }

  /** Σ row · vector. */
  dotRow(row: number, vector: Float64Array): number {
    const from = meeting(this, row, vector);
    const values = this.values;
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += values[from + i]! * vector[i]!;
    return sum;
  }

  /** start + Σ row · vector, where `size` is how large the start's own terms are; 0 where it may be rounding alone. */
  dotRowUnlessRounding(row: number, vector: Float64Array, start = 0, size = 0): number {
    const from = meeting(this, row, vector);
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
    sameColumns(this, other);
    const a = beginOf(this, row);
    const b = beginOf(other, otherRow);
    const [values, others] = [this.values, other.values];
    let sum = 0;
    for (let i = 0; i < this.columns; i++) sum += values[a + i]! * others[b + i]!;
    return sum;
  }

  /** The largest entry, by magnitude, of this · otherᵀ - 1: 0 where the transposed other is the inverse. */
  distanceToInverse(other: Matrix): number {
    sameColumns(this, other);
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
    const from = meeting(this, row, vector);
    const values = this.values;
    for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! + factor * values[from + i]!;
  }

  /** row += factor · vector. */
  addToRow(row: number, factor: number, vector: Float64Array): void {
    const from = meeting(this, row, vector);
    const values = this.values;
    for (let i = 0; i < vector.length; i++) values[from + i] = values[from + i]! + factor * vector[i]!;
  }

  /** Σ row · row. */
  squaredLength(row: number): number {
    const from = beginOf(this, row);
    const values = this.values;
    let sum = 0;
    for (let i = from; i < from + this.columns; i++) sum += values[i]! * values[i]!;
    return sum;
  }

  /** row += factor · a row of another matrix. */
  addRow(row: number, factor: number, other: Matrix, otherRow: number): void {
    sameColumns(this, other);
    const a = beginOf(this, row);
    const b = beginOf(other, otherRow);
    const [values, others] = [this.values, other.values];
    for (let i = 0; i < this.columns; i++) values[a + i] = values[a + i]! + factor * others[b + i]!;
  }

  setRow(row: number, vector: Float64Array): void {
    const from = meeting(this, row, vector);
    const values = this.values;
    for (let i = 0; i < vector.length; i++) values[from + i] = vector[i]!;
  }

  copyRow(row: number, into: Float64Array): void {
    const from = meeting(this, row, into);
    const values = this.values;
    for (let i = 0; i < into.length; i++) into[i] = values[from + i]!;
  }

  scaleRow(row: number, factor: number): void {
    const from = beginOf(this, row);
    const values = this.values;
    for (let i = from; i < from + this.columns; i++) values[i] = values[i]! * factor;
  }

  divideRow(row: number, by: number): void {
    const from = beginOf(this, row);
    const values = this.values;
    for (let i = from; i < from + this.columns; i++) values[i] = values[i]! / by;
  }

  swapRows(one: number, other: number): void {
    const a = beginOf(this, one);
    const b = beginOf(this, other);
    const values = this.values;
    for (let i = 0; i < this.columns; i++) {
      const value = values[a + i]!;
      values[a + i] = values[b + i]!;
      values[b + i] = value;
    }
  }

  /** A rotation in the plane of two rows: one becomes cos · one + sin · other, and the other cos · other - sin · one. */
  rotateRows(one: number, other: number, cos: number, sin: number): void {
    const a = beginOf(this, one);
    const b = beginOf(this, other);
    const values = this.values;
    for (let i = 0; i < this.columns; i++) {
      const x = values[a + i]!;
      const y = values[b + i]!;
      values[a + i] = cos * x + sin * y;
      values[b + i] = cos * y - sin * x;
    }
  }
}

// Functions, since private methods check their object at every call.

/** Where a row begins. */
function beginOf(matrix: Matrix, row: number): number {
  if (!(row >= 0 && row < matrix.rows)) throw outside(matrix, row);
  return row * matrix.columns;
}

/** Where a row begins that a vector is as long as. */
function meeting(matrix: Matrix, row: number, vector: Float64Array): number {
  if (vector.length !== matrix.columns) throw unequal(matrix.columns, vector.length);
  return beginOf(matrix, row);
}

function sameColumns(one: Matrix, other: Matrix): void {
  if (one.columns !== other.columns) throw unequal(one.columns, other.columns);
}

function outside({ rows, columns }: Matrix, row: number): RangeError {
  return new RangeError(`there is no row ${row} in a matrix of ${rows} by ${columns}`);
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
