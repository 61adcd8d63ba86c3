import type { AllocationProblem } from './allocation-problem.ts';
import { demandPerReplica } from '../job.ts';
import type { Job, ResourceVector } from '../job.ts';
import { itemAt } from '../../numeric/at.ts';

/** Replicas and accepted shares of requests, by job. */
export interface GroupedAllocation {
  readonly replicas: readonly number[];
  readonly acceptRates: readonly number[];
}

/**
 * Allocates to groups of jobs first and then within each (reference, section 5.4), for solvers that take long for many jobs.
 *
 * The jobs are split in order into `groupCount` groups of nearly equal size. A group stands as one job that has the traffic of
 * all and their average otherwise; what the groups are given, scaled up to all there is, is then shared within each in the
 * same way. Jobs that fit into `groupCount` groups of one are solved as they are.
 * @param groupCount at least 2.
 * @param solve      a solver of problems without groups; the minima of every problem it is given fit.
 */
export function allocateByGroups(
  problem: AllocationProblem,
  groupCount: number,
  solve: (problem: AllocationProblem) => GroupedAllocation,
): GroupedAllocation {
  const { jobs, capacity, current } = problem;
  if (jobs.length <= groupCount) return solve(problem);
  const members = splitEvenly(jobs.length, groupCount);
  const stands = members.map((indices) =>
    asOneJob(
      indices.map((i) => itemAt(jobs, i)),
      capacity,
    ),
  );
  const solved = solve({
    ...problem,
    jobs: stands,
    ...(current === undefined
      ? {}
      : { current: members.map((indices) => indices.reduce((sum, i) => sum + itemAt(current, i), 0)) }),
  });

  const replicas = jobs.map(() => 0);
  const acceptRates = jobs.map(() => 1);
  const shares = shareOut(capacity, members, stands, solved.replicas);
  members.forEach((indices, g) => {
    const [only] = indices;
    if (only !== undefined && indices.length === 1) {
      replicas[only] = itemAt(solved.replicas, g);
      acceptRates[only] = itemAt(solved.acceptRates, g);
      return;
    }
    const within = allocateByGroups(
      {
        ...problem,
        jobs: indices.map((i) => itemAt(jobs, i)),
        capacity: itemAt(shares, g),
        ...(current === undefined ? {} : { current: indices.map((i) => itemAt(current, i)) }),
      },
      groupCount,
      solve,
    );
    indices.forEach((i, k) => {
      replicas[i] = itemAt(within.replicas, k);
      acceptRates[i] = itemAt(within.acceptRates, k);
    });
  });
  return { replicas, acceptRates };
}

/** Indices in order, in groups of which the first ones have one more where they cannot all be equal. */
function splitEvenly(count: number, groups: number): number[][] {
  const [size, larger] = [Math.floor(count / groups), count % groups];
  let next = 0;
  return Array.from({ length: groups }, (_, g) => {
    const length = size + (g < larger ? 1 : 0);
    return Array.from({ length }, () => next++);
  });
}

/** A group as one job. Its minimum takes what those of its members take. */
function asOneJob(members: readonly Job[], capacity: ResourceVector): Job {
  const average = (of: (job: Job) => number): number => members.reduce((sum, job) => sum + of(job), 0) / members.length;
  const sum = (of: (job: Job) => number): number => members.reduce((total, job) => total + of(job), 0);
  const minReplicas = sum((job) => job.minReplicas);
  const bins = members.reduce((most, { ratesPerSecond }) => Math.max(most, ratesPerSecond.length), 0);
  const resources = Object.keys(capacity).map((resource): [string, number] => {
    const demand = (job: Job): number => demandPerReplica(job, resource);
    return [resource, minReplicas > 0 ? sum((job) => demand(job) * job.minReplicas) / minReplicas : average(demand)];
  });
  return {
    name: members.map(({ name }) => name).join(', '),
    sloMs: average((job) => job.sloMs),
    percentile: average((job) => job.percentile),
    processingMs: average((job) => job.processingMs),
    weight: average((job) => job.weight),
    minReplicas,
    maxReplicas: sum((job) => Math.max(job.minReplicas, job.maxReplicas)),
    resources: Object.fromEntries(resources),
    ratesPerSecond: Array.from({ length: bins }, (_, bin) => sum((job) => job.ratesPerSecond[bin] ?? 0)),
  };
}

/**
 * The capacity that is left beside groups of one, in proportion to what the others were given; whole units where all demands
 * are whole, by largest remainders.
 */
function shareOut(
  capacity: ResourceVector,
  members: readonly (readonly number[])[],
  stands: readonly Job[],
  replicas: readonly number[],
): ResourceVector[] {
  const shares: Record<string, number>[] = stands.map(() => ({}));
  for (const [resource, limit] of Object.entries(capacity)) {
    const given = stands.map((stand, g) => demandPerReplica(stand, resource) * itemAt(replicas, g));
    const isSplit = members.map((indices) => indices.length > 1);
    const left = given.reduce((rest, amount, g) => (isSplit[g] ? rest : rest - amount), limit);
    // Where no group was given anything, its members may still want some of it.
    const isGiven = given.some((amount, g) => isSplit[g] && amount > 0);
    const claims = members.map((indices, g) => (isSplit[g] ? (isGiven ? itemAt(given, g) : indices.length) : 0));
    const total = claims.reduce((sum, claim) => sum + claim, 0);
    const exact = claims.map((claim) => (total > 0 ? (left * claim) / total : 0));
    const isWhole = Number.isInteger(limit) && given.every(Number.isInteger);
    const parts = isWhole ? largestRemainders(exact, Math.round(left)) : exact;
    parts.forEach((part, g) => (itemAt(shares, g)[resource] = part));
  }
  return shares;
}

/** Rounds parts down, and the ones with the largest remainders up, until they make the total. */
function largestRemainders(parts: readonly number[], total: number): number[] {
  const whole = parts.map((part) => Math.floor(part + 1e-9));
  const order = parts
    .map((part, i) => ({ i, remainder: part - itemAt(whole, i) }))
    .filter(({ i }) => itemAt(parts, i) > 0)
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = total - whole.reduce((sum, part) => sum + part, 0);
  for (const { i } of order) {
    if (left <= 0) break;
    whole[i] = itemAt(whole, i) + 1;
    left--;
  }
  return whole;
}
