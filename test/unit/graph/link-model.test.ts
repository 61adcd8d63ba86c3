import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import {
  communicationTimes,
  edgeCommunicationTimes,
  linkModel,
  roundHalfEven,
  transferUs,
} from '../../../server/src/graph/link-model.ts';

describe('link model', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [2.4999, 2],
    [2.5001, 3],
    [7, 7],
    [-1.5, -2],
    [134.6, 135], // prettier-ignore
  ])('rounds %d to %d', (value, rounded) => expect(roundHalfEven(value)).toBe(rounded));

  it('takes bandwidth and latency as a spec states them', () => {
    const link = linkModel({ bandwidth: 10e9, latency: 0.03 });
    expect(transferUs(3_078_063, link)).toBe(338);
    expect(transferUs(0, link)).toBe(30);
  });

  it('lets a time in the graph file win, and adds up the tensors of an edge', () => {
    const node = { computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 0 };
    const graph = buildGraph(
      '',
      [
        { name: 'a', ...node },
        { name: 'b', ...node },
      ],
      [
        { src: 0, dst: 1, tensor: 'x', bytes: 1000, commUs: 7 },
        { src: 0, dst: 1, tensor: 'y', bytes: 1000 },
        { src: 0, dst: 1, tensor: 'x', bytes: 1000, commUs: 7 },
      ],
    );
    const times = communicationTimes(graph, { usPerByte: 0.001, latencyUs: 4 });
    expect([...times]).toEqual([7, 5]);
    expect([...edgeCommunicationTimes(graph, times)]).toEqual([12]);
  });
});
