import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../../../server/src/faro/forecast/evaluation.ts';
import { lastMinutes, quantileOf } from '../../../../../server/src/faro/forecast/forecast.ts';
import { FARO_SHAPE, type NhitsShape } from '../../../../../server/src/faro/forecast/nhits/nhits.ts';
import { nhitsForecaster } from '../../../../../server/src/faro/forecast/nhits/nhits-forecaster.ts';
import { trainNhits } from '../../../../../server/src/faro/forecast/nhits/nhits-training.ts';
import { onDays } from '../../../../../server/src/faro/forecast/past-traffic.ts';
import { dayTraffic, pastDays } from '../day-traffic.ts';

const past = pastDays({ days: 12 });
const days = onDays(past, (day) => day <= 10);
const shape: NhitsShape = { ...FARO_SHAPE, width: 16 };
const options = { shape, seed: 1, epochs: 12, rate: 3e-3, dropout: 0 };

describe('training', () => {
  const model = trainNhits(days, options)!;
  const judged = [onDays(past, (day) => day > 10)];
  const window = { horizonMinutes: 7, contextMinutes: 15 };

  test('makes a network that knows better than the last minutes, and how well', () => {
    const { rmse, coverage } = evaluate(nhitsForecaster(new Map([['a', model]])), judged, window);
    expect(rmse).toBeLessThan(0.75 * evaluate(lastMinutes(7), judged, window).rmse);
    for (const { nominal, actual } of coverage) expect(Math.abs(actual - nominal)).toBeLessThan(0.12);
  });

  test('of the mean alone leaves nothing open', () => {
    const mean = trainNhits(days, { ...options, shape: { ...shape, head: 'mean' } })!;
    const forecaster = nhitsForecaster(new Map([['a', mean]]));
    expect(evaluate(forecaster, judged, window).rmse).toBeLessThan(
      0.75 * evaluate(lastMinutes(7), judged, window).rmse,
    );
    const history = { job: 'a', countsPerMinute: dayTraffic({ days: 1 }), firstMinute: 0 };
    expect(forecaster.forecast(history, 7)!.levels).toEqual([0.5]);
  });

  test('gives the same network for the same seed', () => {
    const short = { ...options, epochs: 1 };
    expect(trainNhits(days, short)!.parameters).toEqual(trainNhits(days, short)!.parameters);
    expect(trainNhits(days, { ...short, seed: 2 })!.parameters).not.toEqual(trainNhits(days, short)!.parameters);
  });

  test('tells how far it is, and stops when it is told to', () => {
    const shares: number[] = [];
    trainNhits(days, { ...options, epochs: 3, onProgress: (share) => shares.push(share) });
    expect(shares).toEqual([1 / 3, 2 / 3, 1]);
    let asked = 0;
    expect(trainNhits(days, { ...options, shouldStop: () => ++asked > 2 })).toBeUndefined();
    expect(asked).toBe(3);
  });

  test('needs something to learn from', () => {
    expect(trainNhits({ ...past, stretches: [] }, options)).toBeUndefined();
    expect(trainNhits(pastDays({ days: 1, minutesPerDay: 40 }), options)).toBeUndefined();
    expect(trainNhits(pastDays({ days: 1, minutesPerDay: 600 }), { ...options, epochs: 1 })).toBeDefined();
  });

  test('of a job without traffic expects next to none', () => {
    const idle = {
      ...past,
      stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute: new Array<number>(400).fill(0) }],
    };
    const forecaster = nhitsForecaster(new Map([['a', trainNhits(idle, options)!]]));
    const forecast = forecaster.forecast(
      { job: 'a', countsPerMinute: new Array<number>(20).fill(0), firstMinute: 0 },
      7,
    )!;
    expect(Math.max(...quantileOf(forecast, 0.9))).toBeLessThan(2);
  });
});

describe('forecasts of a network', () => {
  const forecaster = nhitsForecaster(new Map([['a', trainNhits(days, { ...options, epochs: 1 })!]]));

  test('need as many minutes as it looks back', () => {
    const counts = dayTraffic({ days: 1 });
    expect(forecaster.forecast({ job: 'a', countsPerMinute: counts.slice(0, 14), firstMinute: 0 }, 7)).toBeUndefined();
    expect(forecaster.forecast({ job: 'b', countsPerMinute: counts, firstMinute: 0 }, 7)).toBeUndefined();
    expect(forecaster.forecast({ job: 'a', countsPerMinute: counts, firstMinute: 0 }, 3)!.requests).toHaveLength(3);
    const further = forecaster.forecast({ job: 'a', countsPerMinute: counts, firstMinute: 0 }, 30)!;
    expect(further.requests).toHaveLength(7);
  });

  test('weigh the minute under way', () => {
    const history = { job: 'a', countsPerMinute: dayTraffic({ days: 1 }), firstMinute: 0 };
    const before = quantileOf(forecaster.forecast(history, 7)!, 0.5)[0]!;
    const underWay = { requests: before, seconds: 30 };
    expect(quantileOf(forecaster.forecast({ ...history, underWay }, 7)!, 0.5)[0]!).toBeGreaterThan(1.3 * before);
  });
});
