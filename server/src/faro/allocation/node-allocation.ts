import { priceOfStep } from './allocation-problem.ts';
import type { AllocationProblem } from './allocation-problem.ts';
import type { ReplicaRange } from './capacity-reduction.ts';
import type { ResourceVector } from '../job.ts';
import { packOntoNodes, packWhatFits } from './node-packing.ts';
import type { Assignment } from './node-packing.ts';
import { objectiveChanges } from './objective.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** Whole replicas that are best as far as the capacity as a whole is concerned. */
export interface Candidate {
  readonly replicas: readonly number[];
  /** No allocation within the same ranges has a larger objective. */
  readonly bound: number;
}

/** Replicas that fit the nodes, where they run, and a bound on the objective of any that do. */
export interface NodeAllocation {
  readonly replicas: readonly number[];
  readonly assignment: Assignment;
  readonly bound: number;
}

/** Problems by capacity alone to solve before the search settles for what fits; fewer where each takes longer. */
const solveLimit = (jobs: number): number => Math.max(20, Math.min(1000, Math.floor(20_000 / Math.max(1, jobs))));

/** Ranges in which the best allocation is looked for; `candidate` once it is known by capacity alone. */
interface Branch {
  readonly ranges: readonly ReplicaRange[];
  readonly bound: number;
  readonly candidate?: Candidate;
}

/**
 * The best allocation whose replicas also fit on the nodes; exact where few have to be looked at.
 *
 * Branch and bound: the best allocation by capacity alone is packed. Where that is impossible, so it is with more replicas of
 * any job; all others have fewer than it of some job, and are split by the first such job. The most promising goes first, so
 * the first one that can be packed is the best. Where the search ends without it, what fits of the most promising one is
 * taken and filled up.
 *
 * @param best  the best allocation within ranges, by capacity alone; undefined where there is none.
 * @returns undefined where not even the minima find room.
 */
export function allocateOntoNodes(
  problem: AllocationProblem,
  nodes: readonly ResourceVector[],
  tables: readonly Float64Array[],
  ranges: readonly ReplicaRange[],
  best: (ranges: readonly ReplicaRange[]) => Candidate | undefined,
): NodeAllocation | undefined {
  const { jobs } = problem;
  const minima = ranges.map(({ min }) => min);
  if (packOntoNodes(jobs, minima, nodes).kind !== 'packed') return undefined;
  const open: Branch[] = [{ ranges, bound: Infinity }];
  const add = (branch: Branch): void => {
    const at = open.findIndex((other) => other.bound < branch.bound);
    open.splice(at < 0 ? open.length : at, 0, branch);
  };
  let wished: readonly number[] | undefined;
  /** What could be proved neither to fit nor not to. */
  let undecided = -Infinity;
  let solved = 0;
  for (let branch = open.shift(); branch !== undefined; branch = open.shift()) {
    const { ranges: within, candidate } = branch;
    if (candidate === undefined) {
      if (++solved > solveLimit(jobs.length)) {
        undecided = Math.max(undecided, branch.bound);
        break;
      }
      const found = best(within);
      if (found !== undefined) add({ ranges: within, bound: Math.min(branch.bound, found.bound), candidate: found });
      continue;
    }
    const packing = packOntoNodes(jobs, candidate.replicas, nodes);
    if (packing.kind === 'packed') {
      const bound = Math.max(branch.bound, undecided);
      return { replicas: candidate.replicas, assignment: packing.assignment, bound };
    }
    wished ??= candidate.replicas;
    if (packing.kind === 'unknown') undecided = Math.max(undecided, branch.bound);
    candidate.replicas.forEach((held, i) => {
      if (held === itemAt(within, i).min) return;
      const part = within.map(({ min, max }, k) => {
        if (k < i) return { min: itemAt(candidate.replicas, k), max };
        return k === i ? { min, max: held - 1 } : { min, max };
      });
      add({ ranges: part, bound: branch.bound });
    });
  }
  const filled = fillNodes(problem, nodes, tables, ranges, wished ?? minima);
  return filled && { ...filled, bound: undecided };
}

/**
 * What fits of the wished replicas, then one replica at a time of the job that gains the objective most, as long as one finds
 * room. Not the optimum, but never less than the minima; undefined where those find no room.
 */
export function fillNodes(
  problem: AllocationProblem,
  nodes: readonly ResourceVector[],
  tables: readonly Float64Array[],
  ranges: readonly ReplicaRange[],
  wished: readonly number[],
): Omit<NodeAllocation, 'bound'> | undefined {
  const { jobs, objective } = problem;
  const minima = ranges.map(({ min }) => min);
  const placed = packWhatFits(jobs, minima, wished, nodes);
  if (placed === undefined) return undefined;
  const weights = jobs.map(({ weight }) => weight);
  const { replicas } = placed;
  const most = ranges.map(({ max }) => max);
  for (;;) {
    const utilities = replicas.map((held, i) => realAt(itemAt(tables, i), held));
    const change = objectiveChanges(objective, utilities, weights);
    let [best, gain] = [-1, 0];
    replicas.forEach((held, i) => {
      if (held >= itemAt(most, i)) return;
      const gained = change(i, realAt(itemAt(tables, i), held + 1)) + priceOfStep(problem, i, held, held + 1);
      if (gained > gain) [best, gain] = [i, gained];
    });
    if (best < 0) break;
    if (!placed.placeMore(best)) most[best] = itemAt(replicas, best);
  }
  return { replicas, assignment: placed.assignment };
}
