import { describe, expect, it } from 'vitest';
import { moduleMemory } from '../../../server/src/baechi/memory-pytorch.ts';
import { buildGraph, type NodeRow } from '../../../server/src/graph/graph.ts';

/** What a node of an op reads is 50 bytes; it keeps 30 and needs 7 beside. */
function memoryOf(op: NodeRow['op'], permBytes = 0, lifetime: 'kept' | 'released' = 'kept'): readonly [number, number] {
  const graph = buildGraph(
    'one op',
    [
      { name: 'before', computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 50 },
      { name: 'it', computeUs: 1, permBytes, tempBytes: 7, outBytes: 30, ...(op && { op }) },
    ],
    [{ src: 0, dst: 1, tensor: 'x', bytes: 50, commUs: NaN }],
  );
  const { permanent, temporary } = moduleMemory(graph, lifetime);
  return [permanent[1]!, temporary[1]!];
}

describe("PyTorch's accounting by the kind of an op (Baechi's profiler: permanent and temporary bytes)", () => {
  it.each([
    ['aten.convolution.default', [30, 7], [0, 87]],
    ['aten.relu_.default', [0, 0], [0, 0]],
    ['aten.flatten.using_ints', [0, 0], [0, 0]],
    ['aten.squeeze.dim', [0, 0], [0, 0]],
    ['aten.cat.default', [30, 0], [0, 30]],
    ['aten.max_pool2d.default', [30, 0], [0, 87]],
    ['aten.add.Tensor', [30, 30], [0, 87]],
    ['aten.masked_fill.Scalar', [30, 30], [0, 87]],
    ['aten.tanh.default', [30, 30], [0, 87]],
  ])('%s', (type, training, inference) => {
    expect(memoryOf({ type })).toEqual(training);
    expect(memoryOf({ type }, 0, 'released')).toEqual(inference);
  });

  it('holds for one op of PyTorch without weights, and for nothing else', () => {
    const general = [30, 7];
    expect(memoryOf(undefined)).toEqual(general);
    expect(memoryOf({ type: 'Concat' })).toEqual(general); // of ONNX: nobody says that it works as PyTorch's
    expect(memoryOf({ type: 'aten.cat.default', steps: ['cat', 'relu'] })).toEqual(general);
    expect(memoryOf({ type: 'aten.add.Tensor' }, 5)).toEqual([35, 7]);
    expect(memoryOf({ type: 'aten.constructor' })).toEqual(general);
  });
});
