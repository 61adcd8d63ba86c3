import { describe, expect, test } from 'vitest';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import type { AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { percentileLatencyMs } from '../../../../server/src/faro/utility/mdc-latency.ts';
import { objectiveValue } from '../../../../server/src/faro/allocation/objective.ts';
import { replicasForSlo, utilityCurve, utilityTable } from '../../../../server/src/faro/utility/utility-curve.ts';
import { gainsMost, marginals, smallestCapacityForSlos } from '../../../../server/src/faro/allocation/what-if.ts';
import { goldenJobs, job } from '../golden-instance.ts';

describe('utility curve', () => {
  test('gives latency in the busiest bin and utility over all', () => {
    const curve = utilityCurve(job({ ratesPerSecond: [5, 15] }), 5);
    expect(curve.map(({ replicas }) => replicas)).toEqual([1, 2, 3, 4, 5]);
    const busiest = { ratePerSecond: 15, processingMs: 180, percentile: 99 };
    curve.forEach(({ replicas, latencyMs }) =>
      expect(latencyMs).toBeCloseTo(percentileLatencyMs(busiest, replicas), 9),
    );
    expect(curve[1]!.utility).toBeGreaterThan(curve[0]!.utility);
    expect(curve[4]!.utility).toBe(1);
  });

  test('a start-up holds the first bins at what runs', () => {
    const moving = job({ ratesPerSecond: [15, 15, 15] });
    const [plain, starting] = [utilityTable(moving, 5), utilityTable(moving, 5, {}, { bins: 1, current: 2 })];
    expect(starting[1]).toBe(plain[1]);
    expect(starting[5]).toBeCloseTo((plain[2]! + 2 * plain[5]!) / 3, 12);
  });
});

describe('replicas for an SLO', () => {
  test('is the first count that meets it', () => {
    for (const rate of [0.5, 3, 14, 90, 2000]) {
      const asked = job({ ratesPerSecond: [1, rate] });
      const count = replicasForSlo(asked);
      if (count === 'never') throw new Error('never');
      const at = (replicas: number) => percentileLatencyMs({ ...asked, ratePerSecond: rate }, replicas);
      expect(at(count)).toBeLessThanOrEqual(720);
      expect(at(count - 1)).toBeGreaterThan(720);
    }
  });

  test('is never where one request alone takes longer', () => {
    expect(replicasForSlo(job({ sloMs: 179, ratesPerSecond: [1] }))).toBe('never');
    expect(replicasForSlo(job({ percentile: 100, ratesPerSecond: [1] }))).toBe('never');
    expect(replicasForSlo(job({ sloMs: 180, ratesPerSecond: [1] }))).toBe(3);
    expect(replicasForSlo(job({ ratesPerSecond: [] }))).toBe(0);
    expect(replicasForSlo(job({ ratesPerSecond: [NaN, -3] }))).toBe(0);
    expect(replicasForSlo(job({ ratesPerSecond: [Infinity] }))).toBe('never');
    expect(replicasForSlo(job({ sloMs: NaN, ratesPerSecond: [1] }))).toBe('never');
  });
});

describe('what one replica does', () => {
  const problem: AllocationProblem = { jobs: goldenJobs, capacity: { replicas: 32 }, objective: { kind: 'FairSum' } };
  const result = allocate(problem);
  if (result.kind !== 'allocated') throw new Error(result.kind);

  test('is the difference of the objectives', () => {
    const steps = marginals(problem, result.replicas);
    const weights = goldenJobs.map(({ weight }) => weight);
    steps.forEach(({ job: name, more, less }, i) => {
      expect(name).toBe(goldenJobs[i]!.name);
      for (const step of [more, less]) {
        if (step === undefined) continue;
        const utilities = result.replicas.map((count, k) => {
          return utilityTable(goldenJobs[k]!, 10)[k === i ? step.replicas : count]!;
        });
        const after = objectiveValue(problem.objective, utilities, weights);
        expect(step.objectiveChange).toBeCloseTo(after - result.objective, 10);
        expect(step.utility).toBe(utilities[i]);
      }
    });
    // J2 has the lowest utility, so it is J2 that holds everyone back.
    expect(gainsMost(steps)?.job).toBe('J2');
  });

  test.each(['Sum', 'Fair', 'FairSum'] as const)('is that under %s too, also where jobs are tied at an end', (kind) => {
    const rates = [[20], [20], [1], [1], [9]];
    const jobs = rates.map((ratesPerSecond, i) => job({ name: `j${i}`, ratesPerSecond, weight: 1 + i }));
    const weights = jobs.map(({ weight }) => weight);
    for (const replicas of [
      [2, 2, 3, 3, 2],
      [1, 2, 1, 3, 4],
      [1, 1, 1, 1, 1],
    ]) {
      const tied: AllocationProblem = { jobs, capacity: { replicas: 32 }, objective: { kind } };
      const at = (counts: readonly number[]): number =>
        objectiveValue(
          tied.objective,
          jobs.map((each, i) => utilityTable(each, 10)[counts[i]!]!),
          weights,
        );
      marginals(tied, replicas).forEach(({ more, less }, i) => {
        for (const step of [more, less]) {
          if (step === undefined) continue;
          expect(step.objectiveChange).toBeCloseTo(at(replicas.with(i, step.replicas)) - at(replicas), 10);
        }
      });
    }
    const alone: AllocationProblem = { jobs: [jobs[0]!], capacity: { replicas: 8 }, objective: { kind } };
    const [only] = marginals(alone, [2]);
    expect(only?.more?.objectiveChange).toBeCloseTo(kind === 'Fair' ? 0 : only!.more!.utilityChange, 12);
  });

  test('counts the price of a change', () => {
    const jobs = [job({ ratesPerSecond: [15] })];
    const priced = {
      jobs,
      capacity: { replicas: 9 },
      objective: { kind: 'Sum' },
      current: [3],
      changePenalty: 0.5,
    } as const;
    const [at3] = marginals(priced, [3]);
    expect(at3?.more?.objectiveChange).toBeCloseTo(at3!.more!.utilityChange - 0.5, 12);
    const [at2] = marginals(priced, [2]);
    expect(at2?.more?.objectiveChange).toBeCloseTo(at2!.more!.utilityChange + 0.5, 12);
    expect(at2?.less?.objectiveChange).toBeCloseTo(at2!.less!.utilityChange, 12);
  });

  test('keeps to the limits of the job', () => {
    const fixed = { ...problem, jobs: [job({ minReplicas: 2, maxReplicas: 2, ratesPerSecond: [20] })] };
    expect(marginals(fixed, [2])).toEqual([{ job: 'job' }]);
    expect(gainsMost(marginals(fixed, [2]))).toBeUndefined();
  });
});

describe('smallest capacity for all SLOs', () => {
  test('is enough, and one replica less is not', () => {
    const answer = smallestCapacityForSlos(goldenJobs, ['replicas', 'cpu']);
    if (answer.kind !== 'enough') throw new Error(answer.kind);
    const total = answer.replicas.reduce((a, b) => a + b);
    expect(answer.capacity).toEqual({ replicas: total, cpu: 0 });
    const sumAt = (replicas: number) => {
      const result = allocate({ jobs: goldenJobs, capacity: { replicas }, objective: { kind: 'Sum' } });
      return result.kind === 'allocated' ? result.objective : NaN;
    };
    expect(sumAt(total)).toBe(10);
    expect(sumAt(total - 1)).toBeLessThan(10);
  });

  test('names the jobs for which there is none', () => {
    const jobs = [
      job({ name: 'slow', sloMs: 100, ratesPerSecond: [1] }),
      job({ name: 'capped', maxReplicas: 2, ratesPerSecond: [50] }),
      job({ name: 'fine', ratesPerSecond: [1] }),
    ];
    expect(smallestCapacityForSlos(jobs, ['replicas'])).toEqual({
      kind: 'never',
      impossible: ['slow'],
      beyondMaximum: ['capped'],
    });
  });
});
