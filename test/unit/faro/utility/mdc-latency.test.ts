import { describe, expect, test } from 'vitest';
import { waitingProbability, waitPercentile } from '../../../../server/src/faro/utility/erlang-c.ts';
import { latencyCurveMs, percentileLatencyMs } from '../../../../server/src/faro/utility/mdc-latency.ts';

describe('Erlang C', () => {
  // Probability of waiting and 99th percentile of the waiting, by mpmath with 60 digits.
  test.each([
    [1, 0.5, 0.5, 7.824046010856292],
    [10, 9.5, 0.8255855781256987, 8.827015666450357],
    [100, 99.9, 0.9878390835596508, 45.92934720598138],
    [1000, 500, 3.304830255502684e-86, 0],
    [1000, 990, 0.6590804218808545, 0.41882604703006643],
    [1000, 999.999999, 0.9999999606967878, 4605170.158311815],
    [10_000, 9500, 1.928547231868143e-7, 0],
    [10_000, 9990, 0.8805417113739897, 0.44779522061926835],
    [10_000, 9999.99999, 0.9999998750008869, 460517.01773253543],
    [10_000, 9999.999999, 0.9999999875000837, 4605168.614473937],
    [10_000, 100, 0, 0],
  ])('%d servers with %f erlangs', (servers, load, probability, wait) => {
    const relative = (value: number, expected: number) => (expected === 0 ? value : value / expected - 1);
    expect(Math.abs(relative(waitingProbability(load, servers), probability))).toBeLessThan(1e-10);
    expect(Math.abs(relative(waitPercentile(load, servers, 99), wait))).toBeLessThan(1e-10);
    // Along a curve the ratio is carried from one number of servers to the next.
    const question = { ratePerSecond: load, processingMs: 1000, percentile: 99 };
    const curve = latencyCurveMs(question, servers, { kind: 'mmc', rhoMax: 1 });
    expect(Math.abs(relative(curve[servers]!, 1000 * (1 + wait)))).toBeLessThan(1e-9);
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

  test('service times that vary make requests wait twice as long', () => {
    const waiting = (kind: 'mdc' | 'mmc') => percentileLatencyMs(question(10), 2, { kind, rhoMax: 0.95 }) - 180;
    expect(waiting('mmc') / waiting('mdc')).toBeCloseTo(2, 12);
  });

  test('rates that are none count as no traffic, unbounded ones are never served', () => {
    for (const model of [{ kind: 'mdc', rhoMax: 0.95 }, { kind: 'upperBound' }] as const) {
      for (const rate of [NaN, -5, 0]) {
        expect(percentileLatencyMs(question(rate), 3, model)).toBe(model.kind === 'mdc' ? 180 : 0);
        expect(latencyCurveMs(question(rate), 3, model)[3]).toBe(model.kind === 'mdc' ? 180 : 0);
      }
      expect(percentileLatencyMs(question(Infinity), 3, model)).toBe(Infinity);
      expect(latencyCurveMs(question(Infinity), 3, model)[3]).toBe(Infinity);
    }
    expect(percentileLatencyMs({ ...question(1), percentile: 101 }, 2)).toBe(Infinity);
  });

  test('the upper bound serves a second of requests one after the other', () => {
    expect(percentileLatencyMs(question(10), 4, { kind: 'upperBound' })).toBeCloseTo(450, 10);
    expect([...latencyCurveMs(question(10), 2, { kind: 'upperBound' })]).toEqual([Infinity, 1800, 900]);
  });
});
