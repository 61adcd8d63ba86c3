import { describe, expect, test } from 'vitest';
import { berth, defaultBerthOptions } from '../../../../server/src/faro/control/berth.ts';
import type { BerthOptions } from '../../../../server/src/faro/control/berth.ts';
import { outcomeTable } from '../../../../server/src/faro/control/outcome-table.ts';
import { nothingServed, serviceMoments, withServed } from '../../../../server/src/faro/control/service-estimate.ts';
import { certainForecast } from '../../../../server/src/faro/forecast/forecast.ts';
import type { Forecaster } from '../../../../server/src/faro/forecast/forecast.ts';
import { onlineForecaster } from '../../../../server/src/faro/forecast/online-forecaster.ts';
import { referenceAdmission } from '../../../../server/src/faro/simulator/admission.ts';
import { job } from '../golden-instance.ts';
import { lookAt, seen } from './observed.ts';

describe('the service time that is learnt', () => {
  test('is the declared one at first, then what is seen', () => {
    expect(serviceMoments(nothingServed, 0.18).mean).toBeCloseTo(0.18, 9);
    const seconds = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? 0.1 : 0.14));
    const { mean, deviation } = serviceMoments(withServed(nothingServed, seconds), 0.18);
    expect(mean).toBeCloseTo(0.1206, 3);
    expect(deviation).toBeCloseTo(0.0215, 3);
  });

  test('follows a model that gets slower, and takes no nonsense', () => {
    let estimate = nothingServed;
    for (let i = 0; i < 100; i++) estimate = withServed(estimate, new Array<number>(1000).fill(0.1));
    for (let i = 0; i < 100; i++) estimate = withServed(estimate, new Array<number>(1000).fill(0.2));
    expect(serviceMoments(estimate, 0.1).mean).toBeGreaterThan(0.19);
    expect(withServed(nothingServed, [NaN, -1, Infinity])).toEqual(nothingServed);
  });
});

describe('tables of outcomes', () => {
  const shape = { slack: 4.7, variation: 0.2, percentile: 99, admission: referenceAdmission };

  test('are worse with more load and better with more replicas', () => {
    const table = outcomeTable(shape);
    const violations = [0.4, 0.7, 0.9, 1, 1.2, 2].map((load) => table.at(3 * load, 3).violations);
    for (let i = 1; i < violations.length; i++) expect(violations[i]).toBeGreaterThan(violations[i - 1]!);
    expect(violations[0]).toBeLessThan(0.005);
    expect(violations.at(-1)).toBeGreaterThan(0.95);
    expect(table.at(3, 4).violations).toBeLessThan(table.at(3, 3).violations / 5);
    expect(table.at(3, 0)).toEqual({ violations: 1, lostUtility: 1 });
    expect([table.at(0, 0), table.at(NaN, 3)]).toEqual([
      { violations: 0, lostUtility: 0 },
      { violations: 0, lostUtility: 0 },
    ]);
  });

  test('shedding the late serves nearly all that can be served under overload', () => {
    const shedding = outcomeTable({
      ...shape,
      admission: { ...referenceAdmission, concurrency: 1, lateAfterSeconds: 3.5 },
    });
    // Of 1.25 times what the replicas can do, a fifth cannot be served.
    expect(shedding.at(5, 4).violations).toBeGreaterThan(0.2);
    expect(shedding.at(5, 4).violations).toBeLessThan(0.24);
  });

  test('jobs that are alike share one', () => {
    expect(outcomeTable({ ...shape, slack: 4.72 })).toBe(outcomeTable({ ...shape, slack: 4.68 }));
    expect(outcomeTable({ ...shape, slack: 6 })).not.toBe(outcomeTable(shape));
  });
});

describe('policy berth', () => {
  const cluster = { jobs: [job({ name: 'a' }), job({ name: 'b' })], capacity: { replicas: 8 } };
  const rates = (a: number, b: number): Forecaster => ({
    name: 'certain',
    forecast: ({ job: name }, minutes) => certainForecast(new Array<number>(minutes).fill(60 * (name === 'a' ? a : b))),
  });
  const decide = (
    forecaster: Forecaster | undefined,
    jobs: readonly ReturnType<typeof seen>[],
    changes: Partial<BerthOptions> = {},
    using = cluster,
  ) => {
    const policy = berth(using, { ...defaultBerthOptions, ...(forecaster ? { forecaster } : {}), ...changes });
    return policy.decide(policy.initialState, lookAt(600, ...jobs));
  };
  const wished = ({ requests }: ReturnType<typeof decide>) =>
    Object.fromEntries(requests.map(({ job: index, to }) => [index, 'replicas' in to ? to.replicas : NaN]));

  test('moves replicas to where they spare most', () => {
    const jobs = [seen('a', { target: 4 }), seen('b', { target: 4 })];
    expect(wished(decide(rates(24, 3), jobs))).toEqual({ 0: 6, 1: 2 });
    const { requests, forecasts, routers } = decide(rates(24, 3), jobs);
    expect(requests[0]!.reason).toMatch(
      /^About 24.0 requests\/s are expected; [\d.e-]+ % of them over the SLO with 6, [\d.]+ % with 4\.$/,
    );
    expect(forecasts![0]!.slice(0, 2)).toEqual([1440, 1440]);
    // A certain forecast of 1440 requests, reckoned with to nine tenths.
    expect(routers![0]).toMatchObject({ concurrency: 1, shedShare: 0.0095, expectedPerMinute: 0.9 * 1440 });
  });

  test('does not move what brings less than the move costs', () => {
    // In a minute all is over: before the replica would serve.
    const short: Forecaster = {
      name: 'short',
      forecast: ({ job: name }) => certainForecast(name === 'a' ? [1300] : [900]),
    };
    expect(wished(decide(short, [seen('a', { target: 4 }), seen('b', { target: 4 })]))).toEqual({});
  });

  test('leaves a job alone whose change is under way, or of which nothing is known', () => {
    const scaling = [seen('a', { target: 3, isScaling: true }), seen('b', { target: 4 })];
    expect(wished(decide(rates(24, 24), scaling))).toEqual({ 1: 5 });
    const silent = [
      seen('a', { target: 3, arrivalsPerMinute: [], meanLatencyMs: null }),
      seen('b', { target: 1, arrivalsPerMinute: [600] }),
    ];
    const { requests } = decide(undefined, silent);
    expect(requests.some(({ job: index }) => index === 0)).toBe(false);
  });

  test('leaves a job alone whose measurements are no numbers', () => {
    const damaged = [
      seen('a', { target: 3, arrivalsPerMinute: [NaN], arrivalsUnderWay: NaN, meanLatencyMs: NaN }),
      seen('b', { target: 1, arrivalsPerMinute: [600] }),
    ];
    for (const forecaster of [undefined, onlineForecaster()]) {
      const { requests } = decide(forecaster, damaged);
      expect(requests.some(({ job: index }) => index === 0)).toBe(false);
    }
  });

  test('goes by the present rate where there is no forecast', () => {
    const jobs = [seen('a', { arrivalsPerMinute: [1200] }), seen('b', { arrivalsPerMinute: [120] })];
    const wishes = wished(decide(undefined, jobs));
    expect(wishes[0]).toBeGreaterThanOrEqual(5);
    expect(wishes[0]! + (wishes[1] ?? 1)).toBeLessThanOrEqual(8);
  });

  test('sets the routers as the shedding says', () => {
    const jobs = [seen('a'), seen('b')];
    expect(decide(rates(1, 1), jobs, { shedding: 'none' }).routers).toMatchObject([
      { shedShare: 0, lateLast: true },
      {},
    ]);
    // Without a forecast nothing is reckoned with.
    expect(decide(undefined, jobs, { shedding: 'bounded' }).routers![0]).toMatchObject({ expectedPerMinute: 0 });
    const router = decide(rates(1, 1), jobs, { shedding: 'deadline' }).routers![0]!;
    expect(router).toMatchObject({ concurrency: 1, shedShare: 1, lateLast: false });
    // By the declared 180 ms and a fifth of that, a request must have begun after 504 ms.
    expect(router.lateAfterSeconds).toBeCloseTo(0.504, 3);
  });

  test('keeps to limits, several resources and priorities', () => {
    const jobs = [
      job({ name: 'a', resources: { cpu: 2 }, maxReplicas: 5 }),
      job({ name: 'b', resources: { cpu: 1 }, minReplicas: 2 }),
    ];
    const wishes = wished(
      decide(rates(24, 24), [seen('a'), seen('b', { target: 2 })], {}, { jobs, capacity: { cpu: 13 } as never }),
    );
    expect(2 * (wishes[0] ?? 1) + (wishes[1] ?? 2)).toBeLessThanOrEqual(13);
    const heavy = { ...cluster, jobs: [job({ name: 'a', weight: 10 }), job({ name: 'b' })] };
    const [favoured] = [wished(decide(rates(24, 24), [seen('a', { target: 4 }), seen('b', { target: 4 })], {}, heavy))];
    expect(favoured[0] ?? 4).toBeGreaterThan(4);
  });

  test('says when the minima do not fit', () => {
    const tight = { ...cluster, capacity: { replicas: 1 } };
    expect(decide(rates(1, 1), [seen('a'), seen('b')], {}, tight)).toMatchObject({
      requests: [],
      problem: { kind: 'minimaExceedCapacity' },
    });
  });
});
