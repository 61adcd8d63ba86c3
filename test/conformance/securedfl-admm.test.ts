import { expect, it } from 'vitest';
import { affinePlane } from '../../server/src/securedfl/affine-plane.ts';
import type { Vector } from '../../server/src/securedfl/admm.ts';
import { aggregationTrace } from '../../server/src/securedfl/admm.ts';
import { contraction } from '../../server/src/securedfl/convergence.ts';
import { kirkmanTripleSystem } from '../../server/src/securedfl/kirkman.ts';
import { noiseWidths, posteriorRatios } from '../../server/src/securedfl/noise-margin.ts';
import type { Pattern } from '../../server/src/securedfl/pattern.ts';
import { rhoSchedule } from '../../server/src/securedfl/rho-schedule.ts';
import { transversalGrid } from '../../server/src/securedfl/transversal-grid.ts';
import { meanSquareError, siteDuals, siteWeights, weightedMean } from '../unit/securedfl/federated-vectors.ts';
import { describeWithSharedData, sharedJson } from './shared-data.ts';

const patterns: Record<string, Pattern> = {
  n9_g3_AG23: affinePlane(3)!,
  n15_g3_KTS7: kirkmanTripleSystem(15)!,
  n15_g3_TD5: transversalGrid(5, 3)!,
};

interface TinyTrace {
  n: number;
  d: number;
  rho: number[];
  p: number[];
  w: number[][];
  lambda0: number[][];
  trace: {
    iteration: number;
    rho: number;
    partition: number[][];
    x: number[][];
    y: number[][];
    partial: number[][];
    z: number[];
    lam: number[][];
  }[];
}

function expectClose(found: readonly Vector[], expected: readonly number[][], key: string): void {
  expect(found.length, key).toBe(expected.length);
  found.forEach((vector, i) => {
    expect(vector.length, key).toBe(expected[i]!.length);
    vector.forEach((value, j) => expect(Math.abs(value - expected[i]![j]!), key).toBeLessThanOrEqual(1e-12));
  });
}

describeWithSharedData('SecureD-FL: recorded ADMM trace', () => {
  it.each(['uniform', 'weighted'])('%s: every vector of every site and iteration, to 1e-12', (name) => {
    const { n, d, rho, p, w, lambda0, trace } = sharedJson<Record<string, TinyTrace>>('securedfl/admm_tiny_trace.json')[
      name
    ]!;
    expect(siteWeights(n, d)).toEqual(w.map((each) => Float64Array.from(each)));
    expect(siteDuals(n, d)).toEqual(lambda0.map((each) => Float64Array.from(each)));
    const pattern = patterns.n9_g3_AG23!;
    const steps = [...aggregationTrace({ pattern, rho, weights: p, w: siteWeights(n, d), lambda0: siteDuals(n, d) })];
    expect(steps.length).toBe(trace.length);
    steps.forEach((step, i) => {
      const expected = trace[i]!;
      const key = `${name}, iteration ${step.iteration}`;
      expect(pattern.rounds[i], key).toEqual(expected.partition);
      expectClose(step.x, expected.x, `${key}: x`);
      expectClose(step.y, expected.y, `${key}: y`);
      expectClose(step.partials, expected.partial, `${key}: partial sums`);
      expectClose([step.z], [expected.z], `${key}: z`);
      expectClose(step.lambda, expected.lam, `${key}: lambda`);
    });
  });
});

interface Convergence {
  n: number;
  sched: Record<
    string,
    {
      rho: number[];
      predicted_contraction_vs_iter1: number[];
      float64: { mse: number }[];
      reference_torch_float32: { mse: number }[];
    }
  >;
}

describeWithSharedData('SecureD-FL: recorded convergence', () => {
  it.each(Object.keys(patterns))('%s: errors of all 14 schedules', (name) => {
    const d = 1000;
    const { n, sched } = sharedJson<Record<string, Convergence>>('securedfl/admm_convergence.json')[name]!;
    const weights = new Array<number>(n).fill(1 / n);
    const [w, lambda0] = [siteWeights(n, d), siteDuals(n, d)];
    const mean = weightedMean(w, new Array<number>(n).fill(1)).map((sum) => sum / n);
    expect(Object.keys(sched)).toHaveLength(14);
    for (const [schedule, recorded] of Object.entries(sched)) {
      const { rho } = recorded;
      contraction(rho).forEach((factor, i) =>
        expect(Math.abs(factor / recorded.predicted_contraction_vs_iter1[i]! - 1)).toBeLessThan(1e-12),
      );
      const input = { pattern: patterns[name]!, rho, weights, w, lambda0 };
      for (const { iteration, z } of aggregationTrace(input)) {
        const expected = recorded.float64[iteration - 1]!.mse;
        if (expected <= 1e-28) continue;
        // To 1e-9; where the error itself is of the size of rounding, to what a few roundings of a y, about 1/rho,
        // can do to a mean square: the recorded sums were taken in another order.
        const rounding = (4 * Number.EPSILON * Math.max(1, 1 / rho[iteration - 1]!)) / Math.sqrt(n);
        const tolerance = 1e-9 * expected + 2 * Math.sqrt(expected) * rounding + rounding ** 2;
        const key = `${name} ${schedule} iteration ${iteration}`;
        expect(Math.abs(meanSquareError(z, mean) - expected), key).toBeLessThanOrEqual(tolerance);
        if (expected > 1e-16) {
          expect(Math.abs(meanSquareError(z, mean) / expected - 1), key).toBeLessThanOrEqual(1e-9);
        }
      }
      for (const { iteration, z } of aggregationTrace({ ...input, precision: 'float32' })) {
        const reference = recorded.reference_torch_float32[iteration - 1]!.mse;
        expect(meanSquareError(z, mean), `${name} ${schedule} float32`).toBeLessThanOrEqual(2 * reference);
      }
    }
  });
});

interface Margin {
  rho: number[];
  interval_width_mu_i: number[];
}

interface RecommendedSchedule {
  rho: number[];
  mu_T: number;
  posterior_visible_min_mean: [number, number];
  posterior_hidden_min_mean: [number, number];
}

describeWithSharedData('SecureD-FL: recorded noise margins', () => {
  it('the interval widths of all schedules, to 1e-9', () => {
    const recorded = sharedJson<Record<string, Partial<Margin>>>('securedfl/privacy_margin.json');
    let compared = 0;
    for (const [schedule, { rho, interval_width_mu_i: widths }] of Object.entries(recorded)) {
      if (rho === undefined || widths === undefined) continue;
      noiseWidths(rho, 1).forEach((width, i) => expect(Math.abs(width / widths[i]! - 1), schedule).toBeLessThan(1e-9));
      compared++;
    }
    expect(compared).toBe(17);
  });

  it('the schedules of the experiments come out of their rules', () => {
    const { runsh_admm7: run, runsh_admm4: other } = sharedJson<Record<string, Margin>>(
      'securedfl/privacy_margin.json',
    );
    expect(rhoSchedule({ rho: 0.1, decay: { rate: 0.9, period: 4 } }, run!.rho.length)).toEqual(run!.rho);
    expect(rhoSchedule({ rho: 0.005, decay: { rate: 0.9, period: 2 } }, other!.rho.length)).toEqual(other!.rho);
  });

  it('posterior ratios of the recommended schedules, to 2e-5', () => {
    // The record is not more exact than that: for the smallest penalties it lies above what knowing the average alone
    // leaves, although further observations can only lower it.
    const recorded = sharedJson<Record<string, RecommendedSchedule>>('securedfl/recommended_schedules.json');
    expect(Object.keys(recorded)).toHaveLength(18);
    for (const [key, { rho, mu_T, ...posterior }] of Object.entries(recorded)) {
      const pattern = patterns[key.split(' ').at(-1)!]!;
      expect(Math.abs(noiseWidths(rho, 1).at(-1)! / mu_T - 1), key).toBeLessThan(1e-6);
      for (const partialSums of ['visible', 'hidden'] as const) {
        const ratios = posteriorRatios(pattern, {
          rho,
          observer: 0,
          partialSums,
          weightDeviation: 0.01,
          dualDeviation: Math.sqrt(1 / 12),
        }).slice(1);
        const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
        const [least, average] = posterior[`posterior_${partialSums}_min_mean`];
        expect(Math.abs(Math.min(...ratios) / least - 1), `${key} ${partialSums}`).toBeLessThan(2e-5);
        expect(Math.abs(mean / average - 1), `${key} ${partialSums}`).toBeLessThan(2e-5);
      }
    }
  });
});
