import { poissonArrivals } from './arrivals.ts';
import { exceededByMinima } from '../allocation/capacity-reduction.ts';
import { initialControlState, step } from '../control/control-loop.ts';
import type { ControlConfig } from '../control/control-loop.ts';
import { fitsCapacity } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import type { MinimaExceedCapacity } from '../allocation/allocation.ts';
import { randomStream } from './random-stream.ts';
import { clusterStatistics, jobStatistics } from './replay-statistics.ts';
import type { ReplaySeries, ReplayTotals } from './replay-statistics.ts';
import { serviceTimes } from './service-time.ts';
import type { ServiceTime } from './service-time.ts';
import { ServingQueue } from './serving-queue.ts';

/**
 * Who decides on the replicas.
 * - `faro`: the control loop; jobs start with their minimum.
 * - `fairShare`: the same number for every job, as large as fits, within each job's limits; never changed.
 * - `static`: the given number for each job, never changed.
 */
export type ScalingPolicy =
  | { readonly kind: 'faro'; readonly control: Omit<ControlConfig, 'jobs' | 'capacity'> }
  | { readonly kind: 'fairShare' }
  | { readonly kind: 'static'; readonly replicas: readonly number[] };

export interface SimulationRequest {
  readonly jobs: readonly JobDeclaration[];
  /** Requests per minute: by job, by minute. Jobs may have traces of different length; the longest counts. */
  readonly countsPerMinute: readonly (readonly number[])[];
  readonly capacity: ResourceVector;
  readonly policy: ScalingPolicy;
  /** The same seed gives every policy the same arrivals. */
  readonly seed: number;
  /** Default `declared`. */
  readonly service?: ServiceTime;
  /** Requests of a job that may wait before one is turned away. Default 50. */
  readonly queueLimit?: number;
  /** Asked once a simulated minute. */
  readonly shouldStop?: () => boolean;
  /** Told once a simulated minute which part of the whole is done. */
  readonly onProgress?: (fraction: number) => void;
}

/** What became of one job. */
export interface JobReplay extends ReplayTotals {
  readonly name: string;
  readonly averageReplicas: number;
  readonly series: ReplaySeries & {
    /** Mean number of serving replicas in each minute. */
    readonly replicas: readonly number[];
    /** Requests expected for each minute by the last forecast that reached so far; null where none did. */
    readonly forecast: readonly (number | null)[];
  };
}

export interface Replay extends ReplayTotals {
  readonly kind: 'finished';
  readonly minutes: number;
  /** Replicas asked for, summed over the jobs, mean over time. */
  readonly averageReplicas: number;
  readonly perJob: readonly JobReplay[];
}

export type SimulationResult = Replay | { readonly kind: 'stopped' } | MinimaExceedCapacity;

/** The reactive part looks at the requests of this many last seconds. */
const latencyWindowSeconds = 30;

/**
 * Replays a trace against a scaling policy: a discrete-event simulation of each job's router and replicas (see
 * {@link ServingQueue}), with the control loop in the loop. Pure and deterministic.
 *
 * Arrivals are Poisson within each minute of the trace. Costs of routing a request, and of moving a replica from one job to
 * another beyond a cold start, are not modelled.
 */
export function simulate(request: SimulationRequest): SimulationResult {
  const { jobs, capacity, policy, seed, service = { kind: 'declared' }, queueLimit = 50 } = request;
  const exceeded = exceededByMinima(jobs, capacity);
  if (exceeded !== undefined) return { kind: 'minimaExceedCapacity', ...exceeded };

  const minutes = request.countsPerMinute.reduce((longest, counts) => Math.max(longest, counts.length), 0);
  const tickSeconds = policy.kind === 'faro' ? Math.min(60, policy.control.reactiveIntervalSeconds) : 60;
  const initial = initialReplicas(jobs, capacity, policy);
  const lanes = jobs.map((job, i) => {
    const counts = Array.from({ length: minutes }, (_, minute) => request.countsPerMinute[i]?.[minute] ?? 0);
    const arrivals = poissonArrivals(counts, randomStream(seed, `arrivals ${i}`));
    const queue = new ServingQueue({
      arrivals: arrivals.times,
      serviceSeconds: serviceTimes(service, job.processingMs, randomStream(seed, `service ${i}`)),
      queueLimit,
      replicas: initial[i]!,
      bucketSeconds: tickSeconds,
    });
    const counted = counts.map((_, minute) => arrivals.minuteStarts[minute + 1]! - arrivals.minuteStarts[minute]!);
    return { job, arrivals, queue, counted, ...recordOf(minutes) };
  });

  let state = initialControlState;
  const buckets = Math.max(1, Math.round(latencyWindowSeconds / tickSeconds));
  for (let tick = 0; tick * tickSeconds < 60 * minutes; tick++) {
    const now = tick * tickSeconds;
    const minute = Math.floor(now / 60);
    const isNewMinute = minute > Math.floor((now - tickSeconds) / 60);
    if (isNewMinute && request.shouldStop?.() === true) return { kind: 'stopped' };
    if (isNewMinute) request.onProgress?.(minute / minutes);
    if (policy.kind === 'faro' && tick > 0) {
      const outcome = step(state, {
        nowSeconds: now,
        config: { ...policy.control, jobs, capacity },
        jobs: lanes.map(({ job, queue, counted }) => ({
          name: job.name,
          arrivalsPerMinute: counted.slice(0, minute),
          meanLatencyMs: queue.meanLatencyMs(now, buckets),
          running: queue.running(now),
          target: queue.target,
        })),
      });
      state = outcome.state;
      for (const { job, to } of outcome.actions) {
        lanes.find((lane) => lane.job.name === job)?.queue.setReplicas(to, now, policy.control.coldStartSeconds);
      }
      for (const lane of lanes) {
        outcome.forecasts?.[lane.job.name]?.forEach((rate, ahead) => {
          if (minute + ahead < minutes) lane.forecast[minute + ahead] = rate * 60;
        });
      }
    }
    const until = Math.min(now + tickSeconds, 60 * minutes);
    for (const lane of lanes) {
      lane.replicaSeconds += lane.queue.target * (until - now);
      lane.queue.advance(until);
      lane.running[minute]!.push(lane.queue.running(now));
    }
  }
  for (const { queue } of lanes) queue.finish();
  request.onProgress?.(1);

  const judged = lanes.map(({ job, arrivals, queue, replicaSeconds, running, forecast }) => {
    const { series, totals } = jobStatistics(job, queue.latencies, arrivals.minuteStarts);
    const replicas = running.map((looks) => looks.reduce((sum, count) => sum + count, 0) / looks.length);
    const averageReplicas = minutes === 0 ? 0 : replicaSeconds / (60 * minutes);
    const replay: JobReplay = { name: job.name, ...totals, averageReplicas, series: { ...series, replicas, forecast } };
    return { series, totals, latencies: queue.latencies, replay };
  });
  const perJob = judged.map(({ replay }) => replay);
  const averageReplicas = perJob.reduce((sum, replay) => sum + replay.averageReplicas, 0);
  return { kind: 'finished', minutes, ...clusterStatistics(judged), averageReplicas, perJob };
}

function recordOf(minutes: number): {
  replicaSeconds: number;
  running: number[][];
  forecast: (number | null)[];
} {
  return {
    replicaSeconds: 0,
    running: Array.from({ length: minutes }, () => []),
    forecast: Array.from({ length: minutes }, () => null),
  };
}

function initialReplicas(
  jobs: readonly JobDeclaration[],
  capacity: ResourceVector,
  policy: ScalingPolicy,
): readonly number[] {
  if (policy.kind === 'static') return policy.replicas;
  const minima = jobs.map((job) => job.minReplicas);
  if (policy.kind === 'faro') return minima;
  let shares = minima;
  const most = jobs.reduce((max, job) => Math.max(max, job.maxReplicas), 0);
  for (let share = 1; share <= most; share++) {
    const larger = jobs.map((job) => Math.min(job.maxReplicas, Math.max(job.minReplicas, share)));
    if (!fitsCapacity(jobs, larger, capacity)) break;
    shares = larger;
  }
  return shares;
}
