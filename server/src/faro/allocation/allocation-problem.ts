import type { TiePreference } from './allocation-options.ts';
import { hasRoomForOneMore } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { nodeResources } from './node-packing.ts';
import { admitsDrops } from './objective.ts';
import type { Objective } from './objective.ts';
import { bestAcceptRates } from '../utility/accept-rate.ts';
import type { AcceptRates } from '../utility/accept-rate.ts';
import type { DropPenalty } from '../utility/drop-penalty.ts';
import { utilityTable } from '../utility/utility-curve.ts';
import type { StartUp, UtilityModels } from '../utility/utility-curve.ts';
import { itemAt } from '../../numeric/at.ts';

/** How a cluster is to be shared among jobs. */
export interface AllocationProblem {
  readonly jobs: readonly Job[];
  /** What there is of each resource; one that is not named here is not limited. */
  readonly capacity: ResourceVector;
  /**
   * What each node has, where replicas must also fit on single nodes: a resource that only some nodes name is absent on the
   * others. The capacity counts beside them, and needs to name nothing that they have.
   */
  readonly nodes?: readonly ResourceVector[];
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
  /** What a drop does to the load, under the Penalty objectives. Default `unrelieved`. */
  readonly drops?: DropEffect;
  /** The penalty of drops, under the Penalty objectives. Default `strictLinear`, that of Faro's optimiser. */
  readonly dropPenalty?: DropPenalty;
  /** Default `exact`. */
  readonly solver?: Solver;
  /** Whether `cobyla` gives back replicas that bring nothing, as Faro does at last (its ablations do not). Default true. */
  readonly shrinks?: boolean;
  /**
   * More jobs than this are first allocated to in as many groups, then within each: quicker, and not the optimum. Fewer than
   * 2 are none. */
  readonly groups?: number;
}

/**
 * What dropping requests does to the load that a latency is estimated from.
 * - `unrelieved`: nothing, as in Faro's published code. Dropping then never helps the job itself.
 * - `relieving`: what is dropped does not load the job, so an overloaded one may be better off without some of it.
 */
export type DropEffect = 'unrelieved' | 'relieving';

/**
 * How an allocation is searched for.
 * - `exact`: on whole replicas, to the optimum.
 * - `cobyla`: Faro's own way, for comparison: COBYLA on real replicas from those that run now, then made whole. Finds a local
 *   optimum.
 */
export type Solver = 'exact' | 'cobyla';

/** The capacity of a problem, with what its nodes have in all. */
export function clusterCapacity({ capacity, nodes = [] }: AllocationProblem): ResourceVector {
  const whole: Record<string, number> = { ...capacity };
  for (const resource of nodeResources(nodes)) {
    const sum = nodes.reduce((total, node) => total + (node[resource] ?? 0), 0);
    whole[resource] = Math.min(sum, capacity[resource] ?? Infinity);
  }
  return whole;
}

/**
 * Bins during which new replicas do not serve yet: while nothing is free, all that a cold start takes; with free capacity half
 * of that (Faro's rule, in whole bins).
 */
export function startUpBins(problem: AllocationProblem): number {
  const { jobs, current, coldStartBins = 0 } = problem;
  if (current === undefined || coldStartBins <= 0) return 0;
  return hasRoomForOneMore(jobs, current, clusterCapacity(problem)) ? Math.floor(coldStartBins / 2) : coldStartBins;
}

/** The start-up of one job of a problem; none where its horizon is no longer than that. */
export function jobStartUp(problem: AllocationProblem, job: number, bins: number): StartUp | undefined {
  const current = problem.current?.[job];
  const applies = current !== undefined && bins > 0 && bins < itemAt(problem.jobs, job).ratesPerSecond.length;
  return applies ? { bins, current } : undefined;
}

/** The penalty that drops have in a problem; undefined where its objective admits none. */
export function problemPenalty({
  objective,
  dropPenalty = 'strictLinear',
}: AllocationProblem): DropPenalty | undefined {
  return admitsDrops(objective) ? dropPenalty : undefined;
}

/**
 * Utilities of one job of a problem at 0, …, maxReplicas replicas, start-up of new replicas included; where its drops relieve,
 * effective utilities at the accept rates that are best for the job.
 */
export function problemUtilities(
  problem: AllocationProblem,
  job: number,
  maxReplicas: number,
  bins = startUpBins(problem),
): Float64Array {
  return problemTable(problem, job, maxReplicas, bins).utilities;
}

/** {@link problemUtilities} with the accept rates by replicas. */
export function problemTable(
  problem: AllocationProblem,
  job: number,
  maxReplicas: number,
  bins = startUpBins(problem),
): AcceptRates {
  const penalty = problemPenalty(problem);
  const startUp = jobStartUp(problem, job, bins);
  if (penalty !== undefined && problem.drops === 'relieving') {
    return bestAcceptRates(itemAt(problem.jobs, job), maxReplicas, penalty, problem.models, startUp);
  }
  const utilities = utilityTable(itemAt(problem.jobs, job), maxReplicas, problem.models, startUp);
  return { utilities, acceptRates: new Float64Array(maxReplicas + 1).fill(1) };
}

/** Jobs whose replicas an allocation changes. */
export function changedJobs(problem: AllocationProblem, replicas: readonly number[]): number {
  const { current } = problem;
  if (current === undefined) return 0;
  return replicas.reduce((count, held, i) => count + (held === itemAt(current, i) ? 0 : 1), 0);
}

/** What the objective gains or loses by a job's changing from one count of replicas to another, for the change's sake. */
export function priceOfStep(
  { current, changePenalty = 0 }: AllocationProblem,
  job: number,
  from: number,
  to: number,
): number {
  const running = current?.[job];
  if (running === undefined) return 0;
  return changePenalty * ((from === running ? 0 : 1) - (to === running ? 0 : 1));
}
