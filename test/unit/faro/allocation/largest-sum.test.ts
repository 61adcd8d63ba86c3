import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullWindow } from '../../../../server/src/faro/allocation/allocation-options.ts';
import type { AllocationOptions } from '../../../../server/src/faro/allocation/allocation-options.ts';
import { largestSum } from '../../../../server/src/faro/allocation/largest-sum.ts';
import { Matrix } from '../../../../server/src/numeric/matrix.ts';

interface Row {
  readonly value: number;
  readonly demand: readonly number[];
}

/** Options of jobs, each with values by replicas from 0 on. */
function optionsOf(jobs: readonly (readonly Row[])[], capacities: readonly number[]): AllocationOptions {
  const rows = jobs.flat();
  const first = [0];
  for (const job of jobs) first.push(first.at(-1)! + job.length);
  return {
    first: Int32Array.from(first),
    replicas: Int32Array.from(jobs.flatMap((job) => job.map((_, held) => held))),
    level: Float64Array.from(rows, ({ value }) => value),
    value: Float64Array.from(rows, ({ value }) => value),
    cost: Float64Array.from(jobs.flatMap((job) => job.map((_, held) => held))),
    demand: Matrix.of(
      capacities.map((_, d) => rows.map(({ demand }) => demand[d]!)),
      rows.length,
    ),
    capacities,
    resolution: 1,
    valueUnit: 1,
  };
}

/** By textbook recursion over whole units: value first, then fewer replicas. */
function oracle(jobs: readonly (readonly Row[])[], capacity: number): { value: number; replicas: number } | undefined {
  let table: ({ value: number; replicas: number } | undefined)[] = Array.from({ length: capacity + 1 }, () => ({
    value: 0,
    replicas: 0,
  }));
  for (const job of jobs) {
    table = table.map((_, units) => {
      let best: { value: number; replicas: number } | undefined;
      job.forEach(({ value, demand }, held) => {
        const before = table[units - demand[0]!];
        if (before === undefined) return;
        const now = { value: before.value + value, replicas: before.replicas + held };
        if (
          best === undefined ||
          now.value > best.value ||
          (now.value === best.value && now.replicas < best.replicas)
        ) {
          best = now;
        }
      });
      return best;
    });
  }
  return table[capacity];
}

const job = (dimensions: number): fc.Arbitrary<Row[]> =>
  fc
    .record({
      gains: fc.array(fc.integer({ min: -2, max: 12 }), { maxLength: 6 }),
      start: fc.integer({ min: 0, max: 2 }),
      each: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: dimensions, maxLength: dimensions }),
    })
    .map(({ gains, start, each }) => {
      let value = 0;
      return [0, ...gains].map((gain, held) => {
        value += gain;
        return { value, demand: each.map((amount) => amount * (start + held)) };
      });
    });

describe('the largest sum', () => {
  test('over one capacity is that of dynamic programming, ties included', () => {
    fc.assert(
      fc.property(fc.array(job(1), { maxLength: 24 }), fc.integer({ min: 0, max: 90 }), (jobs, capacity) => {
        const options = optionsOf(jobs, [capacity]);
        const expected = oracle(jobs, capacity);
        const found = largestSum(options, fullWindow(options));
        expect(found?.value).toBe(expected?.value);
        expect(found?.cost).toBe(expected?.replicas);
        if (found !== undefined) expect([found.optimal, found.bound]).toEqual([true, found.value]);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  test('over three capacities is feasible and bounded, and proved where labels are kept', () => {
    fc.assert(
      fc.property(
        fc.array(job(3), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 }),
        fc.constantFrom(undefined, 1),
        (jobs, capacities, labelLimit) => {
          const options = optionsOf(jobs, capacities);
          let best: number | undefined;
          const visit = (j: number, value: number, used: readonly number[]): void => {
            if (used.some((amount, d) => amount > capacities[d]!)) return;
            if (j === jobs.length) best = Math.max(best ?? -Infinity, value);
            else
              for (const row of jobs[j]!)
                visit(
                  j + 1,
                  value + row.value,
                  used.map((amount, d) => amount + row.demand[d]!),
                );
          };
          visit(0, 0, [0, 0, 0]);
          const found = largestSum(options, fullWindow(options), labelLimit);
          expect(found === undefined).toBe(best === undefined);
          if (found === undefined || best === undefined) return;
          expect(found.bound).toBeGreaterThanOrEqual(best);
          expect(found.value).toBeLessThanOrEqual(best);
          if (found.optimal || labelLimit === undefined) expect(found.value).toBe(best);
          capacities.forEach((capacity, d) => {
            expect(found.picks.reduce((sum, x) => sum + options.demand.at(d, x), 0)).toBeLessThanOrEqual(capacity);
          });
        },
      ),
      { seed: 1, numRuns: 400 },
    );
  });
});
