/** The evaluation of Faro's experiments: the trace of day 11, forecasts from the days before it, and figures as they were published. */
import { readFileSync } from 'node:fs';
import type { ClusterDeclaration, ScalingPolicy } from '../../server/src/faro/control/scaling-policy.ts';
import type { Forecaster } from '../../server/src/faro/forecast/forecast.ts';
import { readHistory } from '../../server/src/faro/forecast/history-csv.ts';
import { seasonalForecaster } from '../../server/src/faro/forecast/seasonal-forecaster.ts';
import type { SeasonalRegression } from '../../server/src/faro/forecast/seasonal-regression.ts';
import { trainSeasonal } from '../../server/src/faro/forecast/seasonal-training.ts';
import { minuteArrivals } from '../../server/src/faro/simulator/arrivals.ts';
import { randomStream } from '../../server/src/faro/simulator/random-stream.ts';
import { measuredResNet34, measuredRouterPass } from '../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../server/src/faro/simulator/simulate.ts';
import type { Replay } from '../../server/src/faro/simulator/simulate.ts';
import { job } from '../unit/faro/golden-instance.ts';
import { sharedData } from './shared-file.ts';

/** Lost utility over the minutes and the bin of what they spill, in which nobody waits: a job with a request there loses nothing. */
export function lostAsPublished(
  replay: Pick<Replay, 'minutes'>,
  lost: number,
  counts: readonly (readonly number[])[],
  seed: number,
): number {
  const spilling = counts.filter((perMinute, i) => {
    const { times } = minuteArrivals(perMinute, randomStream(seed, `arrivals ${i}`));
    return times.at(-1)! >= 60 * perMinute.length;
  }).length;
  const bins = replay.minutes + 1;
  return (lost * replay.minutes + counts.length - spilling) / bins;
}

/** The evaluation trace of the reference: requests per minute, by job. */
export function evaluationTrace(): number[][] {
  const lines = readFileSync(sharedData('faro/eval-day11.csv'), 'utf8').trim().split('\n');
  const rows = lines.slice(1).map((line) => line.split(',').slice(1).map(Number));
  return rows[0]!.map((_, column) => rows.map((values) => values[column]!));
}

/** One run of the evaluation: jobs and service as measured there, on so many replicas. Lost utilities are those of the replay. */
export function evaluationRun(
  counts: readonly (readonly number[])[],
  replicas: number,
  policyFor: (cluster: ClusterDeclaration) => ScalingPolicy,
  seed: number,
): Replay {
  const cluster = { jobs: counts.map((_, i) => job({ name: `job${i}` })), capacity: { replicas } };
  const replay = simulate({
    ...cluster,
    countsPerMinute: counts,
    policy: policyFor(cluster),
    seed,
    service: measuredResNet34,
    routerPass: measuredRouterPass,
  });
  if (replay.kind !== 'finished') throw new Error(replay.kind);
  return replay;
}

/**
 * A forecaster that says nothing until it has seen as many minutes as the networks of the reference want (15, for jobs 2 and 8
 * ten; sections 6.1 and 6.2). Until then Faro goes by what came last, and that it starts so decides where COBYLA ends.
 */
export function onceSeen(forecaster: Forecaster): Forecaster {
  const wanted = (name: string): number => (name === 'job2' || name === 'job8' ? 10 : 15);
  return {
    name: forecaster.name,
    forecast: (history, horizonMinutes) =>
      history.countsPerMinute.length < wanted(history.job) ? undefined : forecaster.forecast(history, horizonMinutes),
  };
}

/** The light model, trained on days 1 to 10. */
export function trainedOnTheDaysBefore(): Forecaster {
  const history = readHistory(readFileSync(sharedData('faro/train-days1-10.csv'), 'utf8'));
  if (!history.ok) throw new Error('the history cannot be read');
  const models = new Map<string, SeasonalRegression>();
  for (const past of history.jobs) models.set(past.job, trainSeasonal(past, { horizonMinutes: 7 })!);
  return seasonalForecaster(models);
}
