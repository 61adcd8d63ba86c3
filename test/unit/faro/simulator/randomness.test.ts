import { describe, expect, test } from 'vitest';
import { minuteArrivals } from '../../../../server/src/faro/simulator/arrivals.ts';
import { normalQuantile } from '../../../../server/src/faro/simulator/normal-quantile.ts';
import { percentileOf } from '../../../../server/src/faro/simulator/percentile.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import {
  measuredResNet34,
  measuredRouterPass,
  serviceTimes,
  lognormalTimes,
} from '../../../../server/src/faro/simulator/service-time.ts';

function mean(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) [sum, count] = [sum + value, count + 1];
  return sum / count;
}

describe('random numbers', () => {
  test('are the same for the same seed and stream, and others for others', () => {
    const draw = (seed: number, stream: string) => {
      const random = randomStream(seed, stream);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
  });

  test('have the moments of their distributions', () => {
    const random = randomStream(3, 'moments');
    const of = (draw: () => number) => Array.from({ length: 100_000 }, draw);
    expect(mean(of(() => random.uniform()))).toBeCloseTo(0.5, 2);
    expect(mean(of(() => random.exponential()))).toBeCloseTo(1, 1);
    const normal = of(() => random.normal());
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((z) => z * z))).toBeCloseTo(1, 1);
  });
});

describe('normal quantiles', () => {
  test('are those of the tables, and odd about one half', () => {
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.99)).toBeCloseTo(2.326347874, 8);
    expect(normalQuantile(1e-9)).toBeCloseTo(-5.997807015, 7);
    for (const p of [0.001, 0.02, 0.0243, 0.3]) expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 8);
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });
});

describe('service times', () => {
  test('have the mean, the spread and the tail that were measured', () => {
    const draw = lognormalTimes(measuredResNet34, randomStream(3, 'service'));
    const times = Array.from({ length: 400_000 }, draw);
    expect(mean(times)).toBeCloseTo(0.15428, 3);
    expect(Math.sqrt(mean(times.map((time) => (time - 0.15428) ** 2)))).toBeCloseTo(0.0331, 3);
    expect(percentileOf(Float32Array.from(times), 99)).toBeCloseTo(0.26256, 2);
    expect(percentileOf(Float32Array.from(times), 99.99)).toBeCloseTo(0.4096, 1);
    expect(Math.min(...times.slice(0, 100_000))).toBeGreaterThan(0.0793);
    expect(
      mean(Array.from({ length: 100_000 }, lognormalTimes(measuredRouterPass, randomStream(1, 'router')))),
    ).toBeCloseTo(0.0046, 4);
  });

  test('are the declared one where nothing else is known', () => {
    const draw = serviceTimes({ kind: 'declared' }, 180, randomStream(1, 'service'));
    expect([draw(), draw()]).toEqual([0.18, 0.18]);
  });
});

describe('arrivals', () => {
  test('are as many as the trace has, in order; the first of a minute comes at once', () => {
    const { times, minuteStarts } = minuteArrivals([3, 0, 500], randomStream(1, 'arrivals'));
    expect(times.length).toBe(503);
    expect([...times]).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBe(0);
    expect(times.includes(120)).toBe(true);
    expect(minuteStarts[0]).toBe(0);
    expect(minuteStarts.at(-1)).toBe(503);
  });

  test('what a minute spills belongs to the minute in which it arrives, and what the last spills to the last', () => {
    const counts = new Array<number>(200).fill(30);
    const { times, minuteStarts } = minuteArrivals(counts, randomStream(4, 'arrivals'));
    for (let minute = 0; minute < 199; minute++) {
      for (let i = minuteStarts[minute]!; i < minuteStarts[minute + 1]!; i++) {
        expect(Math.floor(times[i]! / 60)).toBe(minute);
      }
    }
    const perMinute = counts.map((_, minute) => minuteStarts[minute + 1]! - minuteStarts[minute]!);
    expect(perMinute.some((count) => count !== 30)).toBe(true);
    expect(minuteStarts.at(-1)).toBe(6000);
  });

  test('carry fractions over and take nonsense for none', () => {
    const tenth = minuteArrivals(
      Array.from({ length: 20 }, () => 0.1),
      randomStream(1, 'arrivals'),
    );
    expect(tenth.times.length).toBe(2);
    expect(minuteArrivals([NaN, -4, Infinity, 2], randomStream(1, 'arrivals')).times.length).toBe(2);
    expect([...minuteArrivals([], randomStream(1, 'arrivals')).minuteStarts]).toEqual([0]);
  });
});

describe('percentiles', () => {
  test('agree with sorting', () => {
    const random = randomStream(5, 'percentiles');
    for (const count of [1, 2, 3, 10, 997]) {
      const values = Float32Array.from({ length: count }, () => Math.floor(random.uniform() * 50));
      const sorted = [...values].sort((a, b) => a - b);
      for (const percentile of [0, 12.5, 50, 99, 100]) {
        const position = (percentile / 100) * (count - 1);
        const [low, high] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
        expect(percentileOf(values, percentile)).toBeCloseTo(low + (high - low) * (position % 1), 9);
      }
    }
  });

  test('are infinite where one of the two neighbours is', () => {
    expect(percentileOf(Float32Array.of(1, Infinity, 2), 50)).toBe(2);
    expect(percentileOf(Float32Array.of(1, Infinity, 2), 51)).toBe(Infinity);
    expect(percentileOf(new Float32Array(0), 50)).toBeNaN();
  });
});
