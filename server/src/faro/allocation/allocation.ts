import {
  changedJobs,
  clusterCapacity,
  jobStartUp,
  problemPenalty,
  problemTable,
  startUpBins,
} from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { exceededByMinima, replicaRanges } from './capacity-reduction.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import { allocateExactly, objectiveBound } from './exact-allocation.ts';
import { allocateByGroups } from './job-groups.ts';
import type { GroupedAllocation } from './job-groups.ts';
import { amountOf, usedResources } from '../job.ts';
import type { ResourceVector } from '../job.ts';
import { allocateOntoNodes, fillNodes } from './node-allocation.ts';
import { withNodeCuts } from './node-cuts.ts';
import { packOntoNodes, replicasPerJob } from './node-packing.ts';
import type { Assignment } from './node-packing.ts';
import { objectiveTerms, objectiveValue } from './objective.ts';
import { allocateRelaxed } from './relaxed-allocation.ts';
import { acceptRateTolerance } from '../utility/accept-rate.ts';
import type { AcceptRates } from '../utility/accept-rate.ts';
import { continuousUtility } from '../utility/continuous-utility.ts';
import { effectiveUtility } from '../utility/drop-penalty.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

export { problemUtilities } from './allocation-problem.ts';
export type { AllocationProblem, DropEffect, Solver } from './allocation-problem.ts';
export type { Assignment } from './node-packing.ts';

/** Replicas for every job. */
export interface Allocation {
  readonly kind: 'allocated';
  /** By job. */
  readonly replicas: readonly number[];
  /** By job, in [0, 1]: the share of its requests that is accepted; 1 where the objective admits no drops. */
  readonly acceptRates: readonly number[];
  /** By job, in [0, 1]; effective utilities where the objective admits drops. */
  readonly utilities: readonly number[];
  readonly objective: number;
  readonly used: ResourceVector;
  /** By node, the replicas of each job that run there; only where the problem has nodes. */
  readonly assignment?: Assignment;
  /** True where no allocation has a larger objective (to within 1e-11 per job; 1e-4 where drops relieve). */
  readonly optimal: boolean;
  /** No allocation has a larger objective than this. */
  readonly bound: number;
}

/** The jobs' minimum replicas alone need more of a resource than there is. */
export interface MinimaExceedCapacity {
  readonly kind: 'minimaExceedCapacity';
  readonly resource: string;
  readonly needed: number;
  readonly capacity: number;
  /** There is enough of everything in all, but not on single nodes; `resource` is the one that is most used. */
  readonly onNodes?: true;
}

/**
 * Shares the capacity among the jobs so that the objective is largest: Faro's optimisation on whole replicas, solved exactly
 * (see `allocateExactly`) unless another solver is named, and onto nodes where there are any (see `allocateOntoNodes`).
 *
 * One capacity in whole units (all that a vector of equal replicas comes down to) is always solved to the optimum; where
 * several capacities bind, or nodes are to be packed, `optimal` says whether the bound was met. It is false for `cobyla` and
 * for groups.
 * Among equally good allocations: smaller change of running replicas, then fewer replicas (or the reverse, see `ties`), then
 * more for earlier jobs; `Fair` prefers a larger weighted sum before all these, where changes have no price.
 *
 * No jobs are an empty allocation, and a job without traffic is content with its minimum. Rates that are no numbers or
 * negative count as no traffic, infinite ones as more than any replicas can serve.
 */
export function allocate(problem: AllocationProblem): Allocation | MinimaExceedCapacity {
  const { jobs, nodes } = problem;
  const whole = { ...problem, capacity: clusterCapacity(problem) };
  const exceeded = exceededByMinima(jobs, whole.capacity);
  if (exceeded !== undefined) return { kind: 'minimaExceedCapacity', ...exceeded };
  const instance = instanceOf(whole);
  const found = nodes === undefined ? solve(instance) : solveOntoNodes(instance, nodes);
  return found === undefined ? minimaExceedNodes(whole) : result(instance, found);
}

/** A problem with what each job may have and what that is worth to it. */
interface Instance {
  readonly problem: AllocationProblem;
  readonly ranges: readonly ReplicaRange[];
  /** By job: best accept rates and (effective) utilities by replicas. */
  readonly tables: readonly AcceptRates[];
  /** Only the utilities. */
  readonly utilities: readonly Float64Array[];
}

/** What a solver found. */
interface Solution extends GroupedAllocation {
  readonly assignment?: Assignment;
  /** No allocation has a larger objective. */
  readonly bound: number;
  readonly optimal: boolean;
}

function instanceOf(problem: AllocationProblem): Instance {
  const { jobs, capacity, nodes } = problem;
  const most = nodes && replicasPerJob(jobs, nodes);
  const ranges = replicaRanges(jobs, capacity).map(({ min, max }, i) => ({
    min,
    max: Math.max(min, Math.min(max, most?.[i] ?? Infinity)),
  }));
  const bins = startUpBins(problem);
  const tables = jobs.map((_, i) => problemTable(problem, i, itemAt(ranges, i).max, bins));
  return { problem, ranges, tables, utilities: tables.map((table) => table.utilities) };
}

/** By capacity alone. */
function solve(instance: Instance): Solution {
  const { problem, ranges, utilities } = instance;
  const { groups = Infinity, ...flat } = problem;
  const roughBound = () => objectiveBound(problem, ranges, utilities) + toleranceOf(problem);
  if (isGrouped(problem)) {
    const found = allocateByGroups(flat, groups, (part) => solve(instanceOf(part)));
    return { ...found, bound: roughBound(), optimal: false };
  }
  if (problem.solver === 'cobyla' && problem.jobs.length > 0) {
    return { ...allocateRelaxed(problem, ranges), bound: roughBound(), optimal: false };
  }
  const found = solveExactly(instance, ranges);
  if (found === undefined) throw new Error('allocation: the minima fit, yet no allocation was found');
  return found;
}

function solveExactly(instance: Instance, ranges: readonly ReplicaRange[]): Solution | undefined {
  const { problem, tables, utilities } = instance;
  if (problem.jobs.length === 0) return { replicas: [], acceptRates: [], bound: 0, optimal: true };
  const found = allocateExactly(problem, ranges, utilities);
  if (found === undefined) return undefined;
  const acceptRates = found.replicas.map((held, i) => realAt(itemAt(tables, i).acceptRates, held));
  const objective = objectiveAt(instance, { replicas: found.replicas, acceptRates });
  return {
    replicas: found.replicas,
    acceptRates,
    bound: objective + found.gap + toleranceOf(problem),
    optimal: found.gap <= 0,
  };
}

/** Undefined where not even the minima find room. */
function solveOntoNodes(instance: Instance, nodes: readonly ResourceVector[]): Solution | undefined {
  const { problem, ranges, tables, utilities } = instance;
  if (problem.solver !== 'cobyla' && !isGrouped(problem)) {
    const cut = { ...instance, problem: { ...problem, ...withNodeCuts(problem.jobs, problem.capacity, nodes) } };
    const best = (within: readonly ReplicaRange[]) => solveExactly(cut, within);
    const found = allocateOntoNodes(problem, nodes, utilities, ranges, best);
    if (found === undefined) return undefined;
    const acceptRates = found.replicas.map((held, i) => realAt(itemAt(tables, i).acceptRates, held));
    const objective = objectiveAt(instance, { ...found, acceptRates });
    const optimal = found.bound <= objective + toleranceOf(problem) + 1e-12 * Math.abs(objective);
    return { ...found, acceptRates, bound: Math.max(objective, found.bound), optimal };
  }
  if (
    packOntoNodes(
      problem.jobs,
      ranges.map(({ min }) => min),
      nodes,
    ).kind !== 'packed'
  )
    return undefined;
  const wished = solve(instance);
  const packing = packOntoNodes(problem.jobs, wished.replicas, nodes);
  if (packing.kind === 'packed') return { ...wished, assignment: packing.assignment };
  const filled = fillNodes(problem, nodes, utilities, ranges, wished.replicas);
  return filled && { ...wished, ...filled };
}

function isGrouped({ groups = Infinity, jobs }: AllocationProblem): boolean {
  return groups >= 2 && groups < jobs.length;
}

/** What accept rates that were searched for may lack in the whole objective. */
function toleranceOf(problem: AllocationProblem): number {
  if (problem.drops !== 'relieving' || problemPenalty(problem) === undefined) return 0;
  const { sum, spread } = objectiveTerms(problem.objective, problem.jobs.length);
  return acceptRateTolerance * (problem.jobs.reduce((total, { weight }) => total + sum * weight, 0) + spread);
}

/** (Effective) utilities of an allocation, by job. */
function utilitiesAt({ problem, tables }: Instance, { replicas, acceptRates }: GroupedAllocation): number[] {
  const penalty = problemPenalty(problem);
  const bins = startUpBins(problem);
  return replicas.map((held, i) => {
    const { utilities, acceptRates: best } = itemAt(tables, i);
    const rate = itemAt(acceptRates, i);
    if (penalty === undefined || best[held] === rate) return realAt(utilities, held);
    const utility =
      problem.drops === 'relieving'
        ? continuousUtility(itemAt(problem.jobs, i), problem.models, jobStartUp(problem, i, bins))(held, rate)
        : realAt(utilities, held);
    return effectiveUtility(utility, 1 - rate, penalty);
  });
}

function objectiveAt(instance: Instance, found: GroupedAllocation): number {
  const { jobs, objective, changePenalty = 0 } = instance.problem;
  const weights = jobs.map(({ weight }) => weight);
  const value = objectiveValue(objective, utilitiesAt(instance, found), weights);
  return value - changePenalty * changedJobs(instance.problem, found.replicas);
}

function result(instance: Instance, { replicas, acceptRates, assignment, bound, optimal }: Solution): Allocation {
  const { jobs, capacity } = instance.problem;
  const objective = objectiveAt(instance, { replicas, acceptRates });
  return {
    kind: 'allocated',
    replicas,
    acceptRates,
    utilities: utilitiesAt(instance, { replicas, acceptRates }),
    objective,
    used: usedResources(jobs, replicas, capacity),
    ...(assignment === undefined ? {} : { assignment }),
    optimal,
    bound: Math.max(bound, objective),
  };
}

function minimaExceedNodes({ jobs, capacity }: AllocationProblem): MinimaExceedCapacity {
  const used = usedResources(
    jobs,
    jobs.map(({ minReplicas }) => minReplicas),
    capacity,
  );
  let [resource, share] = ['replicas', -1];
  for (const [name, limit] of Object.entries(capacity)) {
    const part = limit > 0 ? amountOf(used, name) / limit : 0;
    if (part > share) [resource, share] = [name, part];
  }
  const [needed, limit] = [used[resource] ?? 0, capacity[resource] ?? 0];
  return { kind: 'minimaExceedCapacity', resource, needed, capacity: limit, onNodes: true };
}
