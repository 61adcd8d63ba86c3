import { describe, expect, test } from 'vitest';
import { certainForecast, lastMinutes, quantileOf } from '../../../../server/src/faro/forecast/forecast.ts';

describe('quantiles of a forecast', () => {
  const forecast = { levels: [0.1, 0.5, 0.9], requests: [[10, 20, 60]] };

  test('are those that it states, and linear between', () => {
    expect(quantileOf(forecast, 0.5)).toEqual([20]);
    expect(quantileOf(forecast, 0.3)[0]).toBeCloseTo(15);
    expect(quantileOf(forecast, 0.8)[0]).toBeCloseTo(50);
  });

  test('beyond the outermost levels are the outermost', () => {
    expect(quantileOf(forecast, 0.01)).toEqual([10]);
    expect(quantileOf(forecast, 0.999)).toEqual([60]);
    expect(quantileOf(certainForecast([7, 8]), 0.99)).toEqual([7, 8]);
  });
});

describe('last minutes', () => {
  const requests = (countsPerMinute: number[], horizon: number, minutes?: number): number[] | undefined => {
    const forecast = lastMinutes(minutes).forecast({ job: 'a', countsPerMinute, firstMinute: 0 }, horizon);
    return forecast && quantileOf(forecast, 0.5);
  };

  test('are carried forward', () => {
    expect(requests([1, 2, 60, 120, 180, 240, 300], 7)).toEqual([60, 120, 180, 240, 300]);
    expect(requests([60], 7)).toEqual([60]);
    expect(requests([60, 120, 180], 2, 5)).toEqual([120, 180]);
  });

  test('say nothing where nothing was counted', () => expect(requests([], 7)).toBeUndefined());
});
