/** Forecasts: how long training takes, and what a control step of a thousand jobs asks. */
import type { Forecaster } from '../../server/src/faro/forecast/forecast.ts';
import { trainedForecast, trainedForecaster, trainJob } from '../../server/src/faro/forecast/job-model.ts';
import { onlineForecaster } from '../../server/src/faro/forecast/online-forecaster.ts';
import { dayTraffic, pastDays } from '../unit/faro/forecast/day-traffic.ts';

const JOBS = 1000;
const today = dayTraffic({ days: 1, minutesPerDay: 360 });

const past = pastDays({ days: 40, minutesPerDay: 360 });
const training = { horizonMinutes: 10, context: 15, width: 64, seed: 42 };

function step(forecaster: Forecaster, minute: number): void {
  const underWay = { requests: today[minute]! / 6, seconds: 10 };
  const countsPerMinute = today.slice(0, minute);
  for (let job = 0; job < JOBS; job++)
    forecaster.forecast({ job: `job${job}`, countsPerMinute, firstMinute: 0, underWay }, 7);
}

let forecaster: Forecaster;
let minute = 0;

export default [
  {
    name: 'seasonal forecast, one job trained on 40 days of 360 minutes',
    target: { value: 1000, unit: 'ms' },
    run: () => void trainJob(past, { ...training, model: 'seasonal' }),
  },
  {
    name: 'seasonal forecasts of 1,000 jobs, with the minute under way',
    target: { value: 50, unit: 'ms' },
    setup() {
      const model = trainJob(past, { ...training, model: 'seasonal' })!;
      const jobs = new Map(Array.from({ length: JOBS }, (_, job) => [`job${job}`, model]));
      forecaster = trainedForecaster(trainedForecast('seasonal', jobs, [past]));
    },
    run: () => step(forecaster, 200),
  },
  {
    name: 'online forecasts of 1,000 jobs, a new minute and what is under way',
    target: { value: 100, unit: 'ms' },
    setup() {
      forecaster = onlineForecaster();
      minute = 200;
      step(forecaster, minute);
    },
    run: () => step(forecaster, ++minute),
  },
];
