import { expect, test } from 'vitest';
import { evaluate, meanOf } from '../../../../server/src/faro/forecast/evaluation.ts';
import { certainForecast, type Forecaster } from '../../../../server/src/faro/forecast/forecast.ts';
import { oracle } from '../../../../server/src/faro/forecast/oracle.ts';

const counts = [10, 20, 30, 40, 50];
const trace = [{ job: 'a', stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute: counts }] }];
const always = (levels: number[], minute: number[]): Forecaster => ({
  name: 'always',
  forecast: (_, horizon) => ({ levels, requests: new Array<number[]>(horizon).fill(minute) }),
});

test('every minute with its context before and its horizon after is judged', () => {
  const score = evaluate(always([0.5], [30]), trace, { horizonMinutes: 2, contextMinutes: 1 });
  // Forecasts at minutes 1, 2 and 3: of 20, 30; 30, 40; 40, 50.
  expect(score).toMatchObject({ forecasts: 3, minutes: 6, coverage: [] });
  expect(score.rmse).toBeCloseTo(Math.sqrt((100 + 0 + 0 + 100 + 100 + 400) / 6));
  expect(score.rmseByMinute.map((rmse) => rmse ** 2)).toEqual(
    [200 / 3, 500 / 3].map((mse) => expect.closeTo(mse, 9) as number),
  );
  expect(score.bias).toBeCloseTo((10 + 0 + 0 - 10 - 10 - 20) / 6);
  // At the median the loss is half the distance; at all levels together the same, since they are symmetrical.
  expect(score.pinball).toBeCloseTo((10 + 0 + 0 + 10 + 10 + 20) / 12);
});

test('a perfect forecast has no loss', () => {
  const perfect = oracle(new Map([['a', counts]]));
  expect(evaluate(perfect, trace, { horizonMinutes: 2, contextMinutes: 0 })).toMatchObject({
    rmse: 0,
    pinball: 0,
    bias: 0,
  });
});

test('coverage is what lies within the central intervals', () => {
  const forecaster = always([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95], [0, 15, 18, 30, 32, 42, 99]);
  const { coverage } = evaluate(forecaster, trace, { horizonMinutes: 1, contextMinutes: 0 });
  expect(coverage).toEqual([
    { nominal: 0.5, actual: 0.4 },
    { nominal: 0.8, actual: 0.6 },
    { nominal: 0.9, actual: 1 },
  ]);
});

test('a forecaster sees what came before, and the time of day', () => {
  const seen: unknown[] = [];
  const spy: Forecaster = { name: 'spy', forecast: (history) => void seen.push(history) };
  const late = [{ job: 'a', stretches: [{ firstDay: 1, firstMinute: 7, countsPerMinute: [1, 2, 3] }] }];
  expect(evaluate(spy, late, { horizonMinutes: 1, contextMinutes: 1 }).forecasts).toBe(0);
  expect(seen).toEqual([
    { job: 'a', firstMinute: 7, countsPerMinute: [1] },
    { job: 'a', firstMinute: 7, countsPerMinute: [1, 2] },
  ]);
});

test('the mean joins quantiles by straight lines', () => {
  expect(meanOf(certainForecast([3, 4]))).toEqual([3, 4]);
  expect(meanOf({ levels: [0.25, 0.75], requests: [[10, 30]] })).toEqual([20]);
});
