import { expect, it } from 'vitest';
import { Matrix } from '../../../server/src/numeric/matrix.ts';

it('holds numbers by row and column', () => {
  const matrix = new Matrix(2, 3).fill(-1);
  matrix.set(1, 2, 5);
  matrix.set(0, 1, 4);
  expect([matrix.at(0, 0), matrix.at(0, 1), matrix.at(1, 2)]).toEqual([-1, 4, 5]);
  expect([...matrix.values]).toEqual([-1, 4, -1, -1, -1, 5]);
});

it('refuses what lies outside', () => {
  const matrix = new Matrix(2, 3);
  expect(() => matrix.at(2, 0)).toThrow(RangeError);
  expect(() => matrix.at(-1, 0)).toThrow(RangeError);
});
