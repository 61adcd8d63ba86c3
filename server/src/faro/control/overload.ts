import type { JobDeclaration } from '../job.ts';
import type { JobObservation } from './observation.ts';

/** Looks in a row (positive: over the SLO, negative: within it) by job; those of Faro's baselines. */
export type LookCounts = readonly number[];

/** How many looks in a row make an overload, and how many calm. */
export interface LookThresholds {
  readonly over: number;
  readonly calm: number;
}

/** Thirty seconds of overload, ten minutes of calm (reference, section 1). */
export function lookThresholds(lookSeconds: number): LookThresholds {
  return {
    over: Math.max(1, Math.floor(30 / lookSeconds + 1e-9)),
    calm: Math.max(1, Math.floor(600 / lookSeconds + 1e-9)),
  };
}

/** Whether the latest requests took longer than the SLO on average. Where none ended, nothing is known: it is not over. */
export function isOver(job: JobDeclaration, { meanLatencyMs }: JobObservation): boolean {
  return meanLatencyMs !== null && meanLatencyMs > job.sloMs;
}

/**
 * The count after one more look, and what it makes due: every good look sets a count of bad ones back and the reverse
 * (reference, section 8, AIAD). The count begins anew after it made something due.
 */
export function counted(
  count: number,
  over: boolean,
  { over: overLooks, calm: calmLooks }: LookThresholds,
): { readonly count: number; readonly due: 'more' | 'less' | undefined } {
  const next = over ? Math.max(count, 0) + 1 : Math.min(count, 0) - 1;
  if (next >= overLooks) return { count: 0, due: 'more' };
  if (next <= -calmLooks) return { count: 0, due: 'less' };
  return { count: next, due: undefined };
}
