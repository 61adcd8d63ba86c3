import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../../server/src/faro/forecast/evaluation.ts';
import { lastMinutes, quantileOf, type Forecast } from '../../../../server/src/faro/forecast/forecast.ts';
import { onlineForecaster } from '../../../../server/src/faro/forecast/online-forecaster.ts';
import { dayTraffic } from './day-traffic.ts';

const counts = dayTraffic({ days: 1, minutesPerDay: 360 });
const trace = [{ job: 'a', stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute: counts }] }];
const window = { horizonMinutes: 7, contextMinutes: 5 };

function after(countsPerMinute: readonly number[], forecaster = onlineForecaster()): Forecast {
  return forecaster.forecast({ job: 'a', countsPerMinute, firstMinute: NaN }, 7)!;
}

describe('forecasts without past days', () => {
  test('are better than the last minutes, and say how sure they are', () => {
    const { rmse, coverage } = evaluate(onlineForecaster(), trace, window);
    expect(rmse).toBeLessThan(0.9 * evaluate(lastMinutes(7), trace, window).rmse);
    for (const { nominal, actual } of coverage) expect(Math.abs(actual - nominal)).toBeLessThan(0.1);
  });

  test('begin with the first minute, and say nothing before', () => {
    expect(onlineForecaster().forecast({ job: 'a', countsPerMinute: [], firstMinute: 0 }, 7)).toBeUndefined();
    const first = after([400]);
    expect(first.requests).toHaveLength(7);
    expect(quantileOf(first, 0.5)[0]).toBeCloseTo(400);
    expect(quantileOf(first, 0.9)[6]! - quantileOf(first, 0.1)[6]!).toBeGreaterThan(60);
  });

  test('learn what comes again and again', () => {
    const everyFive = Array.from({ length: 200 }, (_, i) => (i % 5 === 0 ? 900 : 100));
    const coming = quantileOf(after(everyFive), 0.5);
    expect(coming[0]).toBeGreaterThan(700);
    expect(coming[5]).toBeGreaterThan(700);
    for (const h of [1, 2, 3, 4]) expect(coming[h]).toBeLessThan(200);
  });

  test('depend on the history alone, whatever was asked before', () => {
    const forecaster = onlineForecaster();
    for (const length of [3, 50, 51, 120, 119, 300, 20]) {
      const history = counts.slice(0, length);
      expect(after(history, forecaster)).toEqual(after(history));
    }
    const other = counts.map((count) => count + 1);
    expect(after(other, forecaster)).toEqual(after(other));
  });

  test('are made of numbers whatever was counted', () => {
    for (const odd of [[0], new Array<number>(500).fill(0), [NaN], [5, NaN, Infinity, -1, 3], [1e9, 0, 1e9]]) {
      for (const minute of after(odd).requests) {
        expect(minute.every((count) => count >= 0 && Number.isFinite(count))).toBe(true);
        expect(minute).toEqual([...minute].sort((a, b) => a - b));
      }
    }
  });

  test('see as far as they were told to', () => {
    const history = { job: 'a', countsPerMinute: counts.slice(0, 60), firstMinute: 0 };
    expect(onlineForecaster(4).forecast(history, 7)!.requests).toHaveLength(4);
    expect(onlineForecaster(4).forecast(history, 2)!.requests).toHaveLength(2);
  });
});
