import { certainForecast, type Forecaster } from './forecast.ts';

/**
 * Knows what is to come: for experiments on what forecasts are worth. At the end of the trace it says less, and after it
 * nothing.
 *
 * @param traces requests in each minute from the first of the history on, by job.
 */
export function oracle(traces: ReadonlyMap<string, readonly number[]>): Forecaster {
  return {
    name: 'oracle',
    forecast({ job, countsPerMinute: { length: now } }, horizonMinutes) {
      const coming = traces.get(job)?.slice(now, now + horizonMinutes) ?? [];
      return coming.length > 0 ? certainForecast(coming) : undefined;
    },
  };
}
