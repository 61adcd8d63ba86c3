import type { JobDeclaration } from '../job.ts';
import type { JobObservation } from './observation.ts';

/** Looks in a row (positive: over the SLO, negative: within it) by job; those of Faro's baselines. */
export type LookCounts = readonly number[];

/** How many looks in a row make an overload, and how many calm. */
export interface LookThresholds {
  readonly over: number;
  readonly calm: number;
}

/** Thirty seconds of overload, or three looks where these come sooner; ten minutes of calm (reference, section 1). */
export function lookThresholds(lookSeconds: number): LookThresholds {
  return {
    over: Math.max(1, Math.min(3, Math.floor(30 / lookSeconds + 1e-9))),
    calm: Math.max(1, Math.floor(600 / lookSeconds + 1e-9)),
  };
}

/**
 * Whether the latest requests took longer than the SLO on average, or kept within it; undefined where that is not known.
 *
 * A job to which nothing came is calm. Where requests came and none ended, or the metric is no number, nothing is known:
 * on silence nobody scales.
 */
export function judged(
  { sloMs }: JobDeclaration,
  { meanLatencyMs, arrivalsPerMinute, arrivalsUnderWay }: JobObservation,
): 'over' | 'calm' | undefined {
  if (meanLatencyMs === null) return arrivalsPerMinute.at(-1) === 0 && arrivalsUnderWay === 0 ? 'calm' : undefined;
  if (!(meanLatencyMs >= 0 && meanLatencyMs < Infinity)) return undefined;
  return meanLatencyMs > sloMs ? 'over' : 'calm';
}

/**
 * The count after one more look, and what it makes due: every good look sets a count of bad ones back and the reverse
 * (reference, section 8, AIAD). The count begins anew after it made something due.
 */
export function counted(
  count: number,
  judgement: 'over' | 'calm',
  { over: overLooks, calm: calmLooks }: LookThresholds,
): { readonly count: number; readonly due: 'more' | 'less' | undefined } {
  const next = judgement === 'over' ? Math.max(count, 0) + 1 : Math.min(count, 0) - 1;
  if (next >= overLooks) return { count: 0, due: 'more' };
  if (next <= -calmLooks) return { count: 0, due: 'less' };
  return { count: next, due: undefined };
}
