import { itemAt } from '../../numeric/at.ts';

/** What is known of one job's traffic when a forecast is asked for. */
export interface TrafficHistory {
  readonly job: string;
  /** Requests in each complete minute so far, oldest first. */
  readonly countsPerMinute: readonly number[];
  /** The minute of the day in which the first of them lies, for forecasters that know the course of a day. */
  readonly firstMinute: number;
  /** The minute that has begun; absent where a forecast is asked for on the minute. */
  readonly underWay?: { readonly requests: number; readonly seconds: number };
}

/**
 * The traffic that is expected of one job: for each coming minute a distribution of the requests in it, given by quantiles.
 * The first minute is the one that is under way, or about to begin.
 */
export interface Forecast {
  /** Probabilities of the quantiles, ascending, in (0, 1). */
  readonly levels: readonly number[];
  /** By minute, by level: requests in that minute; never falling with the level, never negative. */
  readonly requests: readonly (readonly number[])[];
}

/** Predicts a job's traffic from what was counted so far. Stateless: all that it may use is in its arguments. */
export interface Forecaster {
  readonly name: string;
  /**
   * @param horizonMinutes how far ahead is of use; a forecaster may say less.
   * @returns undefined where too little is known to say anything.
   */
  forecast(history: TrafficHistory, horizonMinutes: number): Forecast | undefined;
}

/** The requests expected in each minute of a forecast at one probability, linear between the forecast's levels. */
export function quantileOf(forecast: Forecast, probability: number): number[] {
  const { levels, requests } = forecast;
  const above = levels.findIndex((level) => level >= probability);
  if (above === 0) return requests.map((minute) => itemAt(minute, 0));
  if (above < 0) return requests.map((minute) => itemAt(minute, levels.length - 1));
  const [lower, upper] = [itemAt(levels, above - 1), itemAt(levels, above)];
  const share = (probability - lower) / (upper - lower);
  return requests.map((minute) => {
    const [low, high] = [itemAt(minute, above - 1), itemAt(minute, above)];
    return low + share * (high - low);
  });
}

/** A forecast that leaves nothing open. */
export function certainForecast(requests: readonly number[]): Forecast {
  return { levels: [0.5], requests: requests.map((count) => [count]) };
}

/**
 * The forecast that needs no model: the coming minutes are taken to bring what the last ones brought, in the same order
 * (what Faro does while it has too little history to predict, reference section 6.2).
 *
 * @param minutes how many of the last minutes; 5 is the time between two predictive runs.
 */
export function lastMinutes(minutes = 5): Forecaster {
  return {
    name: 'last-minutes',
    forecast: ({ countsPerMinute }, horizonMinutes) =>
      countsPerMinute.length === 0
        ? undefined
        : certainForecast(countsPerMinute.slice(-Math.min(minutes, horizonMinutes))),
  };
}
