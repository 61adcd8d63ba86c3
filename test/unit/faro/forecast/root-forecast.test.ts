import { describe, expect, test } from 'vitest';
import { quantileOf } from '../../../../server/src/faro/forecast/forecast.ts';
import { stated, type RootForecast } from '../../../../server/src/faro/forecast/root-forecast.ts';
import { QUANTILE_LEVELS } from '../../../../server/src/faro/forecast/traffic-scale.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { thinned } from './day-traffic.ts';

/** Standard normal quantiles at the stated levels. */
const NORMAL = [-2.054, -1.645, -1.282, -0.842, -0.524, -0.253, 0, 0.253, 0.524, 0.842, 1.282, 1.645, 2.054];

const forecast = (centre: number, deviation: number): RootForecast => ({
  quantiles: [0, 1, 2].map(() => Float64Array.from(NORMAL, (z) => centre + deviation * z)),
  correlations: [1, 0.8, 0],
});

describe('a forecast on the minute', () => {
  test('states requests that are never negative and never fall with the level', () => {
    const { levels, requests } = stated(forecast(1, 2));
    expect(levels).toEqual(QUANTILE_LEVELS);
    for (const minute of requests) {
      expect(minute).toEqual([...minute].sort((a, b) => a - b));
      expect(minute[0]).toBe(0);
    }
  });
});

describe('the minute under way', () => {
  const median = (requests: number, seconds: number, centre = 20): number[] =>
    quantileOf(stated(forecast(centre, 1), { requests, seconds }), 0.5);

  test('says nothing before it began, and everything when it is over', () => {
    expect(stated(forecast(20, 1), { requests: 0, seconds: 0 })).toEqual(stated(forecast(20, 1)));
    for (const count of stated(forecast(20, 1), { requests: 300, seconds: 60 }).requests[0]!)
      expect(count).toBeCloseTo(300);
    expect(stated(forecast(20, 1), { requests: NaN, seconds: 20 })).toEqual(stated(forecast(20, 1)));
  });

  test('moves the minutes after it as far as their errors go together', () => {
    const [first, second, third] = median(300, 30).map((count, h) => count - median(0, 0)[h]!) as [
      number,
      number,
      number,
    ];
    expect(first).toBeGreaterThan(80);
    expect(second).toBeGreaterThan(0.6 * first);
    expect(second).toBeLessThan(first);
    expect(third).toBeCloseTo(0);
  });

  test('is never below what has arrived', () => {
    for (const seconds of [1, 10, 59.9, 60, 61])
      expect(Math.min(...stated(forecast(20, 1), { requests: 900, seconds }).requests[0]!)).toBeGreaterThanOrEqual(900);
  });

  test('believes a burst that was thought impossible', () => {
    // 400 were expected; 250 in ten seconds are the pace of 1500.
    expect(median(250, 10)[0]).toBeGreaterThan(1200);
    // None in half a minute: an outage.
    expect(median(0, 30)[0]).toBeLessThan(60);
  });

  test.each([5, 15, 30, 50])('is calibrated after %d seconds', (seconds) => {
    const random = randomStream(7, 'truth');
    let [below, inside] = [0, 0];
    const trials = 600;
    for (let trial = 0; trial < trials; trial++) {
      const total = Math.round((20 + random.normal()) ** 2);
      const requests = thinned(total, seconds / 60, trial);
      const quantiles = stated(forecast(20, 1), { requests, seconds });
      const [low, middle, high] = [0.1, 0.5, 0.9].map((level) => quantileOf(quantiles, level)[0]!);
      if (total < middle!) below++;
      if (total >= low! && total <= high!) inside++;
    }
    expect(below / trials).toBeGreaterThan(0.43);
    expect(below / trials).toBeLessThan(0.57);
    expect(inside / trials).toBeGreaterThan(0.76);
    expect(inside / trials).toBeLessThan(0.86);
  });
});
