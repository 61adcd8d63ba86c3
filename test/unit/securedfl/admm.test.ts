import { describe, expect, it } from 'vitest';
import type { AggregationInput } from '../../../server/src/securedfl/admm.ts';
import { aggregate, aggregationTrace, aggregationWeights, type Vector } from '../../../server/src/securedfl/admm.ts';
import { affinePlane } from '../../../server/src/securedfl/affine-plane.ts';
import { contraction, expectedMse } from '../../../server/src/securedfl/convergence.ts';
import { initialDuals } from '../../../server/src/securedfl/initial-duals.ts';
import { noiseWidths, plainShare, posteriorRatios } from '../../../server/src/securedfl/noise-margin.ts';
import { rhoSchedule } from '../../../server/src/securedfl/rho-schedule.ts';
import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';
import { transversalGrid } from '../../../server/src/securedfl/transversal-grid.ts';
import { meanSquareError, siteDuals, siteWeights, weightedMean } from './federated-vectors.ts';

const d = 200;
const pattern = affinePlane(3)!;
const equal = new Array<number>(9).fill(1 / 9);
const input: AggregationInput = {
  pattern,
  rho: rhoSchedule({ rho: 0.1 }, 6),
  weights: equal,
  w: siteWeights(9, d),
  lambda0: siteDuals(9, d),
};

describe('rho schedule', () => {
  it('decays after every period', () => {
    expect(rhoSchedule({ rho: 8, decay: { rate: 0.5, period: 2 } }, 5)).toEqual([8, 8, 4, 4, 2]);
    expect(rhoSchedule({ rho: 3 }, 3)).toEqual([3, 3, 3]);
    expect(rhoSchedule({ rho: 3 }, 0)).toEqual([]);
  });
});

describe('ADMM consensus', () => {
  it('converges to the mean at exactly the predicted rate', () => {
    const mean = weightedMean(siteWeights(9, d), equal);
    const errors = [...aggregationTrace(input)].map(({ z }) => Math.sqrt(meanSquareError(z, mean)));
    contraction(input.rho).forEach((factor, i) => expect(errors[i]! / errors[0]!).toBeCloseTo(factor, 12));
  });

  it('averages by the given weights', () => {
    const weights = aggregationWeights([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const z = aggregate({ ...input, weights, rho: rhoSchedule({ rho: 0.01 }, 5) });
    expect(meanSquareError(z, weightedMean(siteWeights(9, d), weights))).toBeLessThan(1e-14);
    expect(() => aggregationWeights([0, 0])).toThrow(RangeError);
    expect(() => aggregationWeights([2, -1])).toThrow(RangeError);
  });

  it('keeps the weighted sum of the duals at zero from the first iteration on', () => {
    for (const { lambda } of aggregationTrace(input)) {
      for (let j = 0; j < d; j++) {
        expect(Math.abs(lambda.reduce((sum, dual, k) => sum + equal[k]! * dual[j]!, 0))).toBeLessThan(1e-14);
      }
    }
  });

  it('hands out 2(1-A)w + A·lambda0 in every message and nothing else', () => {
    // m = rho (y - c) with the public c; checked by removing the same public part from two sites with equal secrets.
    const twin = { ...input, w: input.w.map((w, k) => (k === 4 ? input.w[0]! : w)) };
    const twins = { ...twin, lambda0: twin.lambda0.map((l, k) => (k === 4 ? twin.lambda0[0]! : l)) };
    let product = 1;
    for (const { y, rho } of aggregationTrace(twins)) {
      product *= 2 / (2 + rho);
      for (const other of [1, 2, 5]) {
        for (let j = 0; j < d; j++) {
          const share = (k: number): number => 2 * (1 - product) * twins.w[k]![j]! + product * twins.lambda0[k]![j]!;
          expect(rho * (y[other]![j]! - y[0]![j]!)).toBeCloseTo(share(other) - share(0), 12);
        }
      }
      expect(y[4]).toEqual(y[0]);
    }
  });

  it('grouping does not change the result beyond rounding', () => {
    const everyone = { n: 9, rounds: [[[0, 1, 2, 3, 4, 5, 6, 7, 8]]] };
    const together = aggregate({ ...input, pattern: everyone });
    aggregate(input).forEach((value, j) => expect(Math.abs(value - together[j]!)).toBeLessThan(1e-13));
  });
});

describe('initial duals', () => {
  const bytesFrom = (seed: number): ((bytes: Uint8Array) => void) => {
    const next = mulberry32(seed);
    return (bytes) => {
      expect(bytes.length).toBeLessThanOrEqual(65_536);
      bytes.forEach((_, i) => (bytes[i] = Math.floor(next() * 256)));
    };
  };

  it('are uniform over [-1, 1)', () => {
    const duals = initialDuals(20_000, bytesFrom(9));
    expect(duals.every((value) => value >= -1 && value < 1)).toBe(true);
    expect(Math.abs(duals.reduce((sum, value) => sum + value, 0) / duals.length)).toBeLessThan(0.02);
    expect(Math.abs(duals.reduce((sum, value) => sum + value ** 2, 0) / duals.length - 1 / 3)).toBeLessThan(0.01);
    expect(new Set(duals).size).toBe(duals.length);
  });

  it('reach both ends', () => {
    expect(initialDuals(1, (bytes) => bytes.fill(0))[0]).toBe(-1);
    expect(initialDuals(1, (bytes) => bytes.fill(255))[0]).toBe(1 - 2 ** -52);
  });
});

describe('predicted error', () => {
  it.each([
    [{ rho: 3, decay: { rate: 3e-4, period: 1 } }, 2],
    [{ rho: 0.5, decay: { rate: 1e-3, period: 1 } }, 2],
    [{ rho: 0.05, decay: { rate: 0.1, period: 1 } }, 3],
    [{ rho: 0.005, decay: { rate: 0.9, period: 2 } }, 4],
    [{ rho: 1 }, 5],
  ])('is within a factor of 3 of a real aggregation (%j)', (rule, iterations) => {
    const dimensions = 2000;
    const rho = rhoSchedule(rule, iterations);
    const w = siteWeights(9, dimensions);
    const lambda0 = siteDuals(9, dimensions).map((dual) => dual.map((u) => 2 * u - 1));
    const mean = weightedMean(w, equal);
    const meanRms = Math.sqrt(meanSquareError(new Float64Array(dimensions), mean));
    for (const precision of ['float64', 'float32'] as const) {
      const expected = expectedMse(rho, { meanRms, dualVariance: 1 / 3, weights: equal, precision });
      for (const { iteration, z } of aggregationTrace({ pattern, rho, weights: equal, w, lambda0, precision })) {
        const ratio = meanSquareError(z, mean) / expected[iteration - 1]!;
        expect(ratio).toBeGreaterThan(1 / 3);
        expect(ratio).toBeLessThan(3);
      }
    }
  });
});

describe('noise', () => {
  it('first has the width of the duals over rho and then shrinks', () => {
    const widths = noiseWidths([3, 3, 3], 1);
    expect(widths[0]).toBeCloseTo(1 / 3, 14);
    expect(widths[1]! < widths[0]! && widths[2]! < widths[1]!).toBe(true);
  });

  it.each([[[3, 9e-4]], [[12]], [[70, 0.02]], [[1, 1, 1]]])(
    'leaves so much of plain weight in messages as %j',
    (rho) => {
      const [dimensions, rms] = [20_000, 0.06];
      const random = mulberry32(5);
      const vectors = (scale: number): Float64Array[] =>
        Array.from({ length: 9 }, () => Float64Array.from({ length: dimensions }, () => scale * (2 * random() - 1)));
      const w = vectors(rms * Math.sqrt(3));
      const steps = [...aggregationTrace({ pattern, rho, weights: equal, w, lambda0: vectors(1) })];
      // What all know is the same in two messages of one iteration.
      const { y } = steps.at(-1)!;
      const between = (of: readonly Vector[]): number[] => Array.from(of[0]!, (value, j) => value - of[1]![j]!);
      const [told, plain] = [between(y), between(w)];
      const dot = (a: readonly number[], b: readonly number[]): number =>
        a.reduce((sum, value, j) => sum + value * b[j]!, 0);
      const share = dot(told, plain) ** 2 / (dot(told, told) * dot(plain, plain));
      expect(plainShare(rho, rms)).toBeCloseTo(share, 1.5);
    },
  );

  it('leaves what the average leaves, when little else is told', () => {
    const ratios = posteriorRatios(pattern, {
      rho: [0.1, 2e-4],
      observer: 3,
      weightDeviation: 0.01,
      dualDeviation: Math.sqrt(1 / 12),
    });
    expect(ratios[3]).toBeNaN();
    for (const ratio of ratios.filter((_, site) => site !== 3)) expect(ratio).toBeCloseTo(Math.sqrt(1 - 1 / 8), 4);
  });

  it('is zero for sites that the rank test finds recovered', () => {
    const question = { rho: new Array<number>(4).fill(1), observer: 9, weightDeviation: 0.1, dualDeviation: 0.3 };
    const ratios = posteriorRatios(transversalGrid(5, 3, 11)!, { ...question, rho: new Array<number>(6).fill(1) });
    expect(Math.max(...ratios.filter((_, site) => site !== 9))).toBeLessThan(1e-5);
  });
});
