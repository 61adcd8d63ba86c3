import { evaluate, type ForecastScore } from '../../faro/forecast/evaluation.ts';
import { readForecastFile, writeForecastFile } from '../../faro/forecast/forecast-file.ts';
import { lastMinutes, type Forecaster } from '../../faro/forecast/forecast.ts';
import { readHistory } from '../../faro/forecast/history-csv.ts';
import {
  trainedForecast,
  trainedForecaster,
  type ForecastModel,
  type JobModel,
  type TrainedForecast,
} from '../../faro/forecast/job-model.ts';
import { onlineForecaster } from '../../faro/forecast/online-forecaster.ts';
import type { PastTraffic } from '../../faro/forecast/past-traffic.ts';
import { explain } from '../../spec/problems/catalogue.ts';
import { didYouMean } from '../../spec/problems/did-you-mean.ts';
import { inThreads } from '../../host/thread-pool.ts';
import { writeText } from '../write-file.ts';
import { EXIT } from '../exit-code.ts';
import type { TrainingAnswer, TrainingTask } from '../forecast-worker.ts';
import { readText, readTrace, type ReadTrace, type Session } from '../session.ts';
import { zoneOption } from '../zone-option.ts';
import { Progress } from '../terminal.ts';
import { milliseconds, percent } from '../text/number.ts';
import { table, wrapped } from '../text/table.ts';
import { problemError } from '../../spec/problems/problem-error.ts';

export interface TrainOptions {
  readonly out: string;
  readonly model: ForecastModel;
  readonly day?: number;
  readonly columns?: readonly string[];
  /** Of times that name none. */
  readonly timezone?: string;
  readonly horizon: number;
  readonly context: number;
  readonly width: number;
  readonly seed: number;
}

/** Learns a forecast from a history and writes it to a file. */
export async function train(session: Session, path: string, options: TrainOptions): Promise<number> {
  const read = await readTrace(session, path);
  const pasts = jobsOf(session, read, options);
  const begin = performance.now();
  const jobs = await trainAll(pasts, options, read.shown);
  const trained = trainedForecast(options.model, jobs, pasts);
  writeText(options.out, writeForecastFile(trained));
  const seconds = (performance.now() - begin) / 1000;
  const { history, minutesPerDay } = trained;
  if (session.format === 'json')
    session.json({ file: options.out, model: options.model, minutesPerDay, history, jobs: [...jobs.keys()], seconds });
  else
    session.print([
      ...wrapped(
        `${session.paint.bold(options.out)}: ${options.model}, ${jobs.size} ${jobs.size === 1 ? 'job' : 'jobs'}, learnt in ${milliseconds(seconds * 1000)} from ${history.days} ${history.days === 1 ? 'day' : 'days'} of ${minutesPerDay} minutes.`,
        session.width,
      ),
      `See how good it is on a day that it has not seen: berth forecast evaluate ${options.out} TRACE.csv`,
    ]);
  return EXIT.ok;
}

/** Each job in turn in as many threads as the machine has cores. @throws ProblemError where a job's history is too short. */
async function trainAll(
  pasts: readonly PastTraffic[],
  options: TrainOptions,
  shown: string,
): Promise<ReadonlyMap<string, JobModel>> {
  const { model, horizon: horizonMinutes, context, width, seed } = options;
  const tasks = pasts.map((past): TrainingTask => ({ past, options: { model, horizonMinutes, context, width, seed } }));
  const progress = new Progress();
  const models = await inThreads<TrainingTask, TrainingAnswer>('forecast-worker', tasks, {
    onProgress: (done, i) => progress.update(`training ${pasts[i]!.job}`, Math.round((100 * done) / tasks.length), 100),
    onAnswer(trained, i) {
      if (trained !== undefined) return;
      const past = pasts[i]!;
      throw problemError('BERTH2021', { job: past.job, history: shown, minutes: minutesOf(past), model });
    },
  }).finally(() => progress.end());
  return new Map(pasts.map(({ job }, i) => [job, models[i]!]));
}

export interface EvaluateOptions {
  readonly timezone?: string;
  readonly horizon?: number;
  readonly context: number;
}

/** Minutes ahead that are judged unless said otherwise: those of Faro's figures. */
const USUAL_HORIZON = 7;

/** Compares a trained forecast with what came, and with what needs no training. */
export async function evaluateForecast(
  session: Session,
  path: string,
  trace: string,
  options: EvaluateOptions,
): Promise<number> {
  const file = await readText(session, path);
  const result = readForecastFile(file.text);
  if (!result.ok) throw problemError('BERTH2020', { file: file.shown, detail: result.detail });
  const { trained } = result;
  const known = [...trained.jobs.keys()];
  const read = await readTrace(session, trace);
  const found = jobsOf(session, read, { day: trained.minutesPerDay, timezone: options.timezone });
  const judged = found.filter(({ job }) => trained.jobs.has(job));
  if (judged.length === 0) {
    const columns = found.map(({ job }) => job);
    throw problemError('BERTH2022', { forecast: file.shown, trace: read.shown, jobs: known, columns });
  }
  const horizonMinutes = options.horizon ?? Math.min(USUAL_HORIZON, horizonOf(trained));
  const window = { horizonMinutes, contextMinutes: options.context };
  if (
    !judged.some(({ stretches }) => stretches.some((stretch) => isLongEnough(stretch.countsPerMinute.length, window)))
  ) {
    const detail = `it has no stretch of ${window.contextMinutes + horizonMinutes} minutes to judge a forecast on`;
    throw problemError('BERTH2006', { trace: read.shown, line: 1, detail });
  }
  const score = (forecaster: Forecaster, jobs = judged): ForecastScore => evaluate(forecaster, jobs, window);
  const forecaster = trainedForecaster(trained);
  const whole = score(forecaster);
  const perJob = judged.map((past) => ({ name: past.job, ...brief(score(forecaster, [past])) }));
  const baselines = [lastMinutes(horizonMinutes), onlineForecaster(Math.max(10, horizonMinutes))].map((baseline) => ({
    name: baseline.name,
    ...brief(score(baseline)),
  }));
  const answer = { model: trained.model, ...window, forecasts: whole.forecasts, ...brief(whole), perJob, baselines };
  if (session.format === 'json') session.json(answer);
  else session.print(text(answer, session));
  return EXIT.ok;
}

function horizonOf(trained: TrainedForecast): number {
  const horizons =
    trained.model === 'seasonal'
      ? Array.from(trained.jobs.values(), ({ horizonMinutes }) => horizonMinutes)
      : Array.from(trained.jobs.values(), ({ shape }) => shape.horizon);
  return Math.min(...horizons);
}

function isLongEnough(minutes: number, window: { horizonMinutes: number; contextMinutes: number }): boolean {
  return minutes >= window.contextMinutes + window.horizonMinutes;
}

type Brief = Pick<ForecastScore, 'rmse' | 'pinball' | 'coverage' | 'bias'>;

function brief({ rmse, pinball, coverage, bias }: ForecastScore): Brief {
  return { rmse, pinball, coverage, bias };
}

interface Evaluation extends Brief {
  readonly model: string;
  readonly horizonMinutes: number;
  readonly contextMinutes: number;
  readonly forecasts: number;
  readonly perJob: readonly (Brief & { readonly name: string })[];
  readonly baselines: readonly (Brief & { readonly name: string })[];
}

function text(evaluation: Evaluation, { paint, width }: Session): string[] {
  const { model, forecasts, horizonMinutes, perJob, baselines } = evaluation;
  const row = ({ rmse, pinball, coverage, bias }: Brief, name: string): string[] => [
    name,
    rmse.toFixed(1),
    pinball.toFixed(1),
    coverage.length > 0 ? percent(coverage.find(({ nominal }) => nominal === 0.8)!.actual) : '–',
    bias.toFixed(1),
  ];
  const columns = [
    { title: '', shrink: 'middle' },
    { title: 'RMSE', align: 'right' },
    { title: 'pinball', align: 'right' },
    { title: 'in 80 %', align: 'right' },
    { title: 'bias', align: 'right' },
  ] as const;
  return [
    ...wrapped(
      `${paint.bold(model)}: ${forecasts.toLocaleString('en-US')} forecasts of ${horizonMinutes} minutes; all figures in requests a minute.`,
      width,
    ),
    '',
    ...table(
      columns,
      [
        row(evaluation, model),
        ...baselines.map((one) => row(one, one.name)),
        ...perJob.map((one) => row(one, `  ${one.name}`)),
      ],
      width,
    ),
  ];
}

function minutesOf({ stretches }: PastTraffic): number {
  return stretches.reduce((sum, { countsPerMinute }) => sum + countsPerMinute.length, 0);
}

/** @throws ProblemError where the history cannot be read. */
function jobsOf(
  session: Session,
  read: ReadTrace,
  {
    columns,
    day,
    timezone,
  }: Partial<Pick<TrainOptions, 'columns' | 'day'>> & { readonly timezone?: string | undefined },
): readonly PastTraffic[] {
  const zone = zoneOption(timezone);
  const history = readHistory(read.content, columns, day, zone?.name);
  if (history.ok) {
    const minutes = Math.max(...history.jobs.map(minutesOf));
    if (history.notes.length > 0)
      session.warn(explain('BERTH2016', { trace: read.shown, notes: history.notes, minutes }));
    return history.jobs;
  }
  if ('flaw' in history) throw problemError('BERTH2006', { trace: read.shown, ...history.flaw });
  const { missing: column, columns: has } = history;
  throw problemError(
    'BERTH2004',
    { column, trace: read.shown, columns: has, suggestion: didYouMean(column, has) },
    { exitCode: EXIT.usage },
  );
}
