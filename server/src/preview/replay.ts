/** The trace replayed: the spec's own policy minute by minute, and every policy's totals beside it. */
import {
  controlConfig,
  jobDeclaration,
  planningLoad,
  resourceVector,
  specObjective,
  traceMinutes,
} from '../faro/from-spec.ts';
import { allocate } from '../faro/allocation/allocation.ts';
import { simulate, type Replay, type ScalingPolicy } from '../faro/simulator/simulate.ts';
import { POLICIES, type InferenceCluster, type Policy } from '../spec/types.ts';
import type { InferencePreview } from './model.ts';

/** Minutes replayed where no trace says how many. */
const CONSTANT_MINUTES = 60;
/** One seed for all policies: they meet the same arrivals. */
const SEED = 42;

export interface ReplayOptions {
  readonly policy?: Policy;
  readonly seed?: number;
  readonly shouldStop?: () => boolean;
  readonly onProgress?: (fraction: number) => void;
}

/** Replays a spec's load under one policy. @returns undefined when asked to stop, or where the minima exceed the capacity. */
export function replayPolicy(spec: InferenceCluster, options: ReplayOptions = {}): Replay | undefined {
  const minutes = traceMinutes(spec) || CONSTANT_MINUTES;
  const result = simulate({
    jobs: spec.jobs.map(jobDeclaration),
    countsPerMinute: spec.jobs.map(({ workload }) =>
      workload.type === 'trace'
        ? workload.requestsPerMinute
        : new Array<number>(minutes).fill(Math.round(workload.rate * 60)),
    ),
    capacity: resourceVector(spec.capacity),
    policy: scalingPolicy(spec, options.policy ?? spec.autoscaler.policy),
    seed: options.seed ?? SEED,
    ...(options.shouldStop ? { shouldStop: options.shouldStop } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return result.kind === 'finished' ? result : undefined;
}

function scalingPolicy(spec: InferenceCluster, policy: Policy): ScalingPolicy {
  switch (policy) {
    case 'faro':
      return { kind: 'faro', control: controlConfig(spec) };
    case 'fairShare':
      return { kind: 'fairShare' };
    case 'static': {
      const problem = {
        jobs: planningLoad(spec).jobs,
        capacity: resourceVector(spec.capacity),
        objective: specObjective(spec),
      };
      const allocation = allocate({ ...problem, ties: 'fewestReplicas' });
      return {
        kind: 'static',
        replicas: allocation.kind === 'allocated' ? allocation.replicas : spec.jobs.map((job) => job.replicas.min),
      };
    }
  }
}

/** @returns undefined when asked to stop. */
export function replay(
  spec: InferenceCluster,
  shouldStop: () => boolean,
): NonNullable<InferencePreview['replay']> | undefined {
  const results = new Map<Policy, Replay>();
  for (const policy of POLICIES) {
    const result = replayPolicy(spec, { policy, shouldStop });
    if (!result) return undefined;
    results.set(policy, result);
  }
  const own = results.get(spec.autoscaler.policy)!;
  return {
    minutes: own.minutes,
    series: own.perJob.map(({ name, series }, i) => ({
      job: name,
      arrivalsPerMinute: series.arrivals,
      forecastPerMinute: series.forecast,
      replicas: series.replicas,
      p99Ms: series.latencyMs,
      violations: series.violations,
      sloMs: spec.jobs[i]!.slo.latency,
    })),
    policies: [...results].map(([policy, result]) => ({
      policy,
      violationRate: result.violationRate,
      lostUtility: result.lostUtility,
      averageReplicas: result.averageReplicas,
      requests: result.requests,
    })),
  };
}
