import { describe, expect, test } from 'vitest';
import { allocateOntoNodes, fillNodes } from '../../../../server/src/faro/allocation/node-allocation.ts';
import type { ReplicaRange } from '../../../../server/src/faro/allocation/capacity-reduction.ts';
import { job } from '../golden-instance.ts';

const jobs = [job({ name: 'large', resources: { gpu: 3 } }), job({ name: 'small', resources: { gpu: 1 } })];
const nodes = [{ gpu: 4 }, { gpu: 4 }];
const problem = { jobs, capacity: { gpu: 8 }, objective: { kind: 'Sum' } } as const;
const tables = [Float64Array.of(0, 0.5, 1), Float64Array.of(0, 0.2, 0.4, 0.6)];
const ranges: ReplicaRange[] = [
  { min: 0, max: 2 },
  { min: 0, max: 3 },
];

/** By trying everything, with no regard to the nodes or to the capacity. */
const best = (within: readonly ReplicaRange[]) => {
  const replicas = within.map(({ max }) => max);
  return { replicas, bound: replicas.reduce((sum, held, i) => sum + tables[i]![held]!, 0) };
};

describe('allocation onto nodes', () => {
  test('splits what cannot be packed until the best that can is found', () => {
    const found = allocateOntoNodes(problem, nodes, tables, ranges, best);
    expect(found?.replicas).toEqual([2, 2]);
    expect(found?.bound).toBeCloseTo(1.4, 12);
    expect(found?.assignment).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('without room for the minima there is none', () => {
    const minima = [
      { min: 2, max: 2 },
      { min: 3, max: 3 },
    ];
    expect(allocateOntoNodes(problem, nodes, tables, minima, best)).toBeUndefined();
    expect(fillNodes(problem, nodes, tables, minima, [2, 3])).toBeUndefined();
  });

  test('fills up what a wish leaves free, with what gains most', () => {
    expect(fillNodes(problem, nodes, tables, ranges, [0, 1])?.replicas).toEqual([2, 2]);
    expect(fillNodes(problem, nodes, tables, ranges, [2, 3])?.replicas).toEqual([2, 2]);
  });
});
