import type { MinimaExceedCapacity } from '../allocation/allocation.ts';
import { exceededByMinima } from '../allocation/capacity-reduction.ts';
import { initialState, isDue, look, wake } from '../control/controller.ts';
import type { JobObservation, Observation } from '../control/observation.ts';
import type { ClusterDeclaration, ScalingPolicy } from '../control/scaling-policy.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import { minuteArrivals } from './arrivals.ts';
import { referenceAdmission } from './admission.ts';
import { JobLane } from './job-lane.ts';
import type { Admission } from './admission.ts';
import { randomStream } from './random-stream.ts';
import { clusterTotals, judgeJob } from './replay-statistics.ts';
import type { ReplaySeries, ReplayTotals } from './replay-statistics.ts';
import { lognormalTimes, serviceTimes } from './service-time.ts';
import type { LognormalTime, ServiceTime } from './service-time.ts';
import { referenceMechanics, WorkerCluster } from './worker-cluster.ts';
import type { ClusterMechanics } from './worker-cluster.ts';
import { intAt, itemAt, lastOf } from '../../numeric/at.ts';

export interface SimulationRequest extends ClusterDeclaration {
  /** Requests per minute: by job, by minute. Jobs may have traces of different length; the longest counts. */
  readonly countsPerMinute: readonly (readonly number[])[];
  readonly policy: ScalingPolicy;
  /** The same seed gives every policy the same arrivals. */
  readonly seed: number;
  /** Of all jobs, or by job; default `declared`. */
  readonly service?: ServiceTime | readonly ServiceTime[];
  /** One pass through a job's router; no time where absent. */
  readonly routerPass?: LognormalTime;
  /** Default: the router of Faro's experiments. */
  readonly admission?: Admission;
  /** Default: the cluster of Faro's experiments. */
  readonly mechanics?: ClusterMechanics;
  /** Where replicas must fit; one node with the whole capacity where absent. */
  readonly nodes?: readonly ResourceVector[];
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
  /** Replicas that serve, summed over the jobs, mean over time. */
  readonly averageReplicas: number;
  readonly perJob: readonly JobReplay[];
}

export type SimulationResult = Replay | { readonly kind: 'stopped' } | MinimaExceedCapacity;

/** Requests that a replay should have at most: it keeps some 16 bytes for each, and no array of theirs may be much longer. */
export const mostRequests = 100_000_000;

/** The reactive policies look at the requests of this many last seconds. */
const latencyWindowSeconds = 30;

/**
 * Replays a trace against a scaling policy: a discrete-event simulation of each job's router and replicas
 * ({@link JobLane}) on the workers of a cluster ({@link WorkerCluster}), with the policy in the loop. Pure and
 * deterministic: arrivals, service times and the rest each have a random stream of their own by job.
 */
export function simulate(request: SimulationRequest): SimulationResult {
  const { jobs, capacity, policy, mechanics = referenceMechanics, nodes = [capacity] } = request;
  const exceeded = exceededByMinima(jobs, capacity);
  if (exceeded !== undefined) return { kind: 'minimaExceedCapacity', ...exceeded };

  const minutes = request.countsPerMinute.reduce((longest, counts) => Math.max(longest, counts.length), 0);
  const tracks = jobs.map((_, i) => openTrack(request, i, minutes));
  const cluster = new WorkerCluster(
    jobs,
    tracks.map(({ lane }) => lane),
    nodes,
    mechanics,
  );

  let state = initialState(policy);
  let looks = 1;
  const observed = (now: number, minute: number, isLook: boolean): Observation => ({
    nowSeconds: now,
    minuteOfDay: minute,
    jobs: tracks.map((track, i) => observe(track, itemAt(jobs, i), cluster, i, now, minute, isLook)),
  });
  const sleepers = policy.isFixed ? [] : jobs.flatMap((job, i) => (job.sleepsAfterSeconds === undefined ? [] : [i]));
  const play = (until: number, minute: number): void => {
    // Who was not let wake up waits for the next look.
    const refused = new Set<number>();
    for (;;) {
      const [at, woken] = firstKnock(sleepers, tracks, cluster, refused);
      if (at >= until) break;
      const now = Math.min(until, at + 1e-6);
      cluster.advance(now);
      const actions = wake(policy, request, observed(now, minute, false), woken);
      if (actions.length === 0) refused.add(woken);
      for (const { job, to } of actions) cluster.scale(job, to, now);
    }
    cluster.advance(until);
  };
  for (let minute = 0; minute < minutes; minute++) {
    if (request.shouldStop?.() === true) return { kind: 'stopped' };
    request.onProgress?.(minute / minutes);
    const end = 60 * (minute + 1);
    for (; looks * policy.lookSeconds < end - 1e-9; looks++) {
      const now = Math.max(60 * minute, looks * policy.lookSeconds);
      play(now, minute);
      if (!isDue(policy, state, now)) continue;
      const outcome = look(policy, request, state, observed(now, minute, true));
      state = outcome.state;
      for (const { job, to } of outcome.actions) cluster.scale(job, to, now);
      outcome.routers?.forEach((settings, i) => {
        const track = itemAt(tracks, i);
        if (settings !== undefined) track.lane.admission = track.admission = { ...track.admission, ...settings };
      });
      outcome.forecasts?.forEach((forecast, i) =>
        forecast?.forEach((count, ahead) => {
          if (minute + ahead < minutes) itemAt(tracks, i).forecast[minute + ahead] = count;
        }),
      );
    }
    play(end, minute);
    for (const { lane, replicaSeconds } of tracks) replicaSeconds.push(lane.replicaSeconds);
  }
  // What is under way at the end comes to its end.
  play(60 * minutes + mechanics.coldStartSeconds, minutes);
  for (const { lane } of tracks) lane.finish();
  request.onProgress?.(1);

  const judged = tracks.map(({ lane, minuteStarts }, i) => judgeJob(itemAt(jobs, i), lane.latencies, minuteStarts));
  const perJob = tracks.map(({ replicaSeconds, forecast }, i): JobReplay => {
    const { series, totals } = itemAt(judged, i);
    const replicas = replicaSeconds.map((seconds, minute) => (seconds - (replicaSeconds[minute - 1] ?? 0)) / 60);
    const averageReplicas = minutes === 0 ? 0 : lastOf(replicaSeconds) / (60 * minutes);
    return { name: itemAt(jobs, i).name, ...totals, averageReplicas, series: { ...series, replicas, forecast } };
  });
  const averageReplicas = perJob.reduce((sum, replay) => sum + replay.averageReplicas, 0);
  return { kind: 'finished', minutes, ...clusterTotals(judged), averageReplicas, perJob };
}

/** The first request that comes to a job without a replica: when, and to which; never where none does. */
function firstKnock(
  sleepers: readonly number[],
  tracks: readonly Track[],
  cluster: WorkerCluster,
  refused: ReadonlySet<number>,
): readonly [number, number] {
  let first: readonly [number, number] = [Infinity, -1];
  for (const i of sleepers) {
    const at = itemAt(tracks, i).lane.nextArrival;
    if (at < first[0] && cluster.target(i) === 0 && !refused.has(i)) first = [at, i];
  }
  return first;
}

function isEach(service: ServiceTime | readonly ServiceTime[]): service is readonly ServiceTime[] {
  return Array.isArray(service);
}

/** One job's requests and what is recorded of them. */
interface Track {
  readonly lane: JobLane;
  readonly minuteStarts: Int32Array;
  /** Requests in each complete minute so far. */
  readonly counted: number[];
  admission: Admission;
  /** Serving replicas, summed over the seconds up to the end of each minute so far. */
  readonly replicaSeconds: number[];
  readonly forecast: (number | null)[];
}

function openTrack(request: SimulationRequest, i: number, minutes: number): Track {
  const { seed, policy, service = { kind: 'declared' }, routerPass, admission = referenceAdmission } = request;
  const counts = Array.from({ length: minutes }, (_, minute) => request.countsPerMinute[i]?.[minute] ?? 0);
  const arrivals = minuteArrivals(counts, randomStream(seed, `arrivals ${i}`));
  const lane = new JobLane({
    arrivals: arrivals.times,
    serviceSeconds: serviceTimes(
      isEach(service) ? itemAt(service, i) : service,
      itemAt(request.jobs, i).processingMs,
      randomStream(seed, `service ${i}`),
    ),
    routerSeconds: routerPass === undefined ? () => 0 : lognormalTimes(routerPass, randomStream(seed, `router ${i}`)),
    random: randomStream(seed, `turns ${i}`),
    admission,
    replicas: policy.initialReplicas[i] ?? 0,
  });
  return {
    lane,
    minuteStarts: arrivals.minuteStarts,
    counted: [],
    admission,
    replicaSeconds: [],
    forecast: new Array<number | null>(minutes).fill(null),
  };
}

function observe(
  { lane, minuteStarts, counted }: Track,
  { name }: JobDeclaration,
  cluster: WorkerCluster,
  i: number,
  now: number,
  minute: number,
  isLook: boolean,
): JobObservation {
  while (counted.length < minute)
    counted.push(intAt(minuteStarts, counted.length + 1) - intAt(minuteStarts, counted.length));
  return {
    name,
    arrivalsPerMinute: counted,
    arrivalsUnderWay: lane.arrived - intAt(minuteStarts, minute),
    meanLatencyMs: lane.meanLatencyMs(now, latencyWindowSeconds),
    running: lane.replicas,
    target: cluster.target(i),
    isScaling: cluster.isScaling(i, now),
    waiting: lane.waiting,
    idleSeconds: cluster.idleSeconds(i, now),
    servedSeconds: isLook ? lane.takeServedSeconds() : [],
  };
}
