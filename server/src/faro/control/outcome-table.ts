import { minuteArrivals } from '../simulator/arrivals.ts';
import { JobLane } from '../simulator/job-lane.ts';
import type { Admission } from '../simulator/admission.ts';
import { percentileOf } from '../simulator/percentile.ts';
import { randomStream } from '../simulator/random-stream.ts';
import { lognormalTimes } from '../simulator/service-time.ts';
import { effectiveUtility } from '../utility/drop-penalty.ts';
import { utilityOf } from '../utility/utility.ts';

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

/** Load per replica is tabulated in these steps, up to the highest. */
const [loadStep, highestLoad] = [0.05, 2.5];
/** Requests that are simulated for an entry, in so many minutes at least and at most. */
const [simulatedRequests, fewestMinutes, mostMinutes] = [30_000, 5, 60];
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
  readonly #rows: (MinuteOutcome | undefined)[][] = [];

  constructor(shape: QueueShape) {
    this.#shape = shape;
  }

  at(load: number, replicas: number): MinuteOutcome {
    if (!(load > 0)) return noLoss;
    if (replicas <= 0) return allLost;
    const position = Math.min(load / replicas, highestLoad) / loadStep;
    const cell = Math.floor(position);
    const share = position - cell;
    const [below, above] = [this.#entry(cell, replicas), this.#entry(cell + 1, replicas)];
    return {
      violations: below.violations + share * (above.violations - below.violations),
      lostUtility: below.lostUtility + share * (above.lostUtility - below.lostUtility),
    };
  }

  #entry(cell: number, replicas: number): MinuteOutcome {
    const row = (this.#rows[replicas] ??= []);
    return (row[cell] ??= cell === 0 ? noLoss : simulatedOutcome(this.#shape, cell * loadStep * replicas, replicas));
  }
}

/** Tables of shapes that were met before: jobs that are alike share one, and so do runs. */
const tables = new Map<string, OutcomeTable>();
const mostTables = 500;

/** The table of the nearest shape of a grid (6 % in slack, 0.1 in variation, 0.2 in the time after which is shed). */
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

function simulatedOutcome(shape: QueueShape, load: number, replicas: number): MinuteOutcome {
  const { slack, variation, percentile, admission } = shape;
  const perMinute = Math.round((load * 60) / serviceSeconds);
  const minutes = Math.max(fewestMinutes, Math.min(mostMinutes, Math.ceil(simulatedRequests / perMinute)));
  const counts = Array.from({ length: minutes }, (_, minute) => (minute % quietEvery === 0 ? 0 : perMinute));
  const { times, minuteStarts } = minuteArrivals(counts, randomStream(1, 'outcome arrivals'));
  const sigma = Math.sqrt(Math.log(1 + variation * variation));
  const scaleMs = 1000 * serviceSeconds * Math.exp((-sigma * sigma) / 2);
  const lane = new JobLane({
    arrivals: times,
    serviceSeconds: lognormalTimes(
      { kind: 'lognormal', shiftMs: 0, scaleMs, sigma },
      randomStream(1, 'outcome service'),
    ),
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
    const bin = lane.latencies.slice(minuteStarts[minute], minuteStarts[minute + 1]);
    const answered = bin.filter((latency) => latency !== Infinity);
    const utility = answered.length === 0 ? 0 : utilityOf(percentileOf(answered, percentile), slo);
    violations += bin.reduce((over, latency) => over + (latency > slo ? 1 : 0), 0) / bin.length;
    lostUtility += 1 - effectiveUtility(utility, 1 - answered.length / bin.length);
    judged++;
  }
  return { violations: violations / judged, lostUtility: lostUtility / judged };
}
