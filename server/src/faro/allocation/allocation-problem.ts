import type { TiePreference } from './allocation-options.ts';
import { demandPerReplica, fits, usedResources } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import type { Objective } from './objective.ts';
import { utilityTable } from '../utility/utility-curve.ts';
import type { StartUp, UtilityModels } from '../utility/utility-curve.ts';

/** How a cluster is to be shared among jobs. */
export interface AllocationProblem {
  readonly jobs: readonly Job[];
  /** What there is of each resource; one that is not named here is not limited. */
  readonly capacity: ResourceVector;
  readonly objective: Objective;
  readonly models?: UtilityModels;
  /** Replicas of each job that run now; nothing runs where absent. */
  readonly current?: readonly number[];
  /** Bins of the horizon that pass before a new replica serves; counts only with `current`. Default 0. */
  readonly coldStartBins?: number;
  /** Default `fewestChanges`. */
  readonly ties?: TiePreference;
  /** What the objective loses for each job whose replicas are not those of `current`; at least 0. Default 0. */
  readonly changePenalty?: number;
  /** Default `exact`. */
  readonly solver?: Solver;
}

/**
 * How an allocation is searched for.
 * - `exact`: on whole replicas, to the optimum.
 * - `cobyla`: Faro's own way, for comparison: COBYLA on real replicas from those that run now, then made whole. Finds a local
 *   optimum.
 */
export type Solver = 'exact' | 'cobyla';

/**
 * Bins during which new replicas do not serve yet: while nothing is free, all that a cold start takes; with free capacity half
 * of that (Faro's rule, in whole bins).
 */
export function startUpBins({ jobs, capacity, current, coldStartBins = 0 }: AllocationProblem): number {
  if (current === undefined || coldStartBins <= 0) return 0;
  const used = usedResources(jobs, current, capacity);
  const hasFree = jobs.some((candidate) =>
    Object.entries(capacity).every(([resource, limit]) =>
      fits(used[resource]! + demandPerReplica(candidate, resource), limit),
    ),
  );
  return hasFree ? Math.floor(coldStartBins / 2) : coldStartBins;
}

/** The start-up of one job of a problem; none where its horizon is no longer than that. */
export function jobStartUp(problem: AllocationProblem, job: number, bins: number): StartUp | undefined {
  const current = problem.current?.[job];
  const applies = current !== undefined && bins > 0 && bins < problem.jobs[job]!.ratesPerSecond.length;
  return applies ? { bins, current } : undefined;
}

/** Utilities of one job of a problem at 0, …, maxReplicas replicas, start-up of new replicas included. */
export function problemUtilities(
  problem: AllocationProblem,
  job: number,
  maxReplicas: number,
  bins = startUpBins(problem),
): Float64Array {
  return utilityTable(problem.jobs[job]!, maxReplicas, problem.models, jobStartUp(problem, job, bins));
}

/** Jobs whose replicas an allocation changes. */
export function changedJobs(problem: AllocationProblem, replicas: readonly number[]): number {
  const { current } = problem;
  if (current === undefined) return 0;
  return replicas.reduce((count, held, i) => count + (held === current[i]! ? 0 : 1), 0);
}
