import type { Forecaster } from './forecast.ts';
import { NormalEquations } from './normal-equations.ts';
import { stated, type RootForecast } from './root-forecast.ts';
import { toRoot } from './traffic-scale.ts';
import { itemAt, realAt } from '../../numeric/at.ts';

/** Minutes that a forecast looks back: a quarter of an hour, so that what comes every five or fifteen minutes is seen. */
const LAGS = 15;
/** How fast the weights that are taken for likely before anything was learnt fall with the age of a minute. */
const PRIOR_SMOOTHING = 0.2;
/** So many minutes of experience does the prior weigh. */
const PRIOR_MINUTES = 40;
/** What was learnt counts half after six hours. */
const FORGETTING = 0.998;
/** How far off, relative to the root, the first forecasts are taken to be, and for how many minutes that is believed. */
const PRIOR_ERROR = 0.1;
const PRIOR_ERROR_MINUTES = 15;

/** Student's t with four degrees of freedom at QUANTILE_LEVELS, for variance 1: the errors' usual shape. */
const SHAPE: readonly number[] = [
  -2.121, -1.507, -1.084, -0.665, -0.402, -0.191, 0, 0.191, 0.402, 0.665, 1.084, 1.507, 2.121,
];

/**
 * Forecasts for a job of which nothing was learnt beforehand: the level of the last quarter of an hour, and a regression on
 * how far each of its minutes was off that level, learnt from the counts so far. Before much was learnt, younger minutes count
 * for more. Spread and correlations come from the errors on those same counts. On the scale of square roots throughout.
 *
 * Its constants were chosen on days 1 to 10 of Faro's traces (docs/forecasts.md).
 *
 * Stateless in what it says: it keeps the sums of each job only to extend them where a history is the former one and some
 * minutes more. Cost: O(lags²) a new minute, O(lags³) a forecast; a history that does not extend the former is summed anew.
 *
 * @param horizonMinutes how far ahead it learns to see.
 */
export function onlineForecaster(horizonMinutes = 10): Forecaster {
  const learnt = new Map<string, Experience>();
  return {
    name: 'online',
    forecast({ job, countsPerMinute, underWay }, wanted) {
      if (countsPerMinute.length === 0) return undefined;
      // What was not measured before the first count is no traffic of none.
      const begin = countsPerMinute.findIndex(isCount);
      const counts = begin > 0 ? countsPerMinute.slice(begin) : countsPerMinute;
      let experience = learnt.get(job);
      if (!experience?.isExtendedBy(counts)) learnt.set(job, (experience = new Experience(horizonMinutes)));
      experience.extend(counts);
      return stated(experience.forecast(Math.min(wanted, horizonMinutes)), underWay);
    },
  };
}

function isCount(count: number): boolean {
  return count >= 0 && count < Infinity;
}

/** What one job's counts so far teach. */
class Experience {
  readonly #horizon: number;
  readonly #counts: number[] = [];
  readonly #roots: number[] = [];
  readonly #equations: NormalEquations;
  /** Sums of squared targets by minute ahead, and of their products with the first. */
  readonly #squares: Float64Array;
  readonly #withFirst: Float64Array;
  readonly #features = new Float64Array(LAGS);
  readonly #targets: Float64Array;
  #latest: RootForecast | undefined;

  constructor(horizon: number) {
    this.#horizon = horizon;
    this.#equations = new NormalEquations(LAGS, horizon, 0);
    this.#squares = new Float64Array(horizon);
    this.#withFirst = new Float64Array(horizon);
    this.#targets = new Float64Array(horizon);
  }

  isExtendedBy(counts: readonly number[]): boolean {
    if (counts.length < this.#counts.length) return false;
    for (let i = 0; i < this.#counts.length; i++) if (!Object.is(counts[i], this.#counts[i])) return false;
    return true;
  }

  extend(counts: readonly number[]): void {
    for (let i = this.#counts.length; i < counts.length; i++) {
      const count = itemAt(counts, i);
      this.#counts.push(count);
      // What is no count is taken for what came before.
      this.#roots.push(isCount(count) ? toRoot(count) : (this.#roots[i - 1] ?? 0));
      this.#learn(i + 1 - this.#horizon);
      this.#latest = undefined;
    }
  }

  forecast(minutes: number): RootForecast {
    const { quantiles, correlations } = (this.#latest ??= this.#predict());
    return { quantiles: minutes < quantiles.length ? quantiles.slice(0, minutes) : quantiles, correlations };
  }

  /** Adds the window whose forecast would have begun at a minute. What is learnt is what the prior leaves over. */
  #learn(begin: number): void {
    if (begin < 2) return;
    const level = this.#look(begin);
    const expected = level + this.#expectedOff();
    for (let h = 0; h < this.#horizon; h++) this.#targets[h] = itemAt(this.#roots, begin + h) - expected;
    this.#equations.forget(FORGETTING);
    this.#equations.add(this.#features, this.#targets);
    for (let h = 0; h < this.#horizon; h++) {
      this.#squares[h] = FORGETTING * realAt(this.#squares, h) + realAt(this.#targets, h) ** 2;
      this.#withFirst[h] =
        FORGETTING * realAt(this.#withFirst, h) + realAt(this.#targets, 0) * realAt(this.#targets, h);
    }
  }

  #predict(): RootForecast {
    const horizon = this.#horizon;
    const { rows, meanDiagonal, gram, products } = this.#equations;
    const penalty = PRIOR_MINUTES * (0.25 + meanDiagonal / Math.max(1, rows));
    const weights = itemAt(this.#equations.solve([LAGS], penalty), 0);
    const level = this.#look(this.#roots.length);
    const expected = level + this.#expectedOff();

    // Sums of products of errors from those of features and targets: Σ(y - wx)(z - vx) = Σyz - wΣxz - vΣxy + wΣxx v.
    const errors = (h: number, other: number, yz: number): number => {
      let sum = yz;
      for (let i = 0; i < LAGS; i++) {
        const [w, v] = [realAt(weights, i * horizon + h), realAt(weights, i * horizon + other)];
        sum -= w * realAt(products, i * horizon + other) + v * realAt(products, i * horizon + h);
        let inner = 0;
        for (let j = 0; j < LAGS; j++)
          inner +=
            (j <= i ? realAt(gram, i * LAGS + j) : realAt(gram, j * LAGS + i)) * realAt(weights, j * horizon + other);
        sum += w * inner;
      }
      return Math.max(0, sum);
    };
    // Errors on what was learnt from are smaller than on what is to come.
    const optimism = 1 + LAGS / (rows + PRIOR_MINUTES);
    const prior = 0.25 + (PRIOR_ERROR * level) ** 2;
    const variances = new Float64Array(horizon);
    const correlations = new Float64Array(horizon);
    const quantiles: Float64Array[] = [];
    for (let h = 0; h < horizon; h++) {
      const squared = errors(h, h, realAt(this.#squares, h));
      variances[h] = (squared * optimism + PRIOR_ERROR_MINUTES * prior) / (rows + PRIOR_ERROR_MINUTES);
      const together = h === 0 ? squared : errors(0, h, realAt(this.#withFirst, h));
      correlations[h] =
        (together * optimism + PRIOR_ERROR_MINUTES * prior) /
        ((rows + PRIOR_ERROR_MINUTES) * Math.sqrt(realAt(variances, 0) * realAt(variances, h)));
      let centre = expected;
      for (let i = 0; i < LAGS; i++) centre += realAt(this.#features, i) * realAt(weights, i * horizon + h);
      const deviation = Math.sqrt(realAt(variances, h));
      quantiles.push(Float64Array.from(SHAPE, (quantile) => centre + deviation * quantile));
    }
    return { quantiles, correlations };
  }

  /** Fills the features of a forecast that begins at a minute. @returns the level that they are relative to. */
  #look(begin: number): number {
    const known = Math.min(LAGS, begin);
    let level = 0;
    for (let ago = 1; ago <= known; ago++) level += itemAt(this.#roots, begin - ago) / known;
    for (let ago = 1; ago <= LAGS; ago++)
      this.#features[ago - 1] = ago <= known ? itemAt(this.#roots, begin - ago) - level : 0;
    return level;
  }

  /** How far off the level the prior weights expect all of the coming minutes. */
  #expectedOff(): number {
    let off = 0;
    let weight = PRIOR_SMOOTHING;
    for (let i = 0; i < LAGS; i++, weight *= 1 - PRIOR_SMOOTHING) off += weight * realAt(this.#features, i);
    return off;
  }
}
