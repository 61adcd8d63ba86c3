import { describe, expect, it } from 'vitest';
import { previewInference } from '../../../server/src/preview/inference.ts';
import type { InferencePreview, Reason } from '../../../server/src/preview/model.ts';
import { reason } from '../../../server/src/preview/reason.ts';
import type { RequestsPerSecond } from '../../../server/src/spec/types.ts';
import { bytes, cluster, job, ms } from './specs.ts';

const rate = (perSecond: number): { type: 'rate'; rate: RequestsPerSecond } => ({
  type: 'rate',
  rate: perSecond as RequestsPerSecond,
});

function previewOf(change: Parameters<typeof cluster>[0]): InferencePreview {
  return previewInference(cluster(change), 0).preview!;
}

/** Why the first job has what it has. */
const why = (change: Parameters<typeof cluster>[0]): Reason => previewOf(change).jobs[0]!.why;

describe('why a job got what it got', () => {
  it('has all that would raise its utility', () => {
    const { limit, next, words } = why({});
    expect({ limit, next }).toEqual({ limit: 'noGain', next: null });
    expect(words).toMatch(
      /^Its last replica adds 0\.\d+ to Sum(, the least of all jobs| \(that of b adds the least: 0\.\d+\)); a further one would not raise its utility\.$/,
    );
  });

  it('is held by its own maximum', () => {
    const told = why({ jobs: [job('a', { replicas: { min: 1, max: 2 } })] });
    expect(told.limit).toBe('ownMaximum');
    expect(told.words).toContain('; its own maximum of 2 allows no more.');
  });

  it('is held by a maximum that the capacity sets', () => {
    const told = why({ capacity: { replicas: 2 }, jobs: [job('a', { replicas: { min: 1, max: 2 } })] });
    expect(told.words).toContain('; the capacity holds no more of it.');
  });

  it('is held by the capacity, and is told beside the last replica given', () => {
    const jobs = [job('heavy', { workload: rate(20) }), job('light')];
    const preview = previewOf({ capacity: { replicas: 6 }, jobs });
    const [heavy] = preview.jobs;
    expect(heavy!.why).toMatchObject({ limit: 'capacity', resource: 'replicas' });
    expect(heavy!.why.next!.gain).toBeGreaterThan(0);
    expect(heavy!.why.words).toMatch(/would add 0\.\d+( each)?, but (no replica is|not enough replicas are) left\.$/);
    expect(preview.lastGiven!.worth).toBeLessThanOrEqual(-heavy!.loss!);
  });

  it('names the resource of which too little is left', () => {
    const takes = { memory: bytes(3 * 2 ** 30) };
    const jobs = [job('a', { resources: takes, workload: rate(40) })];
    const told = why({ capacity: { memory: bytes(20 * 2 ** 30) }, jobs });
    expect(told).toMatchObject({ limit: 'capacity', resource: 'memory' });
    expect(told.words).toContain('not enough memory is left.');
  });

  it('would set the jobs further apart', () => {
    const hopeless = job('hopeless', { slo: { latency: ms(20), percentile: 99 } });
    const jobs = [job('late', { workload: rate(100) }), hopeless];
    const told = why({ objective: 'Fair', capacity: { replicas: 12 }, jobs });
    expect(told.limit).toBe('spread');
    expect(told.words).toMatch(/would raise its utility by 0\.\d+ but lower Fair by 0\.\d+, since the jobs would be/);
  });

  it('would set the jobs further apart to no avail', () => {
    const more = { replicas: 1, changePerReplica: 0, utilityChange: 0.765 };
    const explained = { job: 'a', replicas: 3, utility: 0.235, more, limit: { kind: 'spread' } } as const;
    const { words } = reason(explained, {
      objective: 'FairSum',
      marginal: undefined,
      jobs: 2,
      maxReplicas: 9,
      limitedByCapacity: false,
      loss: -0.5,
    });
    expect(words).toContain('would raise its utility by 0.765 but not FairSum, since the jobs would be further apart.');
  });

  it('has its minimum', () => {
    expect(why({ jobs: [job('idle', { workload: rate(0) })] }).words).toBe(
      'It has its minimum of 1 replica; a further one would not raise its utility.',
    );
  });

  it.each([
    [{ kind: 'nodes' }, 'two further ones would add 0.250 each, but no node has room for them'],
    [{ kind: 'changePrice' }, 'two further ones would add 0.250 each, less than the change costs'],
    [{ kind: 'solver' }, 'two further ones would add 0.250 each, and there is room'],
  ] as const)('says of %o what stopped it', (limit, words) => {
    const more = { replicas: 2, changePerReplica: 0.25, utilityChange: 0.5 };
    const explained = { job: 'a', replicas: 3, utility: 0.5, more, limit };
    const context = {
      objective: 'Sum',
      marginal: undefined,
      jobs: 2,
      maxReplicas: 9,
      limitedByCapacity: false,
    } as const;
    expect(reason(explained, { ...context, loss: -0.5 }).words).toContain(
      `Its last replica adds 0.500 to Sum; ${words}`,
    );
  });
});

describe('the smallest capacity for all SLOs', () => {
  const enough = (change: Parameters<typeof cluster>[0]): InferencePreview['enough'] => previewOf(change).enough;
  const impossible = job('impossible', { slo: { latency: ms(100), percentile: 99 } });
  const capped = job('capped', { workload: rate(40), replicas: { min: 1, max: 4 } });

  it('is told where it is there, and is truly the smallest', () => {
    const { amount, never, words } = enough({ capacity: { replicas: 40 } });
    expect({ never, words }).toEqual({ never: [], words: `Both SLOs need a capacity of ${amount} replicas.` });
    const codes = (replicas: number) =>
      previewInference(cluster({ capacity: { replicas } }), 0).findings.map(({ code }) => code);
    expect(codes(amount!)).toEqual([]);
    expect(codes(amount! - 1)).toEqual(['BERTH2007']);
  });

  it('is not told where there is none', () => {
    expect(enough({ jobs: [impossible] })).toEqual({
      amount: null,
      never: ['impossible'],
      words: 'No capacity meets the SLO.',
    });
    expect(enough({ capacity: { replicas: 40 }, jobs: [capped, job('b')] })).toMatchObject({
      never: ['capped'],
      words: expect.stringMatching(
        /^No capacity meets the SLO of capped, which may have 4 replicas and needs \d+; the smallest that meets that of b is \d replicas\.$/,
      ) as string,
    });
    expect(enough({ capacity: { replicas: 40 }, jobs: [capped, impossible] }).words).toBe(
      'No capacity meets the SLOs of capped and impossible.',
    );
  });
});
