import { clusterCapacity, priceOfStep, problemUtilities, startUpBins } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import { amountOf, demandPerReplica, fits, usedResources } from '../job.ts';
import type { Job } from '../job.ts';
import { packOntoNodes } from './node-packing.ts';
import { objectiveChanges } from './objective.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** Some replicas more or fewer of one job, all others keeping theirs. */
export interface Move {
  readonly replicas: number;
  /** Of the objective; for each of these replicas. */
  readonly changePerReplica: number;
  /** Of the job's own utility. */
  readonly utilityChange: number;
}

/**
 * Why a job has no more replicas than it has.
 * - `ownMaximum`: it may not have more.
 * - `noGain`: its utility would not rise.
 * - `spread`: its utility would rise, and the objective fall, since others would be left further behind.
 * - `changePrice`: it would gain less than a change costs.
 * - `capacity`: this resource has not enough left. `nodes`: no node has enough left.
 * - `solver`: nothing; the allocation is not the best one.
 */
export type Limit =
  | { readonly kind: 'ownMaximum' | 'noGain' | 'spread' | 'changePrice' | 'nodes' | 'solver' }
  | { readonly kind: 'capacity'; readonly resource: string };

/** Why a job got what it got. */
export interface Explanation {
  readonly job: string;
  readonly replicas: number;
  readonly utility: number;
  /** The fewer replicas that would be missed least, for each; absent at its minimum. */
  readonly less?: Move;
  /** The further replicas that would bring the most, for each, were there room; absent where none raise its utility. */
  readonly more?: Move;
  readonly limit: Limit;
}

/** An allocation, job by job, and what the last replica given away was worth. */
export interface AllocationExplanation {
  readonly jobs: readonly Explanation[];
  /**
   * The job whose replicas would be missed least, and by how much: what a further replica must bring to displace one.
   * Absent where every job has its minimum.
   */
  readonly marginal?: { readonly job: string; readonly worthPerReplica: number };
}

/**
 * Explains an allocation by what a few replicas more or fewer of each job would do to the objective.
 *
 * Utilities rise in jumps, so not only the very next replica counts: of all larger counts the one with the most gain for each
 * further replica is looked at, and of all smaller ones the one with the least loss. Cost as of the utility curves.
 */
export function explainAllocation(problem: AllocationProblem, replicas: readonly number[]): AllocationExplanation {
  const { jobs, objective } = problem;
  const bins = startUpBins(problem);
  const capacity = clusterCapacity(problem);
  const used = usedResources(jobs, replicas, capacity);
  const tables = jobs.map((job, i) =>
    problemUtilities(
      problem,
      i,
      Math.max(itemAt(replicas, i), Math.min(job.maxReplicas, largestUseful(job, itemAt(replicas, i)))),
      bins,
    ),
  );
  const utilities = replicas.map((held, i) => realAt(itemAt(tables, i), held));
  const change = objectiveChanges(
    objective,
    utilities,
    jobs.map(({ weight }) => weight),
  );
  const move = (i: number, count: number): Move => {
    const held = itemAt(replicas, i);
    const utility = realAt(itemAt(tables, i), count);
    return {
      replicas: Math.abs(count - held),
      changePerReplica: (change(i, utility) + priceOfStep(problem, i, held, count)) / Math.abs(count - held),
      utilityChange: utility - itemAt(utilities, i),
    };
  };
  const best = (i: number, from: number, to: number): Move | undefined => {
    let found: Move | undefined;
    for (let count = from; count <= to; count++) {
      const candidate = move(i, count);
      if (found === undefined || candidate.changePerReplica > found.changePerReplica) found = candidate;
    }
    return found;
  };

  const limitOf = (i: number, more: Move | undefined): Limit => {
    const job = itemAt(jobs, i);
    const held = itemAt(replicas, i);
    if (held >= job.maxReplicas) return { kind: 'ownMaximum' };
    if (more === undefined) return { kind: 'noGain' };
    if (more.changePerReplica <= 0) {
      const price = priceOfStep(problem, i, held, held + more.replicas);
      return { kind: more.changePerReplica * more.replicas > price ? 'changePrice' : 'spread' };
    }
    for (const [resource, limit] of Object.entries(capacity)) {
      const wanted = demandPerReplica(job, resource) * more.replicas;
      if (wanted > 0 && !fits(amountOf(used, resource) + wanted, limit)) return { kind: 'capacity', resource };
    }
    const { nodes } = problem;
    const grown = replicas.with(i, held + more.replicas);
    if (nodes !== undefined && packOntoNodes(jobs, grown, nodes).kind !== 'packed') return { kind: 'nodes' };
    return { kind: 'solver' };
  };

  const explained = jobs.map((job, i): Explanation => {
    const held = itemAt(replicas, i);
    const less = best(i, job.minReplicas, held - 1);
    const raising = itemAt(tables, i).findIndex((utility, count) => count > held && utility > itemAt(utilities, i));
    const more = raising < 0 ? undefined : best(i, raising, itemAt(tables, i).length - 1);
    return {
      job: job.name,
      replicas: held,
      utility: itemAt(utilities, i),
      ...(less === undefined ? {} : { less }),
      ...(more === undefined ? {} : { more }),
      limit: limitOf(i, more),
    };
  });

  let marginal: AllocationExplanation['marginal'];
  for (const { job, less } of explained) {
    if (less === undefined) continue;
    const worthPerReplica = -less.changePerReplica;
    if (marginal === undefined || worthPerReplica < marginal.worthPerReplica) marginal = { job, worthPerReplica };
  }
  return { jobs: explained, ...(marginal === undefined ? {} : { marginal }) };
}

/** Replicas up to which a curve is looked at: with twice the load and then some nobody waits, and utility rises no more. */
function largestUseful(job: Job, held: number): number {
  const busiest = job.ratesPerSecond.reduce((max, rate) => (rate > max && rate < Infinity ? rate : max), 0);
  const load = (busiest * job.processingMs) / Math.min(500, Math.max(1, job.sloMs));
  // Without a load that is a number there is nothing to look for.
  return Number.isNaN(load) ? held : Math.max(held + 1, Math.ceil(load) + 10);
}
