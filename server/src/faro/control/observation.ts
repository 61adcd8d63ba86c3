import type { TrafficHistory } from '../forecast/forecast.ts';
import { itemAt } from '../../numeric/at.ts';

/** What was measured of one job. */
export interface JobObservation {
  readonly name: string;
  /** Requests in each complete minute since the start, oldest first; empty while nothing is known, NaN for a minute that was not measured whole. */
  readonly arrivalsPerMinute: readonly number[];
  /** Requests so far in the minute that has begun; NaN where it has not been measured from its beginning. */
  readonly arrivalsUnderWay: number;
  /** Mean latency of the requests that ended in the last 30 s, in milliseconds; null when none did or nothing is known. */
  readonly meanLatencyMs: number | null;
  /** Replicas that serve now. */
  readonly running: number;
  /** Replicas that were last asked for. */
  readonly target: number;
  /** Whether a change of the replicas is under way; until it is done none can begin. */
  readonly isScaling: boolean;
  /** Requests that wait in the router. */
  readonly waiting: number;
  /**
   * How long no request has come and none has been under way, in seconds, and no replica was asked for by one; counted anew from where nothing could be
   * measured.
   */
  readonly idleSeconds: number;
  /** How long replicas worked on each request answered since the last look, in seconds. */
  readonly servedSeconds: readonly number[];
}

/** What a policy is shown at one look. */
export interface Observation {
  /** Time since the control began. */
  readonly nowSeconds: number;
  /** The minute of the day that has begun; NaN where that is not known. */
  readonly minuteOfDay: number;
  /** In the order of the policy's jobs. */
  readonly jobs: readonly JobObservation[];
}

/** Whether a number was measured: that nothing came is a measurement, that nobody looked is none. */
export function isMeasured(count: number | undefined): count is number {
  return count !== undefined && count >= 0 && count < Infinity;
}

/** What forecasters are told of one job. */
export function trafficHistory({ minuteOfDay, nowSeconds, jobs }: Observation, job: number): TrafficHistory {
  const { name, arrivalsPerMinute, arrivalsUnderWay } = itemAt(jobs, job);
  const seconds = nowSeconds % 60;
  return {
    job: name,
    countsPerMinute: arrivalsPerMinute,
    firstMinute: minuteOfDay - arrivalsPerMinute.length,
    ...(seconds > 0 ? { underWay: { requests: arrivalsUnderWay, seconds } } : {}),
  };
}
