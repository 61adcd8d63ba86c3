import { describe, expect, test } from 'vitest';
import { clusterTotals, judgeJob } from '../../../../server/src/faro/simulator/replay-statistics.ts';
import { job } from '../golden-instance.ts';

/** Judges minutes of latencies in seconds. */
function judged(minutes: readonly (readonly number[])[], overrides: Parameters<typeof job>[0] = {}) {
  const starts = [0];
  for (const latencies of minutes) starts.push(starts.at(-1)! + latencies.length);
  return judgeJob(job(overrides), Float32Array.from(minutes.flat()), Int32Array.from(starts));
}

const hundred = (latency: (i: number) => number): number[] => Array.from({ length: 100 }, (_, i) => latency(i));

describe('a job’s requests, judged', () => {
  test('each minute counts alike, however many requests it has', () => {
    const { series, totals } = judged([[0.2], [0.9, 0.2, 0.2, 0.2], [1.44, 1.44]]);
    expect(series.arrivals).toEqual([1, 4, 2]);
    expect(series.violations).toEqual([0, 1, 2]);
    expect(series.drops).toEqual([0, 0, 0]);
    expect(totals.violationRate).toBeCloseTo((0 + 1 / 4 + 1) / 3, 12);
    // The 99th percentile of four lies 97 % of the way from the third to the fourth: 0.2 + 0.97 · 0.7.
    expect(series.latencyMs[1]).toBeCloseTo(879, 3);
    expect(series.utility[1]).toBeCloseTo(720 / 879, 6);
    expect(series.utility[2]).toBeCloseTo(0.5, 6);
    expect(totals.lostUtility).toBeCloseTo((1 - 720 / 879 + 0.5) / 3, 6);
    expect(totals.lostEffectiveUtility).toBeCloseTo(totals.lostUtility, 12);
    expect(totals).toMatchObject({ requests: 7, failed: 0 });
    expect(totals.meanMs).toBeCloseTo((0.2 * 4 + 0.9 + 2.88) * (1000 / 7), 3);
  });

  test('a request turned away is late, and never ends where it lies within the percentile', () => {
    // One of a hundred: the 99th percentile lies between the last that was answered and it. None beside it is late.
    const one = judged([hundred((i) => (i === 7 ? Infinity : 0.2))]);
    expect(one.series).toMatchObject({ violations: [1], drops: [1], utility: [0] });
    expect(one.series.latencyMs[0]).toBeCloseTo(200, 3);
    // Up to one in a hundred is forgiven by effective utility, the next costs a quarter, beyond a tenth all.
    expect(one.totals.lostEffectiveUtility).toBe(0);
    expect(judged([hundred((i) => (i < 2 ? Infinity : 0.2))]).totals.lostEffectiveUtility).toBe(0.25);
    expect(judged([hundred((i) => (i < 11 ? Infinity : 0.2))]).totals.lostEffectiveUtility).toBe(1);
    // At the median it is beyond what counts.
    expect(judged([hundred((i) => (i === 7 ? Infinity : 0.2))], { percentile: 50 }).series.utility).toEqual([1]);
    expect(judged([hundred((i) => (i === 7 ? Infinity : 0.2))], { percentile: 100 }).series.utility).toEqual([0]);
  });

  test('a minute in which nobody was answered is worth nothing, one without requests is without fault', () => {
    const { series, totals } = judged([[Infinity, Infinity], [], [0.1]]);
    expect(series.latencyMs).toEqual([null, null, expect.closeTo(100, 3)]);
    expect(series.utility).toEqual([0, 1, 1]);
    expect(totals).toMatchObject({ violationRate: 0.5, failed: 2, lostUtility: 1 / 3, lostEffectiveUtility: 1 / 3 });
    expect(judged([[], []]).totals).toEqual({
      violationRate: 0,
      lostUtility: 0,
      lostEffectiveUtility: 0,
      requests: 0,
      failed: 0,
      meanMs: null,
      p99Ms: null,
    });
    expect(judged([]).totals).toMatchObject({ violationRate: 0, lostUtility: 0, requests: 0 });
  });

  test('what takes exactly the SLO is in time, though latencies are rounded', () => {
    for (const sloMs of [180, 720, 333.3, 0.7]) {
      expect(judged([[sloMs / 1000]], { sloMs }).totals.violationRate).toBe(0);
      expect(judged([[(sloMs / 1000) * 1.0001]], { sloMs }).totals.violationRate).toBe(1);
    }
  });
});

describe('a cluster’s requests', () => {
  test('violations are averaged over the jobs with requests and then over the minutes; utilities are summed', () => {
    const a = judged([[0.2, 0.9], [0.2], []]);
    const b = judged([[0.2], [], []]);
    const short = judged([[1.44]]);
    const totals = clusterTotals([a, b, short]);
    expect(totals.violationRate).toBeCloseTo(((0.5 + 0 + 1) / 3 + 0) / 2, 12);
    expect(totals.lostUtility).toBeCloseTo(a.totals.lostUtility + 0 + 0.5, 6);
    expect(totals).toMatchObject({ requests: 5, failed: 0 });
    expect(totals.meanMs).toBeCloseTo((200 + 900 + 200 + 200 + 1440) / 5, 3);
    expect(totals.p99Ms).toBeCloseTo(900 + 0.96 * 540, 3);
  });

  test('without jobs, or without an answer, there is no latency', () => {
    expect(clusterTotals([])).toMatchObject({ violationRate: 0, lostUtility: 0, meanMs: null, p99Ms: null });
    expect(clusterTotals([judged([[Infinity]])])).toMatchObject({ violationRate: 1, failed: 1, meanMs: null });
  });
});
