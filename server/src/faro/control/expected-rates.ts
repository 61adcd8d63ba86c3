import { quantileOf } from '../forecast/forecast.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import { isMeasured, trafficHistory } from './observation.ts';
import type { Observation } from './observation.ts';

/**
 * Requests per second expected of each job in each coming minute, at one quantile of its forecast.
 *
 * A job of which too little is known for a forecast is taken to bring what it brought since the last predictive step
 * (reference, section 6.2); undefined for one whose latest minute was not measured, or that has no whole row of numbers.
 */
export function expectedRates(
  forecaster: Forecaster | undefined,
  observation: Observation,
  lastStepSeconds: number | null,
  horizonMinutes: number,
  quantile: number,
): { readonly rates: readonly (readonly number[] | undefined)[]; readonly hasForecast: boolean } {
  const minutesSince = Math.max(1, Math.ceil((observation.nowSeconds - (lastStepSeconds ?? 0)) / 60 - 1e-9));
  let hasForecast = false;
  const rates = observation.jobs.map(({ arrivalsPerMinute }, job) => {
    if (!isMeasured(arrivalsPerMinute.at(-1))) return undefined;
    const forecast = forecaster?.forecast(trafficHistory(observation, job), horizonMinutes);
    if (forecast !== undefined) hasForecast = true;
    const requests = forecast === undefined ? arrivalsPerMinute.slice(-minutesSince) : quantileOf(forecast, quantile);
    return requests.every(isMeasured) ? requests.map((count) => count / 60) : undefined;
  });
  return { rates, hasForecast };
}
