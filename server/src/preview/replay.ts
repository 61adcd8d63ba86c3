/** The trace replayed: the spec's own policy minute by minute, and every policy's totals beside it. */
import { simulationRequest } from '../faro/from-spec.ts';
import { simulate, type Replay } from '../faro/simulator/simulate.ts';
import { POLICIES, type InferenceCluster, type Policy } from '../spec/types.ts';
import type { InferencePreview } from './model.ts';

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
  const result = simulate({
    ...simulationRequest(spec, { policy: options.policy, seed: options.seed ?? SEED }),
    ...(options.shouldStop ? { shouldStop: options.shouldStop } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return result.kind === 'finished' ? result : undefined;
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
