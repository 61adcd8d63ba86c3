import { allocate } from '../allocation/allocation.ts';
import type { Allocation, AllocationProblem, MinimaExceedCapacity } from '../allocation/allocation.ts';
import type { Objective } from '../allocation/objective.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import { amountOf, usedResources } from '../job.ts';
import type { Job } from '../job.ts';
import { jobLatencyMs } from '../utility/utility-curve.ts';
import type { UtilityModels } from '../utility/utility-curve.ts';
import { minima } from './baselines.ts';
import { expectedRates } from './expected-rates.ts';
import { hybrid } from './hybrid.ts';
import type { HybridState, HybridTimes } from './hybrid.ts';
import { predictiveTrials } from './mark.ts';
import type { Observation } from './observation.ts';
import type { ClusterDeclaration, RouterSettings, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';
import { fewestNow, isAsleep } from './sleep.ts';
import { itemAt } from '../../numeric/at.ts';

/** How Faro decides; the defaults of its experiments are {@link defaultFaroOptions}. */
export interface FaroOptions extends HybridTimes {
  readonly objective: Objective;
  /** Absent: what came since the last step is expected to come again. */
  readonly forecaster?: Forecaster;
  readonly horizonMinutes: number;
  /** The quantile of the forecast that is planned for. */
  readonly quantile: number;
  /** Whether the quantile is raised as long as capacity is left (reference, section 5.5). */
  readonly adaptsQuantile: boolean;
  /** From the decision to add a replica until it serves, as the optimiser counts. */
  readonly coldStartSeconds: number;
  readonly isReactive: boolean;
  readonly models?: UtilityModels;
  /** How the optimum is searched for, and what a change costs; exactly and nothing where absent. */
  readonly search?: Pick<AllocationProblem, 'solver' | 'groups' | 'changePenalty' | 'drops' | 'shrinks'>;
}

/** Those of Faro's simulations. */
export const defaultFaroOptions = {
  intervalSeconds: 300,
  reactiveIntervalSeconds: 10,
  firstAllocationSeconds: 60,
  horizonMinutes: 7,
  quantile: 0.6,
  adaptsQuantile: false,
  coldStartSeconds: 65,
  isReactive: true,
} as const satisfies Omit<FaroOptions, 'objective'>;

/**
 * Faro (arXiv 2409.19488; reference, sections 5 to 7): every interval the whole capacity is shared anew so that the objective
 * over the forecast is largest; in between, a job over its SLO gets one replica more.
 */
export function faro(cluster: ClusterDeclaration, options: FaroOptions): ScalingPolicy<HybridState> {
  const { jobs } = cluster;
  return hybrid({
    name: 'faro',
    jobs,
    times: options,
    isReactive: options.isReactive,
    initialReplicas: minima(jobs),
    predictive(observation, lastStepSeconds) {
      const plan = planWithin(cluster, options, observation, lastStepSeconds);
      const forecasts = plan.rates.map((rate) => rate?.map((perSecond) => perSecond * 60));
      if (plan.allocation.kind === 'minimaExceedCapacity') return { requests: [], forecasts, problem: plan.allocation };
      const { replicas } = plan.allocation;
      const requests = plan.jobs.flatMap((job, i): ScalingRequest[] => {
        const to = itemAt(replicas, i);
        if (to === itemAt(observation.jobs, i).target) return [];
        return [
          {
            job: i,
            to: { replicas: to },
            trials: predictiveTrials,
            cause: 'forecast',
            reason: reasonFor(job, to, options),
          },
        ];
      });
      // As in the reference, a job's drops change together with its replicas.
      const routers = plan.allocation.acceptRates.map((acceptRate, i): RouterSettings | undefined =>
        replicas[i] === itemAt(observation.jobs, i).target ? undefined : { acceptRate },
      );
      return { requests, forecasts, routers };
    },
  });
}

interface Plan {
  readonly rates: readonly (readonly number[] | undefined)[];
  readonly jobs: readonly Job[];
  readonly allocation: Allocation | MinimaExceedCapacity;
  readonly hasForecast: boolean;
}

/** The allocation for the wanted quantile, or the last higher one that still leaves capacity. */
function planWithin(
  cluster: ClusterDeclaration,
  options: FaroOptions,
  observation: Observation,
  lastStepSeconds: number | null,
): Plan {
  let plan = planFor(cluster, options, observation, lastStepSeconds, options.quantile);
  if (!options.adaptsQuantile || !plan.hasForecast) return plan;
  let accepted = plan;
  for (let { quantile } = options; quantile < 0.9;) {
    if (plan.allocation.kind === 'minimaExceedCapacity' || !leavesRoom(cluster, plan.allocation.replicas)) break;
    accepted = plan;
    quantile += 0.1;
    // The plan for the last quantile would never be accepted.
    if (quantile < 0.9) plan = planFor(cluster, options, observation, lastStepSeconds, quantile);
  }
  return accepted;
}

function leavesRoom({ jobs, capacity }: ClusterDeclaration, replicas: readonly number[]): boolean {
  const used = usedResources(jobs, replicas, capacity);
  return Object.entries(capacity).every(([resource, limit]) => limit - amountOf(used, resource) > 1e-9 * limit);
}

function planFor(
  cluster: ClusterDeclaration,
  options: FaroOptions,
  observation: Observation,
  lastStepSeconds: number | null,
  quantile: number,
): Plan {
  const { horizonMinutes, forecaster, objective, coldStartSeconds, models, search } = options;
  const expected = expectedRates(forecaster, observation, lastStepSeconds, horizonMinutes, quantile);
  const jobs = cluster.jobs.map((declaration, i): Job => {
    const rates = expected.rates[i];
    const observed = itemAt(observation.jobs, i);
    if (rates !== undefined && !isAsleep(observed))
      return { ...declaration, minReplicas: fewestNow(declaration, observed), ratesPerSecond: rates };
    // A job of which nothing is known keeps what it was given, and one that sleeps is let sleep.
    const { target } = observed;
    return { ...declaration, minReplicas: target, maxReplicas: target, ratesPerSecond: [] };
  });
  const allocation = allocate({
    jobs,
    capacity: cluster.capacity,
    objective,
    current: observation.jobs.map(({ running }) => running),
    coldStartBins: Math.floor(coldStartSeconds / 60),
    // Faro shrinks: a replica that brings nothing is given back.
    ties: 'fewestReplicas',
    ...(models === undefined ? {} : { models }),
    ...search,
  });
  return { ...expected, jobs, allocation };
}

function reasonFor(job: Job, to: number, { models }: FaroOptions): string {
  const busiest = job.ratesPerSecond.reduce((max, rate) => Math.max(max, rate), 0);
  const latencyMs = jobLatencyMs(job, to, models);
  const latency = Number.isFinite(latencyMs) ? `about ${Math.round(latencyMs)} ms` : 'unbounded';
  const replicas = to === 1 ? '1 replica' : `${to} replicas`;
  return `Up to ${busiest.toFixed(1)} requests/s are expected; with ${replicas} p${job.percentile} is ${latency} (SLO ${Math.round(job.sloMs)} ms).`;
}
