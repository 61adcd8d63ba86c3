import { describe, expect, test } from 'vitest';
import { dropPenalty, effectiveUtility } from '../../../../server/src/faro/utility/drop-penalty.ts';
import { objectiveValue } from '../../../../server/src/faro/allocation/objective.ts';
import { OBJECTIVES } from '../../../../server/src/spec/types.ts';
import { utilityOf } from '../../../../server/src/faro/utility/utility.ts';

describe('utility', () => {
  test('is 1 up to the target and then falls with the shape', () => {
    expect(utilityOf(720, 720)).toBe(1);
    expect(utilityOf(1440, 720)).toBe(0.5);
    expect(utilityOf(1440, 720, { kind: 'relaxed', alpha: 2 })).toBe(0.25);
    expect(utilityOf(720.1, 720, { kind: 'step' })).toBe(0);
    expect(utilityOf(Infinity, 720)).toBe(0);
  });

  test.each([1 / 3, 1 / 2, 1, 2, 3, 100])('alpha %f', (alpha) => {
    expect(utilityOf(900, 720, { kind: 'relaxed', alpha })).toBeCloseTo(0.8 ** alpha, 12);
  });

  test('is 0 where there is nothing to compare', () => {
    for (const [latency, target] of [
      [NaN, 720],
      [900, NaN],
      [900, -1],
      [Infinity, 720],
    ] as const) {
      expect(utilityOf(latency, target, { kind: 'relaxed', alpha: 0 })).toBe(0);
      expect(utilityOf(latency, target)).toBe(0);
    }
  });
});

describe('drop penalties', () => {
  test.each([
    ['step', [0, 0.01, 0.011, 0.05, 0.1, 0.11, 1], [0, 0, 0.25, 0.25, 0.5, 1, 1]],
    ['strictStep', [0.001, 0.002, 0.03, 0.08, 0.09], [0, 0.25, 0.25, 0.5, 1]],
    ['linear', [0.01, 0.03, 0.05, 0.075, 0.1, 0.55, 1], [0, 0.125, 0.25, 0.375, 0.5, 0.75, 1]],
    ['strictLinear', [0.001, 0.0155, 0.03, 0.055, 0.08, 0.54, 1], [0, 0.125, 0.25, 0.375, 0.5, 0.75, 1]],
  ] as const)('%s', (family, rates, penalties) => {
    rates.forEach((rate, i) => expect(dropPenalty(rate, family)).toBeCloseTo(penalties[i]!, 12));
  });

  test('clip the drop rate and reduce the utility', () => {
    expect(dropPenalty(-1, 'linear')).toBe(0);
    expect(dropPenalty(2, 'strictLinear')).toBe(1);
    expect(effectiveUtility(0.8, 0.04)).toBeCloseTo(0.6, 12);
  });
});

describe('objectives', () => {
  const [utilities, weights] = [
    [0.5, 1, 0.25],
    [1, 2, 4],
  ];
  test.each([
    ['Sum', 3.5],
    ['Fair', -0.75],
    ['FairSum', 3.5 - 3 * 0.75],
    ['PenaltySum', 3.5],
    ['PenaltyFairSum', 3.5 - 3 * 0.75],
  ] as const)('%s', (kind, value) => {
    expect(OBJECTIVES).toContain(kind);
    expect(objectiveValue({ kind }, utilities, weights)).toBeCloseTo(value, 12);
  });

  test('gamma weighs the spread', () => {
    expect(objectiveValue({ kind: 'FairSum', gamma: 1 }, utilities, weights)).toBeCloseTo(2.75, 12);
    expect(objectiveValue({ kind: 'FairSum' }, [], [])).toBe(0);
  });
});
