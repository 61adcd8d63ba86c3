import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aiad, fairShare, fixed, oneshot } from '../../../../server/src/faro/control/baselines.ts';
import { berth, defaultBerthOptions } from '../../../../server/src/faro/control/berth.ts';
import { initialState, look } from '../../../../server/src/faro/control/controller.ts';
import { defaultFaroOptions, faro } from '../../../../server/src/faro/control/faro.ts';
import { mark } from '../../../../server/src/faro/control/mark.ts';
import type { ClusterDeclaration, ScalingPolicy } from '../../../../server/src/faro/control/scaling-policy.ts';
import type { JobDeclaration } from '../../../../server/src/faro/job.ts';
import { minuteArrivals } from '../../../../server/src/faro/simulator/arrivals.ts';
import { JobLane } from '../../../../server/src/faro/simulator/job-lane.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { lognormalTime, measuredResNet34 } from '../../../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../../../server/src/faro/simulator/simulate.ts';
import type { Replay, SimulationRequest } from '../../../../server/src/faro/simulator/simulate.ts';
import { promptMechanics, referenceMechanics } from '../../../../server/src/faro/simulator/worker-cluster.ts';
import { job } from '../golden-instance.ts';

const policies: Readonly<Record<string, (cluster: ClusterDeclaration, seed: number) => ScalingPolicy>> = {
  fairShare,
  aiad,
  oneshot,
  mark: (cluster) => mark(cluster, { quantile: 0.6, horizonMinutes: 7 }),
  faro: (cluster) => faro(cluster, { ...defaultFaroOptions, objective: { kind: 'FairSum' }, adaptsQuantile: true }),
  cobyla: (cluster) =>
    faro(cluster, {
      ...defaultFaroOptions,
      objective: { kind: 'PenaltySum' },
      search: { solver: 'cobyla' },
      intervalSeconds: 120,
    }),
  berth: (cluster) => berth(cluster, { ...defaultBerthOptions, shedding: 'bounded' }),
  chance: whims,
};

/** Wishes for anything at any time, routers included. */
function whims({ jobs }: ClusterDeclaration, seed: number): ScalingPolicy {
  return {
    ...fixed(
      'static',
      jobs.map(({ minReplicas }) => minReplicas),
    ),
    lookSeconds: 5,
    firstLookSeconds: 5,
    decide(state, { nowSeconds }) {
      const random = randomStream(seed, `whims ${nowSeconds}`);
      const upTo = (most: number) => Math.floor(random.uniform() * (most + 1));
      const requests = Array.from({ length: upTo(3) }, () => ({
        job: upTo(jobs.length - 1),
        to: random.uniform() < 0.5 ? { by: upTo(8) - 4 } : { replicas: upTo(12) },
        trials: 1 + upTo(4),
        cause: 'latency' as const,
        reason: '',
      }));
      const routers = jobs.map(() =>
        random.uniform() < 0.8
          ? undefined
          : {
              acceptRate: random.uniform(),
              queueLimit: upTo(20),
              concurrency: 1 + upTo(5),
              lateAfterSeconds: random.uniform(),
              shedShare: random.uniform(),
              expectedPerMinute: upTo(500),
              lateLast: random.uniform() < 0.5,
            },
      );
      return { state, requests, routers };
    },
  };
}

const anyJob: fc.Arbitrary<JobDeclaration> = fc.record({
  name: fc.constant('job'),
  sloMs: fc.constantFrom(100, 720, 2000),
  percentile: fc.constantFrom(50, 99, 99.9),
  processingMs: fc.constantFrom(20, 180, 900),
  minReplicas: fc.integer({ min: 0, max: 1 }),
  maxReplicas: fc.integer({ min: 2, max: 20 }),
  weight: fc.constantFrom(0.5, 1, 3),
  resources: fc.constantFrom({}, { replicas: 2 }),
});

const anyRequest: fc.Arbitrary<SimulationRequest> = fc
  .record({
    jobs: fc.array(anyJob, { minLength: 1, maxLength: 3 }),
    counts: fc.array(fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 })), { maxLength: 8 }), {
      minLength: 3,
      maxLength: 3,
    }),
    replicas: fc.integer({ min: 6, max: 24 }),
    policy: fc.constantFrom(...Object.keys(policies)),
    seed: fc.integer(),
    service: fc.constantFrom(measuredResNet34, { kind: 'declared' } as const),
    hasRouter: fc.boolean(),
    isPrompt: fc.boolean(),
  })
  .map(({ jobs, counts, replicas, policy, seed, service, hasRouter, isPrompt }) => {
    const cluster = { jobs: jobs.map((each, i) => ({ ...each, name: `job${i}` })), capacity: { replicas } };
    return {
      ...cluster,
      countsPerMinute: counts.slice(0, jobs.length),
      policy: policies[policy]!(cluster, seed),
      seed,
      service,
      ...(hasRouter ? { routerPass: lognormalTime(3, 4, 9) } : {}),
      mechanics: isPrompt ? promptMechanics(2) : referenceMechanics,
    };
  });

function finished(request: SimulationRequest): Replay {
  const result = simulate(request);
  if (result.kind !== 'finished') throw new Error(result.kind);
  return result;
}

describe('whatever the trace, the policy and the cluster', { timeout: 60_000 }, () => {
  test('every request ends exactly once', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const replay = finished(request);
        replay.perJob.forEach(({ requests, failed, meanMs, series }, i) => {
          expect(requests).toBe(request.countsPerMinute[i]!.reduce((a, b) => a + b, 0));
          expect(series.arrivals.reduce((a, b) => a + b, 0)).toBe(requests);
          expect(series.drops.reduce((a, b) => a + b, 0)).toBe(failed);
          // One that never ended would make the mean no number.
          expect(meanMs === null ? requests === failed : Number.isFinite(meanMs)).toBe(true);
        });
        for (const rate of [replay.violationRate, ...replay.perJob.flatMap(({ series }) => series.utility)]) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('the same seed gives the same replay', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(finished(request)).toEqual(finished(request));
      }),
      { numRuns: 15 },
    );
  });

  test('replicas never take more than there is, neither those asked for nor those that serve', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const { policy } = request;
        const taken = (counts: readonly number[]): number =>
          counts.reduce((sum, count, i) => sum + count * (request.jobs[i]!.resources.replicas ?? 1), 0);
        const watched: ScalingPolicy = {
          ...policy,
          decide(state, observation) {
            for (const counts of [observation.jobs.map((j) => j.running), observation.jobs.map((j) => j.target)]) {
              expect(taken(counts)).toBeLessThanOrEqual(request.capacity.replicas!);
            }
            return policy.decide(state, observation);
          },
        };
        finished({ ...request, policy: watched });
      }),
      { numRuns: 25 },
    );
  });
});

describe('one job’s requests', () => {
  const anyLane = fc.record({
    counts: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 4 }),
    seed: fc.integer(),
    concurrency: fc.integer({ min: 1, max: 5 }),
    queueLimit: fc.integer({ min: 0, max: 60 }),
  });

  test('on one replica end in the order in which they came', () => {
    fc.assert(
      fc.property(anyLane, ({ counts, seed, concurrency, queueLimit }) => {
        const { times } = minuteArrivals(counts, randomStream(seed, 'arrivals'));
        const random = randomStream(seed, 'service');
        const lane = new JobLane({
          arrivals: times,
          serviceSeconds: () => 0.01 + random.uniform(),
          routerSeconds: () => 0.001 * random.uniform(),
          random,
          admission: {
            acceptRate: 1,
            queueLimit,
            concurrency,
            lateAfterSeconds: Infinity,
            shedShare: 1,
            lateLast: false,
            expectedPerMinute: 0,
          },
          replicas: 1,
        });
        lane.finish();
        let last = -Infinity;
        times.forEach((arrival, i) => {
          const end = arrival + lane.latencies[i]!;
          if (end === Infinity) return;
          // Latencies are kept in single precision.
          expect(end).toBeGreaterThan(last - 1e-3);
          last = end;
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe('odd input', { timeout: 60_000 }, () => {
  const twoJobs = [job({ name: 'a' }), job({ name: 'b' })];
  const requestOf = (
    policy: string,
    countsPerMinute: readonly (readonly number[])[],
    { jobs = twoJobs, replicas = 6 }: { jobs?: readonly JobDeclaration[]; replicas?: number } = {},
  ): SimulationRequest => {
    const cluster = { jobs, capacity: { replicas } };
    return { ...cluster, countsPerMinute, policy: policies[policy]!(cluster, 1), seed: 1 };
  };

  describe.each(Object.keys(policies))('under %s', (policy) => {
    test('an empty trace is a perfect run of no length', () => {
      for (const counts of [[], [[]], [[], []]]) {
        expect(finished(requestOf(policy, counts))).toMatchObject({
          minutes: 0,
          requests: 0,
          lostUtility: 0,
          meanMs: null,
        });
      }
    });

    test('traces of different length end where the longest does', () => {
      const replay = finished(
        requestOf(policy, [
          [60, 60],
          [60, 60, 60, 60, 60, 60, 60],
        ]),
      );
      expect([replay.minutes, replay.requests]).toEqual([7, 540]);
      expect(replay.perJob.map(({ series }) => series.arrivals.length)).toEqual([7, 7]);
    });

    test('counts that are negative or no numbers, and jobs without a trace, are no requests', () => {
      expect(finished(requestOf(policy, [[NaN, -5, 60, Infinity]])).requests).toBe(60);
      const missing = [[60, undefined as unknown as number, 60]];
      expect(finished(requestOf(policy, missing)).perJob.map(({ requests }) => requests)).toEqual([120, 0]);
    });

    test('no capacity is enough for jobs that need none', () => {
      const jobs = twoJobs.map((each) => ({ ...each, minReplicas: 0 }));
      const replay = finished(requestOf(policy, [[60], [0]], { jobs, replicas: 0 }));
      expect(replay).toMatchObject({ requests: 60, failed: 60, violationRate: 1, lostUtility: 1, averageReplicas: 0 });
    });

    test('an SLO below the processing time is never met, and breaks nothing', () => {
      const jobs = [job({ name: 'a', sloMs: 100 }), job({ name: 'b' })];
      const replay = finished(
        requestOf(policy, [new Array<number>(8).fill(60), new Array<number>(8).fill(60)], { jobs }),
      );
      expect(replay.perJob[0]!.violationRate).toBe(1);
      if (policy !== 'chance') expect(replay.perJob[0]!.failed).toBe(0);
    });

    test('the 100th percentile is that of the slowest request', () => {
      const jobs = [job({ name: 'a', percentile: 100 }), job({ name: 'b' })];
      const replay = finished(requestOf(policy, [new Array<number>(8).fill(30), []], { jobs }));
      expect(replay.perJob[0]!.series.latencyMs.every((ms) => ms !== null && Number.isFinite(ms))).toBe(true);
    });
  });

  test('minima beyond the capacity are refused', () => {
    const request = { ...requestOf('aiad', [[60], [60]]), capacity: { replicas: 1 } };
    expect(simulate(request)).toEqual({
      kind: 'minimaExceedCapacity',
      resource: 'replicas',
      needed: 2,
      capacity: 1,
    });
    expect(simulate({ ...request, capacity: { replicas: 0 } }).kind).toBe('minimaExceedCapacity');
  });

  test('a cluster without jobs is a perfect run', () => {
    expect(finished(requestOf('faro', [], { jobs: [] }))).toMatchObject({ requests: 0, lostUtility: 0, perJob: [] });
  });

  test.each(Object.keys(policies).filter((name) => name !== 'chance'))(
    '%s holds what each job has when measurements are no numbers, or stop coming',
    (policy) => {
      const cluster = { jobs: twoJobs, capacity: { replicas: 6 } };
      const chosen = policies[policy]!(cluster, 1);
      const still = { running: 3, target: 3, isScaling: false, waiting: 0, idleSeconds: 0, servedSeconds: [] };
      const silent = { ...still, arrivalsPerMinute: [], arrivalsUnderWay: 0, meanLatencyMs: null };
      const odd = { ...silent, arrivalsUnderWay: NaN, meanLatencyMs: NaN, servedSeconds: [NaN, -1] };
      let state = initialState(chosen);
      for (let now = 10; now < 700; now += 10) {
        const jobs = [
          { name: 'a', ...silent },
          { name: 'b', ...odd },
        ];
        const outcome = look(chosen, cluster, state, { nowSeconds: now, minuteOfDay: Math.floor(now / 60), jobs });
        expect(outcome.actions).toEqual([]);
        state = outcome.state;
      }
    },
  );
});
