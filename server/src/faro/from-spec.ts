/** The door between a typed InferenceCluster and the engine: the one place where spec fields become engine inputs. */
import { allocate } from './allocation/allocation.ts';
import type { AllocationProblem } from './allocation/allocation.ts';
import { minima } from './control/baselines.ts';
import type { Lever } from './control/ablation.ts';
import { policyOf } from './control/policies.ts';
import type { Forecaster } from './forecast/forecast.ts';
import { readForecastFile } from './forecast/forecast-file.ts';
import type { ForecastFile } from './forecast/forecast-file.ts';
import { trainedForecaster } from './forecast/job-model.ts';
import { onlineForecaster } from './forecast/online-forecaster.ts';
import type { ClusterDeclaration, PolicyName, ScalingPolicy } from './control/scaling-policy.ts';
import type { InferenceCluster, InferenceJob, Node, Resources, Times } from '../spec/types.ts';
import type { Job, JobDeclaration, ResourceVector } from './job.ts';
import type { Objective } from './allocation/objective.ts';
import { objectiveDefinition } from './allocation/objectives.ts';
import { referenceAdmission } from './simulator/admission.ts';
import { lognormalTime } from './simulator/service-time.ts';
import type { LognormalTime, ServiceTime } from './simulator/service-time.ts';
import type { SimulationRequest } from './simulator/simulate.ts';
import { promptMechanics, referenceMechanics } from './simulator/worker-cluster.ts';
import type { ClusterMechanics } from './simulator/worker-cluster.ts';
import type { UtilityModels } from './utility/utility-curve.ts';
import { defaultLatencyModel } from './utility/mdc-latency.ts';
import { addToReal, realAt } from '../numeric/at.ts';

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
    ...(job.replicas.scaleToZeroAfter === undefined
      ? {}
      : { sleepsAfterSeconds: job.replicas.scaleToZeroAfter / 1000 }),
    weight: job.priority,
    resources: resourceVector(job.resources),
  };
}

/** The machines of a cluster as the engine's vectors; none where only the capacity counts. */
export function nodeVectors(spec: InferenceCluster): readonly ResourceVector[] {
  return spec.nodes.map(({ name: _, ...has }: Node) => resourceVector(has));
}

export function specObjective({ objective: kind, optimizer }: InferenceCluster): Objective {
  return objectiveDefinition(kind).takesGamma && optimizer.gamma !== undefined
    ? { kind, gamma: optimizer.gamma }
    : { kind };
}

/** How a spec wants jobs to be judged. */
export function specModels({ optimizer }: InferenceCluster): UtilityModels {
  const { utility, alpha, latency } = optimizer;
  return {
    latencyModel: latency === 'mdc' ? defaultLatencyModel : { kind: latency },
    utilityShape: utility === 'relaxed' ? { kind: utility, alpha } : { kind: utility },
  };
}

/** The allocation that a static preview, a plan and the policy `static` are about. */
export function planningProblem(
  spec: InferenceCluster,
  jobs: readonly Job[] = planningLoad(spec).jobs,
): AllocationProblem {
  return {
    jobs,
    capacity: resourceVector(spec.capacity),
    objective: specObjective(spec),
    models: specModels(spec),
    ties: 'fewestReplicas',
    ...(spec.nodes.length > 0 ? { nodes: nodeVectors(spec) } : {}),
    ...specSearch(spec),
  };
}

/** How the optimum is searched for, what a change costs, and what drops do. */
function specSearch({
  optimizer,
}: InferenceCluster): Pick<AllocationProblem, 'solver' | 'groups' | 'changePenalty' | 'drops'> {
  const { solver, groups, changePenalty, drops } = optimizer;
  return { solver, changePenalty, drops, ...(groups === undefined ? {} : { groups }) };
}

/** Minutes that the autoscaler looks ahead, at least one. */
export function horizonMinutes(spec: InferenceCluster): number {
  return Math.max(1, Math.round(spec.autoscaler.horizon / MS_PER_MINUTE));
}

/** What the policies of a spec are told of its cluster. */
export function clusterDeclaration(spec: InferenceCluster): ClusterDeclaration {
  return { jobs: spec.jobs.map(jobDeclaration), capacity: resourceVector(spec.capacity) };
}

/**
 * The scaling policy that a spec asks for, or another one on the same cluster. The minima must fit the capacity.
 *
 * @param lever the part of `berth` that is left out, if any.
 */
export function specPolicy(
  spec: InferenceCluster,
  name: PolicyName = spec.autoscaler.policy,
  lever: Lever | null = null,
): ScalingPolicy {
  const { autoscaler, simulation } = spec;
  return policyOf(name).create({
    cluster: clusterDeclaration(spec),
    objective: specObjective(spec),
    models: specModels(spec),
    search: specSearch(spec),
    intervalSeconds: autoscaler.interval / 1000,
    reactiveIntervalSeconds: autoscaler.reactiveInterval / 1000,
    horizonMinutes: horizonMinutes(spec),
    coldStartSeconds: autoscaler.coldStart / 1000,
    quantile: autoscaler.quantile,
    adaptsQuantile: autoscaler.adaptQuantile,
    shedding: autoscaler.shedding,
    router: { ...referenceAdmission, queueLimit: simulation.queue, concurrency: simulation.concurrency },
    mechanics: specMechanics(spec),
    forecaster: () => specForecaster(spec),
    plannedReplicas: () => plannedReplicas(spec),
    lever,
  });
}

/** The forecasts of a spec's own file, else those that are learnt as the traffic comes. One run's: it remembers. */
function specForecaster(spec: InferenceCluster): Forecaster {
  const file = forecastFile(spec);
  return file?.ok ? trainedForecaster(file.trained) : onlineForecaster();
}

/** What is wrong with a spec's forecast file; undefined where it can be used, or there is none. */
export function forecastFlaw(spec: InferenceCluster): string | undefined {
  const file = forecastFile(spec);
  return file === undefined || file.ok ? undefined : file.detail;
}

/** The file that was read last: the same one comes by with every key, and for each policy and seed that is replayed. */
let lastRead: { readonly text: string; readonly file: ForecastFile } | undefined;

function forecastFile({ autoscaler: { forecast } }: InferenceCluster): ForecastFile | undefined {
  if (forecast === undefined) return undefined;
  if (lastRead?.text !== forecast.text) lastRead = { text: forecast.text, file: readForecastFile(forecast.text) };
  return lastRead.file;
}

/** The best allocation for the busiest stretch of the traces, with no more than brings something; the minima where they do not fit. */
export function plannedReplicas(spec: InferenceCluster): readonly number[] {
  const problem = planningProblem(spec);
  const allocation = allocate(problem);
  return allocation.kind === 'allocated' ? allocation.replicas : minima(problem.jobs);
}

/** Minutes replayed where no trace says how many. */
const constantMinutes = 60;

/** The replay of a spec's load under a policy, its own where none is named. The same seed gives every policy the same arrivals. */
export function simulationRequest(
  spec: InferenceCluster,
  {
    policy,
    lever = null,
    seed,
  }: { readonly policy?: PolicyName | undefined; readonly lever?: Lever | null | undefined; readonly seed: number },
): SimulationRequest {
  const { jobs, simulation } = spec;
  const minutes = replayMinutes(spec);
  const nodes = nodeVectors(spec);
  return {
    ...clusterDeclaration(spec),
    countsPerMinute: jobs.map(({ workload }) =>
      workload.type === 'trace' ? workload.requestsPerMinute : new Array<number>(minutes).fill(workload.rate * 60),
    ),
    policy: specPolicy(spec, policy, lever),
    seed,
    service: specServices(jobs),
    ...(simulation.router ? { routerPass: lognormal(simulation.router) } : {}),
    admission: { ...referenceAdmission, queueLimit: simulation.queue, concurrency: simulation.concurrency },
    mechanics: specMechanics(spec),
    ...(nodes.length > 0 ? { nodes } : {}),
  };
}

/** Requests of each job in that replay. */
export function replayRequests(spec: InferenceCluster): readonly number[] {
  const minutes = replayMinutes(spec);
  return spec.jobs.map(({ workload }) =>
    workload.type === 'trace'
      ? workload.requestsPerMinute.reduce((sum, count) => sum + count, 0)
      : workload.rate * 60 * minutes,
  );
}

function replayMinutes(spec: InferenceCluster): number {
  return traceMinutes(spec) || constantMinutes;
}

/** What requests of each job take. Jobs alike share one distribution: a replay of many jobs is quicker by a fifth then. */
function specServices(jobs: readonly InferenceJob[]): ServiceTime[] {
  const known = new Map<string, ServiceTime>();
  return jobs.map(({ serviceTime }) => {
    if (!serviceTime) return { kind: 'declared' };
    const { min, median, p99 } = serviceTime;
    const key = `${min} ${median} ${p99}`;
    const service = known.get(key) ?? lognormal(serviceTime);
    known.set(key, service);
    return service;
  });
}

function lognormal({ min, median, p99 }: Times): LognormalTime {
  return lognormalTime(min, median, p99);
}

/** Without idle workers the room of a replica is free at once; with them the cluster is looked through as in Faro's experiments. */
function specMechanics({ simulation }: InferenceCluster): ClusterMechanics {
  const coldStartSeconds = simulation.coldStart / 1000;
  return {
    ...(simulation.idle > 0 ? referenceMechanics : promptMechanics(coldStartSeconds)),
    coldStartSeconds,
    hotStartSeconds: simulation.hotStart / 1000,
    idleSeconds: simulation.idle / 1000,
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
    for (const [minute, count] of job.workload.requestsPerMinute.entries()) {
      addToReal(offered, minute, count * job.processingTime);
    }
  }
  let best = 0;
  let bestLoad = -1;
  let load = 0;
  for (let minute = 0; minute < longest; minute++) {
    load += realAt(offered, minute) - (minute >= window ? realAt(offered, minute - window) : 0);
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
