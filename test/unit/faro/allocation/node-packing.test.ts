import { describe, expect, test } from 'vitest';
import { packOntoNodes, packWhatFits, replicasPerJob } from '../../../../server/src/faro/allocation/node-packing.ts';
import { job } from '../golden-instance.ts';

const gpuJob = (gpu: number) => job({ name: `gpu${gpu}`, resources: { gpu } });

describe('packing replicas onto nodes', () => {
  test('finds room where there is some', () => {
    const jobs = [gpuJob(3), gpuJob(1)];
    const packing = packOntoNodes(jobs, [2, 2], [{ gpu: 4 }, { gpu: 4 }]);
    expect(packing).toEqual({
      kind: 'packed',
      assignment: [
        [1, 1],
        [1, 1],
      ],
    });
  });

  test('knows that enough in all may be too little on each node', () => {
    const jobs = [gpuJob(3)];
    expect(packOntoNodes(jobs, [2], [{ gpu: 4 }, { gpu: 2 }])).toEqual({ kind: 'impossible' });
    expect(packOntoNodes([gpuJob(3), gpuJob(2)], [2, 2], [{ gpu: 5 }, { gpu: 4 }, { gpu: 1 }])).toEqual({
      kind: 'impossible',
    });
  });

  test('finds what placing the largest first misses', () => {
    // Best fit puts 4 + 3 on the second node and leaves 3 + 3 + 3 for ten.
    const jobs = [gpuJob(4), gpuJob(3)];
    const packing = packOntoNodes(jobs, [2, 4], [{ gpu: 10 }, { gpu: 10 }]);
    expect(packing.kind).toBe('packed');
    const vectors = [
      job({ resources: { cpu: 3, memory: 1 } }),
      job({ resources: { cpu: 1, memory: 3 } }),
      job({ resources: { cpu: 2, memory: 2 } }),
    ];
    const nodes = [
      { cpu: 4, memory: 4 },
      { cpu: 4, memory: 4 },
      { cpu: 4, memory: 4 },
    ];
    expect(packOntoNodes(vectors, [2, 2, 2], nodes).kind).toBe('packed');
    expect(packOntoNodes(vectors, [3, 3, 1], nodes).kind).toBe('impossible');
  });

  test('a resource that only some nodes name is absent on the others', () => {
    const jobs = [gpuJob(1), job({ resources: { cpu: 1 } })];
    const nodes = [{ cpu: 1 }, { cpu: 1, gpu: 2 }];
    expect(replicasPerJob(jobs, nodes)).toEqual([2, 2]);
    expect(packOntoNodes(jobs, [2, 2], nodes).kind).toBe('packed');
    expect(packOntoNodes(jobs, [3, 0], nodes).kind).toBe('impossible');
  });

  test('no replicas need no nodes; some need one', () => {
    expect(packOntoNodes([gpuJob(1)], [0], [])).toEqual({ kind: 'packed', assignment: [] });
    expect(packOntoNodes([gpuJob(1)], [1], [])).toEqual({ kind: 'impossible' });
  });

  test('places what fits of a wish, the minima first', () => {
    const jobs = [gpuJob(3), gpuJob(2)];
    const placed = packWhatFits(jobs, [0, 1], [3, 1], [{ gpu: 4 }, { gpu: 4 }]);
    expect(placed?.replicas).toEqual([1, 1]);
    expect(placed?.placeMore(0)).toBe(false);
    expect(placed?.placeMore(1)).toBe(true);
    expect(placed?.replicas).toEqual([1, 2]);
    expect(packWhatFits(jobs, [3, 0], [3, 0], [{ gpu: 4 }, { gpu: 4 }])).toBeUndefined();
  });
});
