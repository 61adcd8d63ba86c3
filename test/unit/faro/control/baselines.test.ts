import { describe, expect, test } from 'vitest';
import { aiad, fairShare, fixed, oneshot } from '../../../../server/src/faro/control/baselines.ts';
import type { JobObservation } from '../../../../server/src/faro/control/observation.ts';
import { counted, lookThresholds } from '../../../../server/src/faro/control/overload.ts';
import type { ScalingPolicy } from '../../../../server/src/faro/control/scaling-policy.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

const cluster = { jobs: [job({ name: 'a' })], capacity: { replicas: 8 } };

/** What a policy wishes at each look, with the latencies that it finds. */
function wishes<S>(
  policy: ScalingPolicy<S>,
  latencies: readonly (number | null)[],
  overrides: Partial<JobObservation> = {},
): (number | string)[] {
  let state = policy.initialState;
  return latencies.map((meanLatencyMs, i) => {
    const decision = policy.decide(state, lookAt(60 + 10 * i, seen('a', { meanLatencyMs, target: 4, ...overrides })));
    state = decision.state;
    const to = decision.requests[0]?.to;
    return to === undefined ? '' : 'by' in to ? `by ${to.by}` : to.replicas;
  });
}

function times<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

describe('equal shares', () => {
  test('are the same for all, within limits and resources', () => {
    const jobs = [job({ resources: { cpu: 2 }, maxReplicas: 2 }), job({ resources: { cpu: 1 }, minReplicas: 2 })];
    expect(fairShare({ jobs, capacity: { cpu: 8.5 } }).initialReplicas).toEqual([2, 4]);
    const ten = Array.from({ length: 10 }, () => job());
    for (const [replicas, each] of [
      [16, 1],
      [32, 3],
      [36, 3],
      [40, 4],
    ] as const) {
      expect(fairShare({ jobs: ten, capacity: { replicas } }).initialReplicas).toEqual(times(10, each));
    }
    expect(
      fairShare({ jobs: [job({ maxReplicas: 100_000 })], capacity: { replicas: 90_000 } }).initialReplicas,
    ).toEqual([90_000]);
  });

  test('and given numbers never change', () => {
    expect(wishes(fixed('static', [4]), times(100, 9000))).toEqual(times(100, ''));
  });
});

describe('counting looks', () => {
  test('thirty seconds are an overload, ten minutes are calm', () => {
    expect(lookThresholds(10)).toEqual({ over: 3, calm: 60 });
    expect(lookThresholds(60)).toEqual({ over: 1, calm: 10 });
  });

  test('a look of the other kind begins anew', () => {
    const thresholds = { over: 3, calm: 60 };
    expect(counted(2, 'calm', thresholds)).toEqual({ count: -1, due: undefined });
    expect(counted(-40, 'over', thresholds)).toEqual({ count: 1, due: undefined });
    expect(counted(2, 'over', thresholds)).toEqual({ count: 0, due: 'more' });
    expect(counted(-59, 'calm', thresholds)).toEqual({ count: 0, due: 'less' });
  });
});

describe('AIAD', () => {
  test('adds one after thirty seconds over the SLO, and takes one after ten minutes within it', () => {
    expect(wishes(aiad(cluster), [900, 900, 900, 900, 900, 900])).toEqual(['', '', 'by 1', '', '', 'by 1']);
    expect(wishes(aiad(cluster), [900, 900, 700, 900, 900, 900])).toEqual(['', '', '', '', '', 'by 1']);
    expect(wishes(aiad(cluster), times(60, 720)).at(-1)).toBe('by -1');
    expect(wishes(aiad(cluster), times(59, 720)).at(-1)).toBe('');
  });

  test('judges nobody who is scaling, or of whom nothing is known; no request at all is calm', () => {
    expect(wishes(aiad(cluster), times(6, 900), { isScaling: true })).toEqual(times(6, ''));
    expect(wishes(aiad(cluster), times(70, null), { arrivalsPerMinute: [] })).toEqual(times(70, ''));
    expect(wishes(aiad(cluster), times(60, null), { arrivalsPerMinute: [0] }).at(-1)).toBe('by -1');
    // Requests came and none ended, or the metric says nothing: on silence nobody scales.
    for (const silence of [null, NaN, Infinity, -1]) {
      expect(wishes(aiad(cluster), times(70, silence))).toEqual(times(70, ''));
    }
  });
});

describe('Oneshot', () => {
  test('goes in proportion to latency over SLO, up and down', () => {
    expect(wishes(oneshot(cluster), [1440, 1440, 1800])).toEqual(['', '', 10]);
    expect(wishes(oneshot(cluster), times(60, 360)).at(-1)).toBe(2);
    expect(wishes(oneshot(cluster), times(60, null), { arrivalsPerMinute: [0] }).at(-1)).toBe(0);
  });
});
