import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import { trainingGraph } from '../../../server/src/graph/training-graph.ts';

const chain = buildGraph(
  'net',
  [
    { name: 'input', computeUs: 2, permBytes: 0, tempBytes: 0, outBytes: 10 },
    { name: 'dense', computeUs: 3, backwardUs: 6, permBytes: 100, tempBytes: 7, outBytes: 20 },
    { name: 'loss', computeUs: 4, backwardUs: 8, permBytes: 0, tempBytes: 0, outBytes: 1 },
  ],
  [
    { src: 0, dst: 1, tensor: 'x', bytes: 10 },
    { src: 1, dst: 2, tensor: 'y', bytes: 20, commUs: 9 },
  ],
);

describe('trainingGraph', () => {
  it('runs backwards what has a backward time, with gradients the other way', () => {
    const { graph, origin } = trainingGraph(chain);
    expect(graph.names).toEqual(['input', 'dense', 'loss', 'dense (backward)', 'loss (backward)']);
    expect([...origin]).toEqual([0, 1, 2, 1, 2]);
    expect([...graph.computeUs]).toEqual([2, 3, 4, 6, 8]);
    expect([...graph.permBytes]).toEqual([0, 100, 0, 0, 0]);
    expect([...graph.outBytes]).toEqual([10, 20, 1, 0, 20]); // nobody wants the gradient of the input
    const edges = Array.from(graph.edgeSrc, (src, e) => `${graph.names[src]} → ${graph.names[graph.edgeDst[e]!]}`);
    expect(edges).toEqual([
      'input → dense',
      'dense → loss',
      'input → dense (backward)',
      'dense → loss (backward)',
      'dense → dense (backward)',
      'loss → loss (backward)',
      'loss (backward) → dense (backward)',
    ]);
    expect([...graph.topoOrder]).toEqual([0, 1, 2, 4, 3]);
    expect(graph.tensorCommUs[graph.tensorNames.indexOf('gradient of dense: y')]).toBe(9);
  });

  it('reads the same tensor again rather than another of its size', () => {
    const { graph } = trainingGraph(chain);
    const [toBackward] = graph.edgeTensors.row(2);
    expect(toBackward).toBe(graph.edgeTensors.row(0)[0]);
  });

  it('is the graph itself where nothing runs backwards', () => {
    const forward = buildGraph('f', [{ name: 'a', computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 0 }], []);
    expect(trainingGraph(forward).graph).toBe(forward);
  });
});
