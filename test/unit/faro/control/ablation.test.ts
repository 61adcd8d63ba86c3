import { describe, expect, test } from 'vitest';
import { LEVERS, without, type Lever } from '../../../../server/src/faro/control/ablation.ts';
import { berth, defaultBerthOptions } from '../../../../server/src/faro/control/berth.ts';
import type { BerthOptions } from '../../../../server/src/faro/control/berth.ts';
import type { Forecaster, TrafficHistory } from '../../../../server/src/faro/forecast/forecast.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

/** Between nothing and twice the usual, all alike likely; remembers what it was told. */
function vague(): { readonly forecaster: Forecaster; readonly told: TrafficHistory[] } {
  const told: TrafficHistory[] = [];
  const forecast = (history: TrafficHistory, minutes: number) => {
    told.push(history);
    return { levels: [0.02, 0.5, 0.98], requests: Array.from({ length: minutes }, () => [0, 600, 1200]) };
  };
  return { forecaster: { name: 'vague', forecast }, told };
}

const whole: BerthOptions = { ...defaultBerthOptions, forecaster: vague().forecaster };
const cluster = { jobs: [job({ name: 'a' }), job({ name: 'b' })], capacity: { replicas: 8 } };

/** What is decided where the second job gets busier, at 40 s into a minute. */
function decision(options: BerthOptions) {
  const policy = berth(cluster, options);
  const jobs = [
    seen('a', {
      target: 4,
      arrivalsPerMinute: [600],
      arrivalsUnderWay: 400,
      servedSeconds: new Array<number>(500).fill(0.1),
    }),
    seen('b', {
      target: 3,
      arrivalsPerMinute: [900],
      arrivalsUnderWay: 900,
      servedSeconds: new Array<number>(500).fill(0.3),
    }),
  ];
  return policy.decide(policy.initialState, lookAt(640, ...jobs));
}

describe('policy berth without one of its parts', () => {
  test.each(LEVERS)('%s: decides all the same, and keeps to the capacity', (lever) => {
    const { requests, problem } = decision(without(lever, whole));
    expect(problem).toBeUndefined();
    const targets = [4, 3];
    for (const { job: index, to } of requests) if ('replicas' in to) targets[index] = to.replicas;
    expect(targets[0]! + targets[1]!).toBeLessThanOrEqual(8);
  });

  test('changes one thing and leaves the rest', () => {
    const changed = (lever: Lever): string[] => {
      const options = without(lever, whole);
      return Object.keys({ ...whole, ...options }).filter(
        (key) => options[key as keyof BerthOptions] !== whole[key as keyof BerthOptions],
      );
    };
    expect(Object.fromEntries(LEVERS.map((lever) => [lever, changed(lever)]))).toEqual({
      tables: ['outcomes'],
      serviceTimes: ['learnsServiceTimes'],
      forecast: ['forecaster'],
      spread: ['forecaster'],
      minuteUnderWay: ['forecaster'],
      frequentLooks: ['lookSeconds'],
      startTimes: ['freeStartSeconds', 'moveSeconds'],
      discount: ['discount'],
      changeCost: ['weighing'],
      utility: ['weighing'],
      shortQueues: ['concurrency'],
      lateLast: ['lateLast'],
      router: ['shedding', 'concurrency', 'lateLast'],
      earlyShedding: ['reckonedShare'],
    });
    expect(without('changeCost', whole).weighing).toEqual({ utilityShare: 0.3, changeCost: 0 });
    expect(without('utility', whole).weighing).toEqual({ utilityShare: 0, changeCost: 0.01 });
  });

  test('the forecast is asked, but its median is all that counts, or nothing of the minute under way', () => {
    const { forecaster, told } = vague();
    decision(without('minuteUnderWay', { ...whole, forecaster }));
    expect(told.map(({ underWay }) => underWay)).toEqual([undefined, undefined]);
    decision({ ...whole, forecaster });
    expect(told.at(-1)!.underWay).toEqual({ requests: 900, seconds: 40 });
    const spread = without('spread', whole).forecaster!.forecast(told[0]!, 3)!;
    expect(spread).toEqual({ levels: [0.5], requests: [[600], [600], [600]] });
    const silent: Forecaster = { name: 'silent', forecast: () => undefined };
    expect(without('spread', { ...whole, forecaster: silent }).forecaster!.forecast(told[0]!, 3)).toBeUndefined();
    expect(decision(without('forecast', whole)).forecasts![0]).toEqual(new Array<number>(7).fill(600));
  });

  test('formulas see no difference between queues, and lose all where nobody serves', () => {
    const { outcomes } = without('tables', whole);
    const shape = { slack: 4, variation: 0.2, percentile: 99, admission: whole.router };
    const [table, short] = [outcomes(shape), outcomes({ ...shape, admission: { ...whole.router, concurrency: 1 } })];
    expect(table.at(2.5, 3)).toEqual(short.at(2.5, 3));
    expect(table.at(0, 3)).toEqual({ violations: 0, lostUtility: 0 });
    expect(table.at(2, 0)).toEqual({ violations: 1, lostUtility: 1 });
    expect(table.at(6, 3).violations).toBeGreaterThan(table.at(3.5, 3).violations);
  });
});
