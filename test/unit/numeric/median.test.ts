import { describe, expect, it } from 'vitest';
import { median } from '../../../server/src/numeric/median.ts';

describe('the median', () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[-1, 1], 0],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('leaves the numbers as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('of nothing is a mistake', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});
