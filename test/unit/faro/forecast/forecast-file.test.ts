import { describe, expect, test } from 'vitest';
import { readForecastFile, writeForecastFile } from '../../../../server/src/faro/forecast/forecast-file.ts';
import {
  FORECAST_MODELS,
  trainedForecast,
  trainedForecaster,
  trainJob,
  type ForecastModel,
  type TrainedForecast,
} from '../../../../server/src/faro/forecast/job-model.ts';
import { dayTraffic, pastDays } from './day-traffic.ts';

const past = pastDays({ days: 4 });

function trained(model: ForecastModel): TrainedForecast {
  const options = { model, horizonMinutes: 4, context: 8, width: 4, seed: 1 };
  return trainedForecast(model, new Map([['a', trainJob(past, options)!]]), [past]);
}

describe.each(FORECAST_MODELS)('a file of %s', (model) => {
  const text = writeForecastFile(trained(model));

  test('is read back as it was written', () => {
    const file = readForecastFile(text);
    if (!file.ok) throw new Error(file.detail);
    expect(file.trained).toEqual(trained(model));
    const history = { job: 'a', countsPerMinute: dayTraffic({ days: 1 }).slice(0, 30), firstMinute: 0 };
    expect(trainedForecaster(file.trained).forecast(history, 4)).toEqual(
      trainedForecaster(trained(model)).forecast(history, 4),
    );
  });

  test('never makes anything but a forecast or a fault, whatever is broken in it', () => {
    const value = JSON.parse(text) as object;
    for (const broken of brokenIn(value)) {
      const file = readForecastFile(JSON.stringify(broken.value));
      if (file.ok) continue; // such as another name
      expect(file.detail, broken.path).toMatch(/\S/);
      expect(file.detail, broken.path).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

/** The value with each of its parts in turn taken away or replaced. */
function* brokenIn(value: unknown): Generator<{ readonly path: string; readonly value: unknown }> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    const put = (other: unknown): unknown =>
      Array.isArray(value) ? value.with(Number(key), other) : { ...value, [key]: other };
    for (const other of [undefined, null, -1, 1e9, 0.5, 'AAAA', 'Not Base64!', [], {}, ['AAAA']])
      yield { path: `${key} = ${JSON.stringify(other)}`, value: put(other) };
    for (const deeper of brokenIn(part)) yield { path: `${key}.${deeper.path}`, value: put(deeper.value) };
  }
}

describe('a file that cannot be used', () => {
  const valid = JSON.parse(writeForecastFile(trained('seasonal'))) as { jobs: Record<string, unknown>[] };
  const [job] = valid.jobs;
  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is not an object'],
    ['{}', 'kind is missing'],
    [JSON.stringify({ ...valid, kind: 'Graph' }), 'kind is not "Forecast"'],
    [
      JSON.stringify({ ...valid, apiVersion: 'v9' }),
      'apiVersion is not "berth.dev/v1alpha1", which this version of Berth reads',
    ],
    [JSON.stringify({ ...valid, model: 'crystal-ball' }), 'model is none of seasonal, nhits, nhits-mean'],
    [JSON.stringify({ ...valid, minutesPerDay: 99 }), 'jobs[0].profile has 120 numbers instead of 99'],
    [JSON.stringify({ ...valid, jobs: [] }), 'jobs is empty'],
    [JSON.stringify({ ...valid, jobs: [job, job] }), 'jobs[1].name is "a" a second time'],
    [
      JSON.stringify({ ...valid, jobs: [{ ...job, lagCounts: [0, 3, 2] }] }),
      'jobs[0].lagCounts does not ascend from 0',
    ],
    [JSON.stringify({ ...valid, jobs: [{ ...job, profile: '!' }] }), 'jobs[0].profile is not the base64 of numbers'],
    [
      JSON.stringify({ ...valid, jobs: [{ ...job, spread: 'A'.repeat(640) }] }),
      'jobs[0].spread is not above 0 throughout',
    ],
  ])('says what is wrong: %#', (text, detail) => {
    expect(readForecastFile(text)).toEqual({ ok: false, detail });
  });
});
