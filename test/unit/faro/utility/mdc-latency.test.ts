import { describe, expect, test } from 'vitest';
import { waitingProbability, waitPercentile } from '../../../../server/src/faro/utility/erlang-c.ts';
import { latencyCurveMs, percentileLatencyMs } from '../../../../server/src/faro/utility/mdc-latency.ts';

/** Erlang C by the other textbook way, the recurrence on Erlang B's blocking probability. */
function erlangCByBlocking(load: number, servers: number): number {
  let blocking = 1;
  for (let n = 1; n <= servers; n++) blocking = (load * blocking) / (n + load * blocking);
  return blocking / (1 - (load / servers) * (1 - blocking));
}

describe('Erlang C', () => {
  test.each([
    [1, 0.5],
    [3, 2.7],
    [10, 9.5],
    [100, 50],
    [100, 99],
    [1000, 990],
    [10_000, 9_900],
    [10_000, 10_000 * (1 - 1e-9)],
  ])('%d servers with %f erlangs', (servers, load) => {
    const expected = erlangCByBlocking(load, servers);
    expect(waitingProbability(load, servers) / expected).toBeCloseTo(1, 6);
  });

  test('one server is busy as often as it is loaded', () => {
    expect(waitingProbability(0.3, 1)).toBeCloseTo(0.3, 12);
  });

  test('stays within bounds where doubles end', () => {
    expect(waitingProbability(1e-300, 10_000)).toBe(0);
    expect(waitingProbability(1, 10_000)).toBe(0);
    expect(waitingProbability(0, 1)).toBe(0);
    expect(waitPercentile(2, 2, 99)).toBe(Infinity);
    const nearlyFull = waitPercentile(10_000 * (1 - 1e-9), 10_000, 99);
    // In heavy traffic the wait is exponential with the spare servers as its rate.
    expect(nearlyFull / (Math.log(100) / 1e-5)).toBeCloseTo(1, 3);
  });
});

describe('percentile latency', () => {
  const question = (ratePerSecond: number) => ({ ratePerSecond, processingMs: 180, percentile: 99 });

  test('the curve agrees with the single values, and never rises', () => {
    for (const rate of [0, 0.1, 5.27, 30, 250]) {
      const curve = latencyCurveMs(question(rate), 80);
      for (let c = 0; c <= 80; c++) {
        const single = percentileLatencyMs(question(rate), c);
        if (single === Infinity) expect(curve[c]).toBe(Infinity);
        else expect(curve[c]! / single).toBeCloseTo(1, 10);
        if (c > 0) expect(curve[c]).toBeLessThanOrEqual(curve[c - 1]!);
      }
    }
  });

  test('is continuous where the relaxation begins, and grows linearly beyond', () => {
    const edge = (0.95 * 4) / 0.18;
    const at = (rate: number) => percentileLatencyMs(question(rate), 4);
    expect(at(edge * (1 + 1e-9)) / at(edge * (1 - 1e-9))).toBeCloseTo(1, 6);
    expect(at(3 * edge) / at(edge)).toBeCloseTo(3, 9);
  });

  test('no servers, no traffic, and the last percentile', () => {
    expect(percentileLatencyMs(question(1), 0)).toBe(Infinity);
    expect(percentileLatencyMs(question(0), 0)).toBe(180);
    expect(percentileLatencyMs({ ...question(1), percentile: 100 }, 2)).toBe(Infinity);
  });

  test('the upper bound serves a second of requests one after the other', () => {
    expect(percentileLatencyMs(question(10), 4, { kind: 'upperBound' })).toBeCloseTo(450, 10);
    expect([...latencyCurveMs(question(10), 2, { kind: 'upperBound' })]).toEqual([Infinity, 1800, 900]);
  });
});
