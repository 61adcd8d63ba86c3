import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { berth, defaultBerthOptions } from '../../../../server/src/faro/control/berth.ts';
import { initialState, look } from '../../../../server/src/faro/control/controller.ts';
import {
  movedTo,
  patienceSeconds,
  reductionsPerHour,
  steadyAtFirst,
  steadyRange,
} from '../../../../server/src/faro/control/steadiness.ts';
import type { Steadiness } from '../../../../server/src/faro/control/steadiness.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

describe('what a job may be given', () => {
  const range = (steadiness: Steadiness, now: number, useful: number, isKnown = true) =>
    steadyRange(steadiness, now, 5, { min: 1, useful }, isKnown);

  test('is at once more, and less when it has been of no use for five minutes: then as many as were of use', () => {
    expect(range(steadyAtFirst, 0, 9)).toMatchObject({ min: 1, max: 9 });
    let { steadiness, max } = range(steadyAtFirst, 0, 2);
    expect(max).toBe(5);
    ({ steadiness, max } = range(steadiness, 100, 4));
    expect(max).toBe(5);
    ({ steadiness, max } = range(steadiness, patienceSeconds - 1, 3));
    expect(max).toBe(5);
    expect(range(steadiness, patienceSeconds, 3).max).toBe(4);
    // What was of use once again begins anew.
    ({ steadiness } = range(steadiness, patienceSeconds, 5));
    expect(range(steadiness, patienceSeconds + 10, 2).max).toBe(5);
  });

  test('is not less on silence, and silence is no calm', () => {
    const calm = range(steadyAtFirst, 0, 2).steadiness;
    const silent = range(calm, 400, 0, false);
    expect(silent).toMatchObject({ min: 5, max: 5 });
    expect(range(silent.steadiness, 410, 2).max).toBe(5);
  });

  test('is not less when it was reduced eight times within an hour', () => {
    let steadiness = steadyAtFirst;
    for (let i = 0; i < reductionsPerHour; i++) {
      expect(range(steadiness, 60 * i, 9).min).toBe(1);
      steadiness = movedTo(steadiness, 60 * i, 5, 4);
    }
    steadiness = movedTo(movedTo(steadiness, 500, 4, 6), 501, 6, 6);
    expect(range(steadiness, 600, 9)).toMatchObject({ min: 5, max: 9 });
    expect(range(steadiness, 3599, 2).min).toBe(5);
    expect(range(steadiness, 3600, 2).min).toBe(1);
    // A clock that went back makes nobody wait for ever.
    expect(range(steadiness, -10_000, 2).min).toBe(1);
  });
});

describe('policy berth', () => {
  const unknown = fc.constantFrom<number | null>(NaN, -1, Infinity, 0, 1, 50, 5000);
  const anyMinutes = fc.array(fc.constantFrom(0, 1, 7, 600, 90_000, NaN), { maxLength: 20 });

  test('reduces nobody on silence, whatever was measured before', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ minutes: anyMinutes, now: unknown, mean: unknown, target: fc.integer({ min: 1, max: 9 }) }),
          {
            minLength: 2,
            maxLength: 2,
          },
        ),
        fc.constantFrom(NaN, undefined),
        (jobs, last) => {
          const cluster = { jobs: [job({ name: 'a' }), job({ name: 'b' })], capacity: { replicas: 18 } };
          const policy = berth(cluster, defaultBerthOptions);
          const observed = jobs.map(({ minutes, now, mean, target }, i) =>
            seen('ab'[i]!, {
              arrivalsPerMinute: last === undefined ? [] : [...minutes, last],
              arrivalsUnderWay: now!,
              meanLatencyMs: mean,
              target,
            }),
          );
          const { actions } = look(policy, cluster, initialState(policy), lookAt(1230, ...observed));
          for (const { from, to } of actions) expect(to).toBeGreaterThan(from);
        },
      ),
    );
  });

  test('gives up no replica in vain: where a queue overflows fewer would serve more in time, says the table', () => {
    const overloaded = job({ name: 'a', sloMs: 270, minReplicas: 1, maxReplicas: 4 });
    const cluster = { jobs: [overloaded], capacity: { replicas: 4 } };
    const policy = berth(cluster, { ...defaultBerthOptions, shedding: 'none' });
    const perMinute = Math.round((4.2 * 60) / 0.18);
    const minutes = new Array<number>(20).fill(perMinute);
    const observed = seen('a', { arrivalsPerMinute: minutes, arrivalsUnderWay: perMinute / 2, target: 4, waiting: 40 });
    expect(policy.decide(policy.initialState, lookAt(1230, observed)).requests).toEqual([]);
  });
});
