import { expect, it } from 'vitest';
import { IntSets } from '../../../server/src/numeric/int-sets.ts';

it('joins numbers into sets, of which the least stands for each', () => {
  const sets = new IntSets(6);
  for (const [a, b] of [
    [4, 5],
    [1, 4],
    [5, 1],
    [0, 2],
  ] as const)
    sets.join(a, b);
  expect(Array.from({ length: 6 }, (_, i) => sets.find(i))).toEqual([0, 1, 0, 3, 1, 1]);
  expect(sets.count).toBe(3);
});
