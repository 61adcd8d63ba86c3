import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, problemUtilities } from '../../../../server/src/faro/allocation/allocation.ts';
import type { AllocationProblem } from '../../../../server/src/faro/allocation/allocation.ts';
import { clusterCapacity } from '../../../../server/src/faro/allocation/allocation-problem.ts';
import { objectiveValue } from '../../../../server/src/faro/allocation/objective.ts';
import { OBJECTIVES } from '../../../../server/src/spec/types.ts';
import type { Objective } from '../../../../server/src/faro/allocation/objective.ts';
import { demandPerReplica, fits, fitsCapacity } from '../../../../server/src/faro/job.ts';
import type { Job, ResourceVector } from '../../../../server/src/faro/job.ts';
import { job } from '../golden-instance.ts';

/** The same problems in every run; `FARO_SEED` and `FARO_RUNS` look further. */
const run = { seed: Number(process.env.FARO_SEED ?? 1), numRuns: Number(process.env.FARO_RUNS ?? 150) };

/** Some rates come up often, so that there are ties to settle. */
const rates = fc.array(fc.oneof(fc.constantFrom(0, 10), fc.double({ min: 0, max: 25, noNaN: true })), { maxLength: 3 });

const jobs = (resources: fc.Arbitrary<ResourceVector>): fc.Arbitrary<Job[]> =>
  fc
    .array(
      fc.record({
        sloMs: fc.integer({ min: 150, max: 900 }),
        percentile: fc.constantFrom(50, 90, 99, 99.9),
        minReplicas: fc.integer({ min: 0, max: 2 }),
        more: fc.integer({ min: 0, max: 4 }),
        weight: fc.constantFrom(0, 0.5, 1, 1, 2),
        ratesPerSecond: rates,
        resources,
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((list) =>
      list.map(({ more, ...rest }, i) => job({ ...rest, name: `job ${i}`, maxReplicas: rest.minReplicas + more })),
    );

const vector = fc.record({
  cpu: fc.integer({ min: 1, max: 8 }).map((n) => n / 4),
  gpu: fc.integer({ min: 0, max: 2 }),
});

/** Jobs and what they share: a count of replicas, two resources, or nodes. */
const clusters: fc.Arbitrary<Pick<AllocationProblem, 'jobs' | 'capacity' | 'nodes'>> = fc.oneof(
  fc.record({
    jobs: jobs(fc.constant({})),
    capacity: fc.record({ replicas: fc.integer({ min: 0, max: 14 }) }),
  }),
  fc.record({
    jobs: jobs(vector),
    capacity: fc.record({ cpu: fc.integer({ min: 0, max: 12 }), gpu: fc.integer({ min: 0, max: 9 }) }),
  }),
  fc.record({
    jobs: jobs(vector),
    capacity: fc.oneof(fc.constant({}), fc.record({ cpu: fc.integer({ min: 2, max: 9 }) })),
    nodes: fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 4 }), gpu: fc.integer({ min: 0, max: 3 }) }), {
      maxLength: 3,
    }),
  }),
);

const objectives: fc.Arbitrary<Objective> = fc
  .record({
    kind: fc.constantFrom(...OBJECTIVES),
    gamma: fc.option(
      fc.integer({ min: 0, max: 32 }).map((n) => n / 8),
      { nil: undefined },
    ),
  })
  .map(({ kind, gamma }) => (gamma === undefined ? { kind } : { kind, gamma }));

const problems: fc.Arbitrary<AllocationProblem> = fc
  .record({
    cluster: clusters,
    objective: objectives,
    running: fc.option(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 }), { nil: undefined }),
    options: fc.record(
      {
        coldStartBins: fc.integer({ min: 0, max: 2 }),
        ties: fc.constantFrom('fewestChanges' as const, 'fewestReplicas' as const),
        changePenalty: fc.constantFrom(0, 0.05, 0.7),
        drops: fc.constantFrom('unrelieved' as const, 'relieving' as const),
        dropPenalty: fc.constantFrom('step', 'linear', 'strictStep', 'strictLinear' as const),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ cluster, objective, running, options }) => ({
    ...cluster,
    objective,
    ...options,
    ...(running === undefined ? {} : { current: running.slice(0, cluster.jobs.length) }),
  }));

/** Whether replicas fit on nodes, one by one in every way. */
function fitsNodes(problem: AllocationProblem, replicas: readonly number[]): boolean {
  const { jobs: all, nodes } = problem;
  if (nodes === undefined) return true;
  const named = [...new Set(nodes.flatMap((node) => Object.keys(node)))];
  const visit = (waiting: readonly number[], left: readonly ResourceVector[]): boolean => {
    const [next, ...rest] = waiting;
    if (next === undefined) return true;
    const tried = new Set<string>();
    return left.some((node, n) => {
      const key = JSON.stringify(node);
      if (tried.has(key)) return false;
      tried.add(key);
      if (!named.every((name) => fits(demandPerReplica(all[next]!, name), node[name] ?? 0))) return false;
      const after = named.map((name) => [name, (node[name] ?? 0) - demandPerReplica(all[next]!, name)]);
      return visit(rest, left.with(n, Object.fromEntries(after) as ResourceVector));
    });
  };
  return visit(
    replicas.flatMap((count, i) => Array.from({ length: count }, () => i)),
    nodes,
  );
}

/** How good an allocation is: each figure decides where all before it are equal; larger is better. */
function ranking(problem: AllocationProblem, replicas: readonly number[], utilities: readonly number[]): number[] {
  const { current, changePenalty = 0, objective, ties } = problem;
  const weights = problem.jobs.map(({ weight }) => weight);
  const moved = current === undefined ? [] : replicas.map((held, i) => Math.abs(held - current[i]!));
  const penalty = changePenalty * moved.filter((distance) => distance > 0).length;
  const bySpreadAlone = objective.kind === 'Fair' && (current === undefined || changePenalty === 0);
  const sum = bySpreadAlone ? objectiveValue({ kind: 'Sum' }, utilities, weights) : 0;
  const changes = moved.reduce((total, distance) => total + distance, 0);
  const used = replicas.reduce((total, held) => total + held, 0);
  const cost = ties === 'fewestReplicas' ? [-used, -changes] : [-changes, -used];
  return [objectiveValue(objective, utilities, weights) - penalty, sum, ...cost];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) if (Math.abs(x - b[i]!) > 1e-9) return x - b[i]!;
  return 0;
}

/** Tries every allocation; undefined where none is allowed. */
function bruteForce(problem: AllocationProblem): number[] | undefined {
  const capacity = clusterCapacity(problem);
  const tables = problem.jobs.map((each, i) => problemUtilities(problem, i, each.maxReplicas));
  let best: number[] | undefined;
  const visit = (replicas: number[]): void => {
    const next = problem.jobs[replicas.length];
    if (next !== undefined) {
      for (let held = next.maxReplicas; held >= next.minReplicas; held--) visit([...replicas, held]);
      return;
    }
    if (!fitsCapacity(problem.jobs, replicas, capacity)) return;
    const rank = ranking(
      problem,
      replicas,
      replicas.map((held, i) => tables[i]![held]!),
    );
    if (best !== undefined && compare(rank, best) <= 0) return;
    if (fitsNodes(problem, replicas)) best = rank;
  };
  visit([]);
  return best;
}

function expectFeasible(problem: AllocationProblem, replicas: readonly number[]): void {
  replicas.forEach((held, i) => {
    expect(held).toBeGreaterThanOrEqual(problem.jobs[i]!.minReplicas);
    expect(held).toBeLessThanOrEqual(problem.jobs[i]!.maxReplicas);
  });
  expect(fitsCapacity(problem.jobs, replicas, clusterCapacity(problem))).toBe(true);
}

describe('every kind of problem', () => {
  test('is solved to the optimum, as trying everything finds it', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const best = bruteForce(problem);
        const result = allocate(problem);
        expect(result.kind === 'allocated').toBe(best !== undefined);
        if (result.kind !== 'allocated' || best === undefined) return;
        expectFeasible(problem, result.replicas);
        expect(result.optimal).toBe(true);
        expect(result.objective).toBeCloseTo(best[0]!, 9);
        expect(result.bound).toBeGreaterThanOrEqual(best[0]! - 1e-9);
        const rank = ranking(problem, result.replicas, result.utilities);
        // On nodes, the first allocation that fits is taken among equally good ones.
        if (problem.nodes === undefined) expect(compare(rank, best)).toBe(0);
      }),
      run,
    );
  });

  test('is bounded, and feasible, by the other solvers too', () => {
    const other = fc.constantFrom(
      { solver: 'cobyla' as const },
      { groups: 2 },
      { solver: 'cobyla' as const, groups: 2 },
    );
    fc.assert(
      fc.property(problems, other, (problem, options) => {
        const best = bruteForce(problem);
        const result = allocate({ ...problem, ...options });
        expect(result.kind === 'allocated').toBe(best !== undefined);
        if (result.kind !== 'allocated' || best === undefined) return;
        expectFeasible(problem, result.replicas);
        expect(result.bound).toBeGreaterThanOrEqual(Math.max(best[0]!, result.objective) - 1e-9);
        // Free accept rates may narrow a spread as the jobs' own best ones do not.
        const isFree = options.solver === 'cobyla' && problem.objective.kind === 'PenaltyFairSum';
        if (!isFree) expect(result.objective).toBeLessThanOrEqual(best[0]! + 2e-3);
        if (result.optimal) expect(result.objective).toBeCloseTo(best[0]!, 9);
        expect(result.acceptRates.every((rate) => rate >= 0 && rate <= 1)).toBe(true);
      }),
      run,
    );
  });

  test('runs on its nodes as the assignment says', () => {
    fc.assert(
      fc.property(problems, fc.constantFrom('exact' as const, 'cobyla' as const), (problem, solver) => {
        const { nodes } = problem;
        const result = allocate({ ...problem, solver });
        if (result.kind !== 'allocated' || nodes === undefined) return;
        const { assignment = [] } = result;
        expect(assignment.length).toBe(nodes.length);
        result.replicas.forEach((held, i) => {
          expect(assignment.reduce((sum, counts) => sum + counts[i]!, 0)).toBe(nodes.length === 0 ? 0 : held);
        });
        assignment.forEach((counts, n) => expect(fitsCapacity(problem.jobs, counts, nodes[n]!)).toBe(true));
      }),
      run,
    );
  });
});
