/** The trace replayed: the spec's own policy minute by minute, and every policy's totals beside it, over several seeds. */
import type { Lever } from '../faro/control/ablation.ts';
import { replayRequests, simulationRequest } from '../faro/from-spec.ts';
import { mostRequests, simulate, type Replay } from '../faro/simulator/simulate.ts';
import { POLICIES, type InferenceCluster, type Policy } from '../spec/types.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';
import type { InferencePreview, PolicyPreview, Spread } from './model.ts';
import { largeNumber, distinctly } from './words.ts';

/** The first is the one of `berth simulate`. One seed for all policies: they meet the same arrivals. */
const SEEDS = [42, 43, 44, 45, 46] as const;

/** As many seeds as policies are compared on. */
export const MOST_SEEDS = SEEDS.length;

export interface ReplayOptions {
  readonly policy?: Policy;
  /** The part of `berth` that is left out. */
  readonly lever?: Lever | null;
  readonly seed?: number;
  readonly shouldStop?: () => boolean;
  readonly onProgress?: (fraction: number) => void;
}

export type ReplayPreview = NonNullable<InferencePreview['replay']>;

/** A load of more requests than can be replayed, at the job that has the most. */
export function tooManyRequests(spec: InferenceCluster): Finding[] {
  const perJob = replayRequests(spec);
  const requests = perJob.reduce((sum, count) => sum + count, 0);
  if (requests <= mostRequests) return [];
  const most = perJob.reduce((busiest, count, i) => (count > perJob[busiest]! ? i : busiest), 0);
  const { name, workload } = spec.jobs[most]!;
  const [wanted, limit] = distinctly(requests, mostRequests, largeNumber);
  const path = ['spec', 'jobs', most, 'workload', workload.type];
  return [finding('BERTH2014', path, { requests: wanted, job: name, limit })];
}

/** Replays a spec's load under one policy. @returns undefined when asked to stop, or where the minima exceed the capacity. */
export function replayPolicy(spec: InferenceCluster, options: ReplayOptions = {}): Replay | undefined {
  const result = simulate({
    ...simulationRequest(spec, {
      policy: options.policy,
      lever: options.lever,
      seed: options.seed ?? SEEDS[0],
    }),
    ...(options.shouldStop ? { shouldStop: options.shouldStop } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return result.kind === 'finished' ? result : undefined;
}

type Totals = Pick<Replay, 'violationRate' | 'lostUtility' | 'averageReplicas' | 'requests'>;

/**
 * Replays a spec's load under every policy with one seed after another.
 *
 * @param seedsWanted at least 1, at most {@link MOST_SEEDS}.
 * @param onMore told what is known so far: first the spec's own policy, then all of them, then every further seed; the last is returned.
 * @returns undefined when asked to stop.
 */
export function replay(
  spec: InferenceCluster,
  shouldStop: () => boolean,
  onMore: (sofar: ReplayPreview) => void = () => undefined,
  seedsWanted: number = MOST_SEEDS,
): ReplayPreview | undefined {
  const own = spec.autoscaler.policy;
  const wanted = SEEDS.slice(0, Math.max(1, seedsWanted));
  const first = replayPolicy(spec, { policy: own, shouldStop });
  if (!first) return undefined;
  const runs = new Map<Policy, Totals[]>([[own, [totals(first)]]]);
  const trace = minuteByMinute(spec, first);
  const sofar = (seeds: number): ReplayPreview => ({
    policy: own,
    ...trace,
    seeds,
    seedsWanted: wanted.length,
    policies: POLICIES.flatMap((policy) => {
      const known = runs.get(policy);
      return known ? [policyPreview(policy, known)] : [];
    }),
  });
  onMore(sofar(1));
  for (const [i, seed] of wanted.entries()) {
    for (const policy of POLICIES) {
      if (i === 0 && policy === own) continue;
      const result = replayPolicy(spec, { policy, seed, shouldStop });
      if (!result) return undefined;
      runs.set(policy, [...(runs.get(policy) ?? []), totals(result)]);
    }
    if (i + 1 < wanted.length) onMore(sofar(i + 1));
  }
  return sofar(wanted.length);
}

function minuteByMinute(
  spec: InferenceCluster,
  { minutes, perJob }: Replay,
): Pick<ReplayPreview, 'minutes' | 'series'> {
  const series = perJob.map(({ name, violationRate, series }, i) => ({
    job: name,
    arrivalsPerMinute: series.arrivals,
    forecastPerMinute: series.forecast,
    replicas: series.replicas,
    p99Ms: series.latencyMs,
    violations: series.violations,
    violationRate,
    sloMs: spec.jobs[i]!.slo.latency,
  }));
  return { minutes, series };
}

/** A few numbers of a run: its minutes and requests are not kept. */
function totals({ violationRate, lostUtility, averageReplicas, requests }: Replay): Totals {
  return { violationRate, lostUtility, averageReplicas, requests };
}

function policyPreview(policy: Policy, runs: readonly Totals[]): PolicyPreview {
  return {
    policy,
    violationRate: spread(runs.map((run) => run.violationRate)),
    lostUtility: spread(runs.map((run) => run.lostUtility)),
    averageReplicas: spread(runs.map((run) => run.averageReplicas)),
    requests: Math.round(spread(runs.map((run) => run.requests)).mean),
  };
}

/** @param values at least one. */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, least: Math.min(...values), most: Math.max(...values) };
}
