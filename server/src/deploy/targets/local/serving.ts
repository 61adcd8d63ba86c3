/**
 * The workload of an InferenceCluster: per job a router and a pool of replicas, and above them the autoscaler, which moves replicas
 * between the jobs within the cluster's capacity.
 *
 * Invariant: what all replicas together take never exceeds the capacity, replicas that drain included; only while a command is
 * being exchanged there is one replica more.
 */
import { mapOf, natural, object, optional } from '../../shape.ts';
import type { JobObservation } from '../../../faro/control/observation.ts';
import { jobDeclaration, resourceVector } from '../../../faro/from-spec.ts';
import { demandPerReplica, fits, fitsCapacity } from '../../../faro/job.ts';
import type { InferenceCluster, InferenceJob } from '../../../spec/types.ts';
import { deployFault } from '../../deploy-problem.ts';
import type { Drift } from '../../live.ts';
import { Autoscaler } from '../../runtime/serving/autoscaler.ts';
import type { AutoscaleHost, AutoscalerState } from '../../runtime/serving/autoscaler.ts';
import { monotonicClock } from '../../runtime/serving/clock.ts';
import type { Clock } from '../../runtime/serving/clock.ts';
import { JobMetrics } from '../../runtime/serving/job-metrics.ts';
import type { MetricsServer } from '../../runtime/serving/metrics-server.ts';
import { prometheusText } from '../../runtime/serving/prometheus-text.ts';
import type { ScrapedJob } from '../../runtime/serving/prometheus-text.ts';
import { Router } from '../../runtime/serving/router.ts';
import { limitsOf } from '../../runtime/serving/router-limits.ts';
import { clearSpools } from '../../runtime/serving/spool.ts';
import type { DesiredServing, ServingStatus } from '../../types.ts';
import { LOOPBACK } from './loopback.ts';
import { isReady } from './serving/replica-health.ts';
import { POOL_TIMING, ReplicaPool } from './serving/replica-pool.ts';
import type { PoolTiming } from './serving/replica-pool.ts';
import type { AdoptingContext, Local, Workload, WorkloadStatus } from './workload.ts';

/** Rates that people see are over the last ten seconds, violations and percentiles over the last five minutes. */
const RATE_WINDOW_MS = 10_000;
const STATUS_WINDOW_MS = 300_000;
const HEARTBEAT_MS = 1000;
/** How long requests may take until another agent takes over. */
const HAND_OVER_MS = 10_000;
/** What the autoscaler learns is kept about so often. */
const KEEP_MS = 60_000;

export interface ServingOptions {
  readonly metrics: MetricsServer;
  readonly clock?: Clock;
  readonly timing?: PoolTiming;
}

type Step = (text: string, done: number, total: number) => void;

interface ServedJob {
  readonly metrics: JobMetrics;
  readonly router: Router;
  readonly pool: ReplicaPool;
  port: number;
}

/** What must survive the agent: the addresses that people use, and how far the autoscaler had moved. */
interface Kept {
  readonly ports: Readonly<Record<string, number>>;
  readonly replicas: Readonly<Record<string, number>>;
  /** The initial replicas that `replicas` began from. */
  readonly from: Readonly<Record<string, number>>;
  /** What the autoscaler remembers, as on the next full minute: the routers of the next agent count from there. */
  readonly control?: unknown;
}

/** Earlier versions kept less. */
export const keptServing = object<Partial<Kept>>({
  ports: optional(mapOf(natural)),
  replicas: optional(mapOf(natural)),
  from: optional(mapOf(natural)),
  control: optional(() => undefined), // the autoscaler looks itself whether it can go on from it
});
const NOTHING_KEPT: Kept = { ports: {}, replicas: {}, from: {} };

/** Makes the factory of serving workloads of one agent. */
export function servingWorkload(
  options: ServingOptions,
): (desired: Local<DesiredServing>, context: AdoptingContext) => Workload<DesiredServing> {
  return (desired, context) => new ServingWorkload(desired, context, options);
}

class ServingWorkload implements Workload<DesiredServing> {
  readonly mends = true;
  #desired: Local<DesiredServing>;
  readonly #context: AdoptingContext;
  readonly #metrics: MetricsServer;
  readonly #clock: Clock;
  readonly #timing: PoolTiming;
  readonly #jobs = new Map<string, ServedJob>();
  readonly #kept: Kept;
  readonly #autoscaler: Autoscaler;
  #heartbeat: NodeJS.Timeout | undefined;
  /** By the clock. */
  #keptAt = 0;
  /** One is written after the other: the latest is what stays. */
  #keeping: Promise<void> = Promise.resolve();
  #reached = false;
  #stopping = false;

  constructor(desired: Local<DesiredServing>, context: AdoptingContext, options: ServingOptions) {
    this.#desired = desired;
    this.#context = context;
    this.#metrics = options.metrics;
    this.#clock = options.clock ?? monotonicClock;
    this.#timing = options.timing ?? POOL_TIMING;
    this.#kept = { ...NOTHING_KEPT, ...context.state.read(keptServing) };
    const host: AutoscaleHost = {
      measure: (name) => this.#measure(name),
      takeServedSeconds: (name) => this.#jobs.get(name)?.router.takeServedSeconds() ?? [],
      move: (name, replicas, reason) => {
        const served = this.#jobs.get(name);
        context.log(`autoscaler: ${name} ${served?.pool.desired ?? 0} → ${replicas}: ${reason}`);
        if (served?.pool.desired === 0) served.metrics.woken();
        served?.pool.setDesired(replicas);
        void this.#keep();
      },
      admit: (name, settings) => this.#jobs.get(name)?.router.admit(settings),
    };
    this.#autoscaler = new Autoscaler(desired.spec, this.#clock, host, this.#kept.control);
    this.#metrics.add(desired.id, () => this.#scrape());
  }

  async start(signal: AbortSignal, step: Step): Promise<void> {
    const { spec, replicas } = this.#desired;
    const moved = this.#startingReplicas();
    await clearSpools(this.#context.folder);
    for (const job of spec.jobs) await this.#open(job, moved[job.name] ?? replicas[job.name] ?? job.replicas.min);
    for (const leftover of this.#context.leftovers) this.#jobs.get(String(leftover.facts.job))?.pool.adopt(leftover);
    await this.#context.endLeftovers();
    await this.#metrics.open();
    await this.#keep();
    this.#heartbeat = setInterval(
      () => this.#beat(),
      Math.min(HEARTBEAT_MS, this.#desired.spec.autoscaler.reactiveInterval),
    );
    for (const { pool } of this.#jobs.values()) pool.wake();
    await this.#settle(signal, step);
  }

  async update(desired: Local<DesiredServing>, signal: AbortSignal, step: Step): Promise<void> {
    const before = this.#desired;
    this.#desired = desired;
    const { spec } = desired;
    const gone = [...this.#jobs].filter(([name]) => !spec.jobs.some((job) => job.name === name));
    const target = this.#updatedReplicas(before, desired);
    for (const [name] of gone) this.#jobs.delete(name);
    await Promise.all(
      gone.map(async ([, job]) => {
        // Whoever waits is still answered; new requests find the door closed.
        await job.pool.retire();
        await job.router.close();
      }),
    );
    for (const job of spec.jobs) {
      const served = this.#jobs.get(job.name);
      if (!served) continue;
      served.metrics.sloMs = job.slo.latency;
      this.#limit(served, job);
      served.pool.setCommand({ command: job.serve?.command ?? [], folder: desired.folder });
    }
    // Those that shrink first: the others may need their room.
    for (const job of spec.jobs) {
      const served = this.#jobs.get(job.name);
      if (served && target[job.name]! < served.pool.desired) served.pool.setDesired(target[job.name]!);
    }
    for (const job of spec.jobs) {
      const served = this.#jobs.get(job.name);
      if (served) served.pool.setDesired(target[job.name]!);
      else await this.#open(job, target[job.name]!);
    }
    // What the policy before had let in is not what the next one wants.
    for (const { router } of this.#jobs.values())
      router.admit({ acceptRate: 1, lateAfterSeconds: Infinity, shedShare: 1, expectedPerMinute: 0, lateLast: false });
    this.#autoscaler.follow(spec);
    await this.#keep();
    for (const { pool } of this.#jobs.values()) pool.retry();
    await this.#settle(signal, step);
  }

  status(): WorkloadStatus<ServingStatus> {
    const jobs = this.#desired.spec.jobs.flatMap((job) => {
      const served = this.#jobs.get(job.name);
      if (!served) return [];
      const { metrics, pool, router } = served;
      const recent = metrics.window(STATUS_WINDOW_MS);
      return {
        name: job.name,
        endpoint: `http://${LOOPBACK}:${served.port}/`,
        desiredReplicas: pool.desired,
        readyReplicas: pool.ready,
        requestsPerSecond: metrics.window(RATE_WINDOW_MS).arrivalsPerSecond,
        queueLength: router.queueLength,
        meanMs: recent.meanMs,
        p99Ms: recent.p99Ms,
        sloMs: metrics.sloMs,
        violationRate: recent.violationRate,
        requests: metrics.requests,
        refused: metrics.refused,
        restarts: metrics.restarts,
        ...(pool.desired === 0 && { wakesInMs: this.#desired.spec.autoscaler.coldStart }),
      };
    });
    const phase = this.#phase();
    const { url } = this.#metrics;
    return {
      phase,
      summary: `${phase}: ${this.#summary(jobs)}`,
      jobs,
      ...(url !== undefined && { metricsUrl: url }),
    };
  }

  missing(): readonly Drift[] {
    return this.#short(() => true);
  }

  drift(): readonly Drift[] {
    return this.#short((pool) => pool.stood);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    this.#metrics.remove(this.#desired.id);
    await Promise.all([...this.#jobs.values()].map(({ router }) => router.close()));
    await Promise.all([...this.#jobs.values()].map(({ pool }) => pool.stop()));
  }

  /** Whoever is being answered is answered; the next agent opens the same doors in front of the same replicas. */
  async handOver(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#heartbeat);
    for (const { pool } of this.#jobs.values()) pool.leave();
    await this.#keep();
    this.#metrics.remove(this.#desired.id);
    await Promise.all([...this.#jobs.values()].map(({ router }) => router.finish(HAND_OVER_MS)));
  }

  /** Jobs that have fewer replicas than they should, of those whose pools are asked about. */
  #short(of: (pool: ReplicaPool) => boolean): readonly Drift[] {
    return this.#desired.spec.jobs.flatMap(({ name }): readonly Drift[] => {
      const pool = this.#jobs.get(name)?.pool;
      const [ready, desired] = [pool?.ready ?? 0, pool?.desired ?? 0];
      if (pool && (ready >= desired || !of(pool))) return [];
      const text = pool
        ? `${name}: ${ready} of ${desired} replicas ${ready === 1 ? 'answers' : 'answer'}`
        : `${name}: nothing of it runs`;
      return [{ path: `jobs.${name}.replicas`, text }];
    });
  }

  #phase(): ServingStatus['phase'] {
    if (this.#stopping) return 'stopping';
    const pools = [...this.#jobs.values()].map(({ pool }) => pool);
    if (pools.length > 0 && pools.every((pool) => pool.hopeless)) return 'failed';
    if (pools.some((pool) => pool.problem !== undefined)) return 'degraded';
    if (!this.#reached) return 'starting';
    // One that sleeps, or has just been woken, is as it should be.
    return pools.some((pool) => pool.ready === 0 && pool.desired > 0 && pool.stood) ? 'degraded' : 'running';
  }

  #summary(jobs: ServingStatus['jobs']): string {
    const ready = jobs.reduce((sum, job) => sum + job.readyReplicas, 0);
    const desired = jobs.reduce((sum, job) => sum + job.desiredReplicas, 0);
    const recent = [...this.#jobs.values()].map(({ metrics }) => metrics.window(STATUS_WINDOW_MS));
    const answers = recent.reduce((sum, { answers }) => sum + answers, 0);
    const over = recent.reduce((sum, { answers, violationRate }) => sum + answers * (violationRate ?? 0), 0);
    const load = answers === 0 ? 'no requests yet' : `${percent(over / answers)} of requests over SLO`;
    const asleep = jobs.filter(({ wakesInMs }) => wakesInMs !== undefined).length;
    const sleep = asleep === 0 ? '' : `, ${asleep} of ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} asleep`;
    return `${ready}/${desired} replicas${sleep}, ${load}`;
  }

  async #open(job: InferenceJob, replicas: number): Promise<void> {
    const { context, clock } = { context: this.#context, clock: this.#clock };
    const metrics = new JobMetrics(job.slo.latency, clock, this.#autoscaler.began);
    const router: Router = new Router({
      job: job.name,
      metrics,
      clock,
      scrape: () => prometheusText(this.#scrape().filter((scraped) => scraped.job === job.name)),
      hopeless: () => pool.hopeless,
      onUnserved: () => this.#autoscaler.wake(job.name),
      probe: isReady,
      onSick: (backend) => pool.sick(backend),
      spoolFolder: this.#context.folder,
    });
    const pool: ReplicaPool = new ReplicaPool(
      { command: job.serve?.command ?? [], folder: this.#desired.folder },
      replicas,
      {
        job: job.name,
        context,
        router,
        metrics,
        clock,
        timing: this.#timing,
        room: (surplus) => this.#room(job.name, surplus),
        onChange: () => {
          // A replica that went may have been what another job waits for.
          for (const other of this.#jobs.values()) if (other.pool !== pool) other.pool.lookAgain();
          if (pool.hopeless) router.refuseWaiting();
          context.changed();
        },
      },
    );
    this.#limit({ router, pool }, job);
    const before = this.#kept.ports[job.name];
    const { port, moved } = await router.listen(LOOPBACK, before);
    if (moved)
      context.fault(
        deployFault(
          'BERTH5002',
          { port: before!, what: `the router of "${job.name}", which listens on ${port} now,` },
          job.name,
        ),
      );
    this.#jobs.set(job.name, { metrics, router, pool, port });
  }

  /** What a spec lets a job's router and replicas take of time and memory. */
  #limit({ router, pool }: Pick<ServedJob, 'router' | 'pool'>, { serve, resources, replicas }: InferenceJob): void {
    const { coldStart } = this.#desired.spec.autoscaler;
    const stated = replicas.min === 0 ? coldStart : undefined;
    router.bear(limitsOf(serve, stated));
    pool.setMemoryLimit(resources.memory);
    pool.setStartLimit(Math.max(this.#timing.startLimitMs, 2 * (stated ?? 0)));
  }

  /** Waits until all pools are as they should be; the first that cannot be fails the whole, the others go on meanwhile. */
  async #settle(signal: AbortSignal, step: Step): Promise<void> {
    const pools = [...this.#jobs];
    const progress = (): void => {
      const total = pools.reduce((sum, [, { pool }]) => sum + pool.desired, 0);
      const done = pools.reduce((sum, [, { pool }]) => sum + Math.min(pool.ready, pool.desired), 0);
      step(`${done} of ${total} replicas answer`, done, total);
    };
    progress();
    const results = await Promise.allSettled(pools.map(([, { pool }]) => pool.settled(signal, progress)));
    this.#reached = true;
    const failed = results.find((result) => result.status === 'rejected');
    this.#context.changed();
    if (failed) throw failed.reason;
  }

  #beat(): void {
    for (const { metrics } of this.#jobs.values()) metrics.seen();
    if (this.#reached) this.#autoscaler.tick();
    if (this.#clock.now() - this.#keptAt >= KEEP_MS) void this.#keep();
    this.#context.changed();
  }

  #room(name: string, surplus: boolean): boolean {
    const { spec } = this.#desired;
    const job = spec.jobs.find((candidate) => candidate.name === name);
    if (!job) return true; // on its way out
    const capacity = resourceVector(spec.capacity);
    const declarations = spec.jobs.map(jobDeclaration);
    const one = declarations[spec.jobs.indexOf(job)]!;
    return Object.entries(capacity).every(([resource, limit]) => {
      const used = declarations.reduce(
        (sum, declaration) =>
          sum + demandPerReplica(declaration, resource) * (this.#jobs.get(declaration.name)?.pool.occupied ?? 0),
        0,
      );
      return fits(used + (surplus ? 0 : demandPerReplica(one, resource)), limit);
    });
  }

  #measure(name: string): Omit<JobObservation, 'name' | 'servedSeconds'> | undefined {
    const served = this.#jobs.get(name);
    if (!served) return undefined;
    const { metrics, pool, router } = served;
    const arrivals = metrics.arrivalsPerMinute();
    return {
      arrivalsPerMinute: arrivals.slice(0, -1),
      arrivalsUnderWay: arrivals.at(-1)!,
      meanLatencyMs: metrics.window(30_000).meanMs,
      running: pool.ready,
      target: pool.desired,
      isScaling: pool.ready !== pool.desired,
      waiting: router.queueLength,
      idleSeconds: router.queueLength > 0 || router.busy > 0 ? 0 : metrics.idleSeconds,
    };
  }

  #scrape(): readonly ScrapedJob[] {
    return [...this.#jobs].map(([job, { metrics, pool, router }]) => ({
      deployment: this.#desired.name,
      job,
      metrics,
      queueLength: router.queueLength,
      desiredReplicas: pool.desired,
      readyReplicas: pool.ready,
    }));
  }

  /** Where the autoscaler had got to before the agent was started again; the initial replicas where that says nothing any more. */
  #startingReplicas(): Readonly<Record<string, number>> {
    const { spec, replicas } = this.#desired;
    const same = spec.jobs.every((job) => this.#kept.from[job.name] === replicas[job.name]);
    const moved = Object.fromEntries(
      spec.jobs.map((job) => [
        job.name,
        clamp((same ? this.#kept.replicas[job.name] : undefined) ?? replicas[job.name]!, job),
      ]),
    );
    return within(spec, moved) ? moved : replicas;
  }

  /** What a changed spec makes of the present replicas: a job whose initial number changed gets it, every other keeps what it has. */
  #updatedReplicas(before: Local<DesiredServing>, after: Local<DesiredServing>): Readonly<Record<string, number>> {
    const kept = Object.fromEntries(
      after.spec.jobs.map((job) => {
        const present = this.#jobs.get(job.name)?.pool.desired;
        const changed = present === undefined || before.replicas[job.name] !== after.replicas[job.name];
        return [
          job.name,
          changed || after.spec.autoscaler.policy === 'static' ? after.replicas[job.name]! : clamp(present, job),
        ];
      }),
    );
    return within(after.spec, kept) ? kept : after.replicas;
  }

  #keep(): Promise<void> {
    return (this.#keeping = this.#keeping.then(() => this.#write()));
  }

  async #write(): Promise<void> {
    const control = this.#autoscaler.state;
    const kept: Kept = {
      ports: { ...this.#kept.ports, ...Object.fromEntries([...this.#jobs].map(([name, { port }]) => [name, port])) },
      replicas: Object.fromEntries([...this.#jobs].map(([name, { pool }]) => [name, pool.desired])),
      from: this.#desired.replicas,
      control: { ...control, seconds: 60 * Math.ceil(control.seconds / 60) } satisfies AutoscalerState,
    };
    this.#keptAt = this.#clock.now();
    try {
      await this.#context.state.write(kept);
    } catch (error) {
      // Only the latest of what the autoscaler did and learnt would be lost, and it is written again in a minute.
      this.#context.log(`the autoscaler's state could not be written: ${(error as Error).message}`);
    }
  }
}

/** Three significant digits, as everywhere. */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function clamp(replicas: number, job: InferenceJob): number {
  return Math.max(job.replicas.min, Math.min(job.replicas.max, replicas));
}

function within(spec: InferenceCluster, replicas: Readonly<Record<string, number>>): boolean {
  const counts = spec.jobs.map((job) => replicas[job.name] ?? 0);
  return fitsCapacity(spec.jobs.map(jobDeclaration), counts, resourceVector(spec.capacity));
}
