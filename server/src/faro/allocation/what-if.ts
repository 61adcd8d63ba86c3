import { priceOfStep, problemUtilities, startUpBins } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { demandPerReplica } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { objectiveChanges } from './objective.ts';
import { replicasForSlo } from '../utility/utility-curve.ts';
import type { UtilityModels } from '../utility/utility-curve.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** What changes when one job gets or gives one replica and all others keep theirs; the capacity is not looked at. */
export interface Step {
  readonly replicas: number;
  readonly utility: number;
  readonly utilityChange: number;
  readonly objectiveChange: number;
}

/** One replica more and one less of a job; absent where the job's own limits forbid it. */
export interface Marginal {
  readonly job: string;
  readonly more?: Step;
  readonly less?: Step;
}

/**
 * For each job, what one replica more or less would do to its utility and to the objective, prices of changes included. Cost
 * as of the utility curves.
 */
export function marginals(problem: AllocationProblem, replicas: readonly number[]): Marginal[] {
  const { jobs, objective } = problem;
  const weights = jobs.map((job) => job.weight);
  const bins = startUpBins(problem);
  const tables = jobs.map((_, i) => problemUtilities(problem, i, itemAt(replicas, i) + 1, bins));
  const utilities = replicas.map((count, i) => realAt(itemAt(tables, i), count));
  const change = objectiveChanges(objective, utilities, weights);
  return jobs.map((job, i) => {
    const step = (count: number): Step => {
      const utility = realAt(itemAt(tables, i), count);
      return {
        replicas: count,
        utility,
        utilityChange: utility - itemAt(utilities, i),
        objectiveChange: change(i, utility) + priceOfStep(problem, i, itemAt(replicas, i), count),
      };
    };
    const count = itemAt(replicas, i);
    return {
      job: job.name,
      ...(count < job.maxReplicas ? { more: step(count + 1) } : {}),
      ...(count > job.minReplicas ? { less: step(count - 1) } : {}),
    };
  });
}

/** The job whose next replica would bring the objective the most, the earlier one in a tie; none where none gains. */
export function gainsMost(steps: readonly Marginal[]): Marginal | undefined {
  let most: Marginal | undefined;
  for (const marginal of steps) {
    const gain = marginal.more?.objectiveChange ?? 0;
    if (gain > Math.max(0, most?.more?.objectiveChange ?? 0)) most = marginal;
  }
  return most;
}

/** The least that a cluster must have for all SLOs, or the jobs for which no capacity is enough. */
export type CapacityForSlos =
  | { readonly kind: 'enough'; readonly replicas: readonly number[]; readonly capacity: ResourceVector }
  | {
      readonly kind: 'never';
      /** Jobs whose one request alone takes longer than their SLO. */
      readonly impossible: readonly string[];
      /** Jobs that would need more replicas than their own maximum. */
      readonly beyondMaximum: readonly string[];
    };

/**
 * The smallest capacity with which every job can meet its SLO in every bin at once, in the named resources, by the latency
 * estimate; jobs' minima count.
 */
export function smallestCapacityForSlos(
  jobs: readonly Job[],
  resources: readonly string[],
  models: UtilityModels = {},
): CapacityForSlos {
  const needed = jobs.map((job) => replicasForSlo(job, models));
  const impossible = jobs.filter((_, i) => needed[i] === 'never').map(({ name }) => name);
  const replicas = needed.map((count, i) => Math.max(count === 'never' ? 0 : count, itemAt(jobs, i).minReplicas));
  const beyondMaximum = jobs.filter((job, i) => itemAt(replicas, i) > job.maxReplicas).map(({ name }) => name);
  if (impossible.length > 0 || beyondMaximum.length > 0) return { kind: 'never', impossible, beyondMaximum };
  const capacity = Object.fromEntries(
    resources.map((resource) => [
      resource,
      jobs.reduce((sum, job, i) => sum + demandPerReplica(job, resource) * itemAt(replicas, i), 0),
    ]),
  );
  return { kind: 'enough', replicas, capacity };
}
