/** InferenceCluster → preview: who gets how many replicas at the busiest time, what that does to latencies, and what is out of reach. */
import { allocate, type Allocation } from '../faro/allocation.ts';
import { planningLoad, resourceVector, specObjective, type PlanningLoad } from '../faro/from-spec.ts';
import { demandPerReplica, fits, type Job, type ResourceVector } from '../faro/job.ts';
import { objectiveValue } from '../faro/objective.ts';
import { jobLatencyMs, replicasForSlo, utilityCurve } from '../faro/utility-curve.ts';
import { gainsMost, marginals, smallestCapacityForSlos, type Marginal } from '../faro/what-if.ts';
import { formatQuantity } from '../spec/quantity.ts';
import type { InferenceCluster, Milliseconds } from '../spec/types.ts';
import { finding, type Finding } from './finding.ts';
import type { InferencePreview, JobPreview, WhatIf } from './model.ts';
import { capitalised, countOf, listOf, percent, three, word } from './words.ts';

export interface InferenceOutcome {
  readonly preview: InferencePreview | null;
  readonly findings: readonly Finding[];
}

/** Points of a curve that are worth drawing. */
const CURVE_POINTS = 40;

/** The spec with what is being tried in the picture. */
export function withWhatIf(spec: InferenceCluster, whatIf: WhatIf): InferenceCluster {
  const { capacityReplicas, sloMs = {} } = whatIf;
  const unit = capacityUnit(spec);
  return {
    ...spec,
    capacity: capacityReplicas === undefined ? spec.capacity : { ...spec.capacity, [unit]: capacityReplicas },
    jobs: spec.jobs.map((job) => {
      const latency = sloMs[job.name];
      return latency === undefined ? job : { ...job, slo: { ...job.slo, latency: latency as Milliseconds } };
    }),
  };
}

/** @returns no preview where the minima alone exceed the capacity: then there is no allocation to show. */
export function previewInference(spec: InferenceCluster, document: number): InferenceOutcome {
  const load = planningLoad(spec);
  const capacity = resourceVector(spec.capacity);
  const findings = unreachable(spec, load.jobs, capacity);
  const problem = { jobs: load.jobs, capacity, objective: specObjective(spec), ties: 'fewestReplicas' as const };
  const allocation = allocate(problem);
  if (allocation.kind === 'minimaExceedCapacity') {
    const { resource, needed, capacity: limit } = allocation;
    const amount = (value: number): string => resourceAmount(resource, value);
    const params = { resource, sum: amount(needed), capacity: amount(limit) };
    const suggestion = {
      path: ['spec', 'capacity', resource],
      value: resourceText(resource, needed),
      title: `Raise the capacity to ${amount(needed)}`,
    };
    return {
      preview: null,
      findings: [...findings, finding('BERTH2001', ['spec', 'capacity', resource], params, [suggestion])],
    };
  }
  const steps = marginals(problem, allocation.replicas);
  const jobs = load.jobs.map((job, i) => jobPreview(job, allocation.replicas[i]!, allocation.utilities[i]!, steps[i]!));
  findings.push(...missed(spec, load.jobs, jobs, capacity));
  const unit = capacityUnit(spec);
  const weights = load.jobs.map((job) => job.weight);
  const preview: InferencePreview = {
    kind: 'InferenceCluster',
    name: spec.name,
    document,
    sentence: sentence(spec, jobs, allocation, load),
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
    jobs,
    replay: null,
  };
  return { preview, findings };
}

function jobPreview(job: Job, replicas: number, utility: number, step: Marginal): JobPreview {
  const needed = replicasForSlo(job);
  const latencyMs = jobLatencyMs(job, replicas);
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
    curve: utilityCurve(job, Math.min(job.maxReplicas, Math.max(CURVE_POINTS, replicas + 1))),
  };
}

/** What no allocation can mend: a replica that fits nowhere, an SLO below the processing time, a maximum that is too low. */
function unreachable(spec: InferenceCluster, jobs: readonly Job[], capacity: ResourceVector): Finding[] {
  const findings: Finding[] = [];
  jobs.forEach((job, i) => {
    const path = ['spec', 'jobs', i];
    for (const [resource, limit] of Object.entries(capacity)) {
      const need = demandPerReplica(job, resource);
      if (fits(need, limit)) continue;
      const params = {
        job: job.name,
        resource,
        need: resourceAmount(resource, need),
        capacity: resourceAmount(resource, limit),
      };
      findings.push(finding('BERTH2003', [...path, 'resources', resource], params));
    }
    const slo = formatQuantity(job.sloMs, 'duration');
    const needed = replicasForSlo(job);
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
    } else if (needed > job.maxReplicas) {
      const written = spec.jobs[i]!.replicas.max === job.maxReplicas;
      const limit = written ? `replicas.max ${job.maxReplicas}` : `${job.maxReplicas} replicas`;
      const suggestion = { path: [...path, 'replicas', 'max'], value: needed, title: `Allow ${needed} replicas` };
      findings.push(
        finding('BERTH2005', [...path, 'slo', 'latency'], { job: job.name, slo, limit, needed }, [suggestion]),
      );
    }
  });
  return findings;
}

/** SLOs that this capacity misses although more of it would meet them: one note at the capacity, not one per job. */
function missed(
  spec: InferenceCluster,
  jobs: readonly Job[],
  previews: readonly JobPreview[],
  capacity: ResourceVector,
): Finding[] {
  const late = previews.filter((job) => job.slack < 0).map((job) => job.name);
  const within = jobs.filter((job, i) => (previews[i]!.needed ?? Infinity) <= job.maxReplicas);
  const enough = smallestCapacityForSlos(within, Object.keys(capacity));
  if (enough.kind === 'never' || !within.some((job) => late.includes(job.name))) return [];
  // Jobs that no capacity helps keep the least they can have.
  const beyond = jobs.filter((job) => !within.includes(job));
  const short = Object.entries(enough.capacity)
    .map(
      ([resource, amount]) =>
        [
          resource,
          beyond.reduce((sum, job) => sum + demandPerReplica(job, resource) * job.minReplicas, amount),
        ] as const,
    )
    .filter(([resource, amount]) => !fits(amount, capacity[resource]!));
  const shortage = short[0];
  if (shortage === undefined) return []; // there is room: the objective prefers it so
  const unit = capacityUnit(spec);
  const params = {
    capacity: resourceAmount(unit, capacity[unit] ?? 0),
    needed: short.map(([resource, amount]) => resourceAmount(resource, amount)).join(' and '),
    missed: within.map((job) => job.name).filter((name) => late.includes(name)),
  };
  const [resource, amount] = shortage;
  const suggestion = {
    path: ['spec', 'capacity', resource],
    value: resourceText(resource, amount),
    title: `Raise the capacity to ${resourceAmount(resource, amount)}`,
  };
  return [finding('BERTH2007', ['spec', 'capacity', resource], params, [suggestion])];
}

function sentence(
  spec: InferenceCluster,
  jobs: readonly JobPreview[],
  allocation: Allocation,
  load: PlanningLoad,
): string {
  const unit = capacityUnit(spec);
  const of = `${three(allocation.used[unit] ?? 0)} of ${resourceAmount(unit, resourceVector(spec.capacity)[unit] ?? 0)}`;
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
      jobs.length === 1
        ? 'The SLO'
        : misses.length === jobs.length
          ? `All ${countOf(jobs.length, 'SLO')}`
          : `${capitalised(word(misses.length))} of ${countOf(jobs.length, 'SLO')}`;
    return `${how.trim()} ${be} missed with ${of}${when}: ${who}.`;
  }
  const all = jobs.length === 1 ? 'The SLO is met' : `All ${countOf(jobs.length, 'SLO')} are met`;
  return `${all} with ${of}${when}; ${tightest.name} has the least slack: ${percent(tightest.slack)}.`;
}

/** The resource that the capacity is counted in: replicas where they are named, else the first named. */
function capacityUnit(spec: InferenceCluster): string {
  const names = Object.keys(resourceVector(spec.capacity));
  return names.includes('replicas') ? 'replicas' : (names[0] ?? 'replicas');
}

function resourceAmount(resource: string, amount: number): string {
  if (resource === 'memory') return formatQuantity(amount, 'size');
  return resource === 'cpu' ? `${three(amount)} cpu` : `${three(amount)} ${amount === 1 ? 'replica' : 'replicas'}`;
}

/** An amount as the spec writes it. */
function resourceText(resource: string, amount: number): string | number {
  if (resource === 'memory') return formatQuantity(amount, 'size');
  return resource === 'cpu' ? Math.ceil(amount * 1000) / 1000 : Math.ceil(amount);
}
