/** InferenceCluster → preview: who gets how many replicas at the busiest time, what that does to latencies, and what is out of reach. */
import { basename } from 'node:path';
import { allocate, type Allocation } from '../faro/allocation/allocation.ts';
import {
  forecastFault,
  nodeVectors,
  planningLoad,
  planningProblem,
  resourceVector,
  specModels,
  specObjective,
  type PlanningLoad,
} from '../faro/from-spec.ts';
import { demandPerReplica, fits, type Job, type ResourceVector } from '../faro/job.ts';
import { explainAllocation } from '../faro/allocation/explanation.ts';
import { objectiveValue } from '../faro/allocation/objective.ts';
import { jobLatencyMs, replicasForSlo, utilityCurve, type UtilityModels } from '../faro/utility/utility-curve.ts';
import { gainsMost, marginals, smallestCapacityForSlos, type Marginal } from '../faro/allocation/what-if.ts';
import { formatQuantity } from '../spec/quantity.ts';
import { mostReplicas } from '../spec/most-replicas.ts';
import type { InferenceCluster, InferenceJob, Milliseconds, Resources } from '../spec/types.ts';
import { finding, type Finding, type Suggestion } from './finding.ts';
import type { InferencePreview, JobPreview, Reason, WhatIf } from './model.ts';
import { reason } from './reason.ts';
import { capitalised, countOf, figureOf, listOf, percent, toldApart, word } from './words.ts';

export interface InferenceOutcome {
  readonly preview: InferencePreview | null;
  readonly findings: readonly Finding[];
}

/** Points of a curve that are worth drawing. */
const CURVE_POINTS = 40;
/** As many as the schema lets a job have: more is no suggestion. */
const MOST_REPLICAS = 100_000;

/** The spec with what is being tried in the picture. A capacity that is tried is one of replicas that fit anywhere: nodes count no more. */
export function withWhatIf(spec: InferenceCluster, whatIf: WhatIf): InferenceCluster {
  const { capacityReplicas, sloMs = {} } = whatIf;
  const unit = capacityUnit(spec);
  const capacity: Resources =
    capacityReplicas === undefined ? spec.capacity : { ...spec.capacity, [unit]: capacityReplicas };
  const nodes = capacityReplicas === undefined ? spec.nodes : [];
  return {
    ...spec,
    capacity,
    nodes,
    jobs: spec.jobs.map((job) => {
      const latency = sloMs[job.name];
      const { min } = job.replicas;
      return {
        ...job,
        ...(latency === undefined ? {} : { slo: { ...job.slo, latency: latency as Milliseconds } }),
        ...(limitedByCapacity(job, spec)
          ? { replicas: { min, max: Math.max(min, mostReplicas(capacity, job.resources, nodes)) } }
          : {}),
      };
    }),
  };
}

/** Whether a job's maximum is just what the capacity holds, as where the text gives none: it then grows with the capacity. */
function limitedByCapacity({ replicas, resources }: InferenceJob, { capacity, nodes }: InferenceCluster): boolean {
  return replicas.max === Math.max(replicas.min, mostReplicas(capacity, resources, nodes));
}

/** A forecast file that is there, yet says nothing. */
function unusableForecast(spec: InferenceCluster): Finding[] {
  const detail = forecastFault(spec);
  const { forecast } = spec.autoscaler;
  if (forecast === undefined || detail === undefined) return [];
  return [finding('BERTH2020', ['spec', 'autoscaler', 'forecast'], { file: basename(forecast.path), detail })];
}

/** @returns no preview where the minima alone exceed the capacity: then there is no allocation to show. */
export function previewInference(spec: InferenceCluster, document: number): InferenceOutcome {
  const load = planningLoad(spec);
  const capacity = resourceVector(spec.capacity);
  const findings = [...unusableForecast(spec), ...beyondNodes(spec), ...unreachable(spec, load.jobs, capacity)];
  const problem = planningProblem(spec, load.jobs);
  const allocation = allocate(problem);
  if (allocation.kind === 'minimaExceedCapacity') {
    const { resource, needed, capacity: limit } = allocation;
    if (allocation.onNodes) {
      const cause = findings.some(({ code }) => NO_ROOM.has(code)) ? [] : [finding('BERTH2013', ['spec', 'nodes'], {})];
      return { preview: null, findings: [...findings, ...cause] };
    }
    // A replica that fits nowhere is the fault then, and no sum.
    if (findings.some(({ code, path }) => NO_ROOM.has(code) && path.at(-1) === resource))
      return { preview: null, findings };
    const [sum, has] = toldApart(needed, limit, (value, digits) => bareAmount(resource, value, digits));
    const params = { resource, sum, capacity: has };
    const raise = raiseCapacity(resource, needed);
    return {
      preview: null,
      findings: [...findings, finding('BERTH2001', ['spec', 'capacity', resource], params, [raise])],
    };
  }
  const steps = marginals(problem, allocation.replicas);
  const explained = explainAllocation(problem, allocation.replicas);
  const { marginal } = explained;
  const models = specModels(spec);
  const jobs = load.jobs.map((job, i) => {
    const why = reason(explained.jobs[i]!, {
      objective: spec.objective,
      marginal,
      jobs: load.jobs.length,
      maxReplicas: job.maxReplicas,
      loss: steps[i]!.less?.objectiveChange,
      limitedByCapacity: limitedByCapacity(spec.jobs[i]!, spec),
    });
    return jobPreview(job, allocation.replicas[i]!, allocation.utilities[i]!, steps[i]!, why, models);
  });
  const enough = sufficient(spec, load.jobs, jobs, capacity);
  findings.push(...missed(enough, jobs, capacity));
  const unit = capacityUnit(spec);
  const weights = load.jobs.map((job) => job.weight);
  const preview: InferencePreview = {
    kind: 'InferenceCluster',
    name: spec.name,
    document,
    sentence: sentence(spec, jobs, allocation, load, idle(load.jobs, jobs, steps, allocation, capacity)),
    objective: {
      name: spec.objective,
      value: allocation.objective,
      best: objectiveValue(
        specObjective(spec),
        weights.map(() => 1),
        weights,
      ),
    },
    capacity: { replicas: capacity[unit] ?? 0, used: allocation.used[unit] ?? 0, unit },
    neediest: gainsMost(steps)?.job ?? null,
    lastGiven: marginal === undefined ? null : { job: marginal.job, worth: marginal.worthPerReplica },
    enough: enoughInWords(enough, jobs, unit),
    jobs,
    replay: null,
  };
  return { preview, findings };
}

function jobPreview(
  job: Job,
  replicas: number,
  utility: number,
  step: Marginal,
  why: Reason,
  models: UtilityModels,
): JobPreview {
  const needed = replicasForSlo(job, models);
  const latencyMs = jobLatencyMs(job, replicas, models);
  return {
    name: job.name,
    replicas,
    min: job.minReplicas,
    max: job.maxReplicas,
    utility,
    latencyMs,
    sloMs: job.sloMs,
    percentile: job.percentile,
    slack: (job.sloMs - latencyMs) / job.sloMs,
    ratePerSecond: Math.max(0, ...job.ratesPerSecond),
    gain: step.more?.objectiveChange ?? null,
    loss: step.less?.objectiveChange ?? null,
    needed: needed === 'never' ? null : needed,
    why,
    curve: utilityCurve(job, Math.min(job.maxReplicas, Math.max(CURVE_POINTS, replicas + 1)), models),
  };
}

const NO_ROOM: ReadonlySet<string> = new Set(['BERTH2003', 'BERTH2010']);

/** Replicas for which no node has room, and a capacity that is more than the nodes have. */
function beyondNodes(spec: InferenceCluster): Finding[] {
  const nodes = nodeVectors(spec);
  if (nodes.length === 0) return [];
  const findings: Finding[] = [];
  const capacity = resourceVector(spec.capacity);
  for (const [resource, limit] of Object.entries(capacity)) {
    const has = nodes.reduce((sum, node) => sum + (node[resource] ?? Infinity), 0);
    if (fits(limit, has)) continue;
    const [wanted, together] = toldApart(limit, has, (value, digits) => bareAmount(resource, value, digits));
    const params = { resource, capacity: wanted, nodes: together };
    findings.push(finding('BERTH2011', ['spec', 'capacity', resource], params));
  }
  spec.jobs.forEach((job, i) => {
    const takes = Object.entries(resourceVector(job.resources));
    const most = (resource: string): number =>
      nodes.reduce((max, node) => Math.max(max, node[resource] ?? Infinity), 0);
    const hasRoom = (node: ResourceVector): boolean =>
      takes.every(([resource, amount]) => fits(amount, node[resource] ?? Infinity));
    // What even the whole cluster has not is said of the cluster.
    if (nodes.some(hasRoom) || !hasRoom(capacity)) return;
    const path = ['spec', 'jobs', i, 'resources'];
    const short = takes.find(([resource, amount]) => !fits(amount, most(resource)));
    if (short === undefined) {
      const all = listOf(takes.map(([resource, amount]) => resourceAmount(resource, amount)));
      findings.push(finding('BERTH2010', path, { job: job.name, takes: all, resource: '', most: '' }));
      return;
    }
    const [resource, amount] = short;
    const [needs, has] = toldApart(amount, most(resource), (value, digits) => bareAmount(resource, value, digits));
    findings.push(finding('BERTH2010', [...path, resource], { job: job.name, takes: needs, resource, most: has }));
  });
  return findings;
}

/** What no allocation can mend: a replica that fits nowhere, an SLO below the processing time, a maximum that is too low. */
function unreachable(spec: InferenceCluster, jobs: readonly Job[], capacity: ResourceVector): Finding[] {
  const findings: Finding[] = [];
  const models = specModels(spec);
  jobs.forEach((job, i) => {
    const path = ['spec', 'jobs', i];
    if (!hasTraffic(spec.jobs[i]!)) findings.push(finding('BERTH2012', [...path, 'workload'], { job: job.name }));
    for (const [resource, limit] of Object.entries(capacity)) {
      const need = demandPerReplica(job, resource);
      if (fits(need, limit)) continue;
      const [takes, has] = toldApart(need, limit, (value, digits) => bareAmount(resource, value, digits));
      const params = { job: job.name, resource, need: takes, capacity: has };
      findings.push(finding('BERTH2003', [...path, 'resources', resource], params));
    }
    const slo = formatQuantity(job.sloMs, 'duration');
    const needed = replicasForSlo(job, models);
    if (job.sloMs < job.processingMs) {
      const processingTime = formatQuantity(job.processingMs, 'duration');
      const enough = formatQuantity(4 * job.processingMs, 'duration');
      const suggestion = {
        path: [...path, 'slo', 'latency'],
        value: enough,
        title: `Allow ${enough}, four times the processing time`,
      };
      findings.push(
        finding('BERTH2002', [...path, 'slo', 'latency'], { job: job.name, slo, processingTime }, [suggestion]),
      );
    } else if (needed === 'never') {
      findings.push(finding('BERTH2005', [...path, 'slo', 'latency'], { job: job.name, slo, limit: '' }));
    } else if (needed > job.maxReplicas && !limitedByCapacity(spec.jobs[i]!, spec)) {
      const limit = `replicas.max ${job.maxReplicas}`;
      const suggestion = { path: [...path, 'replicas', 'max'], value: needed, title: `Allow ${needed} replicas` };
      const suggestions = needed > MOST_REPLICAS ? [] : [suggestion];
      findings.push(
        finding('BERTH2005', [...path, 'slo', 'latency'], { job: job.name, slo, limit, needed }, suggestions),
      );
    }
  });
  return findings;
}

function hasTraffic({ workload }: InferenceJob): boolean {
  return workload.type === 'rate' ? workload.rate > 0 : workload.requestsPerMinute.some((count) => count > 0);
}

/** The smallest capacity that meets every SLO which some capacity can meet. */
interface Sufficient {
  /** Jobs whose SLO some capacity meets. */
  readonly within: readonly string[];
  /** For these, and the least of all others; null where there are none. */
  readonly capacity: ResourceVector | null;
}

function sufficient(
  spec: InferenceCluster,
  jobs: readonly Job[],
  previews: readonly JobPreview[],
  capacity: ResourceVector,
): Sufficient {
  const within = jobs
    .map((job, i) => (limitedByCapacity(spec.jobs[i]!, spec) ? { ...job, maxReplicas: Infinity } : job))
    .filter((job, i) => (previews[i]!.needed ?? Infinity) <= job.maxReplicas && previews[i]!.needed !== null);
  const enough = smallestCapacityForSlos(within, Object.keys(capacity), specModels(spec));
  if (enough.kind === 'never' || within.length === 0) return { within: [], capacity: null };
  // Jobs that no capacity helps keep the least they can have.
  const kept = new Set(within.map((job) => job.name));
  const beyond = jobs.filter((job) => !kept.has(job.name));
  const amounts = Object.entries(enough.capacity).map(([resource, amount]) => [
    resource,
    beyond.reduce((sum, job) => sum + demandPerReplica(job, resource) * job.minReplicas, amount),
  ]);
  return { within: [...kept], capacity: Object.fromEntries(amounts) as ResourceVector };
}

/** The same for people: `All ten SLOs need a capacity of 31 replicas.` */
function enoughInWords(
  { within, capacity }: Sufficient,
  previews: readonly JobPreview[],
  unit: string,
): InferencePreview['enough'] {
  const beyond = previews.filter(({ name }) => !within.includes(name));
  const never = beyond.map(({ name }) => name);
  const needs =
    capacity &&
    listOf(
      Object.entries(capacity).map(([resource, amount]) => resourceAmount(resource, amount)),
      4,
    );
  const one = previews.length === 1;
  const words = ((): string => {
    if (never.length === 0) return `${allSlos(previews.length)} ${one ? 'needs' : 'need'} a capacity of ${needs}.`;
    const [first] = beyond;
    const why =
      beyond.length > 1 || first === undefined || first.needed === null
        ? ''
        : `, which may have ${figureOf(first.max, 'replica')} and needs ${first.needed}`;
    const none = one ? 'No capacity meets the SLO' : `No capacity meets the SLO of ${listOf(never)}`;
    if (needs === null) return `${none}${why}.`;
    return `${none}${why}; the smallest that meets ${within.length === 1 ? `that of ${within[0]}` : 'all others'} is ${needs}.`;
  })();
  return { amount: capacity?.[unit] ?? null, never, words };
}

/** SLOs that this capacity misses although more of it would meet them: one note at the capacity, not one per job. */
function missed(enough: Sufficient, previews: readonly JobPreview[], capacity: ResourceVector): Finding[] {
  const late = enough.within.filter((name) => previews.some((job) => job.name === name && job.slack < 0));
  if (late.length === 0 || enough.capacity === null) return [];
  const short = Object.entries(enough.capacity).filter(([resource, amount]) => !fits(amount, capacity[resource]!));
  const shortage = short[0];
  if (shortage === undefined) return []; // there is room: the objective prefers it so
  const told = short.map(([resource, amount]) =>
    toldApart(amount, capacity[resource]!, (value, digits) => resourceAmount(resource, value, digits)),
  );
  const params = {
    capacity: listOf(told.map(([, has]) => has)),
    needed: listOf(told.map(([needs]) => needs)),
    missed: late,
  };
  const [resource, amount] = shortage;
  return [finding('BERTH2007', ['spec', 'capacity', resource], params, [raiseCapacity(resource, amount)])];
}

/** A value in the text that has room for an amount. */
function raiseCapacity(resource: string, amount: number): Suggestion {
  const value = resourceText(resource, amount);
  const one = resource !== 'cpu' && value === 1 ? resource.slice(0, -1) : resource;
  const unit = resource === 'memory' ? '' : ` ${one}`;
  return { path: ['spec', 'capacity', resource], value, title: `Raise the capacity to ${value}${unit}` };
}

/**
 * Replicas that would still fit and would serve a job better that misses its SLO: left out, since the objective prefers the jobs
 * to be alike. 0 where nothing is left that would help.
 */
function idle(
  jobs: readonly Job[],
  previews: readonly JobPreview[],
  steps: readonly Marginal[],
  allocation: Allocation,
  capacity: ResourceVector,
): number {
  const room = (job: Job): number =>
    Math.min(
      ...Object.entries(capacity).flatMap(([resource, limit]) => {
        const each = demandPerReplica(job, resource);
        return each > 0 ? [Math.floor((limit - allocation.used[resource]!) / each + 1e-9)] : [];
      }),
    );
  return Math.max(
    0,
    ...jobs.map((job, i) => (previews[i]!.slack < 0 && (steps[i]!.more?.utilityChange ?? 0) > 0 ? room(job) : 0)),
  );
}

function sentence(
  spec: InferenceCluster,
  jobs: readonly JobPreview[],
  allocation: Allocation,
  load: PlanningLoad,
  idleReplicas: number,
): string {
  const unit = capacityUnit(spec);
  const of = `${bareAmount(unit, allocation.used[unit] ?? 0)} of ${resourceAmount(unit, resourceVector(spec.capacity)[unit] ?? 0)}`;
  const when =
    load.minute === null
      ? ''
      : ` at the trace's busiest ${load.minutes === 1 ? 'minute' : `${load.minutes} minutes`} (from minute ${load.minute})`;
  const misses = jobs.filter((job) => job.slack < 0);
  const tightest = jobs.reduce((least, job) => (job.slack < least.slack ? job : least), jobs[0]!);
  if (misses.length > 0) {
    const who = listOf(misses.map((job) => job.name));
    const be = misses.length === 1 ? 'is' : 'are';
    const how =
      misses.length === jobs.length
        ? allSlos(jobs.length)
        : `${capitalised(word(misses.length))} of ${countOf(jobs.length, 'SLO')}`;
    const left =
      idleReplicas === 0
        ? ''
        : `; ${spec.objective} leaves room for ${figureOf(idleReplicas, 'replica')} idle, since using it would set the jobs further apart`;
    return `${how} ${be} missed with ${of}${when}: ${who}${left}.`;
  }
  const be = jobs.length === 1 ? 'is' : 'are';
  const slack =
    jobs.length === 1
      ? `the slack is ${percent(tightest.slack)}`
      : `${tightest.name} has the least slack: ${percent(tightest.slack)}`;
  return `${allSlos(jobs.length)} ${be} met with ${of}${when}; ${slack}.`;
}

/** `The SLO`, `Both SLOs`, `All ten SLOs`. */
function allSlos(count: number): string {
  if (count === 1) return 'The SLO';
  return count === 2 ? 'Both SLOs' : `All ${countOf(count, 'SLO')}`;
}

/** The resource that the capacity is counted in: replicas where they are named, else the first named. */
export function capacityUnit(spec: InferenceCluster): string {
  const names = Object.keys(resourceVector(spec.capacity));
  return names.includes('replicas') ? 'replicas' : (names[0] ?? 'replicas');
}

/** `12 replicas`, `4.5 cpu`, `8Gi of memory`. */
function resourceAmount(resource: string, amount: number, digits = 3): string {
  const bare = bareAmount(resource, amount, digits);
  if (resource === 'memory') return `${bare} of memory`;
  if (resource === 'cpu') return `${bare} cpu`;
  return figureOf(amount, resource === 'accelerators' ? 'accelerator' : 'replica');
}

/** The amount alone: replicas are counted to the last, the rest has a few digits. */
function bareAmount(resource: string, amount: number, digits = 3): string {
  if (resource === 'memory') return formatQuantity(amount, 'size', { digits });
  return Number.isInteger(amount) ? `${amount}` : `${Number(amount.toPrecision(digits))}`;
}

/** An amount as the spec writes it, rounded up so that what needs it fits. */
function resourceText(resource: string, amount: number): string | number {
  if (resource === 'memory')
    return amount < 2 ** 30 ? `${Math.ceil(amount / 2 ** 20)}Mi` : `${Math.ceil((amount / 2 ** 30) * 100) / 100}Gi`;
  return resource === 'cpu' ? Math.ceil(amount * 1000 - 1e-6) / 1000 : Math.ceil(amount);
}
