import { minuteArrivals } from '../simulator/arrivals.ts';
import { JobLane } from '../simulator/job-lane.ts';
import type { Admission } from '../simulator/admission.ts';
import { percentileOf } from '../simulator/percentile.ts';
import { randomStream } from '../simulator/random-stream.ts';
import { lognormalTimes } from '../simulator/service-time.ts';
import type { LognormalTime } from '../simulator/service-time.ts';
import { effectiveUtility } from '../utility/drop-penalty.ts';
import { utilityOf } from '../utility/utility.ts';
import { floatAt, lastOf, realAt } from '../../numeric/at.ts';

/** What one minute of traffic is like for a job; both in [0, 1]. */
export interface MinuteOutcome {
  /** Share of the requests over the SLO, those turned away included. */
  readonly violations: number;
  /** 1 - effective utility. */
  readonly lostUtility: number;
}

/** Outcomes of a job's minutes by load and replicas. */
export interface MinuteOutcomes {
  /** @param load arrivals in one mean service time (erlangs). */
  at(load: number, replicas: number): MinuteOutcome;
}

/** A job as its queue sees it, in units of its mean service time. */
export interface QueueShape {
  /** SLO over mean service time. */
  readonly slack: number;
  /** Standard deviation of the service time over its mean. */
  readonly variation: number;
  readonly percentile: number;
  /** Its times count in mean service times, too. That it knows what a minute brings is taken for granted. */
  readonly admission: Omit<Admission, 'expectedPerMinute'>;
}

/** Loads per replica that are tabulated: close together where a little more load makes much of a difference. */
const loads = Float64Array.from([
  ...[0, 0.2, 0.35, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.2],
  ...[1.35, 1.6, 2, 2.5],
]);
const mostLoad = lastOf(loads);
/** Replicas that are tabulated: every number at first, then each about an eighth more than the one before. */
const counts = Float64Array.from(growing(10_000));
/** Requests that are simulated for an entry: many where few are over the SLO, and so many minutes at least and at most. */
const [requestsInCalm, requestsUnderOverload, fewestMinutes, mostMinutes] = [30_000, 8000, 5, 60];
/** Every so many minutes one is quiet: overload comes and goes, and a queue that grows for ever says little of it. */
const quietEvery = 5;
/** Mean service time of the simulation, in seconds: a minute then has about as many requests as minutes have. */
const serviceSeconds = 0.15;

const noLoss: MinuteOutcome = { violations: 0, lostUtility: 0 };
const allLost: MinuteOutcome = { violations: 1, lostUtility: 1 };

/**
 * Simulated outcomes by load and replicas, worked out as they are asked for and then remembered.
 *
 * In place of a queueing formula: how the router hands out, turns away and sheds requests decides as much as the load.
 */
export class OutcomeTable implements MinuteOutcomes {
  readonly #shape: QueueShape;
  readonly #service: LognormalTime;
  readonly #rows: (MinuteOutcome | undefined)[][] = [];

  constructor(shape: QueueShape) {
    this.#shape = shape;
    const sigma = Math.sqrt(Math.log(1 + shape.variation * shape.variation));
    const scaleMs = 1000 * serviceSeconds * Math.exp((-sigma * sigma) / 2);
    this.#service = { kind: 'lognormal', shiftMs: 0, scaleMs, sigma };
  }

  at(load: number, replicas: number): MinuteOutcome {
    if (!(load > 0)) return noLoss;
    if (replicas <= 0) return allLost;
    const perReplica = Math.min(load / replicas, mostLoad);
    const row = lastAtMost(counts, replicas);
    const at = this.#atCount(row, perReplica);
    if (counts[row] === replicas || row + 1 === counts.length) return at;
    return between(
      at,
      this.#atCount(row + 1, perReplica),
      (replicas - realAt(counts, row)) / (realAt(counts, row + 1) - realAt(counts, row)),
    );
  }

  #atCount(row: number, perReplica: number): MinuteOutcome {
    const column = Math.min(loads.length - 2, lastAtMost(loads, perReplica));
    const share = (perReplica - realAt(loads, column)) / (realAt(loads, column + 1) - realAt(loads, column));
    return between(this.#entry(row, column), this.#entry(row, column + 1), share);
  }

  #entry(row: number, column: number): MinuteOutcome {
    const entries = (this.#rows[row] ??= []);
    const replicas = realAt(counts, row);
    return (entries[column] ??=
      column === 0 ? noLoss : simulatedOutcome(this.#shape, this.#service, realAt(loads, column) * replicas, replicas));
  }
}

function between(a: MinuteOutcome, b: MinuteOutcome, share: number): MinuteOutcome {
  return {
    violations: a.violations + share * (b.violations - a.violations),
    lostUtility: a.lostUtility + share * (b.lostUtility - a.lostUtility),
  };
}

/** Index of the last entry of an ascending list that is not above a value, which is not below the first. */
function lastAtMost(list: Float64Array, value: number): number {
  let [low, high] = [0, list.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (realAt(list, middle) <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** 1, 2, …, 8, 9, 11, 13, … up to a number. */
function growing(most: number): number[] {
  const list: number[] = [];
  for (let next = 1; next < most; next = Math.max(next + 1, Math.ceil(next * 1.125))) list.push(next);
  return [...list, most];
}

/** Tables of shapes that were met before: jobs that are alike share one, and so do runs. */
const tables = new Map<string, OutcomeTable>();
const mostTables = 500;

/** The table of the nearest shape of a grid (6 % in slack, 0.1 in variation, 0.2 in the time after which a request is late). */
export function outcomeTable({ slack, variation, percentile, admission }: QueueShape): OutcomeTable {
  const shape: QueueShape = {
    slack: Math.exp(0.06 * Math.round(Math.log(slack) / 0.06)),
    variation: Math.round(variation * 10) / 10,
    percentile,
    admission: { ...admission, lateAfterSeconds: Math.round(admission.lateAfterSeconds * 5) / 5 },
  };
  const key = JSON.stringify([shape, shape.admission.lateAfterSeconds === Infinity]);
  let table = tables.get(key);
  if (table === undefined) {
    if (tables.size >= mostTables) tables.clear();
    table = new OutcomeTable(shape);
    tables.set(key, table);
  }
  return table;
}

function simulatedOutcome(
  { slack, percentile, admission }: QueueShape,
  service: LognormalTime,
  load: number,
  replicas: number,
): MinuteOutcome {
  const perMinute = Math.round((load * 60) / serviceSeconds);
  const requests = load < replicas ? requestsInCalm : requestsUnderOverload;
  const minutes = Math.max(fewestMinutes, Math.min(mostMinutes, Math.ceil(requests / perMinute)));
  const counts = Array.from({ length: minutes }, (_, minute) => (minute % quietEvery === 0 ? 0 : perMinute));
  const { times, minuteStarts } = minuteArrivals(counts, randomStream(1, 'outcome arrivals'));
  const lane = new JobLane({
    arrivals: times,
    serviceSeconds: lognormalTimes(service, randomStream(1, 'outcome service')),
    routerSeconds: () => 0,
    random: randomStream(1, 'outcome turns'),
    admission: {
      ...admission,
      lateAfterSeconds: admission.lateAfterSeconds * serviceSeconds,
      expectedPerMinute: perMinute,
    },
    replicas,
  });
  lane.finish();
  const slo = slack * serviceSeconds;
  let [violations, lostUtility, judged] = [0, 0, 0];
  for (let minute = 0; minute < minutes; minute++) {
    if (counts[minute] === 0) continue;
    let [over, answered] = [0, 0];
    const bin = lane.latencies.subarray(minuteStarts[minute], minuteStarts[minute + 1]);
    const requests = bin.length;
    for (let i = 0; i < requests; i++) {
      const latency = floatAt(bin, i);
      if (latency > slo) over++;
      if (latency < Infinity) bin[answered++] = latency;
    }
    const utility = answered === 0 ? 0 : utilityOf(percentileOf(bin.subarray(0, answered), percentile), slo);
    violations += over / requests;
    lostUtility += 1 - effectiveUtility(utility, 1 - answered / requests);
    judged++;
  }
  return { violations: violations / judged, lostUtility: lostUtility / judged };
}
