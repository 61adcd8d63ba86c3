import { describe, expect, test } from 'vitest';
import { evaluate, type ForecastScore } from '../../../../server/src/faro/forecast/evaluation.ts';
import { lastMinutes, quantileOf, type Forecaster } from '../../../../server/src/faro/forecast/forecast.ts';
import { onDays, type PastTraffic } from '../../../../server/src/faro/forecast/past-traffic.ts';
import { seasonalForecaster } from '../../../../server/src/faro/forecast/seasonal-forecaster.ts';
import { trainSeasonal } from '../../../../server/src/faro/forecast/seasonal-training.ts';
import { dayTraffic, pastDays } from './day-traffic.ts';

function trained(past: PastTraffic): Forecaster {
  return seasonalForecaster(new Map([[past.job, trainSeasonal(past, { horizonMinutes: 7 })!]]));
}

const past = pastDays({ days: 12 });
const forecaster = trained(onDays(past, (day) => day <= 10));
const score = (judged: Forecaster, contextMinutes = 15): ForecastScore =>
  evaluate(judged, [onDays(past, (day) => day > 10)], { horizonMinutes: 7, contextMinutes });

describe('forecasts from past days', () => {
  test('are better than the last minutes, and say how sure they are', () => {
    const { rmse, coverage } = score(forecaster);
    expect(rmse).toBeLessThan(0.6 * score(lastMinutes(7)).rmse);
    for (const { nominal, actual } of coverage) expect(Math.abs(actual - nominal)).toBeLessThan(0.08);
  });

  test('are less sure of the minutes in which past days differed most', () => {
    // Now and then nothing comes for a minute, on the hour.
    const stretch = (firstDay: number) => {
      const countsPerMinute = dayTraffic({ days: 1, seed: firstDay });
      for (let hour = 0; hour < countsPerMinute.length; hour += 60)
        if ((firstDay + hour / 60) % 3 === 0) countsPerMinute[hour] = 0;
      return { firstDay, firstMinute: 0, countsPerMinute };
    };
    const uneven = trained({ ...past, stretches: Array.from({ length: 12 }, (_, day) => stretch(day + 1)) });
    const widthAt = (firstMinute: number): number => {
      const [minute] = uneven.forecast({ job: 'a', countsPerMinute: [], firstMinute }, 1)!.requests;
      return Math.sqrt(minute!.at(-1)!) - Math.sqrt(minute![0]!);
    };
    expect(widthAt(60)).toBeGreaterThan(2 * widthAt(30));
  });

  test('are there from the first minute on, and get better with what is counted', () => {
    expect(forecaster.forecast({ job: 'a', countsPerMinute: [], firstMinute: 0 }, 7)?.requests).toHaveLength(7);
    expect(score(forecaster, 0).forecasts).toBe(240 - 6);
    const firstMinute = 30;
    const atNoon = quantileOf(forecaster.forecast({ job: 'a', countsPerMinute: [], firstMinute }, 7)!, 0.5)[0]!;
    expect(Math.abs(atNoon / 640 - 1)).toBeLessThan(0.15);
  });

  test('follow counts that are far from any day before', () => {
    const countsPerMinute = dayTraffic({ days: 1, seed: 9 }).slice(0, 40);
    const usual = forecaster.forecast({ job: 'a', countsPerMinute, firstMinute: 0 }, 3)!;
    const threefold = countsPerMinute.map((count) => 3 * count);
    const unusual = forecaster.forecast({ job: 'a', countsPerMinute: threefold, firstMinute: 0 }, 3)!;
    expect(quantileOf(unusual, 0.5)[0]! / quantileOf(usual, 0.5)[0]!).toBeGreaterThan(2);
  });

  test('are made of numbers whatever was counted', () => {
    const odd = [[0, 0, 0, 0], [NaN, 5, Infinity, -3], new Array<number>(400).fill(0), [1e9]];
    for (const countsPerMinute of odd) {
      const { requests } = forecaster.forecast({ job: 'a', countsPerMinute, firstMinute: 17 }, 7)!;
      for (const minute of requests) {
        expect(minute.every((count) => count >= 0 && Number.isFinite(count))).toBe(true);
        expect(minute).toEqual([...minute].sort((a, b) => a - b));
      }
    }
  });

  test('are not made of jobs that were not learnt, nor without the time of day', () => {
    expect(forecaster.forecast({ job: 'b', countsPerMinute: [1, 2], firstMinute: 0 }, 7)).toBeUndefined();
    expect(forecaster.forecast({ job: 'a', countsPerMinute: [1, 2], firstMinute: NaN }, 7)).toBeUndefined();
  });
});

describe('training', () => {
  test('works from a single day, without the course of one', () => {
    const day = pastDays({ days: 1, minutesPerDay: 600 });
    const model = trainSeasonal(day, { horizonMinutes: 5 })!;
    expect(new Set(model.profile).size).toBe(1);
  });

  test('needs more minutes than it has weights', () => {
    expect(trainSeasonal(pastDays({ days: 1, minutesPerDay: 100 }), { horizonMinutes: 7 })).toBeUndefined();
    expect(trainSeasonal({ job: 'a', minutesPerDay: 60, stretches: [] }, { horizonMinutes: 7 })).toBeUndefined();
  });

  test('of a job without traffic expects none', () => {
    const idle: PastTraffic = {
      job: 'idle',
      minutesPerDay: 100,
      stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute: new Array<number>(500).fill(0) }],
    };
    const forecast = trained(idle).forecast({ job: 'idle', countsPerMinute: [0, 0, 0], firstMinute: 0 }, 7)!;
    expect(Math.max(...forecast.requests.flat())).toBeLessThan(1e-3);
  });

  test('stops when it is told to', () => {
    expect(trainSeasonal(past, { horizonMinutes: 7, shouldStop: () => true })).toBeUndefined();
  });
});
