import { realAt } from './at.ts';

/** Numbers in rows and columns, row by row in one array. */
export class Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.values = new Float64Array(rows * columns);
  }

  at(row: number, column: number): number {
    return realAt(this.values, row * this.columns + column);
  }

  set(row: number, column: number, value: number): void {
    this.values[row * this.columns + column] = value;
  }

  fill(value: number): this {
    this.values.fill(value);
    return this;
  }
}
