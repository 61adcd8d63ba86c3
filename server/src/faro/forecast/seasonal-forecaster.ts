import type { Forecaster, TrafficHistory } from './forecast.ts';
import { stated, type RootForecast } from './root-forecast.ts';
import { featureCount, fillFeatures, type SeasonalRegression } from './seasonal-regression.ts';
import { QUANTILE_LEVELS, toRoot } from './traffic-scale.ts';
import { floatAt, itemAt, realAt } from '../../numeric/at.ts';

/**
 * Forecasts from the course of past days and the last half hour; from the first minute on, when it knows the course alone.
 * Says nothing of jobs that it was not trained on, nor where the time of day is not known.
 *
 * Cost: about a thousand multiplications a forecast.
 */
export function seasonalForecaster(models: ReadonlyMap<string, SeasonalRegression>): Forecaster {
  return {
    name: 'seasonal',
    forecast(history, horizonMinutes) {
      const model = models.get(history.job);
      if (model === undefined || !Number.isFinite(history.firstMinute)) return undefined;
      return stated(seasonalRoots(model, history, Math.min(horizonMinutes, model.horizonMinutes)), history.underWay);
    },
  };
}

/** Scratch space; nothing in it outlives a call. */
const features = new Float64Array(512);

function seasonalRoots(model: SeasonalRegression, history: TrafficHistory, minutes: number): RootForecast {
  const { countsPerMinute } = history;
  const { minutesPerDay, horizonMinutes, profile } = model;
  const known = countsPerMinute.length;
  const now = Math.floor(history.firstMinute) + known;
  const minute = ((now % minutesPerDay) + minutesPerDay) % minutesPerDay;
  let choice = model.lagCounts.length - 1;
  while (itemAt(model.lagCounts, choice) > known) choice--;
  const lags = itemAt(model.lagCounts, choice);
  // A count that is no number is taken for what the profile says.
  const root = (ago: number): number => {
    const count = itemAt(countsPerMinute, known - ago);
    return count >= 0 && count < Infinity ? toRoot(count) : NaN;
  };
  fillFeatures(features, profile, profileMean(profile), minute, horizonMinutes, lags, root);
  const centres = new Float64Array(minutes);
  const weights = itemAt(model.weights, choice);
  const used = featureCount(lags, horizonMinutes);
  for (let h = 0; h < minutes; h++) {
    let sum = floatAt(profile, (minute + h) % minutesPerDay);
    for (let i = 0, at = h; i < used; i++, at += horizonMinutes) sum += realAt(features, i) * floatAt(weights, at);
    centres[h] = sum;
  }
  const levels = QUANTILE_LEVELS.length;
  const errors = itemAt(model.errors, choice);
  const quantiles: Float64Array[] = [];
  for (let h = 0; h < minutes; h++) {
    const quantile = new Float64Array(levels);
    const spread = floatAt(model.spread, (minute + h) % minutesPerDay);
    for (let q = 0; q < levels; q++) quantile[q] = realAt(centres, h) + spread * floatAt(errors, h * levels + q);
    quantiles.push(quantile);
  }
  return { quantiles, correlations: itemAt(model.correlations, choice) };
}

const means = new WeakMap<Float32Array, number>();

function profileMean(profile: Float32Array): number {
  let mean = means.get(profile);
  if (mean === undefined) {
    mean = profile.reduce((a, b) => a + b, 0) / profile.length;
    means.set(profile, mean);
  }
  return mean;
}
