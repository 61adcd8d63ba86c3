import { describe, expect, test } from 'vitest';
import { allocate } from '../../server/src/faro/allocation/allocation.ts';
import type { Allocation } from '../../server/src/faro/allocation/allocation.ts';
import { waitPercentile } from '../../server/src/faro/utility/erlang-c.ts';
import { percentileLatencyMs } from '../../server/src/faro/utility/mdc-latency.ts';
import type { Objective } from '../../server/src/faro/allocation/objective.ts';
import { utilityTable } from '../../server/src/faro/utility/utility-curve.ts';
import type { UtilityModels } from '../../server/src/faro/utility/utility-curve.ts';
import { goldenJobs } from '../unit/faro/golden-instance.ts';

describe('M/D/c percentile latency, golden values of the reference (section 2)', () => {
  // Requests per second, servers, 99th and 50th percentile in seconds; 180 ms a request, relaxed beyond 0.95.
  const golden: [number, number, number, number][] = [
    [1, 1, 0.497236, 0.18],
    [5, 1, 4.229829, 0.709008],
    [5.2778, 1, 8.377014, 1.335343],
    [5.5, 1, 8.729693, 1.391562],
    [8, 2, 0.838765, 0.210047],
    [10, 2, 2.180584, 0.420174],
    [10.55, 2, 4.214054, 0.728093],
    [12, 2, 4.83739, 0.834772],
    [3, 0.7, 2.770408, 0.569895],
    [0, 1, 0.18, 0.18],
    [15, 3, 1.500939, 0.327332],
    [15, 3.5, 0.651588, 0.211485],
    [15, 4, 0.433755, 0.18],
    [15, 2.9, 2.221878, 0.461467],
    [20, 4, 1.162485, 0.28228],
    [24, 5, 0.739233, 0.221465],
    [24, 6, 0.373294, 0.18],
    [50, 10, 0.558252, 0.20617],
    [52, 10, 0.79264, 0.242511],
    [60, 10, 1.107775, 0.307251],
  ];
  test.each(golden)('%f requests/s on %f servers', (ratePerSecond, servers, p99, p50) => {
    const at = (percentile: number) =>
      percentileLatencyMs({ ratePerSecond, processingMs: 180, percentile }, servers, { kind: 'mdc', rhoMax: 0.95 });
    expect(Math.abs(at(99) / 1000 - p99)).toBeLessThan(1e-5);
    expect(Math.abs(at(50) / 1000 - p50)).toBeLessThan(1e-5);
  });

  test('waiting percentiles of M/M/c with unit service time on ten servers', () => {
    const rounded = (load: number) =>
      [80, 90, 95, 99].map((q) => Math.round(waitPercentile(load, 10, q) * 1000) / 1000);
    expect(rounded(8)).toEqual([0.358, 0.704, 1.051, 1.856]);
    expect(rounded(9.5)).toEqual([2.836, 4.222, 5.608, 8.827]);
  });

  test('M/D/c at the 90th percentile, 150 ms on three servers', () => {
    const at = (ratePerSecond: number) =>
      percentileLatencyMs({ ratePerSecond, processingMs: 150, percentile: 90 }, 3, { kind: 'mdc', rhoMax: 0.95 });
    const rounded = [17, 19, 20, 30].map((rate) => Math.round(at(rate)) / 1000);
    expect(rounded).toEqual([0.481, 1.252, 1.318, 1.978]);
  });

  test('an unrelaxed far percentile', () => {
    const question = { ratePerSecond: 40, processingMs: 150, percentile: 99.99 };
    expect(percentileLatencyMs(question, 8, { kind: 'mdc', rhoMax: 1 })).toBeCloseTo(456.76005, 4);
  });
});

describe('the golden optimisation instance (section 5.6)', () => {
  test('utilities at one to five replicas', () => {
    const golden = [
      [0.02977, 0.11723, 0.46265, 1, 1],
      [0.04144, 0.20392, 1, 1, 1],
      [0.03039, 0.11966, 0.50228, 1, 1],
      [0.03652, 0.14379, 0.88758, 0.99419, 1],
      [0.01885, 0.07424, 0.16426, 0.28709, 0.95391],
      [0.04344, 0.26793, 1, 1, 1],
      [0.05506, 0.79369, 1, 1, 1],
      [0.02515, 0.09901, 0.21908, 0.94801, 1],
      [0.0357, 0.24829, 0.61933, 1, 1],
      [0.06674, 0.98136, 1, 1, 1],
    ];
    goldenJobs.forEach((job, i) => {
      const utilities = [...utilityTable(job, 6)].slice(1);
      golden[i]!.forEach((expected, x) => expect(Math.abs(utilities[x]! - expected)).toBeLessThan(1e-5));
      expect(utilities[5]).toBe(1);
    });
  });

  const solve = (replicas: number, objective: Objective, models: UtilityModels = {}): Allocation => {
    const result = allocate({ jobs: goldenJobs, capacity: { replicas }, objective, models });
    if (result.kind !== 'allocated') throw new Error(result.kind);
    expect(result.optimal).toBe(true);
    return result;
  };

  test.each([
    [16, 3.95143, [1, 3, 1, 1, 1, 3, 2, 1, 1, 2]],
    [24, 6.74233, [4, 3, 4, 3, 1, 3, 2, 1, 1, 2]],
    [32, 8.94241, [4, 3, 4, 4, 1, 3, 3, 4, 4, 2]],
    [36, 9.87747, [4, 3, 4, 4, 5, 3, 3, 4, 4, 2]],
    [40, 10, [4, 3, 4, 5, 6, 3, 3, 5, 4, 3]],
  ])('Sum on %d replicas', (limit, value, replicas) => {
    for (const kind of ['Sum', 'PenaltySum'] as const) {
      const result = solve(limit, { kind });
      expect(Math.abs(result.objective - value)).toBeLessThan(1e-5);
      expect(result.replicas).toEqual(replicas);
    }
  });

  test.each([
    [16, null, 0.43845, [1, 1, 1, 1, 2, 1, 1, 1, 1, 1]],
    [24, null, 0.43845, [1, 1, 1, 1, 2, 1, 1, 1, 1, 1]],
    [32, 3.70892, 8.68616, [4, 3, 3, 3, 5, 3, 2, 4, 3, 2]],
    [36, 9.35756, 9.87747, [4, 3, 4, 4, 5, 3, 3, 4, 4, 2]],
    [40, 10, 10, [4, 3, 4, 5, 6, 3, 3, 5, 4, 3]],
  ])('FairSum on %d replicas', (limit, value, sum, replicas) => {
    for (const kind of ['FairSum', 'PenaltyFairSum'] as const) {
      const result = solve(limit, { kind });
      if (value !== null) expect(Math.abs(result.objective - value)).toBeLessThan(1e-5);
      expect(Math.abs(result.utilities.reduce((a, b) => a + b) - sum)).toBeLessThan(1e-5);
      expect(result.replicas).toEqual(replicas);
    }
  });

  /** The published code's own optimiser, from what runs. */
  const relaxed = (replicas: number, kind: 'Sum' | 'FairSum', current: readonly number[], coldStartBins = 0) => {
    const capacity = { replicas };
    const result = allocate({
      jobs: goldenJobs,
      capacity,
      objective: { kind },
      current,
      coldStartBins,
      solver: 'cobyla',
    });
    if (result.kind !== 'allocated') throw new Error(result.kind);
    return result;
  };
  const ones = goldenJobs.map(() => 1);
  const warm = [4, 3, 3, 3, 5, 3, 2, 4, 3, 2];

  test.each([
    [16, 3.42775, [3, 3, 1, 1, 1, 1, 2, 1, 1, 2]],
    [24, 6.22285, [4, 3, 4, 3, 1, 2, 2, 1, 2, 2]],
    [32, 8.848, [4, 3, 4, 3, 5, 3, 3, 1, 4, 2]],
    [36, 9.87747, [4, 3, 4, 4, 5, 3, 3, 4, 4, 2]],
    [40, 10, [4, 3, 4, 5, 6, 3, 3, 5, 4, 3]],
  ])('Sum by COBYLA from one replica each, on %d replicas', (limit, value, replicas) => {
    const result = relaxed(limit, 'Sum', ones);
    expect(Math.abs(result.objective - value)).toBeLessThan(1e-5);
    expect(result.replicas).toEqual(replicas);
  });

  test.each([24, 32, 36, 40])(
    'FairSum by COBYLA on %d replicas: stuck from one each, kept from the optimum',
    (limit) => {
      expect(relaxed(limit, 'FairSum', ones).replicas).toEqual([2, 2, 2, 2, 2, 2, 1, 2, 2, 1]);
      if (limit === 32) expect(relaxed(limit, 'FairSum', warm).replicas).toEqual(warm);
    },
  );

  test('Sum by COBYLA on a full cluster, where a job that grows waits a minute', () => {
    const result = relaxed(32, 'Sum', warm, 1);
    expect(Math.abs(result.objective - 8.75037)).toBeLessThan(1e-5);
    expect(result.replicas).toEqual([4, 3, 4, 3, 5, 3, 2, 4, 2, 2]);
  });

  test('the pessimistic latency model on 32 replicas', () => {
    const result = solve(32, { kind: 'Sum' }, { latencyModel: { kind: 'upperBound' } });
    expect(Math.abs(result.objective - 9.28593)).toBeLessThan(1e-5);
    expect(result.replicas).toEqual([4, 3, 4, 3, 4, 3, 2, 4, 3, 2]);
  });
});
