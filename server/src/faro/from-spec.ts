/** The door between a typed InferenceCluster and the engine: the one place where spec fields become engine inputs. */
import { allocate } from './allocation/allocation.ts';
import { aiad, fairShare, fixed, minima, oneshot } from './control/baselines.ts';
import { defaultFaroOptions, faro } from './control/faro.ts';
import type { FaroOptions } from './control/faro.ts';
import { mark } from './control/mark.ts';
import type { ClusterDeclaration, PolicyName, ScalingPolicy } from './control/scaling-policy.ts';
import type { InferenceCluster, InferenceJob, Resources } from '../spec/types.ts';
import type { Job, JobDeclaration, ResourceVector } from './job.ts';
import type { Objective } from './allocation/objective.ts';

const MS_PER_MINUTE = 60_000;

/** The resources that a capacity or a replica names, as the engine's vector. */
export function resourceVector(resources: Resources): ResourceVector {
  return Object.fromEntries(Object.entries(resources).filter(([, amount]) => amount !== undefined));
}

export function jobDeclaration(job: InferenceJob): JobDeclaration {
  return {
    name: job.name,
    sloMs: job.slo.latency,
    percentile: job.slo.percentile,
    processingMs: job.processingTime,
    minReplicas: job.replicas.min,
    maxReplicas: job.replicas.max,
    weight: job.priority,
    resources: resourceVector(job.resources),
  };
}

export function specObjective(spec: InferenceCluster): Objective {
  return { kind: spec.objective };
}

/** Minutes that the autoscaler looks ahead, at least one. */
export function horizonMinutes(spec: InferenceCluster): number {
  return Math.max(1, Math.round(spec.autoscaler.horizon / MS_PER_MINUTE));
}

/** What the policies of a spec are told of its cluster. */
export function clusterDeclaration(spec: InferenceCluster): ClusterDeclaration {
  return { jobs: spec.jobs.map(jobDeclaration), capacity: resourceVector(spec.capacity) };
}

/** The scaling policy that a spec asks for, or another one on the same cluster. The minima must fit the capacity. */
export function specPolicy(spec: InferenceCluster, name: PolicyName = spec.autoscaler.policy): ScalingPolicy {
  const cluster = clusterDeclaration(spec);
  switch (name) {
    case 'fairShare':
      return fairShare(cluster);
    case 'static':
      return fixed('static', plannedReplicas(spec));
    case 'aiad':
      return aiad(cluster);
    case 'oneshot':
      return oneshot(cluster);
    case 'mark':
      return mark(cluster, { quantile: defaultFaroOptions.quantile, horizonMinutes: horizonMinutes(spec) });
    case 'faro':
      return faro(cluster, faroOptions(spec));
  }
}

function faroOptions(spec: InferenceCluster): FaroOptions {
  const { interval, reactiveInterval, coldStart } = spec.autoscaler;
  return {
    ...defaultFaroOptions,
    objective: specObjective(spec),
    intervalSeconds: interval / 1000,
    reactiveIntervalSeconds: reactiveInterval / 1000,
    firstAllocationSeconds: Math.min(defaultFaroOptions.firstAllocationSeconds, interval / 1000),
    horizonMinutes: horizonMinutes(spec),
    coldStartSeconds: coldStart / 1000,
  };
}

/** The best allocation for the busiest stretch of the traces, with no more than brings something; the minima where they do not fit. */
export function plannedReplicas(spec: InferenceCluster): readonly number[] {
  const { jobs } = planningLoad(spec);
  const allocation = allocate({
    jobs,
    capacity: resourceVector(spec.capacity),
    objective: specObjective(spec),
    ties: 'fewestReplicas',
  });
  return allocation.kind === 'allocated' ? allocation.replicas : minima(jobs);
}

/** The load that a static preview plans for. */
export interface PlanningLoad {
  readonly jobs: readonly Job[];
  /** First minute of the busiest horizon of the traces; null where every rate is constant. */
  readonly minute: number | null;
  readonly minutes: number;
}

/**
 * The jobs with the load of the cluster's busiest horizon: of all stretches of the traces that are as long as the
 * autoscaler's horizon, the first with the largest offered load (Σ requests · processing time). Shorter traces count whole.
 */
export function planningLoad(spec: InferenceCluster): PlanningLoad {
  const minutes = horizonMinutes(spec);
  const longest = traceMinutes(spec);
  const window = Math.min(minutes, Math.max(1, longest));
  const offered = new Float64Array(longest);
  for (const job of spec.jobs) {
    if (job.workload.type !== 'trace') continue;
    job.workload.requestsPerMinute.forEach((count, minute) => (offered[minute]! += count * job.processingTime));
  }
  let best = 0;
  let bestLoad = -1;
  let load = 0;
  for (let minute = 0; minute < longest; minute++) {
    load += offered[minute]! - (minute >= window ? offered[minute - window]! : 0);
    if (minute >= window - 1 && load > bestLoad) {
      bestLoad = load;
      best = minute - window + 1;
    }
  }
  const jobs = spec.jobs.map((job) => ({ ...jobDeclaration(job), ratesPerSecond: ratesPerSecond(job, best, window) }));
  return { jobs, minute: longest > 0 ? best : null, minutes: longest > 0 ? window : minutes };
}

/** Minutes of the longest trace; 0 where every rate is constant. */
export function traceMinutes(spec: InferenceCluster): number {
  return spec.jobs.reduce(
    (most, { workload }) => (workload.type === 'trace' ? Math.max(most, workload.requestsPerMinute.length) : most),
    0,
  );
}

function ratesPerSecond(job: InferenceJob, minute: number, minutes: number): number[] {
  const { workload } = job;
  if (workload.type === 'rate') return [workload.rate];
  return Array.from({ length: minutes }, (_, i) => (workload.requestsPerMinute[minute + i] ?? 0) / 60);
}
