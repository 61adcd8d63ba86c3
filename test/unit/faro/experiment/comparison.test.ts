import { expect, test } from 'vitest';
import { bestOf, spreadOf, summaries } from '../../../../server/src/faro/experiment/comparison.ts';
import type { Outcome } from '../../../../server/src/faro/experiment/comparison.ts';
import { trialsOf, variantsOf } from '../../../../server/src/faro/experiment/grid.ts';
import type { Axes } from '../../../../server/src/faro/experiment/grid.ts';

const axes: Axes = {
  policies: ['faro', 'aiad'],
  objectives: ['Sum', 'FairSum'],
  capacities: [16, null],
  seeds: [1, 2],
};

function outcome(violationRate: number): Outcome {
  const totals = { violationRate, lostUtility: 2 * violationRate, lostEffectiveUtility: 1, requests: 10, failed: 0 };
  const job = { ...totals, meanMs: 1, p99Ms: 2, averageReplicas: 3 };
  return { ...job, perJob: [{ ...job, name: 'a' }] };
}

test('every combination is tried, once for all objectives where a policy knows none', () => {
  expect(variantsOf(axes).map(({ policy, objective, capacity }) => `${policy} ${objective} ${capacity}`)).toEqual([
    'faro Sum 16',
    'faro FairSum 16',
    'aiad null 16',
    'faro Sum null',
    'faro FairSum null',
    'aiad null null',
  ]);
  expect(trialsOf(axes)).toHaveLength(12);
  expect(
    trialsOf(axes)
      .slice(0, 2)
      .map(({ seed }) => seed),
  ).toEqual([1, 2]);
});

test('variants are summed up over their own seeds', () => {
  const rates = [0.1, 0.3, 0.2, 0.2, 0.05, 0.05, 1, 1, 1, 1, 1, 1];
  const rows = summaries(axes, rates.map(outcome));
  expect(rows[0]!.violationRate.mean).toBeCloseTo(0.2, 12);
  expect(rows[0]!.violationRate.deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  expect(rows[1]!.lostUtility.mean).toBeCloseTo(0.4, 12);
  expect(rows[0]!.perJob).toEqual([{ name: 'a', violationRate: rows[0]!.violationRate }]);
  expect(bestOf(rows, 'violationRate')!.policy).toBe('aiad');
  expect(bestOf([], 'violationRate')).toBeUndefined();
  expect(() => summaries(axes, [outcome(1)])).toThrow(RangeError);
});

test('one seed has no deviation', () => {
  expect(spreadOf([0.5])).toEqual({ mean: 0.5, deviation: null });
});
