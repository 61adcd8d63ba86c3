import { describe, expect, test } from 'vitest';
import { initialState, look } from '../../../../server/src/faro/control/controller.ts';
import type { ControllerState } from '../../../../server/src/faro/control/controller.ts';
import type { ScalingPolicy, ScalingRequest } from '../../../../server/src/faro/control/scaling-policy.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

const cluster = { jobs: [job({ name: 'a', maxReplicas: 6 }), job({ name: 'b' })], capacity: { replicas: 8 } };

/** Wishes for these at its first look, then for nothing. */
function wishing(...requests: readonly ScalingRequest[]): ScalingPolicy<number> {
  return {
    name: 'static',
    lookSeconds: 10,
    firstLookSeconds: 20,
    initialState: 0,
    initialReplicas: [1, 1],
    decide: (looks) => ({ state: looks + 1, requests: looks === 0 ? requests : [] }),
  } satisfies ScalingPolicy<number>;
}

function wish(index: number, to: ScalingRequest['to'], trials = 1): ScalingRequest {
  return { job: index, to, trials, cause: 'forecast', reason: 'as wished' };
}

describe('looks', () => {
  test('are made from the first one on at multiples of the interval, however often or late one asks', () => {
    const policy = wishing() as ScalingPolicy;
    let state = initialState(policy);
    const times: number[] = [];
    for (const now of [3, 10, 19.5, 20, 24, 29.9, 30, 37, 55, 58, 60]) {
      const outcome = look(policy, cluster, state, lookAt(now, seen('a'), seen('b')));
      if (outcome.state !== state) times.push(now);
      state = outcome.state;
    }
    expect(times).toEqual([20, 30, 55, 60]);
    expect(look(policy, cluster, state, lookAt(41, seen('a'), seen('b')))).toEqual({ state, actions: [] });
  });
});

describe('wishes', () => {
  const first = (requests: readonly ScalingRequest[], ...jobs: ReturnType<typeof seen>[]) => {
    const policy = wishing(...requests) as ScalingPolicy;
    return look(policy, cluster, initialState(policy), lookAt(20, ...jobs));
  };
  const moves = (actions: readonly { job: number; from: number; to: number }[]) =>
    actions.map(({ job: index, from, to }) => [index, from, to]);

  test('that reduce come first, so that there is room for the others', () => {
    const { actions } = first(
      [wish(1, { replicas: 5 }), wish(0, { replicas: 3 })],
      seen('a', { target: 5 }),
      seen('b', { target: 3 }),
    );
    expect(moves(actions)).toEqual([
      [0, 5, 3],
      [1, 3, 5],
    ]);
  });

  test('are granted as far as the capacity goes, the rest is asked for again while there are trials', () => {
    const tight = first([wish(1, { replicas: 9 }, 3)], seen('a', { target: 4 }), seen('b', { target: 2 }));
    expect(moves(tight.actions)).toEqual([[1, 2, 4]]);
    expect(tight.state.pending).toEqual([wish(1, { by: 5 }, 2)]);
    expect(first([wish(1, { replicas: 9 })], seen('a', { target: 4 }), seen('b', { target: 2 })).state.pending).toEqual(
      [],
    );
  });

  test('keep to the limits of the job', () => {
    const { actions } = first([wish(0, { by: 9 }), wish(1, { replicas: 0 })], seen('a'), seen('b', { target: 2 }));
    expect(moves(actions)).toEqual([
      [1, 2, 1],
      [0, 1, 6],
    ]);
  });

  test('wait while a change is under way, as long as they have trials', () => {
    const policy = wishing(wish(0, { replicas: 3 }, 3)) as ScalingPolicy;
    const busy = [seen('a', { isScaling: true }), seen('b')];
    let state: ControllerState = initialState(policy);
    const trials: (number | undefined)[] = [];
    for (const now of [20, 30, 40]) {
      const outcome = look(policy, cluster, state, lookAt(now, ...busy));
      expect(outcome.actions).toEqual([]);
      state = outcome.state;
      trials.push(state.pending[0]?.trials);
    }
    expect(trials).toEqual([2, 1, undefined]);
    const second = look(policy, cluster, initialState(policy), lookAt(20, ...busy));
    const free = look(policy, cluster, second.state, lookAt(30, seen('a'), seen('b')));
    expect(moves(free.actions)).toEqual([[0, 1, 3]]);
    expect(free.state.pending).toEqual([]);
  });

  test('of one job at one look: the first counts', () => {
    const { actions, state } = first([wish(0, { replicas: 3 }), wish(0, { by: 1 }, 2)], seen('a'), seen('b'));
    expect(moves(actions)).toEqual([[0, 1, 3]]);
    expect(state.pending).toEqual([wish(0, { by: 1 }, 1)]);
  });

  test('a new number of replicas makes what is left of an older wish void', () => {
    const policy = {
      ...wishing(),
      decide: (looks: number) => ({
        state: looks + 1,
        requests: looks === 0 ? [wish(0, { replicas: 6 }, 5), wish(1, { replicas: 5 }, 5)] : [wish(0, { replicas: 2 })],
      }),
    } as unknown as ScalingPolicy;
    const busy = [seen('a', { isScaling: true }), seen('b', { isScaling: true })];
    const before = look(policy, cluster, initialState(policy), lookAt(20, ...busy));
    expect(before.state.pending).toHaveLength(2);
    const after = look(policy, cluster, before.state, lookAt(30, seen('a'), seen('b')));
    expect(moves(after.actions)).toEqual([
      [1, 1, 5],
      [0, 1, 2],
    ]);
    expect(after.state.pending).toEqual([]);
  });

  test('for what is no number are none; for without end, the maximum', () => {
    const { actions, state } = first(
      [wish(0, { by: NaN }, 3), wish(1, { replicas: NaN }, 3)],
      seen('a', { target: 2 }),
      seen('b', { target: 2 }),
    );
    expect([actions, state.pending]).toEqual([[], []]);
    expect(moves(first([wish(0, { replicas: Infinity })], seen('a'), seen('b')).actions)).toEqual([[0, 1, 6]]);
  });

  test('keep to every resource, and to a capacity that has shrunk', () => {
    const jobs = [job({ resources: { cpu: 0.1, memory: 3 } }), job({ resources: { cpu: 0.3 } })];
    const policy = wishing(wish(0, { replicas: 9 }, 2), wish(1, { replicas: 9 }, 2)) as ScalingPolicy;
    const scarce = { jobs, capacity: { cpu: 1, memory: 9.5 } };
    const outcome = look(policy, scarce, initialState(policy), lookAt(20, seen('a'), seen('b')));
    expect(moves(outcome.actions)).toEqual([
      [0, 1, 3],
      [1, 1, 2],
    ]);
    const shrunk = { jobs, capacity: { cpu: 0.2, memory: 9.5 } };
    expect(look(policy, shrunk, initialState(policy), lookAt(20, seen('a'), seen('b'))).actions).toEqual([]);
  });

  test('the state is plain data', () => {
    const { state } = first([wish(0, { replicas: 9 }, 2)], seen('a'), seen('b'));
    expect(structuredClone(state)).toEqual(state);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
