import { describe, expect, it } from 'vitest';
import { isRounding, Matrix } from '../../../server/src/numeric/matrix.ts';

const rowsOf = (matrix: Matrix): number[][] => Array.from({ length: matrix.rows }, (_, i) => [...matrix.row(i)]);
const sample = (): Matrix =>
  Matrix.of(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    3,
  );

describe('Matrix', () => {
  it('holds numbers by row and column', () => {
    const matrix = new Matrix(2, 3).fill(-1);
    matrix.set(1, 2, 5);
    matrix.set(0, 1, 4);
    expect([matrix.at(0, 0), matrix.at(0, 1), matrix.at(1, 2)]).toEqual([-1, 4, 5]);
    expect([...matrix.values]).toEqual([-1, 4, -1, -1, -1, 5]);
  });

  it('is made of rows, and gives them without a copy', () => {
    const matrix = Matrix.of([[1], [2, 3]], 2);
    matrix.row(0)[1] = 9;
    expect(rowsOf(matrix)).toEqual([
      [1, 9],
      [2, 3],
    ]);
  });

  it('multiplies rows with vectors and with one another', () => {
    const matrix = sample();
    expect(matrix.dotRow(1, Float64Array.of(1, 10, 100))).toBe(654);
    expect(matrix.dotRows(0, matrix, 1)).toBe(32);
    expect(matrix.squaredLength(0)).toBe(14);
  });

  it('takes a product for nothing where it may be rounding alone', () => {
    const matrix = Matrix.of([[1, 1, -1]], 3);
    expect(matrix.dotRowUnlessRounding(0, Float64Array.of(1e16, 1, 1e16))).toBe(0);
    expect(matrix.dotRowUnlessRounding(0, Float64Array.of(3, 1, 2))).toBe(2);
    expect(matrix.dotRowUnlessRounding(0, Float64Array.of(3, 1, 2), 5, 5)).toBe(7);
    expect(matrix.dotRowUnlessRounding(0, Float64Array.of(3, 1, 2), 5, 1e20)).toBe(0);
    expect([isRounding(1, 1e-20), isRounding(1, 1e-3)]).toEqual([true, false]);
  });

  it('adds multiples of rows to vectors, and of vectors to rows', () => {
    const matrix = sample();
    const vector = Float64Array.of(1, 1, 1);
    matrix.addRowTo(vector, 2, 0);
    expect([...vector]).toEqual([3, 5, 7]);
    matrix.addToRow(1, -1, vector);
    matrix.divideRow(0, 2);
    expect(rowsOf(matrix)).toEqual([
      [0.5, 1, 1.5],
      [1, 0, -1],
    ]);
  });

  it('copies, sets and scales rows, and adds those of another', () => {
    const matrix = sample();
    const copy = new Float64Array(3);
    matrix.copyRow(1, copy);
    matrix.scaleRow(1, -1);
    matrix.addRow(1, 10, matrix, 0);
    matrix.setRow(0, Float64Array.of(7, 8, 9));
    expect([...copy]).toEqual([4, 5, 6]);
    expect(rowsOf(matrix)).toEqual([
      [7, 8, 9],
      [6, 15, 24],
    ]);
  });

  it('swaps and turns rows', () => {
    const matrix = sample();
    matrix.swapRows(0, 1);
    matrix.rotateRows(0, 1, 0.6, 0.8);
    expect(rowsOf(matrix)).toEqual([
      [0.6 * 4 + 0.8 * 1, 0.6 * 5 + 0.8 * 2, 0.6 * 6 + 0.8 * 3],
      [0.6 * 1 - 0.8 * 4, 0.6 * 2 - 0.8 * 5, 0.6 * 3 - 0.8 * 6],
    ]);
  });

  it('measures how far a transposed matrix is from its inverse', () => {
    const matrix = Matrix.of(
      [
        [2, 0],
        [1, 4],
      ],
      2,
    );
    const transposedInverse = Matrix.of(
      [
        [0.5, -0.125],
        [0, 0.25],
      ],
      2,
    );
    expect(transposedInverse.distanceToInverse(matrix)).toBe(0);
    transposedInverse.set(0, 0, 0.75);
    expect(transposedInverse.distanceToInverse(matrix)).toBe(0.5);
  });
});

describe('what does not belong together', () => {
  const matrix = sample();
  const [short, long] = [new Float64Array(2), new Float64Array(4)];

  it.each([
    ['a row below the first', () => matrix.at(-1, 0)],
    ['a row after the last', () => matrix.row(2)],
    ['no row at all', () => matrix.squaredLength(NaN)],
    ['a row to swap with that is not there', () => matrix.swapRows(0, 2)],
    ['a row to turn that is not there', () => matrix.rotateRows(2, 0, 1, 0)],
    ['a row to divide that is not there', () => matrix.divideRow(2, 1)],
    ['a vector that is too short', () => matrix.dotRow(0, short)],
    ['a vector that is too long', () => matrix.dotRowUnlessRounding(0, long)],
    ['a vector to add to that is too short', () => matrix.addRowTo(short, 1, 0)],
    ['a vector to add that is too long', () => matrix.addToRow(0, 1, long)],
    ['a matrix with other columns', () => matrix.dotRows(0, new Matrix(2, 2), 0)],
    ['a row to copy that is longer', () => matrix.copyRow(0, short)],
    ['a vector to set that is too long', () => matrix.setRow(0, long)],
    ['a row to scale that is not there', () => matrix.scaleRow(2, 1)],
    ['a row to add that is not there', () => matrix.addRow(0, 1, matrix, 2)],
    ['a row to add with other columns', () => matrix.addRow(0, 1, new Matrix(2, 2), 0)],
    ['an inverse with other columns', () => matrix.distanceToInverse(new Matrix(3, 2))],
    ['a row that is longer than the matrix', () => Matrix.of([[1, 2, 3]], 2)],
  ])('refuses %s', (_, use) => {
    expect(use).toThrow(RangeError);
  });
});
