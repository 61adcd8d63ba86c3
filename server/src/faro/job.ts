import { itemAt } from '../numeric/at.ts';

/**
 * Amounts of named resources, e.g. `{ replicas: 32 }` or `{ cpu: 32, memory: 103079215104 }` (cores, bytes).
 * The engine gives no meaning to a name but `replicas`, of which every replica takes one unless it says otherwise.
 */
export type ResourceVector = Readonly<Record<string, number>>;

/** What a person declares about one served model: the part of a job that does not change with its traffic. */
export interface JobDeclaration {
  readonly name: string;
  /** Latency target in milliseconds. */
  readonly sloMs: number;
  /** Percentile of requests that must meet the target, 0 < percentile < 100. */
  readonly percentile: number;
  /** Time one replica needs for one request, in milliseconds. */
  readonly processingMs: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Seconds without a request after which it is given no replica; absent for a job that always has one. */
  readonly sleepsAfterSeconds?: number;
  /** Priority: the factor of this job's utility in the sum objectives. */
  readonly weight: number;
  /** What one replica takes. */
  readonly resources: ResourceVector;
}

/** A job with the traffic it is to be sized for. */
export interface Job extends JobDeclaration {
  /** Requests per second in each bin of the horizon; empty means that no traffic is known, which costs nothing. */
  readonly ratesPerSecond: readonly number[];
}

/** What one replica of the job takes of a resource that the cluster counts. */
export function demandPerReplica(job: JobDeclaration, resource: string): number {
  return job.resources[resource] ?? (resource === 'replicas' ? 1 : 0);
}

/** What a vector has of a resource: nothing of one that it does not name. */
export function amountOf(vector: ResourceVector, resource: string): number {
  return vector[resource] ?? 0;
}

/** What the given replicas (one count per job) take of each resource that `capacity` names. */
export function usedResources(
  jobs: readonly JobDeclaration[],
  replicas: readonly number[],
  capacity: ResourceVector,
): ResourceVector {
  const used: Record<string, number> = {};
  for (const resource of Object.keys(capacity)) {
    used[resource] = jobs.reduce((sum, job, i) => sum + demandPerReplica(job, resource) * itemAt(replicas, i), 0);
  }
  return used;
}

/**
 * Whether an amount fits a limit, with room for the rounding that sums of decimal fractions carry
 * (ten times 0.1 core must fit one core).
 */
export function fits(amount: number, limit: number): boolean {
  return amount <= limit + roundingOf(limit);
}

/** What an amount may be over a limit by the rounding of sums alone. */
export function roundingOf(limit: number): number {
  return 1e-9 * Math.max(1, Math.abs(limit));
}

/** Whether these replicas fit the capacity in every resource it names. */
export function fitsCapacity(
  jobs: readonly JobDeclaration[],
  replicas: readonly number[],
  capacity: ResourceVector,
): boolean {
  const used = usedResources(jobs, replicas, capacity);
  return Object.entries(capacity).every(([resource, limit]) => fits(amountOf(used, resource), limit));
}

/** Whether one more replica of some job fits beside these, in every resource that the capacity names. Cost: O(jobs · resources). */
export function hasRoomForOneMore(
  jobs: readonly JobDeclaration[],
  replicas: readonly number[],
  capacity: ResourceVector,
): boolean {
  const used = usedResources(jobs, replicas, capacity);
  const limits = Object.entries(capacity);
  return jobs.some((job) =>
    limits.every(([resource, limit]) => fits(amountOf(used, resource) + demandPerReplica(job, resource), limit)),
  );
}
