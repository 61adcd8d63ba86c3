import { describe, expect, test } from 'vitest';
import { allocateRelaxed } from '../../../../server/src/faro/allocation/relaxed-allocation.ts';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import { fitsCapacity } from '../../../../server/src/faro/job.ts';
import { goldenJobs, job } from '../golden-instance.ts';

describe('the relaxed allocation', () => {
  test('is whole, feasible, and no better than the bound', () => {
    for (const kind of ['Sum', 'Fair', 'FairSum', 'PenaltySum', 'PenaltyFairSum'] as const) {
      for (const replicas of [10, 13, 20, 50]) {
        const problem = { jobs: goldenJobs, capacity: { replicas }, objective: { kind }, solver: 'cobyla' } as const;
        const result = allocate(problem);
        if (result.kind !== 'allocated') throw new Error(result.kind);
        expect(fitsCapacity(goldenJobs, result.replicas, problem.capacity)).toBe(true);
        expect(result.replicas.every((held) => Number.isInteger(held) && held >= 1)).toBe(true);
        expect(result.optimal).toBe(false);
        expect(result.objective).toBeLessThanOrEqual(result.bound);
        expect(result.acceptRates.every((rate) => rate >= 0 && rate <= 1)).toBe(true);
      }
    }
  });

  test('keeps to several resources and to the jobs’ own limits', () => {
    const jobs = [
      job({ name: 'a', ratesPerSecond: [30], maxReplicas: 4, resources: { cpu: 2, gpu: 1 } }),
      job({ name: 'b', ratesPerSecond: [30], minReplicas: 2, resources: { cpu: 1 } }),
      job({ name: 'idle', minReplicas: 0, resources: { cpu: 1 } }),
    ];
    const { replicas } = allocateRelaxed({ jobs, capacity: { cpu: 16, gpu: 3 }, objective: { kind: 'Sum' } });
    expect(replicas[0]).toBeLessThanOrEqual(3);
    expect(replicas[2]).toBe(0);
    expect(fitsCapacity(jobs, replicas, { cpu: 16, gpu: 3 })).toBe(true);
    expect(replicas[1]).toBeGreaterThanOrEqual(7);
  });

  test('a price per change keeps what runs', () => {
    const jobs = [job({ ratesPerSecond: [15] }), job({ ratesPerSecond: [15] })];
    const problem = { jobs, capacity: { replicas: 6 }, objective: { kind: 'Sum' }, current: [3, 3] } as const;
    expect(allocateRelaxed({ ...problem, changePenalty: 5 }).replicas).toEqual([3, 3]);
  });
});
