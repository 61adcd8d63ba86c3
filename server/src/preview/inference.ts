/** InferenceCluster → preview: who gets how many replicas at the busiest time, what that does to latencies, and what is out of reach. */
import { allocate, type Allocation } from '../faro/allocation/allocation.ts';
import { explainAllocation } from '../faro/allocation/explanation.ts';
import { objectiveValue } from '../faro/allocation/objective.ts';
import { gainsMost, marginals, type Marginal } from '../faro/allocation/what-if.ts';
import {
  planningLoad,
  planningProblem,
  resourceVector,
  specModels,
  specObjective,
  type PlanningLoad,
} from '../faro/from-spec.ts';
import { demandPerReplica, type Job, type ResourceVector } from '../faro/job.ts';
import { jobLatencyMs, replicasForSlo, utilityCurve, type UtilityModels } from '../faro/utility/utility-curve.ts';
import type { InferenceCluster } from '../spec/types.ts';
import type { Finding } from '../spec/problems/finding.ts';
import { beyondReach, exceededMinima, missed } from './inference-findings.ts';
import type { InferencePreview, JobPreview, Reason } from './model.ts';
import { reason } from './reason.ts';
import { bareAmount, capacityUnit, resourceAmount } from './resource-amount.ts';
import { allSlos, enoughInWords, sufficient } from './sufficient-capacity.ts';
import { limitedByCapacity } from './what-if.ts';
import { capitalised, countOf, figureOf, listOf, percent, word } from './words.ts';

export interface InferenceOutcome {
  readonly preview: InferencePreview | null;
  readonly findings: readonly Finding[];
}

/** Points of a curve that are worth drawing. */
const CURVE_POINTS = 40;

/** @returns no preview where the minima alone exceed the capacity: then there is no allocation to show. */
export function previewInference(spec: InferenceCluster, document: number): InferenceOutcome {
  const load = planningLoad(spec);
  const capacity = resourceVector(spec.capacity);
  const findings = beyondReach(spec, load.jobs);
  const problem = planningProblem(spec, load.jobs);
  const allocation = allocate(problem);
  if (allocation.kind === 'minimaExceedCapacity')
    return { preview: null, findings: [...findings, ...exceededMinima(spec, allocation, findings)] };
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
    return { ...jobPreview(job, allocation.replicas[i]!, allocation.utilities[i]!, steps[i]!, why, models), takes };
  });
  const enough = sufficient(spec, load.jobs, jobs, capacity);
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
    capacity: { replicas: capacity[unit] ?? 0, used: allocation.used[unit] ?? 0, unit, nodes: spec.nodes.length },
    neediest: gainsMost(steps)?.job ?? null,
    lastGiven: marginal === undefined ? null : { job: marginal.job, worth: marginal.worthPerReplica },
    enough: enoughInWords(enough, jobs, unit),
    jobs,
    replay: null,
  };
  return { preview, findings: [...findings, ...missed(spec, enough, jobs, capacity)] };
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
