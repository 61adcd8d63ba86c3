import { expect, test } from 'vitest';
import { withNodeCuts } from '../../../../server/src/faro/allocation/node-cuts.ts';
import { allocate } from '../../../../server/src/faro/allocation/allocation.ts';
import { goldenJobs, job } from '../golden-instance.ts';

test('counts in the sizes of the replicas what nodes can hold', () => {
  const jobs = [job({ resources: { gpu: 3 } }), job({ resources: { gpu: 2 } })];
  const { capacity, jobs: cut } = withNodeCuts(jobs, { gpu: 24 }, [{ gpu: 8 }, { gpu: 8 }, { gpu: 8 }]);
  expect(capacity).toEqual({ gpu: 24, 'gpu by 3': 6, 'gpu by 2': 12, 'replicas on nodes': 12 });
  expect(cut.map(({ resources }) => resources)).toEqual([
    { gpu: 3, 'gpu by 3': 1, 'gpu by 2': 1, 'replicas on nodes': 1 },
    { gpu: 2, 'gpu by 3': 0, 'gpu by 2': 1, 'replicas on nodes': 1 },
  ]);
});

test('nodes that waste a quarter of what they have are filled to the optimum', () => {
  const jobs = goldenJobs.map((golden) => ({ ...golden, resources: { gpu: 3 } }));
  const nodes = Array.from({ length: 16 }, () => ({ gpu: 8 }));
  const result = allocate({ jobs, capacity: {}, nodes, objective: { kind: 'FairSum' } });
  if (result.kind !== 'allocated') throw new Error(result.kind);
  // 128 accelerators, and room for 32 replicas as in the golden instance.
  expect(result.optimal).toBe(true);
  expect(result.replicas).toEqual([4, 3, 3, 3, 5, 3, 2, 4, 3, 2]);
  expect(result.assignment?.every((counts) => counts.reduce((a, b) => a + b) === 2)).toBe(true);
});
