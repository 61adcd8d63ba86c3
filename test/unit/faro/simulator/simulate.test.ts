import { describe, expect, test } from 'vitest';
import { poissonArrivals } from '../../../../server/src/faro/simulator/arrivals.ts';
import { defaultControlTimes } from '../../../../server/src/faro/control/control-loop.ts';
import { lastMinutes } from '../../../../server/src/faro/forecast/forecast.ts';
import { percentileOf } from '../../../../server/src/faro/simulator/percentile.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { measuredResNet34, serviceTimes } from '../../../../server/src/faro/simulator/service-time.ts';
import { ServingQueue } from '../../../../server/src/faro/simulator/serving-queue.ts';
import { simulate } from '../../../../server/src/faro/simulator/simulate.ts';
import type { Replay, ScalingPolicy, SimulationRequest } from '../../../../server/src/faro/simulator/simulate.ts';
import { job } from '../golden-instance.ts';

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
    const service = serviceTimes(measuredResNet34, 180, random);
    expect(mean(of(service))).toBeCloseTo(0.1543, 3);
  });
});

describe('arrivals', () => {
  test('are as many a minute as the trace has, in order, within the minute', () => {
    const { times, minuteStarts } = poissonArrivals([3, 0, 500], randomStream(1, 'arrivals'));
    expect([...minuteStarts]).toEqual([0, 3, 3, 503]);
    expect([...times]).toEqual([...times].sort((a, b) => a - b));
    expect([...times].map((at) => Math.floor(at / 60))).toEqual([0, 0, 0, ...Array.from({ length: 500 }, () => 2)]);
  });

  test('carry fractions over and take nonsense for none', () => {
    const tenth = poissonArrivals(
      Array.from({ length: 20 }, () => 0.1),
      randomStream(1, 'arrivals'),
    );
    expect(tenth.times.length).toBe(2);
    expect(poissonArrivals([NaN, -4, Infinity, 2], randomStream(1, 'arrivals')).times.length).toBe(2);
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

describe('serving queue', () => {
  const queueOf = (arrivals: number[], replicas: number, queueLimit = 50) =>
    new ServingQueue({
      arrivals: Float64Array.from(arrivals),
      serviceSeconds: () => 1,
      queueLimit,
      replicas,
      bucketSeconds: 10,
    });

  test('serves in order, one request a replica', () => {
    const queue = queueOf([0, 0, 0, 0.5, 5], 2);
    queue.finish();
    expect([...queue.latencies]).toEqual([1, 1, 2, 1.5, 1]);
    expect(queue.meanLatencyMs(10, 1)).toBeCloseTo(1300, 6);
    expect(queue.meanLatencyMs(20, 1)).toBeNull();
    expect(queue.meanLatencyMs(20, 2)).toBeCloseTo(1300, 6);
  });

  test('turns away what finds the queue full', () => {
    const queue = queueOf([0, 0, 0, 0, 1.5], 1, 2);
    queue.finish();
    expect([...queue.latencies]).toEqual([1, 2, 3, Infinity, 2.5]);
  });

  test('new replicas serve after their cold start', () => {
    const queue = queueOf([0, 0, 0, 0, 0, 0], 1);
    queue.advance(0.5);
    queue.setReplicas(3, 0.5, 2);
    expect([queue.target, queue.running(0.5), queue.running(2.5)]).toEqual([3, 1, 3]);
    queue.finish();
    expect([...queue.latencies]).toEqual([1, 2, 3, 3.5, 3.5, 4]);
  });

  test('removed replicas finish what they are at; starting ones go first', () => {
    const queue = queueOf([0, 0, 0, 0], 2);
    queue.advance(0.5);
    queue.setReplicas(4, 0.5, 100);
    queue.setReplicas(3, 0.6, 100);
    expect([queue.target, queue.running(0.6)]).toEqual([3, 2]);
    queue.setReplicas(1, 0.7, 100);
    expect([queue.target, queue.running(0.7)]).toEqual([1, 1]);
    queue.finish();
    expect([...queue.latencies]).toEqual([1, 1, 2, 3]);
  });

  test('without replicas nobody is served', () => {
    const queue = queueOf([0, 1, 2], 1, 2);
    queue.advance(0.5);
    queue.setReplicas(0, 0.5, 1);
    queue.finish();
    expect([...queue.latencies]).toEqual([1, Infinity, Infinity]);
  });

  test('waits as long as queueing theory says', () => {
    // M/D/1 at load 0.7: the mean wait is load / (2 (1 - load)) service times.
    const arrivals = poissonArrivals(
      Array.from({ length: 5 }, () => 42 * 600),
      randomStream(1, 'theory'),
    );
    const queue = new ServingQueue({
      arrivals: arrivals.times,
      serviceSeconds: () => 1 / 600,
      queueLimit: 100_000,
      replicas: 1,
      bucketSeconds: 10,
    });
    queue.finish();
    const wait = mean(queue.latencies) * 600 - 1;
    expect(wait / (0.7 / 0.6)).toBeGreaterThan(0.95);
    expect(wait / (0.7 / 0.6)).toBeLessThan(1.05);
  });
});

describe('simulation', () => {
  const faro: ScalingPolicy = {
    kind: 'faro',
    control: { ...defaultControlTimes, objective: { kind: 'FairSum' }, forecaster: lastMinutes() },
  };
  const request: SimulationRequest = {
    jobs: [job({ name: 'a' }), job({ name: 'b' })],
    countsPerMinute: [
      Array.from({ length: 40 }, (_, minute) => (minute < 20 ? 200 : 1200)),
      Array.from({ length: 40 }, (_, minute) => (minute < 20 ? 1200 : 200)),
    ],
    capacity: { replicas: 6 },
    policy: faro,
    seed: 1,
  };
  const finished = (overrides: Partial<SimulationRequest> = {}): Replay => {
    const result = simulate({ ...request, ...overrides });
    if (result.kind !== 'finished') throw new Error(result.kind);
    return result;
  };

  test('every request ends exactly once, for every policy', () => {
    const policies: ScalingPolicy[] = [faro, { kind: 'fairShare' }, { kind: 'static', replicas: [1, 0] }];
    for (const policy of policies) {
      const replay = finished({ policy, service: measuredResNet34, queueLimit: 5 });
      expect(replay.requests).toBe(2 * 20 * 1400);
      for (const { series, requests, failed } of replay.perJob) {
        expect(requests).toBe(20 * 1400);
        expect(series.arrivals.reduce((a, b) => a + b)).toBe(requests);
        expect(series.drops.reduce((a, b) => a + b)).toBe(failed);
        series.violations.forEach((over, i) => {
          expect(over).toBeGreaterThanOrEqual(series.drops[i]!);
          expect(over).toBeLessThanOrEqual(series.arrivals[i]!);
        });
      }
      expect(replay.failed).toBe(replay.perJob.reduce((sum, { failed }) => sum + failed, 0));
    }
  });

  test('is the same for the same seed', () => {
    expect(finished()).toEqual(finished());
    expect(finished({ seed: 2 }).meanMs).not.toBe(finished().meanMs);
  });

  test('faro moves replicas to where the requests go, and so beats equal shares', () => {
    const [moving, equal] = [finished(), finished({ policy: { kind: 'fairShare' } })];
    const [a, b] = moving.perJob.map(({ series }) => series.replicas);
    expect(a![19]).toBeLessThan(b![19]!);
    expect(a![39]).toBeGreaterThan(b![39]!);
    expect(moving.violationRate).toBeLessThan(equal.violationRate);
    expect(moving.lostUtility).toBeLessThan(equal.lostUtility);
    expect(moving.perJob[0]!.series.forecast.slice(5, 10)).toEqual([200, 200, 200, 200, 200]);
    expect(equal.perJob[0]!.series.replicas.every((count) => count === 3)).toBe(true);
    expect(equal.averageReplicas).toBe(6);
    // Never more than there is.
    expect(moving.averageReplicas).toBeLessThanOrEqual(6);
  });

  test('equal shares keep to limits and resources', () => {
    const jobs = [job({ resources: { cpu: 2 }, maxReplicas: 2 }), job({ resources: { cpu: 1 }, minReplicas: 2 })];
    const replay = finished({ jobs, capacity: { cpu: 8.5 }, policy: { kind: 'fairShare' } });
    expect(replay.perJob.map(({ averageReplicas }) => averageReplicas)).toEqual([2, 4]);
  });

  test('figures of a run that can be worked out by hand', () => {
    // 60 requests in one minute, no replica: all are turned away or left over. One idle job with nothing to do.
    const replay = finished({ countsPerMinute: [[60], []], policy: { kind: 'static', replicas: [0, 0] } });
    expect(replay).toMatchObject({
      minutes: 1,
      requests: 60,
      failed: 60,
      violationRate: 1,
      lostUtility: 1,
      meanMs: null,
    });
    expect(replay.lostEffectiveUtility).toBe(1);
    expect(replay.perJob[1]).toMatchObject({ requests: 0, violationRate: 0, lostUtility: 0, p99Ms: null });
    // Ample replicas and a declared time: everybody takes exactly that.
    const ample = finished({ countsPerMinute: [[60], [60]], policy: { kind: 'static', replicas: [50, 50] } });
    expect(ample).toMatchObject({ failed: 0, violationRate: 0, lostUtility: 0, lostEffectiveUtility: 0 });
    expect(ample.meanMs).toBeCloseTo(180, 3);
    expect(ample.p99Ms).toBeCloseTo(180, 3);
  });

  test('stops when asked, tells how far it is, and refuses minima that do not fit', () => {
    let asked = 0;
    expect(simulate({ ...request, shouldStop: () => ++asked === 3 })).toEqual({ kind: 'stopped' });
    const fractions: number[] = [];
    finished({ onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions).toHaveLength(41);
    expect([fractions[0], fractions[20], fractions.at(-1)]).toEqual([0, 0.5, 1]);
    expect(simulate({ ...request, capacity: { replicas: 1 } }).kind).toBe('minimaExceedCapacity');
    expect(finished({ countsPerMinute: [[], []] })).toMatchObject({ minutes: 0, requests: 0, violationRate: 0 });
  });
});
