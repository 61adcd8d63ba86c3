import process from 'node:process';
import { defineConfig } from 'vitest/config';

/** On a real Kubernetes control plane and a real Ray head: there only for `npm run test:clusters`, which says where they lie (`scripts/clusters/`, `scripts/ray/`). */
const clusters = {
  test: {
    name: 'clusters',
    include: ['test/clusters/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks' as const,
    fileParallelism: false,
    sequence: { groupOrder: 7 },
  },
};

// One project per layer: unit and conformance are pure; integration starts real processes; contract holds every target to one
// set of tests; e2e drives a real VS Code. The groups run
// one after the other, so that what measures itself against a clock (a router, a browser) has the machine to itself.
// They count from 1, since vitest runs what is in group 0 last on a machine with a single worker.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
          // None takes more than a few seconds; on a busy machine that may be ten times as long, which is no fault.
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'pytorch',
          include: ['test/pytorch/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 30_000, interval: 100 } },
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      ...(process.env.BERTH_CLUSTERS ? [clusters] : []),
    ],
  },
});
