import type { Forecaster } from './forecast.ts';

/** Asks one forecaster after another, until one has something to say. */
export function firstOf(...forecasters: readonly Forecaster[]): Forecaster {
  return {
    name: forecasters.map(({ name }) => name).join(', else '),
    forecast(history, horizonMinutes) {
      for (const forecaster of forecasters) {
        const forecast = forecaster.forecast(history, horizonMinutes);
        if (forecast) return forecast;
      }
      return undefined;
    },
  };
}
