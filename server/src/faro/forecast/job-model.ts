import { firstOf } from './first-of.ts';
import type { Forecaster } from './forecast.ts';
import { nhitsForecaster } from './nhits/nhits-forecaster.ts';
import { trainNhits, type NhitsModel } from './nhits/nhits-training.ts';
import { onlineForecaster } from './online-forecaster.ts';
import { daysOf, type PastTraffic } from './past-traffic.ts';
import { seasonalForecaster } from './seasonal-forecaster.ts';
import type { SeasonalRegression } from './seasonal-regression.ts';
import { trainSeasonal } from './seasonal-training.ts';

export const FORECAST_MODELS = ['seasonal', 'nhits', 'nhits-mean'] as const;

/** `seasonal`: course of the day and regression; `nhits`: the network of Faro; `nhits-mean`: the same without a spread. */
export type ForecastModel = (typeof FORECAST_MODELS)[number];

/** What was learnt of the jobs of one history. */
export type TrainedForecast = { readonly minutesPerDay: number; readonly history: TrainingHistory } & TrainedJobs;

export type TrainedJobs =
  | { readonly model: 'seasonal'; readonly jobs: ReadonlyMap<string, SeasonalRegression> }
  | { readonly model: 'nhits' | 'nhits-mean'; readonly jobs: ReadonlyMap<string, NhitsModel> };

/** What it was learnt from, for people. */
export interface TrainingHistory {
  readonly days: number;
  /** Of each job. */
  readonly minutes: number;
}

export interface TrainingOptions {
  readonly model: ForecastModel;
  readonly horizonMinutes: number;
  /** Of networks only: minutes that they look back, and neurons in a layer. */
  readonly context: number;
  readonly width: number;
  readonly seed: number;
  /** Share of the work that is done. */
  readonly onProgress?: (share: number) => void;
  readonly shouldStop?: () => boolean;
}

export type JobModel = SeasonalRegression | NhitsModel;

/** Trains one job. @returns undefined where its past is too short, or when it was stopped. */
export function trainJob(past: PastTraffic, options: TrainingOptions): JobModel | undefined {
  const { model, horizonMinutes, context, width } = options;
  if (model === 'seasonal') return trainSeasonal(past, options);
  const head = model === 'nhits' ? 'gaussian' : 'mean';
  return trainNhits(past, { ...options, shape: { context, horizon: horizonMinutes, width, stacks: 3, head } });
}

/** The trained jobs of a history, with what they were trained on. */
export function trainedForecast(
  model: ForecastModel,
  jobs: ReadonlyMap<string, JobModel>,
  pasts: readonly PastTraffic[],
): TrainedForecast {
  const [first] = pasts;
  const minutes = first?.stretches.reduce((sum, { countsPerMinute }) => sum + countsPerMinute.length, 0) ?? 0;
  const history: TrainingHistory = { days: first ? daysOf(first).length : 0, minutes };
  return { minutesPerDay: first?.minutesPerDay ?? 1440, history, model, jobs } as TrainedForecast;
}

/** The forecaster that was trained; where it has nothing to say, what is learnt from the counts so far. */
export function trainedForecaster(trained: TrainedForecast): Forecaster {
  return firstOf(
    trained.model === 'seasonal' ? seasonalForecaster(trained.jobs) : nhitsForecaster(trained.jobs),
    onlineForecaster(),
  );
}
