import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import type { PastTraffic } from '../../../../server/src/faro/forecast/past-traffic.ts';

export interface DayTraffic {
  readonly days: number;
  readonly minutesPerDay?: number;
  readonly mean?: number;
  readonly seed?: number;
}

/**
 * Poisson-like counts around a course of the day (one wave) times a level that wanders slowly: what a forecaster can learn is
 * known, and so is what it cannot.
 */
export function dayTraffic({ days, minutesPerDay = 120, mean = 400, seed = 1 }: DayTraffic): number[] {
  const random = randomStream(seed, 'traffic');
  let level = 0;
  return Array.from({ length: days * minutesPerDay }, (_, i) => {
    level = 0.9 * level + 0.05 * random.normal();
    const rate = mean * (1 + 0.6 * Math.sin((2 * Math.PI * i) / minutesPerDay)) * Math.exp(level);
    return Math.max(0, Math.round(rate + Math.sqrt(rate) * random.normal()));
  });
}

/** The same as the past of a job, in one stretch from the first minute of day 1. */
export function pastDays(traffic: DayTraffic, job = 'a'): PastTraffic {
  const countsPerMinute = dayTraffic(traffic);
  return {
    job,
    minutesPerDay: traffic.minutesPerDay ?? 120,
    stretches: [{ firstDay: 1, firstMinute: 0, countsPerMinute }],
  };
}

/** As many of `n` requests as come in the first `share` of their minute. */
export function thinned(n: number, share: number, seed: number): number {
  const random = randomStream(seed, 'thinning');
  let kept = 0;
  for (let i = 0; i < n; i++) if (random.uniform() < share) kept++;
  return kept;
}
