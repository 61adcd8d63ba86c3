/** The door between a typed InferenceCluster and the engine: the one place where spec fields become engine inputs. */
import { defaultControlTimes, type ControlConfig } from './control/control-loop.ts';
import { lastMinutes } from './forecast/forecast.ts';
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

/** The control loop that a spec asks for, with Faro's last-minutes forecast. */
export function controlConfig(spec: InferenceCluster): ControlConfig {
  const { interval, reactiveInterval, coldStart } = spec.autoscaler;
  return {
    jobs: spec.jobs.map(jobDeclaration),
    capacity: resourceVector(spec.capacity),
    objective: specObjective(spec),
    forecaster: lastMinutes(),
    intervalSeconds: interval / 1000,
    reactiveIntervalSeconds: reactiveInterval / 1000,
    firstAllocationSeconds: Math.min(defaultControlTimes.firstAllocationSeconds, interval / 1000),
    // Three looks in a row; thirty seconds at the usual ten.
    overloadSeconds: Math.min(defaultControlTimes.overloadSeconds, (3 * reactiveInterval) / 1000),
    horizonMinutes: horizonMinutes(spec),
    coldStartSeconds: coldStart / 1000,
  };
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
