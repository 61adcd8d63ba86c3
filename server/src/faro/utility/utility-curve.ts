import type { Job } from '../job.ts';
import { defaultLatencyModel, latencyCurveMs, percentileLatencyMs } from './mdc-latency.ts';
import type { LatencyModel } from './mdc-latency.ts';
import { defaultUtilityShape, utilityOf } from './utility.ts';
import type { UtilityShape } from './utility.ts';
import { addToReal, realAt } from '../../numeric/at.ts';

/** The models a job is judged by; Faro's own where nothing is said. */
export interface UtilityModels {
  readonly latencyModel?: LatencyModel;
  readonly utilityShape?: UtilityShape;
}

/** New replicas serve nothing during the first `bins` of the horizon: until then the job has its `current` ones. */
export interface StartUp {
  readonly bins: number;
  readonly current: number;
}

/** One point of a job's utility curve. */
export interface UtilityPoint {
  readonly replicas: number;
  /** The percentile latency in the busiest bin, in milliseconds. */
  readonly latencyMs: number;
  /** Mean over the bins, in [0, 1]. */
  readonly utility: number;
}

/**
 * Utilities of a job at 0, 1, …, maxReplicas replicas: the mean over the bins of its horizon. Never decreasing.
 *
 * With `startUp`, the first bins of an increase are judged with the replicas that run now (cold start, section 2.5 of the
 * reference). Cost O(bins · maxReplicas) past the overloaded part of each bin.
 */
export function utilityTable(
  job: Job,
  maxReplicas: number,
  models: UtilityModels = {},
  startUp?: StartUp,
): Float64Array {
  const latencyModel = models.latencyModel ?? defaultLatencyModel;
  const shape = models.utilityShape ?? defaultUtilityShape;
  const table = new Float64Array(maxReplicas + 1);
  const bins = job.ratesPerSecond.length;
  if (bins === 0) return table.fill(1);
  job.ratesPerSecond.forEach((ratePerSecond, bin) => {
    const { processingMs, percentile, sloMs } = job;
    const latencies = latencyCurveMs({ ratePerSecond, processingMs, percentile }, maxReplicas, latencyModel);
    const serving = startUp !== undefined && bin < startUp.bins ? Math.min(startUp.current, maxReplicas) : maxReplicas;
    for (let c = 0; c <= serving; c++) addToReal(table, c, utilityOf(realAt(latencies, c), sloMs, shape));
    if (serving === maxReplicas) return;
    const utility = utilityOf(realAt(latencies, serving), sloMs, shape);
    for (let c = serving + 1; c <= maxReplicas; c++) addToReal(table, c, utility);
  });
  // Utilities of 1 in every bin must stay exactly 1, and rounding must not make more replicas look worse.
  let least = 0;
  for (let c = 0; c <= maxReplicas; c++) {
    least = Math.max(realAt(table, c) / bins, least);
    table[c] = least;
  }
  return table;
}

/** The curve that an editor draws: utility and latency at 1, …, maxReplicas replicas. */
export function utilityCurve(job: Job, maxReplicas: number, models: UtilityModels = {}): UtilityPoint[] {
  const table = utilityTable(job, maxReplicas, models);
  const busiest = latencyCurveMs(busiestBin(job), maxReplicas, models.latencyModel);
  const points: UtilityPoint[] = [];
  for (let replicas = 1; replicas <= maxReplicas; replicas++) {
    points.push({ replicas, latencyMs: realAt(busiest, replicas), utility: realAt(table, replicas) });
  }
  return points;
}

/** The percentile latency of a job in its busiest bin on this many replicas, in milliseconds. */
export function jobLatencyMs(job: Job, replicas: number, models: UtilityModels = {}): number {
  return percentileLatencyMs(busiestBin(job), replicas, models.latencyModel);
}

/**
 * The smallest number of replicas with which the estimated latency meets the SLO in every bin, regardless of the job's own
 * maximum; `never` where one request alone takes longer than the SLO, no request may be over it (percentile 100), or the
 * traffic has no bound.
 */
export function replicasForSlo(job: Job, models: UtilityModels = {}): number | 'never' {
  const question = busiestBin(job);
  const meets = (replicas: number): boolean =>
    percentileLatencyMs(question, replicas, models.latencyModel) <= job.sloMs;
  if (meets(0)) return 0;
  const isQueue = (models.latencyModel ?? defaultLatencyModel).kind !== 'upperBound';
  if (isQueue && !(job.processingMs <= job.sloMs && job.percentile < 100)) return 'never';
  if (!(job.sloMs > 0 && question.ratePerSecond < Infinity)) return 'never';
  // Latency falls with every replica, down to the processing time (or to nothing, by the upper bound): it will be met.
  let high = 1;
  while (!meets(high)) high *= 2;
  let low = high >> 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meets(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function busiestBin(job: Job): { ratePerSecond: number; processingMs: number; percentile: number } {
  const ratePerSecond = job.ratesPerSecond.reduce((max, rate) => (rate > max ? rate : max), 0);
  return { ratePerSecond, processingMs: job.processingMs, percentile: job.percentile };
}
