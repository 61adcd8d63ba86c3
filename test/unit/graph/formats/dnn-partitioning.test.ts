import { describe, expect, it } from 'vitest';
import { readGraph, readGraphFile } from '../../../../server/src/graph/source.ts';
import { checkProblems } from '../graph-problem-check.ts';

const workload = {
  maxSizePerFPGA: 17_185_374_208,
  maxFPGAs: 2,
  maxCPUs: 1,
  nodes: [
    { name: 'in', id: 4, supportedOnFpga: 1, cpuLatency: 0, fpgaLatency: 0, isBackwardNode: 0, colorClass: 4, size: 0 },
    { name: 'fc', id: 2, cpuLatency: 1.4, fpgaLatency: 0.14, isBackwardNode: false, colorClass: 2, size: 145_489_920 },
    { name: 'fcgrad', id: 9, cpuLatency: 255.38, fpgaLatency: 25.538, isBackwardNode: true, colorClass: 2, size: 12 },
    { id: 3, fpgaLatency: 1, size: 1, isBackwardNode: 1 },
  ],
  edges: [
    { sourceId: 4, destId: 2, cost: 1.1, size: 13_107_200 },
    { sourceId: 2, destId: 9, cost: 0.25 },
    { sourceId: 9, destId: 3, cost: 0, size: 1 },
  ],
};

describe('a workload of dnn-partitioning', () => {
  it('is read: milliseconds, sizes, colour classes as groups, backward nodes, devices', () => {
    const read = readGraphFile({ path: '/x/gnmt.graph.json', text: JSON.stringify(workload) });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { graph } = read;
    expect(read.format?.name).toBe('dnn-partitioning');
    expect(graph.name).toBe('gnmt');
    expect(graph.names).toEqual(['in', 'fc', 'fcgrad', 'n3']);
    expect([...graph.computeUs]).toEqual([1, 140, 25_538, 1000]);
    expect([...graph.permBytes]).toEqual([0, 145_489_920, 12, 1]);
    expect([...graph.outBytes]).toEqual([0, 0, 0, 0]);
    expect(graph.groups).toEqual(['color 4', 'color 2', 'color 2', undefined]);
    expect(graph.ops.map((op) => op?.backward)).toEqual([false, false, true, true]);
    expect(read.devices).toEqual([
      { name: 'device0', memory: 17_185_374_208 },
      { name: 'device1', memory: 17_185_374_208 },
    ]);
  });

  it('sends what an edge says it carries over the link, and takes its cost twice where it says nothing else', () => {
    const read = readGraph(workload);
    expect(read.ok && [...read.graph.tensorBytes]).toEqual([13_107_200, 0, 1]);
    expect(read.ok && [...read.graph.tensorCommUs]).toEqual([Number.NaN, 500, Number.NaN]);
  });

  it('says what is wrong with a broken one', () => {
    checkProblems(
      `nodes: [{ id: 0, fpgaLatency: 1, size: 1 }, { id: 0, fpgaLatency: 1, size: 1 }, { id: 2, fpgaLatency: -1, size: big }, 7]
edges: [{ sourceId: 0, destId: 9, cost: 1 }, { sourceId: 0, destId: 2 }, { sourceId: 0, destId: 0, cost: .inf }]`,
      'BERTH3002 nodes[1].id',
      'BERTH3004 nodes[2].fpgaLatency',
      'BERTH3008 nodes[2].size',
      'BERTH3008 nodes[3]',
      'BERTH3001 edges[0].destId',
      'BERTH3008 edges[1].cost',
      'BERTH3004 edges[2].cost',
    );
    checkProblems(
      'nodes: [{ id: 0, fpgaLatency: 1, size: 1 }, { id: 1, fpgaLatency: 1, size: 1 }]\nedges: [{ sourceId: 0, destId: 1, cost: 1 }, { sourceId: 1, destId: 0, cost: 1 }]',
      'BERTH3003 edges[1]: The graph has a cycle: n0 → n1 → n0.',
    );
    checkProblems(
      'nodes: [{ id: 0, fpgaLatency: 1, size: 1.0e+30 }]\nedges: [{ sourceId: 0, destId: 0, cost: 1 }]',
      'BERTH3057 nodes[0].id',
      'BERTH3006 edges[0].sourceId',
    );
  });
});
