import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aiad, fairShare, fixed, oneshot } from '../../../../server/src/faro/control/baselines.ts';
import { berth, defaultBerthOptions } from '../../../../server/src/faro/control/berth.ts';
import { defaultFaroOptions, faro } from '../../../../server/src/faro/control/faro.ts';
import { mark } from '../../../../server/src/faro/control/mark.ts';
import type { ClusterDeclaration, ScalingPolicy } from '../../../../server/src/faro/control/scaling-policy.ts';
import { measuredResNet34, measuredRouterPass } from '../../../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../../../server/src/faro/simulator/simulate.ts';
import type { Replay, SimulationRequest } from '../../../../server/src/faro/simulator/simulate.ts';
import { promptMechanics } from '../../../../server/src/faro/simulator/worker-cluster.ts';
import { job } from '../golden-instance.ts';

const cluster: ClusterDeclaration = { jobs: [job({ name: 'a' }), job({ name: 'b' })], capacity: { replicas: 6 } };
const request: SimulationRequest = {
  ...cluster,
  countsPerMinute: [
    Array.from({ length: 40 }, (_, minute) => (minute < 20 ? 200 : 1200)),
    Array.from({ length: 40 }, (_, minute) => (minute < 20 ? 1200 : 200)),
  ],
  policy: faro(cluster, { ...defaultFaroOptions, objective: { kind: 'FairSum' } }),
  seed: 1,
};

/** Every policy on a cluster. */
function policies(of: ClusterDeclaration): ScalingPolicy[] {
  return [
    faro(of, { ...defaultFaroOptions, objective: { kind: 'FairSum' } }),
    mark(of, { quantile: 0.6, horizonMinutes: 7 }),
    berth(of, { ...defaultBerthOptions, shedding: 'bounded' }),
    berth(of, { ...defaultBerthOptions, shedding: 'deadline' }),
    aiad(of),
    oneshot(of),
    fairShare(of),
    fixed(
      'static',
      of.jobs.map(() => 0),
    ),
  ] as ScalingPolicy[];
}

function finished(overrides: Partial<SimulationRequest> = {}): Replay {
  const result = simulate({ ...request, ...overrides });
  if (result.kind !== 'finished') throw new Error(result.kind);
  return result;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('simulation', () => {
  test.each(policies(cluster).map((policy) => [policy.name, policy] as const))(
    'every request ends exactly once: %s',
    (_, policy) => {
      const replay = finished({ policy, service: measuredResNet34, routerPass: measuredRouterPass });
      expect(replay.requests).toBe(2 * 20 * 1400);
      for (const { series, requests, failed } of replay.perJob) {
        expect(requests).toBe(20 * 1400);
        expect(sum(series.arrivals)).toBe(requests);
        expect(sum(series.drops)).toBe(failed);
        series.violations.forEach((over, i) => {
          expect(over).toBeGreaterThanOrEqual(series.drops[i]!);
          expect(over).toBeLessThanOrEqual(series.arrivals[i]!);
        });
      }
      expect(replay.failed).toBe(sum(replay.perJob.map(({ failed }) => failed)));
      // Never more than there is.
      for (let minute = 0; minute < 40; minute++) {
        expect(sum(replay.perJob.map(({ series }) => series.replicas[minute]!))).toBeLessThanOrEqual(6 + 1e-9);
      }
    },
  );

  test('and so it is for any trace, capacity, limits and seed', () => {
    const count = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(0, -5, NaN, Infinity, 0.4));
    const anyJob = fc.record({
      counts: fc.array(count, { maxLength: 6 }),
      minReplicas: fc.integer({ min: 1, max: 2 }),
      more: fc.integer({ min: 0, max: 4 }),
      sloMs: fc.constantFrom(100, 720, 5000),
      percentile: fc.constantFrom(50, 99, 100),
    });
    fc.assert(
      fc.property(
        fc.array(anyJob, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer(),
        fc.nat({ max: 7 }),
        (sketches, replicas, seed, which) => {
          const jobs = sketches.map(({ counts: _, more, ...rest }, i) =>
            job({ ...rest, name: `job${i}`, maxReplicas: rest.minReplicas + more }),
          );
          const any = { jobs, capacity: { replicas } };
          const least = sum(jobs.map(({ minReplicas }) => minReplicas));
          const result = simulate({
            ...any,
            countsPerMinute: sketches.map(({ counts }) => counts),
            policy: policies(any)[which]!,
            seed,
            service: measuredResNet34,
          });
          if (least > replicas) {
            expect(result).toMatchObject({ kind: 'minimaExceedCapacity', needed: least });
            return;
          }
          if (result.kind !== 'finished') throw new Error(result.kind);
          for (const { requests, failed, series, violationRate, lostUtility, lostEffectiveUtility } of result.perJob) {
            expect(sum(series.arrivals)).toBe(requests);
            expect(sum(series.drops)).toBe(failed);
            for (const share of [violationRate, lostUtility, lostEffectiveUtility]) {
              expect(share).toBeGreaterThanOrEqual(0);
              expect(share).toBeLessThanOrEqual(1);
            }
          }
          const whole = sketches.map(({ counts }) => sum(counts.filter((value) => value > 0 && value < Infinity)));
          expect(Math.abs(result.requests - sum(whole))).toBeLessThan(sketches.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is the same for the same seed', () => {
    expect(finished()).toEqual(finished());
    expect(finished({ seed: 2 }).meanMs).not.toBe(finished().meanMs);
  });

  test('faro moves replicas to where the requests go, and so beats equal shares', () => {
    const [moving, equal] = [finished(), finished({ policy: fairShare(cluster) })];
    const [a, b] = moving.perJob.map(({ series }) => series.replicas);
    expect(a![19]).toBeLessThan(b![19]!);
    expect(a![39]).toBeGreaterThan(b![39]!);
    expect(moving.violationRate).toBeLessThan(equal.violationRate);
    expect(moving.lostUtility).toBeLessThan(equal.lostUtility);
    expect(moving.perJob[0]!.series.forecast[5]).toBeCloseTo(200, -2);
    expect(equal.perJob[0]!.series.replicas.every((count) => count === 3)).toBe(true);
    expect(equal.averageReplicas).toBe(6);
  });

  test('berth finds out sooner, and so beats faro', () => {
    const policy = berth(cluster, { ...defaultBerthOptions, shedding: 'none' });
    expect(finished({ policy }).violationRate).toBeLessThan(0.7 * finished().violationRate);
  });

  test('replicas that need no room to be freed first come sooner', () => {
    const prompt = finished({ mechanics: promptMechanics(2) });
    expect(prompt.violationRate).toBeLessThan(finished().violationRate);
  });

  test('figures of a run that can be worked out by hand', () => {
    // 60 requests in one minute, no replica: all are turned away or left over. One idle job with nothing to do.
    const replay = finished({ countsPerMinute: [[60], []], policy: fixed('static', [0, 0]) });
    expect(replay).toMatchObject({
      minutes: 1,
      requests: 60,
      failed: 60,
      violationRate: 1,
      lostUtility: 1,
      lostEffectiveUtility: 1,
      meanMs: null,
    });
    expect(replay.perJob[1]).toMatchObject({ requests: 0, violationRate: 0, lostUtility: 0, p99Ms: null });
    // Ample replicas and a declared time: everybody takes exactly that.
    const ample = finished({
      countsPerMinute: [[60], [60]],
      capacity: { replicas: 100 },
      policy: fixed('static', [50, 50]),
    });
    expect(ample).toMatchObject({ failed: 0, violationRate: 0, lostUtility: 0, lostEffectiveUtility: 0 });
    expect(ample.meanMs).toBeCloseTo(180, 3);
    expect(ample.p99Ms).toBeCloseTo(180, 3);
  });

  test('a policy looks at multiples of its interval, be they minutes or not, and sees all that was served', () => {
    for (const lookSeconds of [2.5, 7, 45, 60, 100]) {
      const looks: number[] = [];
      let served = 0;
      const policy: ScalingPolicy<null> = {
        ...fixed('static', [2, 2]),
        lookSeconds,
        firstLookSeconds: lookSeconds,
        decide: (state, { nowSeconds, minuteOfDay, jobs }) => {
          looks.push(nowSeconds);
          expect(minuteOfDay).toBe(Math.floor(nowSeconds / 60 + 1e-9));
          for (const { arrivalsPerMinute, servedSeconds } of jobs) {
            expect(arrivalsPerMinute).toHaveLength(minuteOfDay);
            served += servedSeconds.length;
          }
          return { state, requests: [] };
        },
      };
      const replay = finished({ policy, countsPerMinute: [[60, 60, 60, 60, 0, 0, 0], []] });
      const expected = Array.from({ length: Math.ceil(420 / lookSeconds) - 1 }, (_, i) => (i + 1) * lookSeconds);
      expect(looks).toEqual(expected);
      expect(served).toBe(240);
      expect(replay.perJob[0]!.series.replicas).toEqual([2, 2, 2, 2, 2, 2, 2]);
    }
  });

  test('replicas count from the second on which they serve', () => {
    const policy: ScalingPolicy<null> = {
      ...fixed('static', [1, 1]),
      lookSeconds: 45,
      firstLookSeconds: 45,
      decide: (state, { nowSeconds }) => ({
        state,
        requests: [
          { job: 0, to: { replicas: nowSeconds < 100 ? 3 : 1 }, trials: 1, cause: 'forecast', reason: 'as wished' },
        ],
      }),
    };
    const replay = finished({ policy, countsPerMinute: [[0, 0, 0, 0], []] });
    // Two more serve from 45 + 35 to 135 s.
    const { series, averageReplicas } = replay.perJob[0]!;
    series.replicas.forEach((count, i) => expect(count).toBeCloseTo([1, 1 + (2 * 40) / 60, 1.5, 1][i]!, 9));
    expect(averageReplicas).toBeCloseTo(1 + (2 * 55) / 240, 9);
  });

  test('an SLO of exactly the processing time can be met, one below it cannot', () => {
    const alone = { countsPerMinute: [[1, 1], []], policy: fixed('static', [1, 1]) as ScalingPolicy };
    const withSlo = (sloMs: number) => finished({ ...alone, jobs: [job({ sloMs }), job()] });
    expect(withSlo(180)).toMatchObject({ violationRate: 0, failed: 0 });
    expect(withSlo(179)).toMatchObject({ violationRate: 1, failed: 0 });
  });

  test('jobs without traffic lose nothing, and traces may be of different length', () => {
    const replay = finished({ countsPerMinute: [[100, 100, 100], [], [0, 0]], jobs: [job(), job(), job()] });
    expect(replay.minutes).toBe(3);
    expect(replay.perJob.map(({ requests }) => requests)).toEqual([300, 0, 0]);
    expect(replay.perJob.slice(1).map(({ lostUtility, violationRate }) => lostUtility + violationRate)).toEqual([0, 0]);
    expect(replay.perJob.map(({ series }) => series.arrivals.length)).toEqual([3, 3, 3]);
    expect(finished({ jobs: [], countsPerMinute: [], policy: fixed('static', []) })).toMatchObject({
      minutes: 0,
      requests: 0,
      perJob: [],
    });
  });

  test('a policy that is broken moves nothing', () => {
    const broken: ScalingPolicy<null> = {
      ...fixed('static', [2, 3]),
      decide: (state) => ({
        state,
        requests: [{ job: 0, to: { replicas: NaN }, trials: 5, cause: 'forecast', reason: 'none' }],
      }),
    };
    expect(finished({ policy: broken }).perJob.map((each) => each.averageReplicas)).toEqual([2, 3]);
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
