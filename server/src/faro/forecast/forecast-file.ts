import { layoutOf, type NhitsShape } from './nhits/nhits.ts';
import type { NhitsModel } from './nhits/nhits-training.ts';
import { FORECAST_MODELS, type ForecastModel, type TrainedForecast } from './job-model.ts';
import { featureCount, type SeasonalRegression } from './seasonal-regression.ts';
import { QUANTILE_LEVELS } from './traffic-scale.ts';
import { floatAt, itemAt } from '../../numeric/at.ts';

/**
 * Files of trained forecasts, `*.forecast.json`: plain JSON with a version; arrays of numbers are the base64 of 32-bit floats,
 * low byte first.
 */
const API_VERSION = 'berth.dev/v1alpha1';

export function writeForecastFile(trained: TrainedForecast): string {
  const { model, minutesPerDay, history } = trained;
  const jobs =
    trained.model === 'seasonal'
      ? Array.from(trained.jobs, ([name, job]) => ({
          name,
          horizonMinutes: job.horizonMinutes,
          profile: encoded(job.profile),
          lagCounts: job.lagCounts,
          weights: job.weights.map(encoded),
          spread: encoded(job.spread),
          errors: job.errors.map(encoded),
          correlations: job.correlations.map(encoded),
        }))
      : Array.from(trained.jobs, ([name, { parameters, correlations, ...job }]) => ({
          name,
          ...job,
          parameters: encoded(parameters),
          correlations: encoded(correlations),
        }));
  return `${JSON.stringify({ kind: 'Forecast', apiVersion: API_VERSION, model, minutesPerDay, history, jobs }, null, 1)}\n`;
}

export type ForecastFile =
  | { readonly ok: true; readonly trained: TrainedForecast }
  /** What is wrong, as the end of a sentence: `jobs[2].profile has 12 numbers instead of 1440`. */
  | { readonly ok: false; readonly detail: string };

/** Reads a file back; whatever passes can be forecast with. */
export function readForecastFile(text: string): ForecastFile {
  try {
    return { ok: true, trained: trainedOf(JSON.parse(text)) };
  } catch (error) {
    if (error instanceof ForecastFlaw) return { ok: false, detail: error.message };
    if (error instanceof SyntaxError) return { ok: false, detail: 'it is not JSON' };
    throw error;
  }
}

/** Ends the reading; never leaves this file. */
class ForecastFlaw extends Error {}

function trainedOf(value: unknown): TrainedForecast {
  const file = new Reader(value, '');
  if (file.text('kind') !== 'Forecast') file.fail('kind', 'is not "Forecast"');
  if (file.text('apiVersion') !== API_VERSION)
    file.fail('apiVersion', `is not "${API_VERSION}", which this version of Berth reads`);
  const model = file.text('model') as ForecastModel;
  if (!FORECAST_MODELS.includes(model)) file.fail('model', `is none of ${FORECAST_MODELS.join(', ')}`);
  const minutesPerDay = file.whole('minutesPerDay', 1, 100_000);
  const past = file.object('history');
  const history = { days: past.whole('days', 0, 1e6), minutes: past.whole('minutes', 0, 1e9) };
  const jobs = new Map<string, SeasonalRegression | NhitsModel>();
  for (const job of file.objects('jobs')) {
    const name = job.text('name');
    if (jobs.has(name)) job.fail('name', `is "${name}" a second time`);
    jobs.set(name, model === 'seasonal' ? seasonalOf(job, minutesPerDay) : nhitsOf(job, model));
  }
  if (jobs.size === 0) file.fail('jobs', 'is empty');
  return { model, minutesPerDay, history, jobs } as TrainedForecast;
}

function seasonalOf(job: Reader, minutesPerDay: number): SeasonalRegression {
  const horizonMinutes = job.whole('horizonMinutes', 1, 240);
  const lagCounts = job.wholes('lagCounts', 0, 240);
  if (lagCounts[0] !== 0 || lagCounts.some((lags, i) => i > 0 && lags <= itemAt(lagCounts, i - 1)))
    job.fail('lagCounts', 'does not ascend from 0');
  const perLag = (key: string, length: (lags: number) => number): Float32Array[] =>
    job.manyFloats(key, lagCounts.map(length));
  const errors = perLag('errors', () => horizonMinutes * QUANTILE_LEVELS.length);
  const levels = QUANTILE_LEVELS.length;
  if (errors.some((column) => column.some((error, i) => i % levels > 0 && error < floatAt(column, i - 1))))
    job.fail('errors', 'fall with the level');
  const profile = job.floats('profile', minutesPerDay);
  const spread = job.floats('spread', minutesPerDay);
  if (spread.some((size) => !(size > 0))) job.fail('spread', 'is not above 0 throughout');
  return {
    minutesPerDay,
    horizonMinutes,
    profile,
    lagCounts,
    weights: perLag('weights', (lags) => featureCount(lags, horizonMinutes) * horizonMinutes),
    spread,
    errors,
    correlations: perLag('correlations', () => horizonMinutes),
  };
}

function nhitsOf(job: Reader, model: 'nhits' | 'nhits-mean'): NhitsModel {
  const written = job.object('shape');
  const shape: NhitsShape = {
    context: written.whole('context', 2, 1440),
    horizon: written.whole('horizon', 1, 240),
    width: written.whole('width', 1, 4096),
    stacks: written.whole('stacks', 1, 16),
    head: model === 'nhits' ? 'gaussian' : 'mean',
  };
  if (written.text('head') !== shape.head) written.fail('head', `is not "${shape.head}", as the model says`);
  return {
    shape,
    mean: job.number('mean', 0, 1e12),
    deviation: job.number('deviation', 1e-9, 1e12),
    parameters: job.floats('parameters', layoutOf(shape).parameters),
    correlations: job.floats('correlations', shape.horizon),
  };
}

/** One object of the file, and where it stands. */
class Reader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ForecastFlaw(`${path === '' ? 'it' : path} is not an object`);
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  fail(key: string, detail: string): never {
    throw new ForecastFlaw(`${this.#at(key)} ${detail}`);
  }

  text(key: string): string {
    const value = this.#value[key];
    return typeof value === 'string' ? value : this.fail(key, value === undefined ? 'is missing' : 'is not a text');
  }

  number(key: string, least: number, most: number): number {
    return this.#within(key, this.#value[key], least, most);
  }

  whole(key: string, least: number, most: number): number {
    const value = this.number(key, least, most);
    return Number.isInteger(value) ? value : this.fail(key, 'is not a whole number');
  }

  wholes(key: string, least: number, most: number): number[] {
    return this.#list(key).map((value, i) => {
      const number = this.#within(`${key}[${i}]`, value, least, most);
      return Number.isInteger(number) ? number : this.fail(`${key}[${i}]`, 'is not a whole number');
    });
  }

  object(key: string): Reader {
    return new Reader(this.#value[key], this.#at(key));
  }

  objects(key: string): Reader[] {
    return this.#list(key).map((value, i) => new Reader(value, `${this.#at(key)}[${i}]`));
  }

  floats(key: string, length: number): Float32Array {
    return this.#decode(key, this.#value[key], length);
  }

  manyFloats(key: string, lengths: readonly number[]): Float32Array[] {
    const list = this.#list(key);
    if (list.length !== lengths.length) this.fail(key, `has ${list.length} entries instead of ${lengths.length}`);
    return lengths.map((length, i) => this.#decode(`${key}[${i}]`, list[i], length));
  }

  #list(key: string): readonly unknown[] {
    const value = this.#value[key];
    return Array.isArray(value) ? (value as unknown[]) : this.fail(key, 'is not a list');
  }

  #within(key: string, value: unknown, least: number, most: number): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(key, 'is not a number');
    return value >= least && value <= most ? value : this.fail(key, `is not within ${least} and ${most}`);
  }

  #decode(key: string, value: unknown, length: number): Float32Array {
    const floats = typeof value === 'string' ? decoded(value) : undefined;
    if (!floats) this.fail(key, 'is not the base64 of numbers');
    if (floats.length !== length) this.fail(key, `has ${floats.length} numbers instead of ${length}`);
    return floats.every(Number.isFinite) ? floats : this.fail(key, 'has numbers that are not finite');
  }

  #at(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`;
  }
}

function encoded(floats: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * floats.length));
  floats.forEach((value, i) => bytes.setFloat32(4 * i, value, true));
  let binary = '';
  for (let i = 0; i < bytes.byteLength; i++) binary += String.fromCharCode(bytes.getUint8(i));
  return btoa(binary);
}

function decoded(text: string): Float32Array | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined; // characters that base64 does not have
  }
  if (binary.length % 4 !== 0) return undefined;
  const bytes = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) bytes.setUint8(i, binary.charCodeAt(i));
  return Float32Array.from({ length: binary.length / 4 }, (_, i) => bytes.getFloat32(4 * i, true));
}
