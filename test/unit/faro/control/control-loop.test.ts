import { describe, expect, test } from 'vitest';
import { defaultControlTimes, initialControlState, step } from '../../../../server/src/faro/control/control-loop.ts';
import type { ControlConfig, ControlState, JobObservation } from '../../../../server/src/faro/control/control-loop.ts';
import { lastMinutes } from '../../../../server/src/faro/forecast/forecast.ts';
import { job } from '../golden-instance.ts';

const config: ControlConfig = {
  ...defaultControlTimes,
  jobs: [job({ name: 'a' }), job({ name: 'b' })],
  capacity: { replicas: 8 },
  objective: { kind: 'Sum' },
  forecaster: lastMinutes(),
};

function seen(name: string, overrides: Partial<JobObservation> = {}): JobObservation {
  return { name, arrivalsPerMinute: [60], meanLatencyMs: 200, running: 1, target: 1, ...overrides };
}

const quiet: ControlState = { lastTickSeconds: 100, lastAllocationSeconds: 60, overloads: {} };

describe('last-minutes forecast', () => {
  test('carries the last counts forward as rates', () => {
    expect(lastMinutes().forecast('a', [1, 2, 60, 120, 180, 240, 300], 7).ratesPerSecond).toEqual([1, 2, 3, 4, 5]);
    expect(lastMinutes().forecast('a', [60], 7).ratesPerSecond).toEqual([1]);
    expect(lastMinutes(5).forecast('a', [60, 120, 180], 2).ratesPerSecond).toEqual([2, 3]);
  });
});

describe('allocations from forecasts', () => {
  test('come first after a minute and then at multiples of the interval', () => {
    const times: number[] = [];
    let state = initialControlState;
    for (let nowSeconds = 10; nowSeconds <= 900; nowSeconds += 10) {
      const outcome = step(state, { nowSeconds, config, jobs: [seen('a'), seen('b')] });
      if (outcome.forecasts !== undefined) times.push(nowSeconds);
      state = outcome.state;
    }
    expect(times).toEqual([60, 300, 600, 900]);
  });

  test('reduce before they add, and give reasons', () => {
    const outcome = step(quiet, {
      nowSeconds: 300,
      config,
      jobs: [seen('a', { arrivalsPerMinute: [900] }), seen('b', { running: 5, target: 5 })],
    });
    expect(outcome.actions.map(({ job, from, to, cause }) => [job, from, to, cause])).toEqual([
      ['b', 5, 1, 'forecast'],
      ['a', 1, 4, 'forecast'],
    ]);
    expect(outcome.actions[1]!.reason).toBe(
      'Up to 15.0 requests/s are expected; with 4 replicas p99 is about 434 ms (SLO 720 ms).',
    );
    expect(outcome.forecasts).toEqual({ a: [15], b: [1] });
    expect(outcome.state).toEqual({ lastTickSeconds: 300, lastAllocationSeconds: 300, overloads: {} });
  });

  test('hold a job of which nothing was measured', () => {
    const outcome = step(quiet, {
      nowSeconds: 300,
      config,
      jobs: [seen('a', { arrivalsPerMinute: [900] }), seen('b', { arrivalsPerMinute: [], running: 4, target: 6 })],
    });
    expect(outcome.actions.map(({ job, to }) => [job, to])).toEqual([['a', 2]]);
  });

  test('say when the minima do not fit', () => {
    const tight = { ...config, capacity: { replicas: 1 } };
    const outcome = step(quiet, { nowSeconds: 300, config: tight, jobs: [seen('a'), seen('b')] });
    expect(outcome.problem).toEqual({ kind: 'minimaExceedCapacity', resource: 'replicas', needed: 2, capacity: 1 });
    expect(outcome.actions).toEqual([]);
  });
});

describe('reactions to latency', () => {
  const run = (latencies: (number | null)[], overrides: Partial<JobObservation> = {}, using = config) => {
    let state = quiet;
    return latencies.map((meanLatencyMs, i) => {
      const jobs = [seen('a', { meanLatencyMs, ...overrides }), seen('b', { running: 2, target: 2 })];
      const outcome = step(state, { nowSeconds: 110 + 10 * i, config: using, jobs });
      state = outcome.state;
      return outcome.actions.map(({ job, from, to }) => `${job} ${from} to ${to}`).join();
    });
  };

  test('add one replica at the third look over the SLO, and count anew', () => {
    expect(run([900, 900, 900, 900, 900, 900])).toEqual(['', '', 'a 1 to 2', '', '', 'a 1 to 2']);
  });

  test('a good look neither adds nor clears, silence does neither', () => {
    expect(run([900, 100, 900, null, 900])).toEqual(['', '', '', '', 'a 1 to 2']);
    expect(run([720, 720, 720])).toEqual(['', '', '']);
  });

  test('leave out a job that is still scaling, at its maximum, or without room', () => {
    expect(run([900, 900, 900], { target: 2 })).toEqual(['', '', '']);
    const capped = { ...config, jobs: [job({ name: 'a', maxReplicas: 1 }), job({ name: 'b' })] };
    expect(run([900, 900, 900], {}, capped)).toEqual(['', '', '']);
    expect(run([900, 900, 900], {}, { ...config, capacity: { replicas: 3 } })).toEqual(['', '', '']);
  });

  test('an allocation clears the counts', () => {
    const counted: ControlState = { lastTickSeconds: 290, lastAllocationSeconds: 60, overloads: { a: 2 } };
    const busy = [seen('a', { meanLatencyMs: 900 }), seen('b')];
    const outcome = step(counted, { nowSeconds: 300, config, jobs: busy });
    expect(outcome.state.overloads).toEqual({});
    expect(step(outcome.state, { nowSeconds: 310, config, jobs: busy }).state.overloads).toEqual({ a: 1, b: 0 });
  });
});

describe('time', () => {
  test('looks come at multiples of their interval, however often the loop is called', () => {
    const jobs = [seen('a', { meanLatencyMs: 900 }), seen('b')];
    const early = step(quiet, { nowSeconds: 104, config, jobs });
    expect(early.state).toBe(quiet);
    const late = step(quiet, { nowSeconds: 137.2, config, jobs });
    expect(late.state.overloads).toEqual({ a: 1, b: 0 });
    expect(step(late.state, { nowSeconds: 139, config, jobs }).state).toBe(late.state);
  });

  test('a clock that goes back changes nothing', () => {
    const outcome = step(quiet, { nowSeconds: 30, config, jobs: [seen('a', { meanLatencyMs: 900 }), seen('b')] });
    expect(outcome).toEqual({ state: quiet, actions: [] });
  });
});
