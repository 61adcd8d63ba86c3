import { certainForecast, quantileOf } from '../forecast/forecast.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import { weighing } from './berth.ts';
import type { BerthOptions, Weighing } from './berth.ts';
import { formulaOutcomes } from './formula-outcomes.ts';

/** The parts of policy `berth` that can be left out one at a time, to see what each brings. */
export const LEVERS = [
  'tables',
  'serviceTimes',
  'forecast',
  'spread',
  'minuteUnderWay',
  'frequentLooks',
  'startTimes',
  'discount',
  'changeCost',
  'utility',
  'router',
  'shortQueues',
  'lateLast',
  'earlyShedding',
] as const;

export type Lever = (typeof LEVERS)[number];

/** What is done instead of each, as the rest of a sentence. */
export const INSTEAD: Readonly<Record<Lever, string>> = {
  tables: "losses follow from Faro's M/D/c latency instead of simulated minutes",
  serviceTimes: 'the declared processing time counts, whatever replicas really take',
  forecast: 'the present rate is expected to stay',
  spread: "the forecast's median is taken for certain",
  minuteUnderWay: 'a minute counts when it is over',
  frequentLooks: 'replicas are decided on every five minutes',
  startTimes: 'a replica is taken to serve at once',
  discount: 'all minutes of the horizon count alike',
  changeCost: 'a change is made for the slightest gain',
  utility: 'requests over the SLO are all that is lost',
  earlyShedding: 'what may be shed grows with the requests of the minute that have come',
  router: 'routers stay as they are: nothing is shed, and neither shortQueues nor lateLast is there',
  shortQueues: 'routers hand out as many requests to a replica as they would without a policy',
  lateLast: 'first come, first served, also where the queue overflows',
};

/** The options of `berth` without one of its parts. */
export function without(lever: Lever, options: BerthOptions): BerthOptions {
  const weighed = (change: Partial<Weighing>): BerthOptions => ({
    ...options,
    weighing: { ...(options.weighing ?? weighing[options.shedding]), ...change },
  });
  switch (lever) {
    case 'tables':
      return { ...options, outcomes: formulaOutcomes };
    case 'serviceTimes':
      return { ...options, learnsServiceTimes: false };
    case 'forecast': {
      const { forecaster: _, ...rest } = options;
      return rest;
    }
    case 'spread':
      return forecasting(options, (forecaster) => (history, minutes) => {
        const forecast = forecaster.forecast(history, minutes);
        return forecast && certainForecast(quantileOf(forecast, 0.5));
      });
    case 'minuteUnderWay':
      return forecasting(
        options,
        (forecaster) =>
          ({ underWay: _, ...history }, minutes) =>
            forecaster.forecast(history, minutes),
      );
    case 'frequentLooks':
      return { ...options, lookSeconds: Math.max(300, options.lookSeconds) };
    case 'startTimes':
      return { ...options, freeStartSeconds: 0, moveSeconds: 0 };
    case 'discount':
      return { ...options, discount: 1 };
    case 'changeCost':
      return weighed({ changeCost: 0 });
    case 'utility':
      return weighed({ utilityShare: 0 });
    case 'earlyShedding':
      return { ...options, reckonedShare: 0 };
    case 'lateLast':
      return { ...options, lateLast: false };
    case 'router':
      return { ...options, shedding: 'none', concurrency: options.router.concurrency, lateLast: false };
    case 'shortQueues':
      return { ...options, concurrency: options.router.concurrency };
  }
}

function forecasting(options: BerthOptions, change: (forecaster: Forecaster) => Forecaster['forecast']): BerthOptions {
  const { forecaster } = options;
  return forecaster ? { ...options, forecaster: { name: forecaster.name, forecast: change(forecaster) } } : options;
}
