import { describe, expect, test } from 'vitest';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import type { AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { explainAllocation } from '../../../../server/src/faro/allocation/explanation.ts';
import { goldenJobs, job } from '../golden-instance.ts';

const limits = (problem: AllocationProblem, replicas: readonly number[]) =>
  explainAllocation(problem, replicas).jobs.map(({ limit }) => limit);

describe('why a job got what it got', () => {
  test('the golden instance: who has enough, who waits for room, and whose replicas are worth least', () => {
    const problem: AllocationProblem = { jobs: goldenJobs, capacity: { replicas: 32 }, objective: { kind: 'Sum' } };
    const result = allocate(problem);
    if (result.kind !== 'allocated') throw new Error(result.kind);
    const { jobs, marginal } = explainAllocation(problem, result.replicas);
    // J4 has one replica and would need four more for .935, less for each than any other replica brings.
    expect(jobs[4]).toMatchObject({ job: 'J4', replicas: 1, limit: { kind: 'capacity', resource: 'replicas' } });
    expect(jobs[4]!.less).toBeUndefined();
    expect(jobs[4]!.more!.replicas).toBe(4);
    expect(jobs[4]!.more!.changePerReplica).toBeCloseTo((0.95391 - 0.01885) / 4, 4);
    expect(jobs[0]).toMatchObject({ limit: { kind: 'noGain' } });
    expect(marginal?.job).toBe('J3');
    expect(marginal?.worthPerReplica).toBeCloseTo(0.99419 - 0.88758, 4);
    // None of them would rather have the least valued replica, but for those that need several at once.
    for (const { more } of jobs) {
      if (more?.replicas === 1) expect(more.changePerReplica).toBeLessThanOrEqual(marginal!.worthPerReplica);
    }
  });

  test('its own maximum, a spread that would widen, and a price', () => {
    const [busy, calm] = [job({ ratesPerSecond: [40] }), job({ ratesPerSecond: [15] })];
    const capacity = { replicas: 20 };
    expect(limits({ jobs: [{ ...busy, maxReplicas: 3 }], capacity, objective: { kind: 'Sum' } }, [3])).toEqual([
      { kind: 'ownMaximum' },
    ]);
    expect(limits({ jobs: [busy, calm], capacity, objective: { kind: 'Fair' } }, [1, 1])[1]).toEqual({
      kind: 'spread',
    });
    const priced: AllocationProblem = {
      jobs: [calm],
      capacity,
      objective: { kind: 'Sum' },
      current: [3],
      changePenalty: 2,
    };
    expect(limits(priced, [3])).toEqual([{ kind: 'changePrice' }]);
    expect(limits({ ...priced, changePenalty: 0 }, [3])).toEqual([{ kind: 'solver' }]);
  });

  test('the resource or the nodes that have no room', () => {
    const jobs = [job({ name: 'a', ratesPerSecond: [9], resources: { gpu: 3, cpu: 1 } })];
    const problem: AllocationProblem = { jobs, capacity: { cpu: 9, gpu: 8 }, objective: { kind: 'Sum' } };
    expect(limits({ ...problem, capacity: { cpu: 9, gpu: 4 } }, [1])).toEqual([{ kind: 'capacity', resource: 'gpu' }]);
    const nodes = [
      { cpu: 4, gpu: 4 },
      { cpu: 4, gpu: 2 },
      { cpu: 4, gpu: 2 },
    ];
    expect(limits({ ...problem, capacity: {}, nodes }, [1])).toEqual([{ kind: 'nodes' }]);
    expect(explainAllocation({ ...problem, jobs: [] }, [])).toEqual({ jobs: [] });
  });
});
