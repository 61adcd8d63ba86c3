/** What every registered policy makes of traffic at its edges, through the controller that the simulator and the target `local` share. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POLICY_REGISTRY } from '../../../../server/src/faro/control/policies.ts';
import { reductionsPerHour } from '../../../../server/src/faro/control/steadiness.ts';
import type { Observation } from '../../../../server/src/faro/control/observation.ts';
import type { Decision, PolicyName } from '../../../../server/src/faro/control/scaling-policy.ts';
import { OBJECTIVE_DEFINITIONS } from '../../../../server/src/faro/allocation/objectives.ts';
import { simulationRequest } from '../../../../server/src/faro/from-spec.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { simulate } from '../../../../server/src/faro/simulator/simulate.ts';
import type { Replay } from '../../../../server/src/faro/simulator/simulate.ts';
import type { InferenceCluster, InferenceJob } from '../../../../server/src/spec/types.ts';
import { cluster, job, ms } from '../../preview/specs.ts';

/** A change of one job's replicas, seen at the look after it. */
interface Change {
  readonly at: number;
  readonly job: number;
  readonly by: number;
}

interface Watched {
  readonly replay: Replay;
  readonly changes: readonly Change[];
  /** Replicas that were asked for, by job, at a time. */
  readonly targetAt: (job: number, seconds: number) => number;
}

/** Replays so many requests a minute, and looks at every decision: nothing in it may be no number, and no reason may speak of one. */
function watched(spec: InferenceCluster, counts: readonly (readonly number[])[], seed = 1): Watched {
  const jobs = spec.jobs.map((each, i): InferenceJob => ({
    ...each,
    workload: { type: 'trace', path: 'trace.csv', column: each.name, requestsPerMinute: counts[i] ?? [] },
  }));
  const request = simulationRequest({ ...spec, jobs }, { seed });
  const { policy } = request;
  const changes: Change[] = [];
  const targets: { readonly at: number; readonly targets: readonly number[] }[] = [];
  const decide = (state: unknown, observation: Observation): Decision<unknown> => {
    const at = observation.nowSeconds;
    const now = observation.jobs.map(({ target }) => target);
    const before = targets.at(-1)?.targets ?? policy.initialReplicas;
    now.forEach((target, i) => {
      if (target !== before[i]) changes.push({ at, job: i, by: target - before[i]! });
    });
    targets.push({ at, targets: now });
    const decision = policy.decide(state, observation);
    expectNumbers({ ...decision, state: null });
    return decision;
  };
  const replay = simulate({ ...request, policy: { ...policy, decide } });
  if (replay.kind !== 'finished') throw new Error(replay.kind);
  expectNumbers(replay);
  const targetAt = (index: number, seconds: number): number =>
    targets.findLast(({ at }) => at <= seconds)?.targets[index] ?? policy.initialReplicas[index]!;
  return { replay, changes, targetAt };
}

/** Every number within is finite and not negative, but for settings of routers that may have no end; texts speak of numbers. */
function expectNumbers(value: unknown, path = ''): void {
  if (typeof value === 'number') {
    const isNumber = value >= 0 && (value < Infinity || path.endsWith('.lateAfterSeconds'));
    if (!isNumber && !path.endsWith('.by')) expect.fail(`${path} is ${value}`);
  } else if (typeof value === 'string') expect(value, path).not.toMatch(/NaN|Infinity|undefined|null/);
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) expectNumbers(part, `${path}.${key}`);
}

const of = (minutes: number, perMinute: number): number[] => new Array<number>(minutes).fill(perMinute);

/** One erlang is 600 requests a minute. */
function spec(policy: PolicyName, change: Partial<InferenceCluster> = {}): InferenceCluster {
  const { autoscaler } = cluster();
  const quick = (name: string): InferenceJob =>
    job(name, { processingTime: ms(100), slo: { latency: ms(400), percentile: 99 }, replicas: { min: 1, max: 16 } });
  return cluster({
    capacity: { replicas: 16 },
    jobs: [quick('a'), quick('b')],
    autoscaler: { ...autoscaler, policy },
    simulation: { coldStart: ms(20_000), hotStart: ms(20_000), idle: ms(0), queue: 50, concurrency: 4 },
    ...change,
  });
}

/** The most changes of one job within an hour. */
function mostAnHour(changes: readonly Change[]): number {
  return changes.reduce(
    (most, { at, job: index }) =>
      Math.max(most, changes.filter((other) => other.job === index && other.at >= at && other.at < at + 3600).length),
    0,
  );
}

const edges: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'no traffic at all': [of(40, 0), of(40, 0)],
  'no minutes': [[], []],
  'traffic that starts from zero': [[...of(15, 0), ...of(20, 1500)], of(35, 60)],
  'one request an hour': [Array.from({ length: 130 }, (_, minute) => (minute % 60 === 7 ? 1 : 0)), of(130, 0)],
  'a step of a hundredfold, and back': [[...of(15, 40), ...of(15, 4000), ...of(40, 40)], of(70, 300)],
  'traffic that flaps every minute': [
    Array.from({ length: 60 }, (_, minute) => (minute % 2 ? 1700 : 1100)),
    of(60, 60),
  ],
  'far too much': [of(15, 30_000), of(15, 30_000)],
};

const objectives = OBJECTIVE_DEFINITIONS.map(({ name }) => name);

describe.each(Object.keys(edges))('%s', { timeout: 60_000 }, (edge) => {
  test.each(
    POLICY_REGISTRY.flatMap(({ name, followsObjective }) =>
      (followsObjective ? objectives : objectives.slice(0, 1)).map((objective) => ({ name, objective })),
    ),
  )('$name $objective: all that is decided and told are numbers, within limits', ({ name, objective }) => {
    const { changes, replay, targetAt } = watched(spec(name, { objective }), edges[edge]!);
    const end = 60 * replay.minutes;
    for (const index of [0, 1]) {
      for (const { at } of changes) expect(targetAt(index, at)).toBeGreaterThanOrEqual(1);
      for (const { at } of changes) expect(targetAt(0, at) + targetAt(1, at)).toBeLessThanOrEqual(16);
      expect(targetAt(index, end)).toBeGreaterThanOrEqual(1);
    }
    if (edge === 'no traffic at all' || edge === 'one request an hour') expect(changes).toEqual([]);
    // Steadily too much for a cluster is no reason to move replicas about.
    if (edge === 'far too much') expect(changes.filter(({ at }) => at > 700).length).toBeLessThanOrEqual(2);
  });
});

describe('policy berth', { timeout: 60_000 }, () => {
  test('has enough replicas within three looks of a start', () => {
    const { targetAt } = watched(spec('berth'), edges['traffic that starts from zero']!);
    expect(targetAt(0, 900)).toBe(1);
    // Two and a half are busy all the time.
    expect(targetAt(0, 940)).toBeGreaterThanOrEqual(3);
  });

  test('has enough replicas within three looks of a step of a hundredfold, keeps them, and gives them back without a loss', () => {
    const { targetAt, replay, changes } = watched(spec('berth'), edges['a step of a hundredfold, and back']!);
    for (let at = 940; at < 1800; at += 10) expect(targetAt(0, at)).toBeGreaterThanOrEqual(7);
    const last = changes.filter(({ job: index, by }) => index === 0 && by < 0);
    expect(last.length).toBeGreaterThan(0);
    expect(last[0]!.at).toBeGreaterThan(1800 + 300);
    // As far as the forecast does not hold a return for possible.
    expect(targetAt(0, 4100)).toBeLessThanOrEqual(8);
    const { drops } = replay.perJob[0]!.series;
    // While replicas start the queue overflows; after that hardly anybody is turned away, and nobody when replicas go.
    expect(Math.max(...drops.slice(16))).toBeLessThanOrEqual(80);
    expect(drops.slice(29).reduce((sum, count) => sum + count, 0)).toBe(0);
  });

  test('does not follow traffic that flaps about a threshold', () => {
    for (const [low, high] of [
      [1100, 1300],
      [1700, 3100],
    ]) {
      for (const period of [1, 5]) {
        const flapping = Array.from({ length: 100 }, (_, minute) => (Math.floor(minute / period) % 2 ? high! : low!));
        const { changes } = watched(spec('berth'), [flapping, of(100, 120)]);
        expect(mostAnHour(changes.filter(({ at }) => at > 1200))).toBeLessThanOrEqual(4);
      }
    }
  });
});

/** Requests of each minute at a constant rate, as they come by chance. */
function poissonMinutes(minutes: number, perMinute: number, seed: number): number[] {
  const random = randomStream(seed, 'constant load');
  return Array.from({ length: minutes }, () => {
    let [count, at] = [0, random.exponential()];
    for (; at < perMinute; at += random.exponential()) count++;
    return count;
  });
}

/** As docs/simulation.md says; 17 were the most in thirty random clusters. */
const changesPerHour = 3 * reductionsPerHour;
/** More of them with BERTH_RUNS. */
const runs = Number(process.env.BERTH_RUNS ?? 4);

describe('at constant load', { timeout: 120_000 }, () => {
  const anyLoad = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => 0.05 * 100 ** share);
  const anyCluster = fc.record({
    erlangs: fc.array(anyLoad, { minLength: 1, maxLength: 3 }),
    room: fc.double({ min: 0.7, max: 2.2, noNaN: true }),
    slack: fc.constantFrom(1.5, 4),
    coldStart: fc.constantFrom(1000, 35_000, 65_000),
    idle: fc.constantFrom(0, 30_000),
    seed: fc.integer(),
  });

  test(`policy berth changes a job at most ${changesPerHour} times an hour, and reduces none more than ${reductionsPerHour} times`, () => {
    fc.assert(
      fc.property(anyCluster, ({ erlangs, room, slack, coldStart, idle, seed }) => {
        const capacity = Math.max(erlangs.length, Math.ceil(room * erlangs.reduce((sum, load) => sum + load, 0)));
        const jobs = erlangs.map((_, i) =>
          job(`j${i}`, {
            processingTime: ms(100),
            slo: { latency: ms(100 * slack), percentile: 99 },
            replicas: { min: 1, max: capacity },
          }),
        );
        const { changes } = watched(
          spec('berth', {
            capacity: { replicas: capacity },
            jobs,
            simulation: {
              coldStart: ms(coldStart),
              hotStart: ms(coldStart),
              idle: ms(idle),
              queue: 50,
              concurrency: 4,
            },
          }),
          erlangs.map((load, i) => poissonMinutes(90, 600 * load, seed + i)),
          seed,
        );
        const settled = changes.filter(({ at }) => at > 1800);
        expect(mostAnHour(settled)).toBeLessThanOrEqual(changesPerHour);
        expect(mostAnHour(changes.filter(({ by }) => by < 0))).toBeLessThanOrEqual(reductionsPerHour);
      }),
      { numRuns: runs },
    );
  });
});
