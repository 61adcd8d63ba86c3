import { describe, expect, test } from 'vitest';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import { allocateByGroups } from '../../../../server/src/faro/allocation/job-groups.ts';
import type { AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { goldenJobs, job } from '../golden-instance.ts';

describe('allocation by groups', () => {
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((name, i) =>
    job({ name, ratesPerSecond: i < 2 ? [10, 20] : [5], weight: 1 + i, sloMs: 400 + 100 * i }),
  );

  test('solves the groups as one job each, then each group with its share of everything', () => {
    const seen: AllocationProblem[] = [];
    const allocation = allocateByGroups(
      { jobs, capacity: { replicas: 17 }, objective: { kind: 'Sum' }, current: [1, 2, 3, 4, 5] },
      2,
      (problem) => {
        seen.push(problem);
        return { replicas: problem.jobs.map((each) => each.minReplicas), acceptRates: problem.jobs.map(() => 0.5) };
      },
    );
    const [groups] = seen;
    expect(groups!.jobs.map(({ name }) => name)).toEqual(['a, b, c', 'd, e']);
    expect(groups!.jobs[0]).toMatchObject({
      minReplicas: 3,
      maxReplicas: 300,
      weight: 2,
      sloMs: 500,
      ratesPerSecond: [25, 40],
    });
    expect(groups!.current).toEqual([6, 9]);
    // 3 and 2 of 5 were given, so 17 go as 10.2 and 6.8.
    expect(seen[1]!.capacity).toEqual({ replicas: 10 });
    expect(seen.at(-1)!.capacity).toEqual({ replicas: 7 });
    expect(allocation).toEqual({ replicas: [1, 1, 1, 1, 1], acceptRates: [0.5, 0.5, 0.5, 0.5, 0.5] });
  });

  test.each(['exact', 'cobyla'] as const)('comes near the optimum of many jobs, %s', (solver) => {
    const many = Array.from({ length: 40 }, (_, i) => ({ ...goldenJobs[i % 10]!, name: `job ${i}` }));
    const problem = { jobs: many, capacity: { replicas: 140 }, objective: { kind: 'Sum' } } as const;
    const [best, grouped] = [allocate(problem), allocate({ ...problem, groups: 10, solver })];
    if (best.kind !== 'allocated' || grouped.kind !== 'allocated') throw new Error('not allocated');
    expect(grouped.used['replicas']).toBeLessThanOrEqual(140);
    expect(grouped.objective).toBeLessThanOrEqual(best.objective);
    expect(grouped.objective).toBeGreaterThan(0.93 * best.objective);
    expect(grouped.bound).toBeGreaterThanOrEqual(best.objective);
    expect(grouped.optimal).toBe(false);
  });
});
