import { expect, test } from 'vitest';
import { firstOf } from '../../../../server/src/faro/forecast/first-of.ts';
import { lastMinutes, quantileOf } from '../../../../server/src/faro/forecast/forecast.ts';
import { oracle } from '../../../../server/src/faro/forecast/oracle.ts';

const forecaster = oracle(new Map([['a', [1, 2, 3, 4]]]));
const after = (
  countsPerMinute: number[],
  job = 'a',
): { job: string; countsPerMinute: number[]; firstMinute: number } => ({
  job,
  countsPerMinute,
  firstMinute: 0,
});

test('an oracle says what comes, and nothing after the end', () => {
  expect(quantileOf(forecaster.forecast(after([]), 2)!, 0.5)).toEqual([1, 2]);
  expect(quantileOf(forecaster.forecast(after([9, 9, 9]), 7)!, 0.9)).toEqual([4]);
  expect(forecaster.forecast(after([1, 2, 3, 4]), 7)).toBeUndefined();
  expect(forecaster.forecast(after([], 'b'), 7)).toBeUndefined();
});

test('where one forecaster says nothing, the next is asked', () => {
  const both = firstOf(forecaster, lastMinutes());
  expect(both.name).toBe('oracle, else last-minutes');
  expect(quantileOf(both.forecast(after([1, 2]), 1)!, 0.5)).toEqual([3]);
  expect(quantileOf(both.forecast(after([7], 'b'), 1)!, 0.5)).toEqual([7]);
  expect(both.forecast(after([], 'b'), 1)).toBeUndefined();
});
