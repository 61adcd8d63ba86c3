/** The trace replayed: the spec's own policy minute by minute, and every policy's totals beside it, over several seeds. */
import type { Lever } from '../faro/control/ablation.ts';
import { forecastFlaw, replayRequests, simulationRequest } from '../faro/from-spec.ts';
import { mostRequests, simulate, type Replay } from '../faro/simulator/simulate.ts';
import { inThreads, type PoolOptions } from '../host/thread-pool.ts';
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

/** One policy on one seed's arrivals. */
export interface Run {
  readonly policy: Policy;
  readonly seed: number;
}

/** What is kept of a run: a few numbers, and of the first one its minutes. */
export interface Played {
  readonly totals: Totals;
  readonly trace: Pick<ReplayPreview, 'minutes' | 'series'> | null;
}

/** All runs of a comparison, seed by seed; the spec's own policy comes first. @param seedsWanted at most {@link MOST_SEEDS}. */
export function runsOf(spec: InferenceCluster, seedsWanted: number): Run[] {
  const own = spec.autoscaler.policy;
  const policies = [own, ...POLICIES.filter((policy) => policy !== own)];
  return SEEDS.slice(0, Math.max(1, seedsWanted)).flatMap((seed) => policies.map((policy) => ({ policy, seed })));
}

/** @returns undefined when asked to stop, or where the minima exceed the capacity. */
export function play(
  spec: InferenceCluster,
  { policy, seed }: Run,
  options: Pick<ReplayOptions, 'shouldStop' | 'onProgress'> = {},
): Played | undefined {
  const result = replayPolicy(spec, { ...options, policy, seed });
  if (!result) return undefined;
  const isFirst = policy === spec.autoscaler.policy && seed === SEEDS[0];
  return { totals: totals(result), trace: isFirst ? minuteByMinute(spec, result) : null };
}

/** Gathers runs into what they say together. */
export class Comparison {
  readonly #spec: InferenceCluster;
  readonly #seedsWanted: number;
  readonly #totals = new Map<Policy, Totals[]>();
  #trace: Played['trace'] = null;

  constructor(spec: InferenceCluster, seedsWanted: number) {
    this.#spec = spec;
    this.#seedsWanted = SEEDS.slice(0, Math.max(1, seedsWanted)).length;
  }

  add({ policy }: Run, played: Played): void {
    this.#totals.set(policy, [...(this.#totals.get(policy) ?? []), played.totals]);
    this.#trace ??= played.trace;
  }

  /** Of the first `seeds`, whose runs of all policies are there, or that of the own one. */
  sofar(seeds: number): ReplayPreview {
    const trace = this.#trace;
    if (trace === null) throw new Error('the own policy is replayed first');
    return {
      policy: this.#spec.autoscaler.policy,
      ...trace,
      trainedForecast: this.#spec.autoscaler.forecast !== undefined && forecastFlaw(this.#spec) === undefined,
      seeds,
      seedsWanted: this.#seedsWanted,
      policies: POLICIES.flatMap((policy) => {
        const known = this.#totals.get(policy);
        return known ? [policyPreview(policy, known)] : [];
      }),
    };
  }
}

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
  const runs = runsOf(spec, seedsWanted);
  const comparison = new Comparison(spec, seedsWanted);
  for (const [i, run] of runs.entries()) {
    const played = play(spec, run, { shouldStop });
    if (!played) return undefined;
    comparison.add(run, played);
    const done = i + 1;
    if (done === 1) onMore(comparison.sofar(1));
    else if (done % POLICIES.length === 0 && done < runs.length) onMore(comparison.sofar(done / POLICIES.length));
  }
  return comparison.sofar(runs.length / POLICIES.length);
}

export interface ThreadedReplayOptions extends Pick<PoolOptions<Played>, 'threads' | 'signal'> {
  readonly seeds?: number;
  /** Told how many of all runs are done, parts of runs included. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** The same in worker threads, as many as there are cores. @throws as {@link inThreads}. */
export async function replayInThreads(
  spec: InferenceCluster,
  { seeds = MOST_SEEDS, onProgress, ...pool }: ThreadedReplayOptions = {},
): Promise<ReplayPreview> {
  const runs = runsOf(spec, seeds);
  const played = await inThreads<Run, Played>('replay-worker', runs, {
    ...pool,
    shared: spec,
    ...(onProgress ? { onProgress: (done: number) => onProgress(done, runs.length) } : {}),
  });
  const comparison = new Comparison(spec, seeds);
  runs.forEach((run, i) => comparison.add(run, played[i]!));
  return comparison.sofar(runs.length / POLICIES.length);
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
