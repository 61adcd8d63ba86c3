import { certainForecast, type Forecaster, type TrafficHistory } from '../forecast.ts';
import { stated } from '../root-forecast.ts';
import { toRoot } from '../traffic-scale.ts';
import { layoutOf } from './nhits.ts';
import { deviationOf, NhitsNetwork } from './nhits-network.ts';
import type { NhitsModel } from './nhits-training.ts';
import { itemAt, numberAt } from '../../../numeric/at.ts';

/** Standard normal quantiles at QUANTILE_LEVELS. */
const NORMAL: readonly number[] = [
  -2.0537, -1.6449, -1.2816, -0.8416, -0.5244, -0.2533, 0, 0.2533, 0.5244, 0.8416, 1.2816, 1.6449, 2.0537,
];

/**
 * Forecasts with one N-HiTS network for each job, from the last minutes alone. Says nothing of jobs that it was not trained
 * on, nor before as many minutes were counted as its network looks back.
 */
export function nhitsForecaster(models: ReadonlyMap<string, NhitsModel>): Forecaster {
  const trained = new Map(
    Array.from(models, ([job, model]) => [job, { model, network: new NhitsNetwork(layoutOf(model.shape), 1) }]),
  );
  return {
    name: 'nhits',
    forecast(history, horizonMinutes) {
      const known = trained.get(history.job);
      if (known === undefined) return undefined;
      const { model, network } = known;
      if (history.countsPerMinute.length < model.shape.context) return undefined;
      return forecastOf(model, network, history, Math.min(horizonMinutes, model.shape.horizon));
    },
  };
}

function forecastOf(
  { shape, mean, deviation, parameters, correlations }: NhitsModel,
  network: NhitsNetwork,
  { countsPerMinute, underWay }: TrafficHistory,
  minutes: number,
): ReturnType<typeof certainForecast> {
  const known = countsPerMinute.length;
  const inputs = Float32Array.from({ length: shape.context }, (_, i) => {
    const count = itemAt(countsPerMinute, known - shape.context + i);
    return count >= 0 && count < Infinity ? (count - mean) / deviation : 0;
  });
  const output = network.forward(parameters as Float32Array<ArrayBuffer>, inputs, 1);
  if (shape.head === 'mean') {
    const requests = Array.from({ length: minutes }, (_, h) => Math.max(0, mean + deviation * numberAt(output, h)));
    return certainForecast(requests);
  }
  const quantiles: Float64Array[] = [];
  for (let h = 0; h < minutes; h++) {
    const spread = deviationOf(numberAt(output, shape.horizon + h));
    const minute = new Float64Array(NORMAL.length);
    for (let q = 0; q < minute.length; q++)
      minute[q] = toRoot(mean + deviation * (numberAt(output, h) + spread * itemAt(NORMAL, q)));
    quantiles.push(minute);
  }
  return stated({ quantiles, correlations }, underWay);
}
