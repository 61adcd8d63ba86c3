import { expect, it } from 'vitest';
import { outputsOf, type Known } from '../../../../server/src/graph/formats/onnx/shapes.ts';
import type { OnnxAttribute, OnnxNode } from '../../../../server/src/graph/formats/onnx/model.ts';

type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

function shapesOf(
  op: string,
  inputs: readonly (readonly number[] | Known)[],
  attributes: Attributes,
  outputs: number,
): unknown {
  const known = inputs.map((input) => (Array.isArray(input) ? { shape: input, type: 1 } : (input as Known)));
  const node: OnnxNode = {
    name: 'n',
    op,
    domain: '',
    inputs: known.map((one, i) => (one ? `i${i}` : '')),
    outputs: Array.from({ length: outputs }, (_, i) => `o${i}`),
    attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)])),
    bodies: [],
    module: '',
    range: { start: 0, end: 0 },
  };
  return outputsOf(node, known)
    .slice(0, outputs)
    .map((one) => one?.shape);
}

function attributeOf(value: number | readonly number[] | string): OnnxAttribute {
  if (typeof value === 'number') return { int: value, graphs: [] };
  return typeof value === 'string' ? { text: value, graphs: [] } : { ints: value, graphs: [] };
}

const list = (...values: number[]): Known => ({ shape: [values.length], type: 7, values });

// What onnx.shape_inference says of the same operations.
it.each<[string, (readonly number[] | Known)[], Attributes, (readonly number[] | undefined)[]]>([
  [
    'Add',
    [
      [8, 1, 5],
      [3, 1],
    ],
    {},
    [[8, 3, 5]],
  ],
  ['Where', [[4, 1], [4, 3], [1]], {}, [[4, 3]]],
  [
    'MatMul',
    [
      [2, 1, 4, 5],
      [7, 5, 6],
    ],
    {},
    [[2, 7, 4, 6]],
  ],
  ['MatMul', [[5], [2, 5, 6]], {}, [[2, 6]]],
  [
    'Gemm',
    [
      [5, 3],
      [4, 5],
    ],
    { transA: 1, transB: 1 },
    [[3, 4]],
  ],
  [
    'Conv',
    [
      [1, 3, 224, 224],
      [64, 3, 7, 7],
    ],
    { strides: [2, 2], pads: [3, 3, 3, 3] },
    [[1, 64, 112, 112]],
  ],
  [
    'Conv',
    [
      [1, 4, 10],
      [8, 2, 3],
    ],
    { group: 2, dilations: [2] },
    [[1, 8, 6]],
  ],
  [
    'Conv',
    [
      [1, 3, 7, 7],
      [2, 3, 3, 3],
    ],
    { auto_pad: 'SAME_UPPER', strides: [2, 2] },
    [[1, 2, 4, 4]],
  ],
  [
    'ConvTranspose',
    [
      [1, 8, 4, 4],
      [8, 3, 3, 3],
    ],
    { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
    [[1, 3, 8, 8]],
  ],
  ['MaxPool', [[1, 2, 7, 7]], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, [[1, 2, 4, 4]]],
  ['GlobalAveragePool', [[3, 4, 5, 6]], {}, [[3, 4, 1, 1]]],
  ['Reshape', [[2, 3, 4], list(0, -1)], {}, [[2, 12]]],
  ['Reshape', [[2, 3, 4], undefined], {}, [undefined]],
  ['Flatten', [[2, 3, 4, 5]], { axis: 2 }, [[6, 20]]],
  ['Transpose', [[2, 3, 4]], {}, [[4, 3, 2]]],
  ['Transpose', [[2, 3, 4]], { perm: [1, 0, 2] }, [[3, 2, 4]]],
  [
    'Concat',
    [
      [2, 3],
      [2, 4],
    ],
    { axis: -1 },
    [[2, 7]],
  ],
  ['Squeeze', [[1, 3, 1]], {}, [[3]]],
  ['Squeeze', [[1, 3, 1], list(-1)], {}, [[1, 3]]],
  ['Unsqueeze', [[3, 4], list(0, -1)], {}, [[1, 3, 4, 1]]],
  [
    'Gather',
    [
      [10, 8],
      [2, 5],
    ],
    {},
    [[2, 5, 8]],
  ],
  ['Slice', [[10, 8], list(1, -3), list(100, 8), list(0, 1)], {}, [[9, 3]]],
  ['Slice', [[10], list(-1), list(-100), list(0), list(-2)], {}, [[5]]],
  [
    'Split',
    [[7, 2]],
    { axis: 0 },
    [
      [3, 2],
      [3, 2],
      [1, 2],
    ],
  ],
  [
    'Split',
    [[7, 2], list(2, 5)],
    { axis: 0 },
    [
      [2, 2],
      [5, 2],
    ],
  ],
  ['ReduceMean', [[2, 3, 4], list(1)], { keepdims: 0 }, [[2, 4]]],
  ['ReduceMean', [[2, 3, 4]], { axes: [-1] }, [[2, 3, 1]]],
  ['ArgMax', [[2, 3]], { axis: 1, keepdims: 0 }, [[2]]],
  ['Expand', [[3, 1], list(2, 1, 6)], {}, [[2, 3, 6]]],
  ['Tile', [[2, 3], list(1, 4)], {}, [[2, 12]]],
  ['Pad', [[2, 3], list(0, 1, 0, 2)], {}, [[2, 6]]],
  [
    'TopK',
    [[5, 9], list(3)],
    {},
    [
      [5, 3],
      [5, 3],
    ],
  ],
  [
    'LSTM',
    [
      [7, 2, 5],
      [1, 12, 5],
      [1, 12, 3],
    ],
    {},
    [
      [7, 1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ],
  ],
  ['ConstantOfShape', [list(3, 4)], {}, [[3, 4]]],
  ['Nobody', [[1]], {}, []],
])('%s of %j with %j gives %j', (op, inputs, attributes, expected) => {
  expect(shapesOf(op, inputs, attributes, Math.max(1, expected.length))).toEqual(expected);
});
