import { describe, expect, test } from 'vitest';
import { acceptRateTolerance, bestAcceptRates } from '../../../../server/src/faro/utility/accept-rate.ts';
import { continuousUtility } from '../../../../server/src/faro/utility/continuous-utility.ts';
import { effectiveUtility } from '../../../../server/src/faro/utility/drop-penalty.ts';
import { goldenJobs, job } from '../golden-instance.ts';

describe('the best accept rate', () => {
  test.each(['step', 'linear', 'strictStep', 'strictLinear'] as const)(
    'beats every point of a fine grid, %s',
    (family) => {
      for (const golden of goldenJobs.slice(0, 4)) {
        const { utilities, acceptRates } = bestAcceptRates(golden, 6, family);
        const utility = continuousUtility(golden);
        for (let replicas = 0; replicas <= 6; replicas++) {
          const at = (rate: number) => effectiveUtility(utility(replicas, rate), 1 - rate, family);
          for (let i = 0; i <= 1000; i++) {
            expect(at(i / 1000)).toBeLessThanOrEqual(utilities[replicas]! + acceptRateTolerance + 1e-12);
          }
          expect(utilities[replicas]).toBeCloseTo(at(acceptRates[replicas]!), 12);
          if (replicas > 0) expect(utilities[replicas]).toBeGreaterThanOrEqual(utilities[replicas - 1]!);
        }
      }
    },
  );

  test('drops nothing where all is well, and nothing where nothing helps', () => {
    const { utilities, acceptRates } = bestAcceptRates(job({ ratesPerSecond: [10] }), 4, 'strictLinear');
    expect([utilities[4], acceptRates[4]]).toEqual([1, 1]);
    expect([utilities[0], acceptRates[0]]).toEqual([0, 1]);
    expect(bestAcceptRates(job(), 2, 'step')).toEqual({
      utilities: Float64Array.of(1, 1, 1),
      acceptRates: Float64Array.of(1, 1, 1),
    });
  });

  test('an overloaded job is better off without some of its load', () => {
    const overloaded = job({ ratesPerSecond: [12] });
    const { utilities, acceptRates } = bestAcceptRates(overloaded, 2, 'strictLinear');
    expect(acceptRates[2]).toBeLessThan(0.9);
    expect(utilities[2]).toBeGreaterThan(continuousUtility(overloaded)(2) * 1.5);
  });
});
