import { describe, expect, it } from 'vitest';
import { trialsOf, type Axes } from '../../../server/src/faro/experiment/grid.ts';
import { runTrials } from '../../../server/src/preview/experiment.ts';
import { trialOutcome, variantSpec } from '../../../server/src/preview/trial.ts';
import { cluster, job } from './specs.ts';

const axes: Axes = {
  policies: ['fairShare', 'aiad'],
  objectives: ['Sum'],
  sheddings: ['bounded'],
  ablations: [],
  capacities: [4, 8],
  seeds: [1, 2],
};

/** Starting threads takes a while on a busy machine. */
const PATIENCE = 60_000;

const lasting = (minutes: number) => ({
  type: 'trace' as const,
  path: '/day.csv',
  column: 'a',
  requestsPerMinute: new Array<number>(minutes).fill(600),
});
const short = cluster({ jobs: [job('a', { workload: lasting(4) }), job('b', { workload: lasting(4) })] });

describe('trials in threads', { timeout: PATIENCE }, () => {
  it('answer as on one thread, in their order, whatever the number of threads', async () => {
    const trials = trialsOf(axes);
    const alone = trials.map((trial) => trialOutcome(short, trial));
    for (const threads of [1, 3]) expect(await runTrials(short, trials, { threads })).toEqual(alone);
  });

  it('tell how far they are, and in the end that all is done', async () => {
    const told: number[] = [];
    await runTrials(short, trialsOf(axes), { threads: 2, onProgress: (done) => told.push(done) });
    expect(told.at(-1)).toBe(8);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  it('end at once when they are not wanted any more, in the middle of a simulation', async () => {
    const stop = new AbortController();
    const long = cluster({ jobs: [job('a', { workload: lasting(2000) }), job('b')] });
    const run = runTrials(long, trialsOf(axes), {
      threads: 2,
      signal: stop.signal,
      onProgress: (done) => {
        if (done > 0) stop.abort();
      },
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }) as Error);
  });

  it('fail with what a thread failed with', async () => {
    const tiny = trialsOf({ ...axes, capacities: [1] });
    await expect(runTrials(cluster(), tiny)).rejects.toThrow('minima do not fit');
  });
});

it('a variant changes what it names, and nothing else', () => {
  const spec = cluster();
  const variant = { policy: 'berth', objective: null, shedding: 'none', without: null, capacity: 5 } as const;
  expect(variantSpec(spec, variant)).toMatchObject({
    capacity: { replicas: 5 },
    objective: 'Sum',
    autoscaler: { policy: 'berth', shedding: 'none' },
  });
  const own = { policy: spec.autoscaler.policy, objective: null, shedding: null, without: null, capacity: null };
  expect(variantSpec(spec, own)).toEqual(spec);
});
