import { describe, expect, it } from 'vitest';
import { textFormatOf, readGraph } from '../../../../server/src/graph/source.ts';
import { checkProblems } from '../graph-problem-check.ts';

const recorded = {
  comm: { us_per_byte: 0.0001, latency_us: 30 },
  devices: [
    { id: 0, memory_bytes: 100 },
    { id: 1, memory_bytes: 200 },
  ],
  nodes: [
    { id: 7, compute_us: 0, perm_bytes: 5, temp_bytes: 2, out_bytes: 9 },
    { id: 3, name: 'enc/w', compute_us: 4, perm_bytes: 6, temp_bytes: 0, out_bytes: 10, outputs: [4, 6], group: 'g' },
    { id: 5, compute_us: 4, perm_bytes: 9, temp_bytes: 0, out_bytes: 2, outputs: [2] },
  ],
  edges: [
    { id: 0, src: 7, dst: 3, bytes: 9, tensor: 'n7:0', comm_us: 31 },
    {
      id: 1,
      src: 3,
      dst: 5,
      bytes: 6,
      comm_us: 62,
      tensors: [
        { name: 'a', bytes: 4, comm_us: 31 },
        { name: 'b', bytes: 2, comm_us: 31 },
      ],
    },
  ],
};

describe('readRecordedGraph', () => {
  it('reads nodes by id, edges with their tensors, devices and the link', () => {
    const file = readGraph(recorded, 'recorded');
    if (!file.ok) throw new Error(JSON.stringify(file.problems));
    const { graph } = file;
    expect(graph.name).toBe('recorded');
    expect(graph.names).toEqual(['n7', 'enc/w', 'n5']);
    expect(graph.layers).toEqual(['', 'enc', '']);
    expect([...graph.computeUs]).toEqual([1, 4, 4]);
    expect(graph.groups).toEqual([undefined, 'g', undefined]);
    expect([...graph.edgeSrc]).toEqual([0, 1]);
    expect([...graph.tensorCommUs]).toEqual([31, 31, 31]);
    expect(file.devices).toEqual([
      { name: 'device0', memory: 100 },
      { name: 'device1', memory: 200 },
    ]);
    expect(file.link).toEqual({ usPerByte: 0.0001, latencyUs: 30 });
  });

  it('takes the persistent bytes out of the outputs where output slots are listed, down to nothing', () => {
    const file = readGraph(recorded);
    expect(file.ok && [...file.graph.outBytes]).toEqual([9, 4, 0]);
    expect(file.ok && [...file.graph.permBytes]).toEqual([5, 6, 9]);
  });

  it('rounds times to whole microseconds', () => {
    const file = readGraph({
      nodes: [
        { id: 0, compute_us: 2.5 },
        { id: 1, compute_us: 3.5 },
      ],
      edges: [{ src: 0, dst: 1, bytes: 1, comm_us: 0.7 }],
    });
    expect(file.ok && [...file.graph.computeUs, ...file.graph.tensorCommUs]).toEqual([2, 4, 1]);
  });

  it('tells the formats apart', () => {
    expect(textFormatOf(recorded)?.name).toBe('recorded');
    expect(textFormatOf({ apiVersion: 'berth.dev/v1alpha1', kind: 'Graph', nodes: [] })?.name).toBe('berth');
    expect(textFormatOf({ nodes: [] })).toBeUndefined();
    expect(textFormatOf(null)).toBeUndefined();
  });

  it('says what is wrong with a broken recording', () => {
    checkProblems(
      'nodes: [{ id: 0, compute_us: 1 }, { id: 0, compute_us: 2 }, { id: 1.5 }]\nedges: [{ src: 0, dst: 9, bytes: 1 }, { src: 0, dst: 1, bytes: -1 }]',
      'BERTH3002 nodes[1].id',
      'BERTH3008 nodes[2].id',
      'BERTH3001 edges[0].dst',
      'BERTH3001 edges[1].dst',
      'BERTH3004 edges[1].bytes',
    );
  });
});
