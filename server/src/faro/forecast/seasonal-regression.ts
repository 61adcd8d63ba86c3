import { numberAt } from '../../numeric/at.ts';
import type { Vector } from '../../numeric/vector.ts';

/**
 * What is known of one job's traffic from its past days: the mean course of a day, and how the coming minutes depend on it
 * and on how far the last minutes were off it. On the scale of square roots throughout.
 */
export interface SeasonalRegression {
  readonly minutesPerDay: number;
  readonly horizonMinutes: number;
  /** Mean root by minute of the day. */
  readonly profile: Float32Array;
  /** Ascending from 0: for each number of last minutes that may be known, a regression of its own. */
  readonly lagCounts: readonly number[];
  /** By lag count: weights by feature (as `fillFeatures` orders them), by minute ahead. */
  readonly weights: readonly Float32Array[];
  /** By minute of the day: how large the errors of a forecast of it are beside those of the others; 1 on average. */
  readonly spread: Float32Array;
  /**
   * By lag count: quantiles of the errors (true less predicted root, over the minute's `spread`) by minute ahead, by level of
   * `QUANTILE_LEVELS`.
   */
  readonly errors: readonly Float32Array[];
  /** By lag count, by minute ahead: correlation of the error with that of the first minute. */
  readonly correlations: readonly Float32Array[];
}

/** Minutes of the profile before the forecast that the regression sees; after it, it sees the horizon. */
const PROFILE_BEFORE = 3;

export const LAG_COUNTS: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 25, 30];

export function featureCount(lags: number, horizonMinutes: number): number {
  return 1 + PROFILE_BEFORE + horizonMinutes + lags;
}

/**
 * Features of a forecast that begins at a minute of the day: 1, the profile around it (less its mean), then how far each of
 * the last minutes was off the profile, latest first.
 *
 * @param root root of the requests so many minutes ago, from 1; NaN where it is not known.
 */
export function fillFeatures(
  into: Float64Array,
  profile: Vector,
  profileMean: number,
  minute: number,
  horizonMinutes: number,
  lags: number,
  root: (ago: number) => number,
): void {
  const day = profile.length;
  let at = 0;
  into[at++] = 1;
  let slot = (((minute - PROFILE_BEFORE) % day) + day) % day;
  for (let i = -PROFILE_BEFORE; i < horizonMinutes; i++) {
    into[at++] = numberAt(profile, slot) - profileMean;
    if (++slot === day) slot = 0;
  }
  slot = minute % day;
  for (let ago = 1; ago <= lags; ago++) {
    if (--slot < 0) slot = day - 1;
    const off = root(ago) - numberAt(profile, slot);
    into[at++] = off === off ? off : 0;
  }
}
