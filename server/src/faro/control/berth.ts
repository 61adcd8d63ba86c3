import type { AllocationOptions } from '../allocation/allocation-options.ts';
import { fullWindow } from '../allocation/allocation-options.ts';
import { bindingCapacities, exceededByMinima, replicaRanges } from '../allocation/capacity-reduction.ts';
import { largestSum } from '../allocation/largest-sum.ts';
import { quantileOf } from '../forecast/forecast.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import { hasRoomForOneMore } from '../job.ts';
import type { JobDeclaration } from '../job.ts';
import { referenceAdmission } from '../simulator/admission.ts';
import type { Admission } from '../simulator/admission.ts';
import { minima } from './baselines.ts';
import { isMeasured, trafficHistory } from './observation.ts';
import type { JobObservation, Observation } from './observation.ts';
import { outcomeTable } from './outcome-table.ts';
import type { MinuteOutcomes, QueueShape } from './outcome-table.ts';
import type { ClusterDeclaration, RouterSettings, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';
import { fewestNow, isAsleep } from './sleep.ts';
import { movedTo, patienceSeconds, steadyAtFirst, steadyRange } from './steadiness.ts';
import type { Steadiness, SteadyRange } from './steadiness.ts';
import { nothingServed, serviceMoments, withServed } from './service-estimate.ts';
import type { ServiceEstimate } from './service-estimate.ts';
import { intAt, itemAt } from '../../numeric/at.ts';
import { Matrix } from '../../numeric/matrix.ts';

/**
 * Which requests the routers turn away before they are late.
 * - `none`: none but those that find the queue full.
 * - `bounded`: those that will be late anyway, at most one in a hundred of a job's minute.
 * - `deadline`: all that will be late anyway.
 */
export type Shedding = 'none' | 'bounded' | 'deadline';

/** How `berth` decides. */
export interface BerthOptions {
  readonly shedding: Shedding;
  /** Where absent, or where it says nothing, the present rate is expected to stay. */
  readonly forecaster?: Forecaster;
  readonly horizonMinutes: number;
  readonly lookSeconds: number;
  /** From the decision until a replica serves: on capacity that is free, and on what another job gives up. */
  readonly freeStartSeconds: number;
  readonly moveSeconds: number;
  /** The routers as they are. */
  readonly router: Admission;
  /**
   * Requests that a router hands to a replica before one is answered: with 1, what waits goes to the first replica that is
   * free, and can still be shed.
   */
  readonly concurrency: number;
  /**
   * Whether, where the queue overflows, who is late anyway waits for all others and is turned away in place of newcomers. No
   * request more is turned away for it.
   */
  readonly lateLast: boolean;
  /**
   * What `bounded` may shed of a minute is reckoned on this share of the fewest requests that the forecast holds possible,
   * until more have come. What is late at the beginning of a burst makes all behind it late: to shed it later is in vain.
   */
  readonly reckonedShare: number;
  /** How much each coming minute counts of the one before it: what is far will be decided again. */
  readonly discount: number;
  /** How losses are weighed; {@link weighing} of the shedding where absent. */
  readonly weighing?: Weighing;
  /** Whether what replicas really take counts, or the declared processing time alone. */
  readonly learnsServiceTimes: boolean;
  /** What minutes would be like. */
  readonly outcomes: (shape: QueueShape) => MinuteOutcomes;
}

/** What counts as a loss. */
export interface Weighing {
  /** The share of lost utility in the loss of a minute; the rest are requests over the SLO. */
  readonly utilityShare: number;
  /** What a change of one replica must bring, in minutes of one job lost whole. */
  readonly changeCost: number;
}

/**
 * Chosen on days 9 and 10 of Faro's traces with forecasts learnt from days 1 to 8. Where late requests are shed, too few
 * replicas cost little, so that it pays to move more readily.
 */
export const weighing: Readonly<Record<Shedding, Weighing>> = {
  none: { utilityShare: 0.3, changeCost: 0.01 },
  bounded: { utilityShare: 0.3, changeCost: 0.01 },
  deadline: { utilityShare: 0.05, changeCost: 0.002 },
};

/** The times are those of Faro's cluster, the discount chosen as {@link weighing} was. */
export const defaultBerthOptions: BerthOptions = {
  shedding: 'bounded',
  horizonMinutes: 7,
  lookSeconds: 10,
  freeStartSeconds: 35,
  moveSeconds: 67,
  router: referenceAdmission,
  concurrency: 1,
  lateLast: true,
  reckonedShare: 0.9,
  discount: 0.5,
  learnsServiceTimes: true,
  outcomes: outcomeTable,
};

/** What is remembered; plain data. */
export interface BerthState {
  readonly served: readonly ServiceEstimate[];
  readonly steadiness: readonly Steadiness[];
}

/** Bounded: a little less than one in a hundred, so that one request more would not tip it. */
const shedShares: Readonly<Record<Shedding, number>> = { none: 0, bounded: 0.0095, deadline: 1 };
/** Probability that a minute brings fewer requests than are reckoned with at least. */
const leastProbability = 0.02;

/** The forecast as equally likely cases. */
const caseProbabilities = Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);

/**
 * Berth's own policy: model-predictive control of all jobs at once.
 *
 * At every look it asks, for each job and each number of replicas, what the coming minutes would lose: requests over the SLO
 * and utility, in simulated tables instead of a queueing formula, with the service time learnt from what is served, averaged
 * over the forecast's distribution, the present minute by what has arrived of it. A replica that is added serves when it has
 * started, one that is taken is gone at once; so moves are weighed with what they cost. The replicas are then those with the
 * smallest sum of losses, weighted by priority, that fit the capacity. How often a job is reduced, and how soon, is bounded
 * ({@link steadyRange}).
 */
export function berth(cluster: ClusterDeclaration, options: BerthOptions): ScalingPolicy<BerthState> {
  const { jobs } = cluster;
  const { lookSeconds } = options;
  return {
    name: 'berth',
    lookSeconds,
    firstLookSeconds: lookSeconds,
    initialState: { served: jobs.map(() => nothingServed), steadiness: jobs.map(() => steadyAtFirst) },
    initialReplicas: minima(jobs),
    decide({ served: before, steadiness: steadyBefore }, observation) {
      const served = before.map((estimate, i) => withServed(estimate, itemAt(observation.jobs, i).servedSeconds));
      const exceeded = exceededByMinima(jobs, cluster.capacity);
      if (exceeded !== undefined) {
        const state = { served, steadiness: steadyBefore };
        return { state, requests: [], problem: { kind: 'minimaExceedCapacity', ...exceeded } };
      }
      const delay = startSeconds(cluster, observation, options);
      const prospects = jobs.map((job, i) => prospectOf(job, observation, i, itemAt(served, i), options));
      const routers = prospects.map(({ router }) => router);
      const ranges = rangesOf(cluster, observation, prospects, steadyBefore);
      const replicas = bestReplicas(cluster, observation, prospects, ranges, delay, options);
      const steadiness = ranges.map((range, job) =>
        movedTo(range.steadiness, observation.nowSeconds, itemAt(observation.jobs, job).target, intAt(replicas, job)),
      );
      const requests = jobs.flatMap((_, job): ScalingRequest[] => {
        const { target } = itemAt(observation.jobs, job);
        const to = intAt(replicas, job);
        if (to === target) return [];
        return [
          {
            job,
            to: { replicas: to },
            trials: 1,
            cause: 'forecast',
            reason: reasonFor(itemAt(prospects, job), target, to),
          },
        ];
      });
      const forecasts = prospects.map(({ expected }) => expected);
      return { state: { served, steadiness }, requests, routers, forecasts };
    },
  };
}

/** What a job has before it. */
interface Prospect extends Traffic {
  readonly outcomes: MinuteOutcomes;
  /** Mean service time, in seconds. */
  readonly meanSeconds: number;
  readonly router: RouterSettings;
}

/** What is to come for a job. */
interface Traffic {
  /** Requests per second: by minute, by case. The first minute is what is left of the present one. */
  readonly rates: readonly (readonly number[])[];
  /** Requests expected in each minute; undefined where nothing is known. */
  readonly expected: readonly number[] | undefined;
  /** Fewer requests are hardly to be expected in the minute that has begun. */
  readonly least: number;
}

function prospectOf(
  job: JobDeclaration,
  observation: Observation,
  index: number,
  estimate: ServiceEstimate,
  options: BerthOptions,
): Prospect {
  const declared = job.processingMs / 1000;
  const { mean, deviation } = options.learnsServiceTimes
    ? serviceMoments(estimate, declared)
    : { mean: declared, deviation: 0 };
  const sloSeconds = job.sloMs / 1000;
  const traffic = expectedTraffic(observation, index, options);
  const router = routerSettings(options, sloSeconds - mean - deviation, traffic.least);
  const { expectedPerMinute: _, ...admission } = { ...options.router, ...router };
  const outcomes = options.outcomes({
    slack: sloSeconds / mean,
    variation: deviation / mean,
    percentile: job.percentile,
    admission: { ...admission, lateAfterSeconds: admission.lateAfterSeconds / mean },
  });
  return { outcomes, meanSeconds: mean, router, ...traffic };
}

function routerSettings(
  { shedding, concurrency, reckonedShare, lateLast }: BerthOptions,
  lastChanceSeconds: number,
  least: number,
): RouterSettings {
  return {
    concurrency,
    lateAfterSeconds: Math.max(0, lastChanceSeconds),
    shedShare: shedShares[shedding],
    expectedPerMinute: reckonedShare * least,
    lateLast: lateLast && shedding !== 'deadline',
  };
}

function expectedTraffic(
  observation: Observation,
  index: number,
  { forecaster, horizonMinutes }: BerthOptions,
): Traffic {
  const { arrivalsPerMinute, arrivalsUnderWay, waiting } = itemAt(observation.jobs, index);
  const seconds = observation.nowSeconds % 60;
  const { underWay, ...past } = trafficHistory(observation, index);
  // Ten seconds without a request look like a request or two a minute; after minutes of silence they say nothing new.
  const history = isSilent(itemAt(observation.jobs, index)) || underWay === undefined ? past : { ...past, underWay };
  const forecast = forecaster?.forecast(history, horizonMinutes);
  // Those that wait are yet to be served in the minute.
  const backlog = waiting / 60;
  if (forecast === undefined) {
    const last = arrivalsPerMinute.at(-1);
    const rate = (arrivalsUnderWay + (last ?? 0)) / (seconds + (last === undefined ? 0 : 60));
    if (!(rate >= 0) || (last === undefined && arrivalsUnderWay === 0)) return unknownTraffic;
    const rates = Array.from({ length: horizonMinutes }, (_, minute) => [minute === 0 ? rate + backlog : rate]);
    return { rates, expected: rates.map(() => 60 * rate), least: 0 };
  }
  const cases = caseProbabilities.map((probability) => quantileOf(forecast, probability));
  const rates = forecast.requests.map((_, minute) =>
    cases.map((requests) =>
      minute === 0
        ? Math.max(0, itemAt(requests, 0) - arrivalsUnderWay) / (60 - seconds) + backlog
        : itemAt(requests, minute) / 60,
    ),
  );
  const isKnown = rates.every((each) => each.every((rate) => rate >= 0 && rate < Infinity));
  if (!isKnown) return unknownTraffic;
  return { rates, expected: quantileOf(forecast, 0.5), least: itemAt(quantileOf(forecast, leastProbability), 0) };
}

const unknownTraffic: Traffic = { rates: [], expected: undefined, least: 0 };

/** How long an added replica takes until it serves: less while a replica of some job fits beside what was asked for. */
function startSeconds(
  { jobs, capacity }: ClusterDeclaration,
  { jobs: observed }: Observation,
  { freeStartSeconds, moveSeconds }: BerthOptions,
): number {
  const targets = observed.map(({ target }) => target);
  return hasRoomForOneMore(jobs, targets, capacity) ? freeStartSeconds : moveSeconds;
}

/** Values are whole numbers of this share of a minute lost whole, so that sums are exact. */
const valueUnit = 2 ** -30;
/** No job is given more replicas than keep its load per replica above this, one aside. */
const idleLoad = 0.5;

/** The replicas that each job may be given now. */
function rangesOf(
  { jobs, capacity }: ClusterDeclaration,
  { nowSeconds, jobs: observed }: Observation,
  prospects: readonly Prospect[],
  steadiness: readonly Steadiness[],
): readonly SteadyRange[] {
  return replicaRanges(jobs, capacity).map((range, i): SteadyRange => {
    const job = itemAt(observed, i);
    const { isScaling, target, arrivalsPerMinute } = job;
    const { meanSeconds, expected } = itemAt(prospects, i);
    const before = itemAt(steadiness, i);
    // A change under way cannot be changed, and a job of which nothing is known, or that sleeps, keeps what it has.
    if (isScaling || expected === undefined || isAsleep(job)) return { min: target, max: target, steadiness: before };
    const useful = Math.min(
      range.max,
      Math.ceil((busiestRate(itemAt(prospects, i), job) * meanSeconds) / idleLoad) + 1,
    );
    const min = Math.min(range.max, fewestNow(itemAt(jobs, i), job));
    return steadyRange(before, nowSeconds, target, { min, useful }, isMeasured(arrivalsPerMinute.at(-1)));
  });
}

function isSilent({ idleSeconds }: JobObservation): boolean {
  return idleSeconds >= patienceSeconds;
}

/**
 * Requests per second that replicas are of use for: the most that any case of the forecast holds possible. Of traffic that has not been there
 * for a while only what is more likely than not, in whole requests: a forecast never rules out the last few.
 */
function busiestRate({ rates, expected }: Traffic, observed: JobObservation): number {
  if (isSilent(observed) && expected !== undefined)
    return expected.reduce((max, requests) => Math.max(max, Math.round(requests) / 60), 0);
  return rates.reduce((max, cases) => cases.reduce((high, rate) => Math.max(high, rate), max), 0);
}

function bestReplicas(
  { jobs, capacity }: ClusterDeclaration,
  observation: Observation,
  prospects: readonly Prospect[],
  ranges: readonly SteadyRange[],
  delay: number,
  options: BerthOptions,
): Int32Array {
  const count = ranges.reduce((sum, { min, max }) => sum + max - min + 1, 0);
  const first = new Int32Array(jobs.length + 1);
  const [replicas, value, cost] = [new Int32Array(count), new Float64Array(count), new Float64Array(count)];
  const binding = bindingCapacities(jobs, capacity, ranges);
  const demand = new Matrix(binding.length, count);
  const { changeCost } = options.weighing ?? weighing[options.shedding];
  let at = 0;
  ranges.forEach(({ min, max }, i) => {
    const [{ weight }, observed] = [itemAt(jobs, i), itemAt(observation.jobs, i)];
    const lossOf = lossByReplicas(itemAt(prospects, i), observed, observation.nowSeconds % 60, delay, options);
    // With fewer replicas a queue overflows sooner, and those who are late are set aside sooner: no reason to give one up.
    let least = Infinity;
    for (let held = min; held <= max; held++, at++) {
      const change = Math.abs(held - observed.target);
      replicas[at] = held;
      least = Math.min(least, lossOf(held));
      value[at] = Math.round(-(weight * least + changeCost * change) / valueUnit);
      cost[at] = change;
      binding.forEach((resource, d) => demand.set(d, at, itemAt(resource.demand, i) * held));
    }
    first[i + 1] = at;
  });
  const level = new Float64Array(count);
  const capacities = binding.map((resource) => resource.capacity);
  const all: AllocationOptions = { first, replicas, level, value, cost, demand, capacities, resolution: 1, valueUnit };
  const found = largestSum(all, fullWindow(all));
  return found === undefined
    ? Int32Array.from(observation.jobs, ({ target }) => target)
    : found.picks.map((option) => intAt(replicas, option));
}

/** A coming minute: its rates by case, and what it loses by replicas, as far as that was asked for. */
interface Minute {
  readonly cases: readonly number[];
  readonly losses: number[];
}

/** What the coming minutes lose, in minutes lost whole, by the replicas that are asked for now. */
function lossByReplicas(
  { outcomes, rates, meanSeconds }: Prospect,
  { running, isScaling }: JobObservation,
  second: number,
  delay: number,
  { discount, shedding, weighing: { utilityShare } = weighing[shedding] }: BerthOptions,
): (replicas: number) => number {
  const minutes = rates.map((cases): Minute => ({ cases, losses: [] }));
  const minuteLoss = ({ cases, losses }: Minute, replicas: number): number =>
    (losses[replicas] ??= meanLoss(outcomes, cases, meanSeconds, replicas, utilityShare));
  // A change that is under way is, on average, half done.
  const arrivesIn = isScaling ? delay / 2 : delay;
  return (replicas) => {
    let [loss, begin, counts] = [0, 0, 1];
    let seconds = 60 - second;
    for (const minute of minutes) {
      const without = replicas > running ? Math.max(0, Math.min(seconds, arrivesIn - begin)) / seconds : 0;
      const lost =
        (without > 0 ? without * minuteLoss(minute, running) : 0) + (1 - without) * minuteLoss(minute, replicas);
      loss += counts * (seconds / 60) * lost;
      begin += seconds;
      seconds = 60;
      counts *= discount;
    }
    return loss;
  };
}

function meanLoss(
  outcomes: MinuteOutcomes,
  rates: readonly number[],
  meanSeconds: number,
  replicas: number,
  utilityShare: number,
): number {
  let sum = 0;
  for (const rate of rates) {
    const { violations, lostUtility } = outcomes.at(rate * meanSeconds, replicas);
    sum += (1 - utilityShare) * violations + utilityShare * lostUtility;
  }
  return sum / rates.length;
}

function reasonFor({ rates, meanSeconds, outcomes }: Prospect, from: number, to: number): string {
  const next = rates[1] ?? rates[0] ?? [];
  const mean = next.reduce((sum, rate) => sum + rate, 0) / Math.max(1, next.length);
  const late = (replicas: number): string =>
    `${(100 * meanLoss(outcomes, next, meanSeconds, replicas, 0)).toPrecision(2)} %`;
  return `About ${mean.toFixed(1)} requests/s are expected; ${late(to)} of them over the SLO with ${to}, ${late(from)} with ${from}.`;
}
