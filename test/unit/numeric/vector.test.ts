import { describe, expect, it } from 'vitest';
import { addScaled, blend, dot, setSum } from '../../../server/src/numeric/vector.ts';

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

describe('setSum and blend', () => {
  it('overwrite a vector', () => {
    const into = Float64Array.of(9, 9);
    setSum(into, Float64Array.of(1, 2), 10, Float64Array.of(3, 4));
    expect([...into]).toEqual([31, 42]);
    blend(into, 2, -1, Float64Array.of(60, 80));
    expect([...into]).toEqual([2, 4]);
  });

  it('refuse vectors of other lengths', () => {
    const [two, three] = [new Float64Array(2), new Float64Array(3)];
    expect(() => setSum(two, three, 1, two)).toThrow(RangeError);
    expect(() => setSum(two, two, 1, three)).toThrow(RangeError);
    expect(() => blend(two, 1, 1, three)).toThrow(RangeError);
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
