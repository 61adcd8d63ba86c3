import { lowerStatesRatio, probabilityFromRatio, waitFromProbability, waitPercentile } from './erlang-c.ts';

/**
 * How latency is estimated from load.
 * - `mdc`: percentile of an M/D/c queue; above `rhoMax` of the servers' capacity it grows linearly instead of jumping to
 *   infinity, so that an optimiser still sees which way is better under overload.
 * - `mmc`: the same with the waiting of an M/M/c queue, for service times that vary: twice as long.
 * - `upperBound`: all requests of a second arrive at once and are served one after the other.
 */
export type LatencyModel = { readonly kind: 'mdc' | 'mmc'; readonly rhoMax: number } | { readonly kind: 'upperBound' };

/** The model of Faro's experiments. */
export const defaultLatencyModel: LatencyModel = { kind: 'mdc', rhoMax: 0.95 };

/** The load on c servers of one job and what is asked of it. */
export interface LatencyQuestion {
  /** Requests per second; what is not above 0 counts as no traffic. */
  readonly ratePerSecond: number;
  /** Milliseconds of one request on one replica. */
  readonly processingMs: number;
  /** 0 < percentile < 100. */
  readonly percentile: number;
}

/**
 * Percentile latency in milliseconds on `replicas` servers (Faro, arXiv 2409.19488, section on latency estimation).
 *
 * The M/D/c percentile is the processing time plus half of the M/M/c waiting percentile: deterministic service halves the
 * waiting. Without traffic it is the processing time; without replicas but with traffic it is infinite.
 * `replicas` may be fractional (see {@link waitPercentile}). Cost O(replicas).
 */
export function percentileLatencyMs(
  question: LatencyQuestion,
  replicas: number,
  model: LatencyModel = defaultLatencyModel,
): number {
  const { ratePerSecond, processingMs, percentile } = question;
  if (model.kind === 'upperBound') return upperBoundMs(ratePerSecond, processingMs, replicas);
  const offeredLoad = (ratePerSecond * processingMs) / 1000;
  if (!(offeredLoad > 0)) return processingMs;
  if (replicas <= 0) return Infinity;
  if (offeredLoad > model.rhoMax * replicas) return processingMs * relaxed(offeredLoad, replicas, percentile, model);
  return processingMs * (1 + waitPercentile(offeredLoad, replicas, percentile) * waitShare(model));
}

/**
 * {@link percentileLatencyMs} for 0, 1, …, maxReplicas replicas at once.
 *
 * The Erlang ratio is carried along from c to c + 1, and the curve is flat once the percentile no longer waits, so the
 * whole costs little more than its overloaded part. Never increasing.
 */
export function latencyCurveMs(
  question: LatencyQuestion,
  maxReplicas: number,
  model: LatencyModel = defaultLatencyModel,
): Float64Array {
  const { ratePerSecond, processingMs, percentile } = question;
  const curve = new Float64Array(maxReplicas + 1);
  if (model.kind === 'upperBound') {
    for (let c = 0; c <= maxReplicas; c++) curve[c] = upperBoundMs(ratePerSecond, processingMs, c);
    return curve;
  }
  const offeredLoad = (ratePerSecond * processingMs) / 1000;
  if (!(offeredLoad > 0)) return curve.fill(processingMs);
  const share = waitShare(model);
  let before = Infinity;
  curve[0] = before;
  let ratio = -1;
  for (let c = 1; c <= maxReplicas; c++) {
    let latency: number;
    if (offeredLoad > model.rhoMax * c) latency = processingMs * relaxed(offeredLoad, c, percentile, model);
    else if (offeredLoad >= c) latency = Infinity;
    else {
      ratio = ratio < 0 ? lowerStatesRatio(offeredLoad, c) : (c / offeredLoad) * (1 + ratio);
      const probability = probabilityFromRatio(ratio, offeredLoad, c);
      const wait = waitFromProbability(probability, offeredLoad, c, percentile);
      if (wait === 0) return curve.fill(processingMs, c);
      latency = processingMs * (1 + wait * share);
    }
    // The model never rises with c; rounding in the last digit might, and the allocators rely on the order.
    before = Math.min(latency, before);
    curve[c] = before;
  }
  return curve;
}

/** A queue whose waiting is estimated. */
export type QueueModel = Exclude<LatencyModel, { readonly kind: 'upperBound' }>;

/** What of the waiting in an M/M/c queue a model counts: deterministic service halves it. */
export function waitShare({ kind }: QueueModel): number {
  return kind === 'mdc' ? 0.5 : 1;
}

/** Latency beyond rhoMax, in processing times: that of the largest stable rate, scaled up by the overload. */
function relaxed(offeredLoad: number, replicas: number, percentile: number, model: QueueModel): number {
  const stableLoad = model.rhoMax * replicas;
  return (1 + waitPercentile(stableLoad, replicas, percentile) * waitShare(model)) * (offeredLoad / stableLoad);
}

function upperBoundMs(ratePerSecond: number, processingMs: number, replicas: number): number {
  if (!(ratePerSecond > 0)) return 0;
  return replicas <= 0 ? Infinity : (ratePerSecond / replicas) * processingMs;
}
