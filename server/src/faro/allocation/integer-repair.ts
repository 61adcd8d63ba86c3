import { amountOf, demandPerReplica, fits, usedResources } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { replicasThatFit } from './capacity-reduction.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import { itemAt } from '../../numeric/at.ts';

/** What a repair works on: whole replicas are to fit the capacity and be worth the most. */
export interface RepairProblem {
  readonly jobs: readonly Job[];
  readonly capacity: ResourceVector;
  readonly ranges: readonly ReplicaRange[];
  /** Replicas of each job that run now, or from which the search began. */
  readonly current: readonly number[];
  /** Whether replicas that bring nothing are given back. */
  readonly shrinks: boolean;
  /** The objective at whole replicas. */
  value(replicas: readonly number[]): number;
}

/** A loss of the objective that is accepted for a replica saved, and the least gain for which others are spent. */
const indifference = 1e-4;

/**
 * Turns real replicas into whole ones as Faro does: round up; take away, one at a time, the replica whose loss is smallest
 * until all fit; where it `shrinks`, give back what brings (next to) nothing, and, if something was given back, spend all that
 * is left on the first job that gains from it.
 *
 * Losses are compared to four decimals, then by the distance from what runs, then in the order of the jobs. The minima must
 * fit. Cost: one evaluation of the objective per candidate.
 */
export function repairToIntegers(problem: RepairProblem, relaxed: ArrayLike<number>): number[] {
  const rounded = problem.ranges.map(({ min, max }, i) => {
    const replicas = Math.ceil(itemAt(relaxed, i));
    return Number.isNaN(replicas) ? min : Math.min(max, Math.max(min, replicas));
  });
  const feasible = makeFeasible(problem, rounded);
  if (!problem.shrinks) return feasible;
  const shrunk = shrink(problem, feasible);
  return shrunk === feasible ? feasible : spendRest(problem, shrunk);
}

function makeFeasible(problem: RepairProblem, replicas: readonly number[]): number[] {
  const { jobs, capacity, ranges, current } = problem;
  let held = [...replicas];
  for (;;) {
    const used = usedResources(jobs, held, capacity);
    const exceeded = Object.keys(capacity).filter(
      (resource) => !fits(amountOf(used, resource), amountOf(capacity, resource)),
    );
    if (exceeded.length === 0) return held;
    let best: { replicas: number[]; loss: number; distance: number } | undefined;
    jobs.forEach((job, i) => {
      const count = itemAt(held, i) - 1;
      if (count < itemAt(ranges, i).min || exceeded.every((resource) => demandPerReplica(job, resource) <= 0)) return;
      const fewer = held.with(i, count);
      const loss = Math.round(-problem.value(fewer) * 1e4);
      const distance = Math.abs(count - itemAt(current, i));
      if (best === undefined || loss < best.loss || (loss === best.loss && distance < best.distance)) {
        best = { replicas: fewer, loss, distance };
      }
    });
    if (best === undefined) return held;
    held = best.replicas;
  }
}

/** Gives back, job by job, the replicas that are not missed; the same array where there are none. */
function shrink(problem: RepairProblem, replicas: number[]): number[] {
  let held = replicas;
  let value = problem.value(held);
  problem.ranges.forEach(({ min }, i) => {
    while (itemAt(held, i) > min) {
      const fewer = held.with(i, itemAt(held, i) - 1);
      const valueThen = problem.value(fewer);
      if (value - valueThen > indifference) break;
      [held, value] = [fewer, valueThen];
    }
  });
  return held;
}

function spendRest(problem: RepairProblem, replicas: number[]): number[] {
  const { jobs, capacity, ranges } = problem;
  const used = usedResources(jobs, replicas, capacity);
  const value = problem.value(replicas);
  for (const [i, job] of jobs.entries()) {
    let more = itemAt(ranges, i).max - itemAt(replicas, i);
    for (const [resource, limit] of Object.entries(capacity)) {
      more = Math.min(more, replicasThatFit(limit - amountOf(used, resource), demandPerReplica(job, resource)));
    }
    if (more <= 0) continue;
    const grown = replicas.with(i, itemAt(replicas, i) + more);
    if (problem.value(grown) - value > indifference) return shrink(problem, grown);
  }
  return replicas;
}
