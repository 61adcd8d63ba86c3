import { NormalEquations } from './normal-equations.ts';
import { dayOf, daysOf, type PastTraffic, type TrafficStretch } from './past-traffic.ts';
import { seasonalProfile } from './seasonal-profile.ts';
import { featureCount, fillFeatures, LAG_COUNTS, type SeasonalRegression } from './seasonal-regression.ts';
import { QUANTILE_LEVELS, toRoot } from './traffic-scale.ts';
import { addToReal, itemAt, lastOf, realAt } from '../../numeric/at.ts';
import { dot } from '../../numeric/vector.ts';

/** Parts of the past that are held out in turn; whole days where there are at least two. */
const MOST_FOLDS = 10;

/** What is tried, by the error on days held out: widths of smoothing of the profile, penalties as a share of the mean diagonal. */
const HALF_WIDTHS: readonly number[] = [0, 1, 3, 7];
const PENALTIES: readonly number[] = [1e-4, 1e-3, 1e-2];

/** Errors of average size that each minute of the day is taken to have had besides its own. */
const SPREAD_PRIOR = 20;

export interface SeasonalTrainingOptions {
  readonly horizonMinutes: number;
  /** Asked between steps of a few milliseconds. */
  readonly shouldStop?: () => boolean;
}

/**
 * Learns the course of a day and the regression on the last minutes from past days: least squares with a ridge penalty, one
 * set of weights for each minute ahead. Everything that is chosen or measured (smoothing, penalty, spread of the errors) is
 * so on days that were left out of profile and regression alike, one after the other. Errors are measured against how large
 * they are at that minute of the day: where traffic jumps on the hour, it is less certain there than elsewhere.
 *
 * @returns undefined when it was stopped, or where fewer minutes are known than the regression has weights to learn.
 * Cost: O(minutes · features²) for each width of smoothing; a second for ten days of 1440 minutes.
 */
export function trainSeasonal(past: PastTraffic, options: SeasonalTrainingOptions): SeasonalRegression | undefined {
  const { horizonMinutes: horizon, shouldStop = () => false } = options;
  const stretches = past.stretches.map((stretch): RootStretch => ({
    stretch,
    roots: Float64Array.from(stretch.countsPerMinute, toRoot),
  }));
  let best: { readonly error: number; readonly study: Study; readonly penalty: number } | undefined;
  for (const halfWidth of daysOf(past).length > 1 ? HALF_WIDTHS : [0]) {
    if (shouldStop()) return undefined;
    const study = new Study(past, stretches, halfWidth, horizon);
    if (study.rows < 2 * study.features) return undefined;
    for (const penalty of PENALTIES) {
      if (shouldStop()) return undefined;
      const error = study.errorHeldOut(penalty);
      if (best === undefined || error < best.error) best = { error, study, penalty };
    }
  }
  return best?.study.finish(best.penalty);
}

/** A stretch with its counts in square roots. */
interface RootStretch {
  readonly stretch: TrafficStretch;
  readonly roots: Float64Array;
}

/** All windows of the past with one width of smoothing, in folds. */
class Study {
  readonly features: number;
  readonly #past: PastTraffic;
  readonly #stretches: readonly RootStretch[];
  readonly #horizon: number;
  readonly #lags = lastOf(LAG_COUNTS);
  readonly #profile: Float64Array;
  /** By fold, without the fold's own days. */
  readonly #profiles: readonly Float64Array[];
  readonly #mean: number;
  readonly #foldOf: (stretch: number, minute: number) => number;
  readonly #folds: readonly NormalEquations[];
  readonly #all: NormalEquations;

  constructor(past: PastTraffic, stretches: readonly RootStretch[], halfWidth: number, horizon: number) {
    this.#past = past;
    this.#stretches = stretches;
    this.#horizon = horizon;
    this.features = featureCount(this.#lags, horizon);
    const days = daysOf(past);
    const bySeveralDays = days.length > 1;
    const foldOfDay = new Map(days.map((day, i) => [day, i % MOST_FOLDS]));
    const folds = bySeveralDays ? Math.min(days.length, MOST_FOLDS) : MOST_FOLDS;
    this.#foldOf = (stretch, minute) =>
      bySeveralDays
        ? (foldOfDay.get(dayOf(itemAt(past.stretches, stretch), minute, past.minutesPerDay)) ?? -1)
        : Math.floor((minute * folds) / itemAt(stretches, stretch).roots.length);
    this.#profile = bySeveralDays
      ? seasonalProfile(past, () => false, halfWidth)
      : flat(seasonalProfile(past, () => false, 0));
    this.#mean = this.#profile.reduce((a, b) => a + b, 0) / this.#profile.length;
    this.#profiles = Array.from({ length: folds }, (_, fold) =>
      bySeveralDays ? seasonalProfile(past, (day) => foldOfDay.get(day) === fold, halfWidth) : this.#profile,
    );
    this.#folds = Array.from({ length: folds }, () => new NormalEquations(this.features, horizon));
    this.#eachWindow((fold, features, targets) => itemAt(this.#folds, fold).add(features, targets));
    this.#all = this.#folds.reduce((sum, fold) => sum.merge(fold), new NormalEquations(this.features, horizon));
  }

  get rows(): number {
    return this.#all.rows;
  }

  /** Mean squared error in roots, on what was held out, with all lags known. */
  errorHeldOut(penalty: number): number {
    const weights = this.#heldOut([this.features], penalty);
    let [error, count] = [0, 0];
    this.#eachWindow((fold, features, targets) => {
      const own = itemAt(itemAt(weights, fold), 0);
      for (let h = 0; h < targets.length; h++) {
        const off = realAt(targets, h) - product(features, own, targets.length, h);
        error += off * off;
        count++;
      }
    });
    return error / Math.max(1, count);
  }

  finish(penalty: number): SeasonalRegression {
    const counts = LAG_COUNTS.map((lags) => featureCount(lags, this.#horizon));
    const heldOut = this.#heldOut(counts, penalty);
    const ofLags = (i: number): Float64Array[] => heldOut.map((weights) => itemAt(weights, i));
    const spread = this.#spreadHeldOut(ofLags(LAG_COUNTS.length - 1));
    const spreads = LAG_COUNTS.map((_, i) => this.#errorsHeldOut(ofLags(i), spread));
    return {
      minutesPerDay: this.#past.minutesPerDay,
      horizonMinutes: this.#horizon,
      profile: Float32Array.from(this.#profile),
      lagCounts: LAG_COUNTS,
      weights: this.#all.solve(counts, penalty * this.#all.meanDiagonal).map((weights) => Float32Array.from(weights)),
      spread: Float32Array.from(spread),
      errors: spreads.map(({ quantiles }) => quantiles),
      correlations: spreads.map(({ correlations }) => correlations),
    };
  }

  /** By fold, weights learnt from the other folds, for each number of features. */
  #heldOut(counts: readonly number[], penalty: number): Float64Array[][] {
    const added = penalty * this.#all.meanDiagonal;
    return this.#folds.map((fold) =>
      new NormalEquations(this.features, this.#horizon).merge(this.#all).merge(fold, -1).solve(counts, added),
    );
  }

  /** By minute of the day: its mean absolute error one minute ahead over that of all, drawn towards 1 by `SPREAD_PRIOR`. */
  #spreadHeldOut(weights: readonly Float64Array[]): Float64Array {
    const { minutesPerDay } = this.#past;
    const [sum, seen] = [new Float64Array(minutesPerDay), new Float64Array(minutesPerDay)];
    this.#eachWindow((fold, features, targets, minute) => {
      addToReal(sum, minute, Math.abs(realAt(targets, 0) - product(features, itemAt(weights, fold), this.#horizon, 0)));
      addToReal(seen, minute, 1);
    });
    const mean = sum.reduce((a, b) => a + b, 0) / this.rows;
    if (!(mean > 0)) return sum.fill(1);
    return sum.map((errors, minute) => (errors / mean + SPREAD_PRIOR) / (realAt(seen, minute) + SPREAD_PRIOR));
  }

  #errorsHeldOut(
    weights: readonly Float64Array[],
    spread: Float64Array,
  ): { quantiles: Float32Array; correlations: Float32Array } {
    const horizon = this.#horizon;
    const errors = Array.from({ length: horizon }, () => new Float64Array(this.rows));
    let row = 0;
    this.#eachWindow((fold, features, targets, minute) => {
      const own = itemAt(weights, fold);
      for (let h = 0; h < horizon; h++) {
        const error = realAt(targets, h) - product(features, own, horizon, h);
        itemAt(errors, h)[row] = error / realAt(spread, (minute + h) % spread.length);
      }
      row++;
    });
    const correlations = Float32Array.from(errors, (later) => correlation(itemAt(errors, 0), later));
    const quantiles = new Float32Array(horizon * QUANTILE_LEVELS.length);
    errors.forEach((column, h) => {
      column.sort();
      QUANTILE_LEVELS.forEach((level, q) => (quantiles[h * QUANTILE_LEVELS.length + q] = conformal(column, level)));
    });
    return { quantiles, correlations };
  }

  /** Every minute of the past that has enough minutes before and after it. Targets: how far those after are off the profile. */
  #eachWindow(visit: (fold: number, features: Float64Array, targets: Float64Array, minute: number) => void): void {
    const features = new Float64Array(this.features);
    const targets = new Float64Array(this.#horizon);
    const { minutesPerDay } = this.#past;
    this.#stretches.forEach(({ roots, stretch }, index) => {
      for (let begin = this.#lags; begin + this.#horizon <= roots.length; begin++) {
        const fold = this.#foldOf(index, begin);
        const profile = itemAt(this.#profiles, fold);
        const minute = (stretch.firstMinute + begin) % minutesPerDay;
        const root = (ago: number): number => realAt(roots, begin - ago);
        fillFeatures(features, profile, this.#mean, minute, this.#horizon, this.#lags, root);
        for (let h = 0; h < this.#horizon; h++)
          targets[h] = realAt(roots, begin + h) - realAt(profile, (minute + h) % minutesPerDay);
        visit(fold, features, targets, minute);
      }
    });
  }
}

/** The prediction for one target. Features beyond those that have weights do not count. */
function product(features: Float64Array, weights: Float64Array, targets: number, target: number): number {
  let sum = 0;
  for (let i = 0, at = target; at < weights.length; i++, at += targets)
    sum += realAt(features, i) * realAt(weights, at);
  return sum;
}

/** Split-conformal quantile of sorted errors: widened by what a finite number of them leaves open. */
function conformal(sorted: Float64Array, level: number): number {
  const n = sorted.length;
  const rank = level * (n + 1) - 1;
  const below = Math.min(n - 1, Math.max(0, Math.floor(rank)));
  const above = Math.min(n - 1, below + 1);
  return (
    realAt(sorted, below) + Math.min(1, Math.max(0, rank - below)) * (realAt(sorted, above) - realAt(sorted, below))
  );
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

function flat(profile: Float64Array): Float64Array {
  return profile.fill(profile.reduce((a, b) => a + b, 0) / profile.length);
}
