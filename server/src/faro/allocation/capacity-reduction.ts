import { demandPerReplica, fits } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import { itemAt } from '../../numeric/at.ts';

/** A capacity that can bind: what one replica of each job takes of it, and how much there is, in units of our choosing. */
export interface BindingCapacity {
  readonly resource: string;
  readonly demand: readonly number[];
  readonly capacity: number;
}

/** How many replicas each job can have at least and at most. */
export interface ReplicaRange {
  readonly min: number;
  readonly max: number;
}

/** The first resource, in the order of the capacity, of which the minimum replicas alone need more than there is. */
export function exceededByMinima(
  jobs: readonly JobDeclaration[],
  capacity: ResourceVector,
): { resource: string; needed: number; capacity: number } | undefined {
  for (const [resource, limit] of Object.entries(capacity)) {
    const needed = jobs.reduce((sum, job) => sum + demandPerReplica(job, resource) * job.minReplicas, 0);
    if (!fits(needed, limit)) return { resource, needed, capacity: limit };
  }
  return undefined;
}

/** Replicas of each job that fit the capacity while all others keep to their minima. The minima must fit. */
export function replicaRanges(jobs: readonly JobDeclaration[], capacity: ResourceVector): ReplicaRange[] {
  const left = Object.entries(capacity).map(([resource, limit]) => {
    const needed = jobs.reduce((sum, job) => sum + demandPerReplica(job, resource) * job.minReplicas, 0);
    return { resource, spare: Math.max(0, limit - needed) };
  });
  return jobs.map((job) => {
    let max = Math.max(job.minReplicas, job.maxReplicas);
    for (const { resource, spare } of left) {
      max = Math.min(max, job.minReplicas + replicasThatFit(spare, demandPerReplica(job, resource)));
    }
    return { min: job.minReplicas, max };
  });
}

/** Whole replicas that an amount is enough for, with room for rounding (see `fits`); Infinity where one takes nothing. */
export function replicasThatFit(amount: number, perReplica: number): number {
  return perReplica > 0 ? Math.floor((amount / perReplica) * (1 + 1e-9) + 1e-9) : Infinity;
}

/**
 * The capacities that can really bind within these ranges, in whole units where the demands allow it.
 *
 * Left out, without changing what fits: a resource with room for every job's maximum, and one of which every replica takes
 * a smaller share than of another (that other is full first). With equal replicas a vector so becomes a single capacity.
 */
export function bindingCapacities(
  jobs: readonly JobDeclaration[],
  capacity: ResourceVector,
  ranges: readonly ReplicaRange[],
): BindingCapacity[] {
  const candidates = Object.entries(capacity)
    .map(([resource, limit]) => ({
      resource,
      capacity: limit,
      demand: jobs.map((job) => demandPerReplica(job, resource)),
    }))
    .filter(
      ({ demand, capacity: limit }) =>
        !fits(
          demand.reduce((sum, d, i) => sum + d * itemAt(ranges, i).max, 0),
          limit,
        ),
    );
  const kept: BindingCapacity[] = [];
  candidates.forEach((candidate, c) => {
    const implied = candidates.some(
      (other, o) => o !== c && isImplied(candidate, other) && (o < c || !isImplied(other, candidate)),
    );
    if (!implied) kept.push(inWholeUnits(candidate));
  });
  return kept;
}

/** Whether `other` being within its limit implies that `one` is. */
function isImplied(one: BindingCapacity, other: BindingCapacity): boolean {
  return one.demand.every((demand, i) => demand * other.capacity <= itemAt(other.demand, i) * one.capacity);
}

/** Expresses a capacity in the greatest common divisor of its demands; left as it is where they have none. */
function inWholeUnits(binding: BindingCapacity): BindingCapacity {
  for (const scale of [1, 1000, 1_000_000]) {
    const scaled = binding.demand.map((demand) => Math.round(demand * scale));
    const isExact = scaled.every(
      (whole, i) =>
        whole <= Number.MAX_SAFE_INTEGER && Math.abs(whole - itemAt(binding.demand, i) * scale) <= 1e-9 * whole,
    );
    const unit = scaled.reduce(greatestCommonDivisor, 0);
    if (!isExact || unit === 0) continue;
    const units = (binding.capacity * scale) / unit;
    return {
      resource: binding.resource,
      demand: scaled.map((whole) => whole / unit),
      capacity: Math.floor(units + 1e-9 * Math.max(1, units)),
    };
  }
  return binding;
}

/** Of whole numbers that are not negative; 0 of 0 and 0. */
export function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
