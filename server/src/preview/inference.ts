/** InferenceCluster → preview: who gets how many replicas at the busiest time, what that does to latencies, and what is out of reach. */
import type { Allocation } from '../faro/allocation/allocation.ts';
import { explainAllocation } from '../faro/allocation/explanation.ts';
import { objectiveValue } from '../faro/allocation/objective.ts';
import { gainsMost, marginals, type Marginal } from '../faro/allocation/what-if.ts';
import { planningLoad, resourceVector, specModels, specObjective } from '../faro/from-spec.ts';
import { demandPerReplica, type Job, type ResourceVector } from '../faro/job.ts';
import { planCluster, type AllocationDecision } from '../faro/plan.ts';
import { jobLatencyMs, replicasForSlo, utilityCurve, type UtilityModels } from '../faro/utility/utility-curve.ts';
import type { InferenceCluster } from '../spec/types.ts';
import type { Finding } from '../spec/problems/finding.ts';
import { beyondReach, exceededMinima, missed } from './inference-findings.ts';
import { daySentence, peakSentence, type Peak } from './inference-sentence.ts';
import type { InferencePreview, JobPreview, Reason, ResourcePreview } from './model.ts';
import { reason } from './reason.ts';
import type { ReplayPreview } from './replay.ts';
import { capacityUnit } from './resource-amount.ts';
import { enoughInWords, sufficient } from './sufficient-capacity.ts';
import { limitedByCapacity } from './what-if.ts';

export type InferenceOutcome = { readonly findings: readonly Finding[] } & (
  | { readonly preview: null; readonly peak: null; readonly decision: null }
  | {
      readonly preview: InferencePreview;
      /** What the allocation says, to be joined with what a replay says ({@link withReplay}). */
      readonly peak: Peak;
      readonly decision: AllocationDecision;
    }
);

/** Points of a curve that are worth drawing. */
const CURVE_POINTS = 40;

/** @returns no preview where the minima alone exceed the capacity: then there is no allocation to show. */
export function previewInference(spec: InferenceCluster, document: number): InferenceOutcome {
  const capacity = resourceVector(spec.capacity);
  const planned = planCluster(spec);
  if (planned.kind === 'minimaExceedCapacity') {
    const findings = beyondReach(spec, planningLoad(spec).jobs);
    return {
      preview: null,
      peak: null,
      findings: [...findings, ...exceededMinima(spec, planned, findings)],
      decision: null,
    };
  }
  const { load, problem, allocation, decision } = planned;
  const findings = beyondReach(spec, load.jobs);
  const steps = marginals(problem, allocation.replicas);
  const explained = explainAllocation(problem, allocation.replicas);
  const { marginal } = explained;
  const models = specModels(spec);
  const unit = capacityUnit(spec);
  const jobs = load.jobs.map((job, i) => {
    const why = reason(explained.jobs[i]!, {
      objective: spec.objective,
      marginal,
      jobs: load.jobs.length,
      maxReplicas: job.maxReplicas,
      loss: steps[i]!.less?.objectiveChange,
      limitedByCapacity: limitedByCapacity(spec.jobs[i]!, spec),
    });
    const takes = demandPerReplica(job, unit);
    const shown = jobPreview(job, allocation.replicas[i]!, allocation.utilities[i]!, steps[i]!, why, models);
    const { scaleToZeroAfter } = spec.jobs[i]!.replicas;
    if (scaleToZeroAfter === undefined) return { ...shown, takes };
    return { ...shown, takes, sleep: { afterMs: scaleToZeroAfter, wakesInMs: spec.autoscaler.coldStart } };
  });
  const enough = sufficient(spec, load.jobs, jobs, capacity);
  const weights = load.jobs.map((job) => job.weight);
  const resources = resourcePreviews(load.jobs, allocation.used, capacity, enough.capacity);
  const peak: Peak = {
    jobs,
    tightest: resources[0]!,
    objective: spec.objective,
    idle: idle(load.jobs, jobs, steps, allocation, capacity),
    at: load.minute === null ? null : { minute: load.minute, minutes: load.minutes },
  };
  const preview: InferencePreview = {
    kind: 'InferenceCluster',
    name: spec.name,
    document,
    sentence: peakSentence(peak),
    objective: {
      name: spec.objective,
      value: allocation.objective,
      best: objectiveValue(
        specObjective(spec),
        weights.map(() => 1),
        weights,
      ),
    },
    capacity: {
      replicas: capacity[unit] ?? 0,
      used: allocation.used[unit] ?? 0,
      unit,
      nodes: spec.nodes.length,
      resources,
    },
    neediest: gainsMost(steps)?.job ?? null,
    lastGiven: marginal === undefined ? null : { job: marginal.job, worth: marginal.worthPerReplica },
    enough: enoughInWords(enough, jobs, unit),
    jobs,
    replay: null,
  };
  return { preview, peak, findings: [...findings, ...missed(spec, enough, jobs, capacity)], decision };
}

/** A preview whose load was replayed, with a headline of both. */
export function withReplay(preview: InferencePreview, peak: Peak, replay: ReplayPreview): InferencePreview {
  return { ...preview, sentence: daySentence(peak, replay), replay };
}

function jobPreview(
  job: Job,
  replicas: number,
  utility: number,
  step: Marginal,
  why: Reason,
  models: UtilityModels,
): Omit<JobPreview, 'takes'> {
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

/** Every resource of the capacity, the one of which the largest share is used first. */
function resourcePreviews(
  jobs: readonly Job[],
  used: ResourceVector,
  capacity: ResourceVector,
  enough: ResourceVector | null,
): ResourcePreview[] {
  return Object.entries(capacity)
    .map(([name, limit]) => ({
      name,
      capacity: limit,
      used: used[name] ?? 0,
      enough: enough?.[name] ?? null,
      takes: jobs.map((job) => demandPerReplica(job, name)),
    }))
    .sort((a, b) => b.used / b.capacity - a.used / a.capacity);
}
