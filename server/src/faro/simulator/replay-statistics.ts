import { effectiveUtility } from '../utility/drop-penalty.ts';
import type { JobDeclaration } from '../job.ts';
import { percentileOf, percentileRank, valueAtRank } from './percentile.ts';
import { utilityOf } from '../utility/utility.ts';
import { floatAt, intAt, itemAt } from '../../numeric/at.ts';

/** What became of a job's requests, minute by minute of their arrival. */
export interface ReplaySeries {
  readonly arrivals: readonly number[];
  /** Latency of the answered requests at the job's percentile, in milliseconds; null where none was answered. */
  readonly latencyMs: readonly (number | null)[];
  /** Requests over the SLO, those turned away included. */
  readonly violations: readonly number[];
  /** Requests turned away. */
  readonly drops: readonly number[];
  /** min(1, SLO / percentile latency), a request turned away counting as one that never ends. */
  readonly utility: readonly number[];
}

/** Latencies are kept in single precision: what is over the SLO by no more than their rounding is not over. */
const roundingOfLatencies = 2 ** -22;

/** What became of requests as a whole. */
export interface ReplayTotals {
  /** Mean over the minutes with requests of the share over the SLO. */
  readonly violationRate: number;
  /** 1 - mean utility over the minutes, for a job; summed over the jobs, for a cluster. */
  readonly lostUtility: number;
  /** The same for the utility of answered requests, less the penalty on the share turned away. */
  readonly lostEffectiveUtility: number;
  readonly requests: number;
  readonly failed: number;
  /** Over answered requests; null where none was answered. */
  readonly meanMs: number | null;
  /** Over answered requests; null where none was answered. */
  readonly p99Ms: number | null;
}

/** One job's requests, judged. */
export interface JudgedJob {
  readonly series: ReplaySeries;
  readonly totals: ReplayTotals;
  /** Seconds of the answered requests, in no order. */
  readonly answered: Float32Array;
}

/**
 * Judges one job's requests as the reference does (section 9): by minute of arrival, each minute alike.
 *
 * @param latencies    seconds by request in order of arrival, Infinity for those turned away; used up.
 * @param minuteStarts index of each minute's first request, and their number at the end.
 */
export function judgeJob(job: JobDeclaration, latencies: Float32Array, minuteStarts: Int32Array): JudgedJob {
  const minutes = minuteStarts.length - 1;
  const { sloMs, percentile } = job;
  const lateSeconds = (sloMs / 1000) * (1 + roundingOfLatencies);
  const arrivals: number[] = [];
  const latencyMs: (number | null)[] = [];
  const violations: number[] = [];
  const drops: number[] = [];
  const utility: number[] = [];
  let [violationSum, busyMinutes, lostUtility, lostEffective, seconds, kept] = [0, 0, 0, 0, 0, 0];
  for (let minute = 0; minute < minutes; minute++) {
    const [first, end, keptBefore] = [intAt(minuteStarts, minute), intAt(minuteStarts, minute + 1), kept];
    let late = 0;
    for (let i = first; i < end; i++) {
      const latency = floatAt(latencies, i);
      if (latency > lateSeconds) late++;
      if (latency === Infinity) continue;
      seconds += latency;
      latencies[kept++] = latency;
    }
    const count = end - first;
    const dropped = count - (kept - keptBefore);
    const answered = latencies.subarray(keptBefore, kept);
    const answeredMs = answered.length === 0 ? null : percentileOf(answered, percentile) * 1000;
    // Those turned away come last.
    const wholeMs = dropped === 0 ? (answeredMs ?? 0) : valueAtRank(answered, percentileRank(count, percentile)) * 1000;
    const wholeUtility = utilityOf(wholeMs, sloMs);
    // A minute in which nobody was answered is worth nothing, one without requests is without fault.
    const answeredUtility = answeredMs === null ? 0 : utilityOf(answeredMs, sloMs);
    arrivals.push(count);
    latencyMs.push(answeredMs);
    violations.push(late);
    drops.push(dropped);
    utility.push(wholeUtility);
    if (count === 0) continue;
    lostUtility += 1 - wholeUtility;
    lostEffective += 1 - effectiveUtility(answeredUtility, dropped / count);
    violationSum += late / count;
    busyMinutes++;
  }
  const answered = latencies.subarray(0, kept);
  const totals: ReplayTotals = {
    violationRate: busyMinutes === 0 ? 0 : violationSum / busyMinutes,
    lostUtility: minutes === 0 ? 0 : lostUtility / minutes,
    lostEffectiveUtility: minutes === 0 ? 0 : lostEffective / minutes,
    requests: latencies.length,
    failed: latencies.length - kept,
    meanMs: kept === 0 ? null : (seconds / kept) * 1000,
    p99Ms: kept === 0 ? null : percentileOf(answered, 99) * 1000,
  };
  return { series: { arrivals, latencyMs, violations, drops, utility }, totals, answered };
}

/**
 * The cluster's figures: violations are averaged over the jobs with requests in a minute and then over the minutes, lost
 * utilities are summed over the jobs.
 */
export function clusterTotals(jobs: readonly JudgedJob[]): ReplayTotals {
  const minutes = jobs.reduce((max, { series }) => Math.max(max, series.arrivals.length), 0);
  let [violationSum, busyMinutes] = [0, 0];
  for (let minute = 0; minute < minutes; minute++) {
    const present = jobs.filter(({ series }) => (series.arrivals[minute] ?? 0) > 0);
    if (present.length === 0) continue;
    const rates = present.map(({ series }) => itemAt(series.violations, minute) / itemAt(series.arrivals, minute));
    violationSum += rates.reduce((sum, rate) => sum + rate, 0) / present.length;
    busyMinutes++;
  }
  const sum = (pick: (job: JudgedJob) => number): number => jobs.reduce((all, job) => all + pick(job), 0);
  const answered = new Float32Array(sum((job) => job.answered.length));
  let filled = 0;
  for (const job of jobs) {
    answered.set(job.answered, filled);
    filled += job.answered.length;
  }
  return {
    violationRate: busyMinutes === 0 ? 0 : violationSum / busyMinutes,
    lostUtility: sum(({ totals }) => totals.lostUtility),
    lostEffectiveUtility: sum(({ totals }) => totals.lostEffectiveUtility),
    requests: sum(({ totals }) => totals.requests),
    failed: sum(({ totals }) => totals.failed),
    meanMs: filled === 0 ? null : sum(({ totals, answered: own }) => (totals.meanMs ?? 0) * own.length) / filled,
    p99Ms: filled === 0 ? null : percentileOf(answered, 99) * 1000,
  };
}
