import { describe, expect, test } from 'vitest';
import { repairToIntegers } from '../../../../server/src/faro/allocation/integer-repair.ts';
import type { RepairProblem } from '../../../../server/src/faro/allocation/integer-repair.ts';
import { job } from '../golden-instance.ts';

/** Jobs of one unit each whose worth is given by replicas, from 0. */
function problem(worths: readonly (readonly number[])[], capacity: number, current?: number[]): RepairProblem {
  return {
    jobs: worths.map(() => job()),
    capacity: { replicas: capacity },
    ranges: worths.map((worth) => ({ min: 1, max: worth.length - 1 })),
    current: current ?? worths.map(() => 1),
    shrinks: true,
    value: (replicas) => replicas.reduce((sum, held, i) => sum + worths[i]![held]!, 0),
  };
}

describe('making a relaxed allocation whole', () => {
  test('rounds up, then takes the replica that is missed least until all fit', () => {
    const worths = [
      [0, 0.1, 0.5, 1],
      [0, 0.2, 0.9, 1],
    ];
    expect(repairToIntegers(problem(worths, 6), [2.1, 2.2])).toEqual([3, 3]);
    expect(repairToIntegers(problem(worths, 5), [2.1, 2.2])).toEqual([3, 2]);
    expect(repairToIntegers(problem(worths, 4), [2.1, 2.2])).toEqual([2, 2]);
  });

  test('losses equal to four decimals go by the distance from what runs, then by the order', () => {
    const worths = [
      [0, 0.1, 0.6],
      [0, 0.10001, 0.6],
    ];
    expect(repairToIntegers(problem(worths, 3, [2, 1]), [2, 2])).toEqual([2, 1]);
    expect(repairToIntegers(problem(worths, 3, [1, 1]), [2, 2])).toEqual([1, 2]);
  });

  test('gives back what brings nothing, and spends it on the first job that gains', () => {
    const worths = [
      [0, 1, 1, 1],
      [0, 0.2, 0.3, 0.9, 1],
    ];
    expect(repairToIntegers(problem(worths, 4), [3, 1])).toEqual([1, 3]);
    expect(repairToIntegers({ ...problem(worths, 4), shrinks: false }, [3, 1])).toEqual([3, 1]);
    // Without anything to give back, nothing is spent either.
    expect(repairToIntegers(problem(worths, 6), [1, 1])).toEqual([1, 1]);
  });

  test('keeps to the jobs’ limits, and takes only from those that use what is short', () => {
    const jobs = [job({ resources: { cpu: 1 } }), job({ resources: { cpu: 0, gpu: 1 } })];
    const repaired = repairToIntegers(
      {
        jobs,
        capacity: { cpu: 2, gpu: 9 },
        ranges: [
          { min: 1, max: 5 },
          { min: 2, max: 3 },
        ],
        current: [1, 2],
        shrinks: true,
        value: ([a, b]) => 10 * a! + b!,
      },
      [4, 99],
    );
    expect(repaired).toEqual([2, 3]);
    expect(repairToIntegers(problem([[0, 1, 2]], 9), [NaN])).toEqual([1]);
  });
});
