import { describe, expect, it } from 'vitest';
import { addScaled, dot } from '../../../server/src/numeric/vector.ts';

describe('addScaled', () => {
  it('adds a multiple of a vector, of either precision', () => {
    const into = Float64Array.of(1, 2, 3);
    addScaled(into, 2, Float64Array.of(10, 20, 30));
    addScaled(into, -1, Float32Array.of(1, 1, 1));
    expect(into).toEqual(Float64Array.of(20, 41, 62));
  });

  it.each([1, 4])('refuses a vector of %d numbers', (length) => {
    expect(() => addScaled(new Float64Array(3), 1, new Float64Array(length))).toThrow(RangeError);
  });
});

describe('dot', () => {
  it('sums products from the first to the last', () => {
    expect(dot(Float64Array.of(1e16, 1, -1e16), Float64Array.of(1, 1, 1))).toBe(1e16 + 1 - 1e16);
    expect(dot(Float64Array.of(2, 3), Float32Array.of(4, 5))).toBe(23);
  });

  it.each([1, 4])('refuses a vector of %d numbers', (length) => {
    expect(() => dot(new Float64Array(3), new Float64Array(length))).toThrow(RangeError);
  });
});
