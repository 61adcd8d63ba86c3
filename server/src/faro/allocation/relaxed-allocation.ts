import { changedJobs, jobStartUp, problemPenalty, startUpBins } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { replicaRanges } from './capacity-reduction.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import { cobyla } from './cobyla.ts';
import type { ConstrainedProblem } from './cobyla.ts';
import { repairToIntegers } from './integer-repair.ts';
import { demandPerReplica } from '../job.ts';
import { admitsDrops, objectiveValue } from './objective.ts';
import { Matrix } from '../../numeric/matrix.ts';
import { continuousUtility } from '../utility/continuous-utility.ts';
import { effectiveUtility } from '../utility/drop-penalty.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** SciPy's defaults, and the first radius of Faro's experiments. */
const options = { initialRadius: 3, finalRadius: 1e-4, maxEvaluations: 1000 };

/** Accept rates are searched in percent, so that a radius means as much to them as to replicas. */
const percent = 100;

/** Replicas and accepted shares of requests, by job. */
export interface RelaxedAllocation {
  readonly replicas: readonly number[];
  readonly acceptRates: readonly number[];
}

/**
 * Allocates as Faro's published code does (reference, sections 5.1 to 5.3): COBYLA over real replicas, and accept rates in
 * percent under the Penalty objectives, from what runs now (the minima where nothing does) and with everything accepted; the
 * result is made whole by {@link repairToIntegers}, accept rates as found.
 *
 * A local optimum that depends on the start. The minima must fit the capacity. Cost: at most 1000 evaluations of all jobs'
 * utilities, usually 200 to 400 for ten jobs.
 */
export function allocateRelaxed(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[] = replicaRanges(problem.jobs, problem.capacity),
): RelaxedAllocation {
  const { jobs, capacity, objective, changePenalty = 0, shrinks = true } = problem;
  const n = jobs.length;
  const start = problem.current ?? jobs.map(({ minReplicas }) => minReplicas);
  const utility = jobUtilities(problem);
  const drops = admitsDrops(objective);
  const { x } = cobyla(
    relaxedProblem(problem, ranges, utility, start),
    drops ? [...start, ...jobs.map(() => percent)] : start,
    options,
  );
  const acceptRates = jobs.map((_, i) => (drops ? Math.min(1, Math.max(0, realAt(x, n + i) / percent)) : 1));
  const known = ranges.map(({ max }) => new Float64Array(max + 1).fill(NaN));
  const utilityAt = (i: number, held: number): number => {
    const table = itemAt(known, i);
    if (Number.isNaN(realAt(table, held))) table[held] = utility(i, held, itemAt(acceptRates, i));
    return realAt(table, held);
  };
  const weights = jobs.map(({ weight }) => weight);
  const value = (replicas: readonly number[]): number =>
    objectiveValue(
      objective,
      replicas.map((held, i) => utilityAt(i, held)),
      weights,
    ) -
    changePenalty * changedJobs(problem, replicas);
  return { replicas: repairToIntegers({ jobs, capacity, ranges, current: start, shrinks, value }, x), acceptRates };
}

/** The (effective) utility of job i at real replicas and an accepted share of its requests. */
type JobUtilities = (i: number, replicas: number, acceptRate: number) => number;

function jobUtilities(problem: AllocationProblem): JobUtilities {
  const bins = startUpBins(problem);
  const curves = problem.jobs.map((job, i) => continuousUtility(job, problem.models, jobStartUp(problem, i, bins)));
  const penalty = problemPenalty(problem);
  if (penalty === undefined) return (i, replicas) => itemAt(curves, i)(replicas);
  const relieves = problem.drops === 'relieving';
  return (i, replicas, acceptRate) => {
    const share = relieves ? Math.min(1, Math.max(0, acceptRate)) : 1;
    return effectiveUtility(itemAt(curves, i)(replicas, share), 1 - acceptRate, penalty);
  };
}

/** The objective to be made small, and the constraints in the order of the published code. */
function relaxedProblem(
  problem: AllocationProblem,
  ranges: readonly ReplicaRange[],
  utility: JobUtilities,
  start: readonly number[],
): ConstrainedProblem {
  const { jobs, objective, changePenalty = 0 } = problem;
  const n = jobs.length;
  const weights = jobs.map(({ weight }) => weight);
  const drops = admitsDrops(objective);
  const { gradients, constants } = linearConstraints(problem, ranges);
  const utilities = jobs.map(() => 0);

  const evaluate = (x: Float64Array, constraints: Float64Array): number => {
    constants.forEach((constant, k) => (constraints[k] = constant + gradients.dotRow(k, x)));
    // A proposal without replicas for some job is worth nothing at all, as in the published code.
    const isServed = jobs.every(({ minReplicas }, i) => realAt(x, i) > 0 || minReplicas === 0);
    let changes = 0;
    for (let i = 0; i < n; i++) {
      utilities[i] = isServed ? utility(i, Math.max(0, realAt(x, i)), drops ? realAt(x, n + i) / percent : 1) : 0;
      if (changePenalty > 0 && Math.ceil(realAt(x, i)) !== itemAt(start, i)) changes++;
    }
    return changePenalty * changes - objectiveValue(objective, utilities, weights);
  };
  return { constraintCount: constants.length, constraintGradients: gradients, evaluate };
}

/** Constraint k asks for constants[k] + gradients[k] · x >= 0. */
function linearConstraints(
  { jobs, capacity, objective }: AllocationProblem,
  ranges: readonly ReplicaRange[],
): { gradients: Matrix; constants: number[] } {
  const n = jobs.length;
  const drops = admitsDrops(objective);
  const rows: { constant: number; entries: (readonly [variable: number, factor: number])[] }[] = [];
  for (const [resource, limit] of Object.entries(capacity)) {
    rows.push({ constant: limit, entries: jobs.map((job, i) => [i, -demandPerReplica(job, resource)]) });
  }
  jobs.forEach((job, i) => rows.push({ constant: -job.minReplicas, entries: [[i, 1]] }));
  jobs.forEach((job, i) => {
    // A maximum that the capacity alone would not keep; the published optimiser knows none.
    if (job.maxReplicas <= itemAt(ranges, i).max) rows.push({ constant: job.maxReplicas, entries: [[i, -1]] });
  });
  if (drops) {
    for (let i = n; i < 2 * n; i++)
      rows.push({ constant: 0, entries: [[i, 1]] }, { constant: percent, entries: [[i, -1]] });
  }
  const gradients = new Matrix(rows.length, drops ? 2 * n : n);
  rows.forEach(({ entries }, k) => entries.forEach(([i, factor]) => gradients.set(k, i, factor)));
  return { gradients, constants: rows.map(({ constant }) => constant) };
}
