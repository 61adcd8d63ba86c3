import type { Forecast, Forecaster } from './forecast.ts';
import type { TrafficStretch } from './past-traffic.ts';
import { addToReal, itemAt, lastOf, realAt } from '../../numeric/at.ts';

/** How good the forecasts of a stretch, or of many, were. All in requests a minute, but for the shares. */
export interface ForecastScore {
  readonly forecasts: number;
  /** Minutes of forecasts that were compared with what came. */
  readonly minutes: number;
  /** Root of the mean squared error of the means, over all forecasts, minutes ahead and jobs. */
  readonly rmse: number;
  /** By minute ahead. */
  readonly rmseByMinute: readonly number[];
  /** Mean over levels 0.1, 0.2, …, 0.9 of the pinball loss. */
  readonly pinball: number;
  /** Share of what came within the central interval of each nominal share; none where a forecaster leaves nothing open. */
  readonly coverage: readonly { readonly nominal: number; readonly actual: number }[];
  /** Mean of forecast less mean of what came: above 0 it foresaw too much. */
  readonly bias: number;
}

export interface EvaluationOptions {
  readonly horizonMinutes: number;
  /** Minutes known before the first forecast that counts. */
  readonly contextMinutes: number;
}

const PINBALL_LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const NOMINAL = [0.5, 0.8, 0.9];

/**
 * Replays a trace: a forecast at every minute that has the context before it and the whole horizon after it, each from what
 * came before in the same stretch alone (the definition of Faro's figures, reference section 6.1).
 *
 * @param traces stretches by job; a stretch's first minute is given to the forecaster.
 */
export function evaluate(
  forecaster: Forecaster,
  traces: readonly { readonly job: string; readonly stretches: readonly TrafficStretch[] }[],
  { horizonMinutes, contextMinutes }: EvaluationOptions,
): ForecastScore {
  const tally = new Tally(horizonMinutes);
  for (const { job, stretches } of traces) {
    for (const { firstMinute, countsPerMinute } of stretches) {
      for (let now = contextMinutes; now + horizonMinutes <= countsPerMinute.length; now++) {
        const history = { job, firstMinute, countsPerMinute: countsPerMinute.slice(0, now) };
        const forecast = forecaster.forecast(history, horizonMinutes);
        if (forecast) tally.add(forecast, countsPerMinute, now);
      }
    }
  }
  return tally.score();
}

/** The mean of each minute of a forecast: its quantiles joined by straight lines, level beyond the outermost. */
export function meanOf({ levels, requests }: Forecast): number[] {
  const last = levels.length - 1;
  return requests.map((minute) => {
    let mean = itemAt(levels, 0) * itemAt(minute, 0) + (1 - itemAt(levels, last)) * itemAt(minute, last);
    for (let q = 1; q <= last; q++)
      mean += ((itemAt(levels, q) - itemAt(levels, q - 1)) * (itemAt(minute, q) + itemAt(minute, q - 1))) / 2;
    return mean;
  });
}

class Tally {
  #forecasts = 0;
  #bias = 0;
  #pinball = 0;
  #hasSpread = false;
  readonly #squares: Float64Array;
  readonly #minutes: Float64Array;
  readonly #inside = new Float64Array(NOMINAL.length);

  constructor(horizonMinutes: number) {
    this.#squares = new Float64Array(horizonMinutes);
    this.#minutes = new Float64Array(horizonMinutes);
  }

  add(forecast: Forecast, counts: readonly number[], now: number): void {
    this.#forecasts++;
    const means = meanOf(forecast);
    const { levels } = forecast;
    this.#hasSpread ||= levels.length > 1;
    forecast.requests.forEach((quantiles, h) => {
      const came = itemAt(counts, now + h);
      const off = itemAt(means, h) - came;
      addToReal(this.#minutes, h, 1);
      addToReal(this.#squares, h, off * off);
      this.#bias += off;
      for (const level of PINBALL_LEVELS) {
        const less = came - between(levels, quantiles, level);
        this.#pinball += Math.max(level * less, (level - 1) * less) / PINBALL_LEVELS.length;
      }
      NOMINAL.forEach((nominal, i) => {
        const [low, high] = [
          between(levels, quantiles, (1 - nominal) / 2),
          between(levels, quantiles, (1 + nominal) / 2),
        ];
        if (came >= low && came <= high) addToReal(this.#inside, i, 1);
      });
    });
  }

  score(): ForecastScore {
    const minutes = this.#minutes.reduce((a, b) => a + b, 0);
    const squares = this.#squares.reduce((a, b) => a + b, 0);
    return {
      forecasts: this.#forecasts,
      minutes,
      rmse: Math.sqrt(squares / minutes),
      rmseByMinute: Array.from(this.#squares, (sum, h) => Math.sqrt(sum / realAt(this.#minutes, h))),
      pinball: this.#pinball / minutes,
      coverage: this.#hasSpread
        ? NOMINAL.map((nominal, i) => ({ nominal, actual: realAt(this.#inside, i) / minutes }))
        : [],
      bias: this.#bias / minutes,
    };
  }
}

/** A quantile between two that are known; the outermost beyond. */
function between(levels: readonly number[], quantiles: readonly number[], probability: number): number {
  const above = levels.findIndex((level) => level >= probability);
  if (above === 0) return itemAt(quantiles, 0);
  if (above < 0) return lastOf(quantiles);
  const [lower, upper] = [itemAt(levels, above - 1), itemAt(levels, above)];
  const [low, high] = [itemAt(quantiles, above - 1), itemAt(quantiles, above)];
  return low + ((probability - lower) / (upper - lower)) * (high - low);
}
