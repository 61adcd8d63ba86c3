/** What a forecaster expects of one job. */
export interface Forecast {
  /** Requests per second in each coming minute, beginning with the present one. */
  readonly ratesPerSecond: readonly number[];
}

/** Predicts a job's traffic from what was counted so far. Stateless: all that it may use is in its arguments. */
export interface Forecaster {
  readonly name: string;
  /**
   * @param job            name of the job, for forecasters that were trained per job.
   * @param countsPerMinute requests in each complete minute so far, oldest first; at least one.
   * @param horizonMinutes  how far ahead is of use; a forecaster may say less, never nothing.
   */
  forecast(job: string, countsPerMinute: readonly number[], horizonMinutes: number): Forecast;
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
    forecast: (_job, countsPerMinute, horizonMinutes) => ({
      ratesPerSecond: countsPerMinute.slice(-Math.min(minutes, horizonMinutes)).map((count) => count / 60),
    }),
  };
}
