import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocate, problemUtilities } from '../../../../server/src/faro/allocation/allocation.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import type { Job } from '../../../../server/src/faro/job.ts';
import { job } from '../golden-instance.ts';

/** Tries every pair of a lowest and a highest utility, and for each the largest sum by dynamic programming. */
function bestByPairs(jobs: readonly Job[], capacity: number, gamma: number): number {
  const problem = { jobs, capacity: { replicas: capacity }, objective: { kind: 'Sum' } } as const;
  const tables = jobs.map((_, i) => [...problemUtilities(problem, i, capacity)]);
  const levels = [...new Set(tables.flatMap((table) => table.slice(1)))].sort((a, b) => a - b);
  let best = -Infinity;
  for (const [f, lowest] of levels.entries()) {
    for (const highest of levels.slice(f)) {
      let values = Array.from({ length: capacity + 1 }, () => 0);
      jobs.forEach((each, i) => {
        values = values.map((_, units) => {
          let value = -Infinity;
          for (let held = 1; held <= units; held++) {
            const utility = tables[i]![held]!;
            if (utility >= lowest && utility <= highest) {
              value = Math.max(value, values[units - held]! + each.weight * utility);
            }
            if (utility === 1) break;
          }
          return value;
        });
      });
      best = Math.max(best, values[capacity]! + gamma * (lowest - highest));
    }
  }
  return best;
}

test('sum and spread together are as large as any pair of limits allows', () => {
  const cases = fc.record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    count: fc.integer({ min: 5, max: 9 }),
    perJob: fc.double({ min: 1, max: 4, noNaN: true }),
    gamma: fc.constantFrom(0.1, 1, 3, undefined),
  });
  fc.assert(
    fc.property(cases, ({ seed, count, perJob, gamma }) => {
      const random = randomStream(seed, 'spread');
      const jobs = Array.from({ length: count }, (_, i) =>
        job({
          name: `job ${i}`,
          weight: 0.5 + random.uniform(),
          ratesPerSecond: [0, 1, 2].map(() => 2 + 20 * random.uniform()),
        }),
      );
      const capacity = Math.floor(count * perJob);
      const result = allocate({
        jobs,
        capacity: { replicas: capacity },
        objective: gamma === undefined ? { kind: 'FairSum' } : { kind: 'FairSum', gamma },
      });
      if (result.kind !== 'allocated') throw new Error(result.kind);
      expect(result.optimal).toBe(true);
      expect(result.objective).toBeCloseTo(bestByPairs(jobs, capacity, gamma ?? count), 9);
    }),
    { seed: 1, numRuns: 25 },
  );
});
