import { describe, expect, test } from 'vitest';
import { allocate, problemUtilities } from '../../../../server/src/faro/allocation/allocation.ts';
import type { Allocation, AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { fitsCapacity } from '../../../../server/src/faro/job.ts';
import type { Job, ResourceVector } from '../../../../server/src/faro/job.ts';
import { objectiveValue } from '../../../../server/src/faro/allocation/objective.ts';
import type { Objective } from '../../../../server/src/faro/allocation/objective.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { goldenJobs, job } from '../golden-instance.ts';

function allocated(problem: AllocationProblem): Allocation {
  const result = allocate(problem);
  if (result.kind !== 'allocated') throw new Error(result.kind);
  return result;
}

/** How good an allocation is: each figure decides where all before it are equal; larger is better. */
function ranking(problem: AllocationProblem, replicas: readonly number[], utilities: readonly number[]): number[] {
  const weights = problem.jobs.map(({ weight }) => weight);
  const value = objectiveValue(problem.objective, utilities, weights);
  const sum = problem.objective.kind === 'Fair' ? objectiveValue({ kind: 'Sum' }, utilities, weights) : 0;
  const changes =
    problem.current === undefined ? 0 : replicas.reduce((s, x, i) => s + Math.abs(x - problem.current![i]!), 0);
  const used = replicas.reduce((s, x) => s + x, 0);
  const cost = problem.ties === 'fewestReplicas' ? [-used, -changes] : [-changes, -used];
  return [value, sum, ...cost];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) if (Math.abs(x - b[i]!) > 1e-9) return x - b[i]!;
  return 0;
}

/** Tries every allocation within the jobs' limits. */
function bruteForce(problem: AllocationProblem): { replicas: number[]; rank: number[] } | undefined {
  const { jobs, capacity } = problem;
  const tables = jobs.map((job, i) => problemUtilities(problem, i, job.maxReplicas));
  let best: { replicas: number[]; rank: number[] } | undefined;
  const visit = (replicas: number[]): void => {
    const next = jobs[replicas.length];
    if (next !== undefined) {
      // Descending, so that in a full tie the allocation with more for earlier jobs is met first.
      for (let x = next.maxReplicas; x >= next.minReplicas; x--) visit([...replicas, x]);
      return;
    }
    if (!fitsCapacity(jobs, replicas, capacity)) return;
    const rank = ranking(
      problem,
      replicas,
      replicas.map((x, i) => tables[i]![x]!),
    );
    if (best === undefined || compare(rank, best.rank) > 0) best = { replicas, rank };
  };
  visit([]);
  return best;
}

function randomProblem(seed: number, kind: Objective['kind'], vector: boolean): AllocationProblem {
  const random = randomStream(seed, `${kind} ${vector}`);
  const whole = (from: number, to: number) => from + Math.floor(random.uniform() * (to - from + 1));
  const jobs = Array.from({ length: whole(1, 5) }, (_, i): Job => {
    const minReplicas = whole(0, 2);
    const bins = whole(1, 3);
    return job({
      name: `job ${i}`,
      sloMs: whole(150, 900),
      percentile: [50, 90, 99, 99.9][whole(0, 3)]!,
      minReplicas,
      maxReplicas: minReplicas + whole(0, 5),
      weight: whole(0, 6) / 2,
      // Some rates twice, so that there are ties to settle.
      ratesPerSecond: Array.from({ length: bins }, () => (random.uniform() < 0.3 ? 10 : random.uniform() * 25)),
      resources: vector ? { cpu: whole(1, 8) / 4, memory: whole(1, 9) * 1e9 + (random.uniform() < 0.5 ? 1 : 0) } : {},
    });
  });
  const capacity: ResourceVector = vector
    ? { cpu: whole(3, 16), memory: whole(10, 60) * 1e9 }
    : { replicas: whole(2, 16) };
  return {
    jobs,
    capacity,
    objective: kind === 'FairSum' && random.uniform() < 0.5 ? { kind, gamma: random.uniform() * 3 } : { kind },
    ...(random.uniform() < 0.5 ? { current: jobs.map(() => whole(0, 5)), coldStartBins: whole(0, 2) } : {}),
    ties: random.uniform() < 0.5 ? 'fewestChanges' : 'fewestReplicas',
  };
}

describe('allocation against brute force', () => {
  describe.each(['Sum', 'Fair', 'FairSum'] as const)('%s', (kind) => {
    test.each([false, true])('vector capacity: %s', (vector) => {
      let solved = 0;
      for (let seed = 1; seed <= 120; seed++) {
        const problem = randomProblem(seed, kind, vector);
        const expected = bruteForce(problem);
        const result = allocate(problem);
        if (expected === undefined) {
          expect(result.kind, `seed ${seed}`).toBe('minimaExceedCapacity');
          continue;
        }
        if (result.kind !== 'allocated') throw new Error(`seed ${seed}: ${result.kind}`);
        solved++;
        expect(result.optimal, `seed ${seed}`).toBe(true);
        expect(fitsCapacity(problem.jobs, result.replicas, problem.capacity), `seed ${seed}`).toBe(true);
        const rank = ranking(problem, result.replicas, result.utilities);
        expect(compare(rank, expected.rank), `seed ${seed}: ${rank} for ${expected.rank}`).toBe(0);
        expect(result.bound).toBeCloseTo(result.objective, 9);
        if (!vector) expect(result.replicas, `seed ${seed}`).toEqual(expected.replicas);
      }
      expect(solved).toBeGreaterThan(60);
    });
  });
});

describe('allocation', () => {
  test('says which resource the minima exceed', () => {
    const jobs = [job({ minReplicas: 3, resources: { cpu: 2 } }), job({ minReplicas: 1, resources: { cpu: 2 } })];
    const result = allocate({ jobs, capacity: { replicas: 10, cpu: 7 }, objective: { kind: 'Sum' } });
    expect(result).toEqual({ kind: 'minimaExceedCapacity', resource: 'cpu', needed: 8, capacity: 7 });
    expect(allocate({ jobs, capacity: { cpu: NaN }, objective: { kind: 'Sum' } }).kind).toBe('minimaExceedCapacity');
  });

  test('ten replicas of a tenth of a core fit one core', () => {
    const one = job({ resources: { cpu: 0.1 }, ratesPerSecond: [1000] });
    expect(allocated({ jobs: [one], capacity: { cpu: 1 }, objective: { kind: 'Sum' } }).replicas).toEqual([10]);
  });

  test('a vector of equal replicas is solved like a count', () => {
    const jobs = goldenJobs.map((golden) => ({ ...golden, resources: { cpu: 1, memory: 3 * 2 ** 30 } }));
    const result = allocated({ jobs, capacity: { cpu: 32, memory: 96 * 2 ** 30 }, objective: { kind: 'FairSum' } });
    expect(result.replicas).toEqual([4, 3, 3, 3, 5, 3, 2, 4, 3, 2]);
    expect(result.used).toEqual({ cpu: 32, memory: 96 * 2 ** 30 });
  });

  test('ties leave what runs, or give back what brings nothing', () => {
    const jobs = [job({ ratesPerSecond: [10] }), job({ ratesPerSecond: [10] })];
    const problem = { jobs, capacity: { replicas: 20 }, objective: { kind: 'Sum' }, current: [7, 5] } as const;
    expect(allocated(problem).replicas).toEqual([7, 5]);
    const needed = allocated({ ...problem, ties: 'fewestReplicas' }).replicas;
    expect(needed).toEqual([3, 3]);
    expect(allocated({ jobs, capacity: { replicas: 5 }, objective: { kind: 'Sum' } }).replicas).toEqual([3, 2]);
  });

  test('priorities decide who goes short', () => {
    const [a, b] = [job({ ratesPerSecond: [15] }), job({ ratesPerSecond: [15] })];
    const solve = (weight: number) =>
      allocated({ jobs: [a, { ...b, weight }], capacity: { replicas: 6 }, objective: { kind: 'Sum' } }).replicas;
    expect(solve(1)).toEqual([4, 2]);
    expect(solve(3)).toEqual([2, 4]);
  });

  test('a full cluster makes a job that grows wait for its replicas', () => {
    const jobs = [job({ ratesPerSecond: [10, 10] }), job({ ratesPerSecond: [1, 1] })];
    const problem = {
      jobs,
      capacity: { replicas: 4 },
      objective: { kind: 'Sum' },
      current: [1, 3],
      coldStartBins: 1,
    } as const;
    const [now, later] = [problemUtilities(problem, 0, 1)[1]!, 1];
    expect(problemUtilities(problem, 0, 4)[4]).toBeCloseTo((now + later) / 2, 12);
    // With free capacity one bin becomes half of one, which is none.
    expect(problemUtilities({ ...problem, current: [1, 2] }, 0, 4)[4]).toBe(1);
  });

  test('no jobs, no capacity limits, no traffic', () => {
    expect(allocated({ jobs: [], capacity: { replicas: 3 }, objective: { kind: 'FairSum' } }).objective).toBe(0);
    const free = allocated({ jobs: [job({ ratesPerSecond: [30] })], capacity: {}, objective: { kind: 'Fair' } });
    expect(free.utilities).toEqual([1]);
    expect(allocated({ jobs: [job()], capacity: { replicas: 3 }, objective: { kind: 'Sum' } }).replicas).toEqual([1]);
  });

  test('says when it could not prove the optimum, with a bound that holds', () => {
    const random = randomStream(7, 'hard');
    const jobs = Array.from({ length: 70 }, (_, i) =>
      job({
        name: `job ${i}`,
        resources: {
          cpu: 0.5 + Math.floor(random.uniform() * 8) / 4,
          memory: Math.floor(1e9 + random.uniform() * 4e9),
          bandwidth: Math.floor(1 + random.uniform() * 1000) / 100,
        },
        weight: 1 + random.uniform(),
        ratesPerSecond: Array.from({ length: 3 }, () => 3 + random.uniform() * 20),
      }),
    );
    const capacity = { cpu: 280, memory: 560e9, bandwidth: 1120 };
    const result = allocated({ jobs, capacity, objective: { kind: 'Sum' } });
    expect(fitsCapacity(jobs, result.replicas, capacity)).toBe(true);
    expect(result.bound).toBeGreaterThan(result.objective);
    expect(result.optimal).toBe(false);
    expect(result.bound / result.objective).toBeLessThan(1.01);
  });
});
