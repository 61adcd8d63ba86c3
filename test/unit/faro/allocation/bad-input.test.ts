import { describe, expect, test } from 'vitest';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import type { AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { explainAllocation } from '../../../../server/src/faro/allocation/explanation.ts';
import { OBJECTIVES } from '../../../../server/src/spec/types.ts';
import { marginals } from '../../../../server/src/faro/allocation/what-if.ts';
import type { Job } from '../../../../server/src/faro/job.ts';
import { job } from '../golden-instance.ts';

/** Every objective with every way to solve it. */
const ways = OBJECTIVES.flatMap((kind) =>
  [{}, { solver: 'cobyla' as const }, { groups: 2 }, { drops: 'relieving' as const }].map((options) => ({
    objective: { kind },
    ...options,
  })),
);

/** Solves in every way, and looks for figures that are none. */
function everyResult(jobs: readonly Job[], rest: Omit<AllocationProblem, 'jobs' | 'objective'>) {
  return ways.map((way) => {
    const problem = { jobs, ...rest, ...way };
    const result = allocate(problem);
    if (result.kind !== 'allocated') return result;
    const figures = [...result.replicas, ...result.utilities, ...result.acceptRates, result.objective, result.bound];
    expect(figures.every(Number.isFinite), JSON.stringify(way)).toBe(true);
    expect(result.utilities.every((utility) => utility >= 0 && utility <= 1)).toBe(true);
    for (const { more, less } of marginals(problem, result.replicas)) {
      for (const step of [more, less]) if (step !== undefined) expect(step.objectiveChange).not.toBeNaN();
    }
    explainAllocation(problem, result.replicas);
    return result;
  });
}

const allocations = (jobs: readonly Job[], rest: Omit<AllocationProblem, 'jobs' | 'objective'>) =>
  everyResult(jobs, rest).map((result) => (result.kind === 'allocated' ? result.replicas : result.kind));

const all = <T>(value: T): T[] => ways.map(() => value);

describe('what cannot be, or means nothing', () => {
  test('no jobs are an empty allocation', () => {
    expect(allocations([], { capacity: { replicas: 3 } })).toEqual(all([]));
    expect(allocations([], { capacity: {}, nodes: [] })).toEqual(all([]));
  });

  test('zero capacity holds no replicas, and no minima', () => {
    const rates = [[5], [9]];
    const jobs = rates.map((ratesPerSecond, i) => job({ name: `j${i}`, minReplicas: 0, ratesPerSecond }));
    expect(allocations(jobs, { capacity: { replicas: 0 } })).toEqual(all([0, 0]));
    expect(allocations(jobs, { capacity: {}, nodes: [] })).toEqual(all([0, 0]));
    const needy = jobs.map((each) => ({ ...each, minReplicas: 1 }));
    for (const rest of [
      { capacity: { replicas: 0 } },
      { capacity: { replicas: -4 } },
      { capacity: { replicas: NaN } },
    ]) {
      expect(allocations(needy, rest)).toEqual(all('minimaExceedCapacity'));
    }
  });

  test('minima that fit in all, but not on nodes, are told apart', () => {
    const jobs = [job({ minReplicas: 2, ratesPerSecond: [5], resources: { gpu: 3 } })];
    const nodes = [{ gpu: 4 }, { gpu: 2 }];
    const expected = { kind: 'minimaExceedCapacity', resource: 'gpu', needed: 6, capacity: 6, onNodes: true };
    expect(everyResult(jobs, { capacity: {}, nodes })).toEqual(all(expected));
  });

  test('jobs without traffic are content with their minimum', () => {
    const jobs = [
      job(),
      job({ minReplicas: 0, ratesPerSecond: [0, 0] }),
      job({ minReplicas: 2, ratesPerSecond: [NaN, -7] }),
    ];
    for (const replicas of allocations(jobs, { capacity: { replicas: 9 } })) expect(replicas).toEqual([1, 0, 2]);
  });

  test.each([
    ['an SLO below the processing time', { sloMs: 100 }],
    ['the hundredth percentile', { percentile: 100 }],
    ['a percentile beyond it', { percentile: 150 }],
    ['traffic without bound', { ratesPerSecond: [Infinity, 5] }],
    ['an SLO that is no number', { sloMs: NaN }],
    ['a processing time that is no number', { processingMs: NaN }],
    ['more traffic than anything could serve', { ratesPerSecond: [1e300] }],
    ['next to no traffic', { ratesPerSecond: [1e-300] }],
    ['no weight', { weight: 0 }],
  ] as const)('%s', (_, odd) => {
    const jobs = [job({ name: 'odd', ratesPerSecond: [9], ...odd }), job({ name: 'even', ratesPerSecond: [9] })];
    for (const current of [undefined, [1, 3]]) {
      const rest = { capacity: { replicas: 5 }, ...(current ? { current, coldStartBins: 1 } : {}) };
      for (const replicas of allocations(jobs, rest)) expect(replicas).toHaveLength(2);
    }
  });

  test('an SLO below the processing time is worth what it can be', () => {
    const jobs = [job({ sloMs: 90, ratesPerSecond: [1] })];
    const result = allocate({ jobs, capacity: { replicas: 9 }, objective: { kind: 'Sum' } });
    expect(result.kind === 'allocated' && result.utilities).toEqual([0.5]);
  });
});
