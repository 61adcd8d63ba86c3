import { describe, expect, it } from 'vitest';
import { disconnected } from '../../../server/src/graph/disconnected.ts';
import { buildGraph } from '../../../server/src/graph/graph.ts';

const graph = (nodes: number, ...edges: [number, number][]): ReturnType<typeof buildGraph> =>
  buildGraph(
    'g',
    Array.from({ length: nodes }, (_, i) => ({ name: `n${i}`, computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 0 })),
    edges.map(([src, dst]) => ({ src, dst, tensor: 'x', bytes: 1 })),
  );

describe('parts of a graph', () => {
  it('are none of whole graphs', () => {
    expect(disconnected(graph(1))).toBeUndefined();
    expect(disconnected(graph(4, [0, 2], [1, 2], [1, 3]))).toBeUndefined();
  });

  it('are counted, and the second one begins at its first node', () => {
    const found = disconnected(graph(6, [0, 1], [1, 3], [2, 4]));
    expect(found).toEqual({ code: 'BERTH3051', path: ['nodes', 2], params: { parts: 3, node: 'n2' } });
  });
});
