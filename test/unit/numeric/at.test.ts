import { describe, expect, it } from 'vitest';
import {
  addToInt,
  addToReal,
  floatAt,
  intAt,
  itemAt,
  lastOf,
  numberAt,
  realAt,
} from '../../../server/src/numeric/at.ts';

const readers = {
  itemAt: (index: number) => itemAt([10, 20], index),
  realAt: (index: number) => realAt(Float64Array.of(10, 20), index),
  floatAt: (index: number) => floatAt(Float32Array.of(10, 20), index),
  numberAt: (index: number) => numberAt(Float32Array.of(10, 20), index),
  intAt: (index: number) => intAt(Int32Array.of(10, 20), index),
};

describe.each(Object.entries(readers))('%s', (_, read) => {
  it('gives what is at an index', () => {
    expect([read(0), read(1)]).toEqual([10, 20]);
  });

  it.each([-1, 2, 0.5, NaN])('refuses the index %d', (index) => {
    expect(() => read(index)).toThrow(new RangeError(`there is no element ${index} in a list of 2`));
  });
});

it('takes null, 0, NaN and an empty text for elements', () => {
  expect([itemAt([null], 0), itemAt([0], 0), itemAt([NaN], 0), itemAt([''], 0)]).toEqual([null, 0, NaN, '']);
});

describe('lastOf', () => {
  it('gives the last element', () => {
    expect(lastOf(['a', 'b'])).toBe('b');
  });

  it('refuses an empty list', () => {
    expect(() => lastOf([])).toThrow(RangeError);
  });
});

describe.each([
  ['addToInt', addToInt, Int32Array.of(1, 2)],
  ['addToReal', addToReal, Float64Array.of(1, 2)],
] as const)('%s', (_, add, numbers) => {
  it('adds and gives the sum', () => {
    expect(add(numbers as never, 1, 5)).toBe(7);
    expect([...numbers]).toEqual([1, 7]);
  });

  it('refuses an index outside', () => {
    expect(() => add(numbers as never, 2, 1)).toThrow(RangeError);
    expect(numbers).toHaveLength(2);
  });
});
