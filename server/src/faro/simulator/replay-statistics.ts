import { effectiveUtility } from '../utility/drop-penalty.ts';
import type { JobDeclaration } from '../job.ts';
import { percentileOf } from './percentile.ts';
import { utilityOf } from '../utility/utility.ts';

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

/**
 * Judges one job's requests as the reference does (section 9): by minute of arrival, each minute alike.
 *
 * @param latencies    seconds by request in order of arrival, Infinity for those turned away.
 * @param minuteStarts index of each minute's first request, and their number at the end.
 */
export function jobStatistics(
  job: JobDeclaration,
  latencies: Float32Array,
  minuteStarts: Int32Array,
): { series: ReplaySeries; totals: ReplayTotals } {
  const minutes = minuteStarts.length - 1;
  const arrivals: number[] = [];
  const latencyMs: (number | null)[] = [];
  const violations: number[] = [];
  const drops: number[] = [];
  const utility: number[] = [];
  let [violationSum, busyMinutes, lostUtility, lostEffective] = [0, 0, 0, 0];
  for (let minute = 0; minute < minutes; minute++) {
    const bin = latencies.slice(minuteStarts[minute]!, minuteStarts[minute + 1]!);
    const dropped = bin.reduce((count, latency) => count + (latency === Infinity ? 1 : 0), 0);
    const over = bin.reduce((count, latency) => count + (latency * 1000 > job.sloMs ? 1 : 0), 0);
    const binUtility = bin.length === 0 ? 1 : utilityOf(percentileOf(bin, job.percentile) * 1000, job.sloMs);
    const answered = dropped === 0 ? bin : bin.filter((latency) => latency !== Infinity);
    const answeredMs = answered.length === 0 ? null : percentileOf(answered, job.percentile) * 1000;
    // A minute in which nobody was answered is worth nothing.
    const answeredUtility = answeredMs === null ? 0 : utilityOf(answeredMs, job.sloMs);
    arrivals.push(bin.length);
    latencyMs.push(answeredMs);
    violations.push(over);
    drops.push(dropped);
    utility.push(binUtility);
    lostUtility += 1 - binUtility;
    lostEffective += 1 - (bin.length === 0 ? 1 : effectiveUtility(answeredUtility, dropped / bin.length));
    if (bin.length === 0) continue;
    violationSum += over / bin.length;
    busyMinutes++;
  }
  const answered = latencies.filter((latency) => latency !== Infinity);
  const totals: ReplayTotals = {
    violationRate: busyMinutes === 0 ? 0 : violationSum / busyMinutes,
    lostUtility: minutes === 0 ? 0 : lostUtility / minutes,
    lostEffectiveUtility: minutes === 0 ? 0 : lostEffective / minutes,
    requests: latencies.length,
    failed: latencies.length - answered.length,
    ...answeredLatency(answered),
  };
  return { series: { arrivals, latencyMs, violations, drops, utility }, totals };
}

/**
 * The cluster's figures: violations are averaged over the jobs with requests in a minute and then over the minutes, lost
 * utilities are summed over the jobs.
 */
export function clusterStatistics(
  jobs: readonly { series: ReplaySeries; totals: ReplayTotals; latencies: Float32Array }[],
): ReplayTotals {
  const minutes = jobs.reduce((max, { series }) => Math.max(max, series.arrivals.length), 0);
  let [violationSum, busyMinutes] = [0, 0];
  for (let minute = 0; minute < minutes; minute++) {
    const present = jobs.filter(({ series }) => (series.arrivals[minute] ?? 0) > 0);
    if (present.length === 0) continue;
    const rates = present.map(({ series }) => series.violations[minute]! / series.arrivals[minute]!);
    violationSum += rates.reduce((sum, rate) => sum + rate, 0) / present.length;
    busyMinutes++;
  }
  const sum = (pick: (totals: ReplayTotals) => number): number =>
    jobs.reduce((all, { totals }) => all + pick(totals), 0);
  const answered = new Float32Array(sum((totals) => totals.requests - totals.failed));
  let filled = 0;
  for (const { latencies } of jobs) {
    for (const latency of latencies) if (latency !== Infinity) answered[filled++] = latency;
  }
  return {
    violationRate: busyMinutes === 0 ? 0 : violationSum / busyMinutes,
    lostUtility: sum((totals) => totals.lostUtility),
    lostEffectiveUtility: sum((totals) => totals.lostEffectiveUtility),
    requests: sum((totals) => totals.requests),
    failed: sum((totals) => totals.failed),
    ...answeredLatency(answered),
  };
}

/** Reorders the latencies. */
function answeredLatency(answered: Float32Array): Pick<ReplayTotals, 'meanMs' | 'p99Ms'> {
  if (answered.length === 0) return { meanMs: null, p99Ms: null };
  let seconds = 0;
  for (const latency of answered) seconds += latency;
  return { meanMs: (seconds / answered.length) * 1000, p99Ms: percentileOf(answered, 99) * 1000 };
}
