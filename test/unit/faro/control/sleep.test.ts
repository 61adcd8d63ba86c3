/** Scale to zero: when a job goes to sleep and what wakes it, at single looks and in replays. */
import { describe, expect, test } from 'vitest';
import { initialState, look, wake } from '../../../../server/src/faro/control/controller.ts';
import { POLICY_REGISTRY, policyOf } from '../../../../server/src/faro/control/policies.ts';
import type { PolicyName } from '../../../../server/src/faro/control/scaling-policy.ts';
import { simulationRequest, specPolicy, clusterDeclaration } from '../../../../server/src/faro/from-spec.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { simulate } from '../../../../server/src/faro/simulator/simulate.ts';
import type { Replay } from '../../../../server/src/faro/simulator/simulate.ts';
import type { InferenceCluster, InferenceJob } from '../../../../server/src/spec/types.ts';
import { cluster, job, ms } from '../../preview/specs.ts';
import { lookAt, seen } from './observed.ts';

const scaling = POLICY_REGISTRY.filter(({ isFixed }) => !isFixed).map(({ name }) => name);
const afterSeconds = 600;
const coldStart = 20;

function sleeper(name: string, change: Partial<InferenceJob> = {}): InferenceJob {
  return job(name, {
    processingTime: ms(100),
    slo: { latency: ms(400), percentile: 99 },
    replicas: { min: 0, max: 8, scaleToZeroAfter: ms(1000 * afterSeconds) },
    ...change,
  });
}

function spec(policy: PolicyName, jobs: readonly InferenceJob[], capacity = 8): InferenceCluster {
  const start = ms(1000 * coldStart);
  return cluster({
    capacity: { replicas: capacity },
    jobs,
    autoscaler: { ...cluster().autoscaler, policy, coldStart: start },
    simulation: { coldStart: start, hotStart: start, idle: ms(0), queue: 50, concurrency: 4 },
  });
}

describe.each(scaling)('policy %s', (policy) => {
  const whole = spec(policy, [sleeper('a'), sleeper('b', { replicas: { min: 1, max: 8 } })]);
  const [declared, policies] = [clusterDeclaration(whole), specPolicy(whole)];
  const awake = { target: 2, arrivalsPerMinute: [0, 0], meanLatencyMs: null };
  const lookWith = (change: Parameters<typeof seen>[1], a = change): ReturnType<typeof look> =>
    look(policies, declared, initialState(policies), lookAt(120, seen('a', { ...awake, ...a }), seen('b', awake)));

  test('puts a job to sleep, whole, once it was idle for the stated time, and not a second before', () => {
    const sleeps = ({ actions }: ReturnType<typeof look>): boolean =>
      actions.some(({ job: i, to }) => i === 0 && to === 0);
    expect(lookWith({ idleSeconds: 600 }).actions).toContainEqual({
      job: 0,
      from: 2,
      to: 0,
      cause: 'idle',
      reason: 'No request came for 10 min.',
    });
    expect(sleeps(lookWith({ idleSeconds: 599 }))).toBe(false);
    expect(sleeps(lookWith({ idleSeconds: 6000, waiting: 1 }))).toBe(false);
    expect(sleeps(lookWith({ idleSeconds: 6000, isScaling: true, running: 1 }))).toBe(false);
  });

  test('never puts a job to sleep whose minimum is one, nor one of which nothing was measured', () => {
    const { actions } = look(
      policies,
      declared,
      initialState(policies),
      lookAt(
        120,
        seen('a', { ...awake, arrivalsPerMinute: [NaN], arrivalsUnderWay: NaN, idleSeconds: 0 }),
        seen('b', { ...awake, idleSeconds: 1e6 }),
      ),
    );
    for (const { to } of actions) expect(to).toBeGreaterThanOrEqual(1);
  });

  test('lets a job sleep whatever is expected, and wakes it once for whoever waits', () => {
    const asleep = { target: 0, running: 0, arrivalsPerMinute: [600, 600], arrivalsUnderWay: 50 };
    expect(lookWith(asleep).actions.filter(({ job: i }) => i === 0)).toEqual([]);
    const waiting = lookWith({ ...asleep, waiting: 10 });
    expect(waiting.actions.filter(({ job: i }) => i === 0)).toEqual([
      { job: 0, from: 0, to: 1, cause: 'request', reason: 'A request came while it slept.' },
    ]);
    const starting = lookWith({ ...asleep, target: 1, isScaling: true, waiting: 10 });
    expect(starting.actions.filter(({ job: i }) => i === 0)).toEqual([]);
  });
});

describe('a request to a sleeping job', () => {
  const three = spec(
    'berth',
    ['a', 'b', 'c'].map((name) => sleeper(name)),
    2,
  );
  const [declared, policy] = [clusterDeclaration(three), specPolicy(three)];
  const at = (...idle: readonly (number | undefined)[]) =>
    lookAt(
      5,
      ...['a', 'b', 'c'].map((name, i) =>
        idle[i] === undefined ? seen(name, { target: 0, running: 0 }) : seen(name, { target: 1, idleSeconds: idle[i] }),
      ),
    );

  test('is given a replica between two looks', () => {
    expect(wake(policy, declared, at(undefined, 3, undefined), 0)).toMatchObject([{ job: 0, from: 0, to: 1 }]);
    expect(wake(policy, declared, at(3, 3, undefined), 0)).toEqual([]);
  });

  test('has the job that was idle longest make room, and nobody who had a request within a minute', () => {
    expect(wake(policy, declared, at(undefined, 200, 300), 0)).toEqual([
      { job: 2, from: 1, to: 0, cause: 'idle', reason: 'No request came for 5 min, and "a" needs the room.' },
      { job: 0, from: 0, to: 1, cause: 'request', reason: 'A request came while it slept.' },
    ]);
    expect(wake(policy, declared, at(undefined, 30, 59), 0)).toEqual([]);
  });

  test.each(['static', 'fairShare'] as const)('changes nothing under policy %s, which never does', (name) => {
    const fixed = spec(name, three.jobs, 8);
    const actions = wake(specPolicy(fixed), clusterDeclaration(fixed), at(undefined, 3, undefined), 0);
    expect(actions).toEqual([]);
    expect(policyOf(name).isFixed).toBe(true);
  });
});

/** Replays so many requests a minute. */
function replayed(
  whole: InferenceCluster,
  counts: readonly (readonly number[])[],
): {
  readonly replay: Replay;
  readonly changes: readonly { readonly at: number; readonly from: number; readonly to: number }[];
} {
  const jobs = whole.jobs.map((each, i): InferenceJob => ({
    ...each,
    workload: { type: 'trace', path: 'trace.csv', column: each.name, requestsPerMinute: counts[i] ?? [] },
  }));
  const request = simulationRequest({ ...whole, jobs }, { seed: 3 });
  const changes: { at: number; from: number; to: number }[] = [];
  let before = request.policy.initialReplicas[0]!;
  const decide: typeof request.policy.decide = (state, observation) => {
    const to = observation.jobs[0]!.target;
    if (to !== before) changes.push({ at: observation.nowSeconds, from: before, to });
    before = to;
    return request.policy.decide(state, observation);
  };
  const replay = simulate({ ...request, policy: { ...request.policy, decide } });
  if (replay.kind !== 'finished') throw new Error(replay.kind);
  return { replay, changes };
}

const of = (minutes: number, perMinute: number): number[] => new Array<number>(minutes).fill(perMinute);

describe.each(scaling)('replayed under policy %s', { timeout: 60_000 }, (policy) => {
  test('a job without traffic never has a replica', () => {
    const { replay, changes } = replayed(spec(policy, [sleeper('a')]), [of(120, 0)]);
    expect(replay.averageReplicas).toBe(0);
    expect(changes).toEqual([]);
  });

  test('one request an hour is answered after a cold start, by a replica that goes ten minutes later', () => {
    const hourly = Array.from({ length: 300 }, (_, minute) => (minute % 60 === 7 ? 1 : 0));
    const { replay, changes } = replayed(spec(policy, [sleeper('a')]), [hourly]);
    const { latencyMs, drops } = {
      latencyMs: replay.perJob[0]!.series.latencyMs,
      drops: replay.perJob[0]!.series.drops,
    };
    expect(drops.reduce((sum, count) => sum + count, 0)).toBe(0);
    for (let hour = 0; hour < 5; hour++) expect(latencyMs[60 * hour + 7]! / 1000).toBeCloseTo(coldStart + 0.1, 2);
    // The others take the wait for a want of replicas: one more, or as many as there are, and some of them back.
    expect(changes.length).toBeLessThanOrEqual(5 * (policy === 'berth' ? 2 : 4));
    expect(changes.filter(({ to }) => to === 0)).toHaveLength(5);
    expect(replay.averageReplicas).toBeLessThan(policy === 'berth' ? 0.2 : 2);
  });

  test('a rush from zero is served, and slept off', () => {
    const { replay, changes } = replayed(spec(policy, [sleeper('a')]), [[...of(10, 0), ...of(30, 900), ...of(40, 0)]]);
    expect(changes[0]).toMatchObject({ from: 0, to: 1 });
    expect(changes.at(-1)).toMatchObject({ to: 0 });
    expect(changes.filter(({ to }) => to === 0)).toHaveLength(1);
    const { drops } = replay.perJob[0]!.series;
    expect(drops.slice(0, 10)).toEqual(of(10, 0));
    if (policy === 'berth') expect(Math.max(...drops.slice(15))).toBeLessThan(10);
  });
});

describe('policy berth', { timeout: 120_000 }, () => {
  test('comes to its minimum where no traffic is left, be that two, one or none', () => {
    for (const [min, finally_] of [
      [2, 2],
      [1, 1],
      [0, 0],
    ] as const) {
      const sleep = min === 0 ? { scaleToZeroAfter: ms(1000 * afterSeconds) } : {};
      const calm = sleeper('a', { replicas: { min, max: 8, ...sleep } });
      const { replay, changes } = replayed(spec('berth', [calm]), [[...of(20, 1200), ...of(60, 0)]]);
      const { replicas } = replay.perJob[0]!.series;
      expect(Math.max(...replicas)).toBeGreaterThanOrEqual(3);
      expect(replicas.slice(-30)).toEqual(of(30, finally_));
      expect(changes.filter(({ at }) => at > 1200).every(({ from, to }) => to < from)).toBe(true);
    }
  });

  test('wakes and sleeps a job at most as often as it may be idle, whatever comes', () => {
    const random = randomStream(7, 'sparse traffic');
    for (const mean of [1, 4, 9, 12, 25]) {
      const sparse = Array.from({ length: 600 }, () => (random.uniform() * mean < 1 ? 1 : 0));
      const { changes } = replayed(spec('berth', [sleeper('a')]), [sparse]);
      const sleeps = changes.filter(({ to }) => to === 0).map(({ at }) => at);
      sleeps.forEach((at, i) => expect(at - (sleeps[i - 1] ?? -Infinity)).toBeGreaterThanOrEqual(afterSeconds));
      const others = changes.filter(({ from, to }) => from > 0 && to > 0);
      expect(others.length).toBeLessThanOrEqual(10);
    }
  });

  test('flapping about the stated time does not change it more often than its traffic stops', () => {
    // A request, eleven minutes of silence, a request, nine minutes, and so on.
    const flapping = Array.from({ length: 400 }, (_, minute) => (minute % 20 === 0 || minute % 20 === 11 ? 1 : 0));
    const { changes } = replayed(spec('berth', [sleeper('a')]), [flapping]);
    expect(changes.length).toBeLessThanOrEqual(2 * 20 + 1);
  });

  test('two jobs with room for one take turns', () => {
    const [first, second] = [0, 15].map((offset) =>
      Array.from({ length: 120 }, (_, minute) => (minute % 30 === offset ? 1 : 0)),
    );
    const { replay } = replayed(spec('berth', [sleeper('a'), sleeper('b')], 1), [first!, second!]);
    expect(replay.perJob.map(({ series }) => series.drops.reduce((sum, count) => sum + count, 0))).toEqual([0, 0]);
    expect(replay.averageReplicas).toBeLessThanOrEqual(1);
  });

  test('hardly sheds who waits for a cold start, also where all that is late is shed', () => {
    const whole = spec('berth', [sleeper('a')]);
    const shedding = { ...whole, autoscaler: { ...whole.autoscaler, shedding: 'deadline' as const } };
    const { replay } = replayed(shedding, [[...of(5, 0), 30, ...of(10, 0)]]);
    // About ten of thirty come before the replica does; whoever comes right after them may be late.
    expect(replay.perJob[0]!.series.drops.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(3);
    expect(replay.perJob[0]!.series.latencyMs[5]).toBeGreaterThan(1000 * (coldStart - 1));
  });
});
