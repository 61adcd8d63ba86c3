import { describe, expect, it } from 'vitest';
import { computePreview } from '../../../server/src/preview/compute.ts';
import type { InferencePreview } from '../../../server/src/preview/model.ts';
import {
  replay,
  replayInThreads,
  replayPolicy,
  spread,
  tooManyRequests,
  type ReplayPreview,
} from '../../../server/src/preview/replay.ts';
import { POLICIES, type InferenceJob, type RequestsPerSecond } from '../../../server/src/spec/types.ts';
import { POLICY_NAMES } from '../../../server/src/preview/policy-name.ts';
import { NAMES } from '../../../webview/src/inference/policy-table.tsx';
import { cluster, job } from './specs.ts';

/** Ragged enough that some minutes are over the SLO. */
const trace = Array.from({ length: 15 }, (_, minute) => (minute % 5 === 4 ? 2400 : minute % 3 === 0 ? 60 : 600));
const spec = cluster({
  capacity: { replicas: 6 },
  jobs: ['a', 'b'].map((name) =>
    job(name, { workload: { type: 'trace', path: 'day.csv', column: name, requestsPerMinute: trace } }),
  ),
});
const never = (): boolean => false;

describe('the trace replayed', () => {
  const told: ReplayPreview[] = [];
  const last = replay(spec, never, (sofar) => told.push(sofar))!;

  it('tells the own policy first, then all of them, then one seed after another', () => {
    expect(told.map(({ seeds, policies }) => [seeds, policies.length])).toEqual([
      [1, 1],
      [1, POLICIES.length],
      [2, POLICIES.length],
      [3, POLICIES.length],
      [4, POLICIES.length],
    ]);
    expect(told[0]!.policies[0]!.policy).toBe('faro');
    expect([last.seeds, last.seedsWanted]).toEqual([5, 5]);
    expect(last.policies.map(({ policy }) => policy)).toEqual(POLICIES);
  });

  it('is the same in threads', async () => {
    const heard: number[] = [];
    const inThreads = await replayInThreads(spec, {
      seeds: 1,
      threads: 2,
      onProgress: (done, all) => heard.push(done / all),
    });
    expect(inThreads).toEqual(replay(spec, never, undefined, 1));
    expect(heard.at(-1)).toBe(1);
  });

  it('has the same names of policies as the panel', () => expect(POLICY_NAMES).toEqual(NAMES));

  it('gives the mean and the range over the seeds', () => {
    const runs = [42, 43, 44, 45, 46].map((seed) => replayPolicy(spec, { policy: 'fairShare', seed })!.violationRate);
    const fairShare = last.policies.find(({ policy }) => policy === 'fairShare')!;
    expect(fairShare.violationRate).toEqual(spread(runs));
    expect(fairShare.violationRate.most).toBeGreaterThan(fairShare.violationRate.least);
  });

  it('counts violations as `berth simulate` does: of each minute, then the mean over the minutes', () => {
    const simulated = replayPolicy(spec)!;
    last.series.forEach((series, i) => {
      const shares = series.violations.flatMap((over, minute) =>
        series.arrivalsPerMinute[minute]! > 0 ? [over / series.arrivalsPerMinute[minute]!] : [],
      );
      expect(series.violationRate).toBe(simulated.perJob[i]!.violationRate);
      expect(series.violationRate).toBeCloseTo(shares.reduce((sum, share) => sum + share, 0) / shares.length, 12);
    });
    expect(last.series.some(({ violationRate }) => violationRate > 0)).toBe(true);
    expect(told[0]!.policies[0]!.violationRate.mean).toBe(simulated.violationRate);
  });

  it('ends soon after it is asked to, between two seeds as well', () => {
    let asked = 0;
    const heard: number[] = [];
    expect(
      replay(
        spec,
        () => ++asked > trace.length * POLICIES.length + 3,
        ({ seeds }) => heard.push(seeds),
      ),
    ).toBeUndefined();
    expect(heard).toEqual([1, 1]);
  });

  it('is not tried with more requests than it can have, and the rest of the preview stays', async () => {
    const steady = (name: string, rate: number): InferenceJob =>
      job(name, { workload: { type: 'rate', rate: rate as RequestsPerSecond } });
    const huge = cluster({ jobs: [steady('a', 10), steady('b', 1e6)] });
    const asked = { spec: huge, document: 0, whatIf: {} };
    const quick = await computePreview({ ...asked, replay: false });
    const full = await computePreview({ ...asked, replay: true });
    expect(full).toEqual(quick);
    expect(full).toMatchObject({ partial: false, preview: { jobs: [{ name: 'a' }, { name: 'b' }], replay: null } });
    expect(full.findings.filter(({ code }) => code === 'BERTH2014')).toMatchObject([
      {
        path: ['spec', 'jobs', 1, 'workload', 'rate'],
        params: { requests: '3.6 billion', job: 'b', limit: '100 million' },
      },
    ]);
  });

  it('may have a hundred million requests in all, over all jobs and minutes', () => {
    const minutes = (count: number): InferenceJob =>
      job('c', { workload: { type: 'trace', path: 't.csv', column: 'c', requestsPerMinute: [count, 50e6] } });
    expect(tooManyRequests(cluster({ jobs: [minutes(50e6)] }))).toEqual([]);
    expect(tooManyRequests(cluster({ jobs: [minutes(50e6 + 1)] }))).toMatchObject([
      {
        path: ['spec', 'jobs', 0, 'workload', 'trace'],
        params: { requests: '100.000001 million', limit: '100 million' },
      },
    ]);
  });

  it('is partial in the preview until all seeds are there', async () => {
    const heard: [boolean, number | undefined][] = [];
    const job = { spec, document: 0, whatIf: {}, replay: true };
    const { partial, preview } = await computePreview(job, never, (sofar) =>
      heard.push([sofar.partial, (sofar.preview as InferencePreview).replay?.seeds]),
    );
    expect(heard[0]).toEqual([true, 1]);
    expect([partial, (preview as InferencePreview).replay?.seeds]).toEqual([false, 5]);
  });
});
