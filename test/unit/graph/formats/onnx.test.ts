import { describe, expect, it } from 'vitest';
import { ONNX } from '../../../../server/src/graph/formats/onnx/onnx.ts';
import type { Graph } from '../../../../server/src/graph/graph.ts';
import { readGraphFile } from '../../../../server/src/graph/source.ts';
import { nodeHover } from '../../../../server/src/language/hover/node.ts';
import { saidOf } from '../said-of-graph.ts';
import { onnxFile, type Model, type Operation } from './onnx-file.ts';

const PATH = '/x/net.onnx';
const ESTIMATED = expect.stringMatching(
  /^BERTH3053 byte 0: The times of \d+ nodes? are estimated, not measured/,
) as string;

function graphOf(model: Model): Graph {
  const read = readGraphFile({ path: PATH, bytes: onnxFile(model) });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.graph;
}

const said = (model: Model): string[] => saidOf({ path: PATH, bytes: onnxFile(model) });

const NET: Model = {
  inputs: { x: [8, 3, 32, 32] },
  weights: [
    { name: 'w', dims: [16, 3, 3, 3] },
    { name: 'fc', dims: [16, 10], external: { location: 'net.data', length: 640 } },
    { name: 'to', dims: [2], values: [8, -1] },
  ],
  nodes: [
    {
      op: 'Conv',
      name: 'conv',
      inputs: ['x', 'w'],
      outputs: ['c'],
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { op: 'Relu', inputs: ['c'], outputs: ['r'], scopes: ['', 'body', 'body.0', 'relu'] },
    { op: 'GlobalAveragePool', name: '/pool/Pool', inputs: ['r'], outputs: ['p'] },
    { op: 'Reshape', name: 'flat', inputs: ['p', 'to'], outputs: ['f'] },
    { op: 'MatMul', name: 'head', inputs: ['f', 'fc'], outputs: ['y'] },
  ],
};

describe('ONNX', () => {
  it('is read: operations, weights wherever they lie, inferred shapes, modules as layers', () => {
    const graph = graphOf(NET);
    expect(graph.name).toBe('net');
    expect(graph.names).toEqual(['conv', 'r', '/pool/Pool', 'flat', 'head']);
    expect([...graph.permBytes]).toEqual([1728, 0, 0, 16, 640]);
    expect([...graph.outBytes]).toEqual([131_072, 131_072, 512, 512, 320]);
    expect([...graph.tensorBytes]).toEqual([131_072, 131_072, 512, 512]);
    expect(graph.layers).toEqual(['', 'body/0', 'pool', '', '']);
    expect(graph.ops[0]).toEqual({ type: 'Conv' });
    expect(graph.estimated).toContain('10 TFLOP/s');
    expect(said(NET)).toEqual([ESTIMATED]);
  });

  it('estimates times by what is computed and moved, and counts the least for what only has another shape', () => {
    const product: Operation = { op: 'MatMul', name: 'm', inputs: ['a', 'b'], outputs: ['c'] };
    const graph = graphOf({
      inputs: { a: [4096, 4096], b: [4096, 4096] },
      nodes: [
        product,
        { op: 'Relu', name: 'r', inputs: ['c'], outputs: ['d'] },
        { op: 'Identity', name: 'i', inputs: ['d'], outputs: ['e'] },
      ],
    });
    // 2 · 4096³ operations at 10 TFLOP/s; 2 · 64 MiB at 500 GB/s.
    expect([...graph.computeUs]).toEqual([5 + Math.round((2 * 4096 ** 3) / 1e7), 5 + Math.round(2 ** 27 / 5e5), 1]);
  });

  it('has times that a hover calls estimated', () => {
    const words = nodeHover('conv', graphOf(NET), undefined);
    expect(words).toContain('(estimated for a device of 10 TFLOP/s and 500 GB/s, not measured)');
  });

  it('is read in pieces, cut anywhere', () => {
    const file = onnxFile(NET);
    const whole = ONNX.read([file], '').result;
    expect(
      ONNX.read(
        Array.from(file, (byte) => Uint8Array.of(byte)),
        '',
      ).result,
    ).toEqual(whole);
  });

  it('keeps together what reads the same weight, and copies small ones', () => {
    const graph = graphOf({
      inputs: { x: [2, 100] },
      weights: [
        { name: 'wte', dims: [100, 64] },
        { name: 'eps', dims: [1] },
      ],
      nodes: [
        { op: 'MatMul', name: 'embed', inputs: ['x', 'wte'], outputs: ['a'] },
        { op: 'Add', name: 'add', inputs: ['a', 'eps'], outputs: ['b'] },
        { op: 'Transpose', name: 'turn', inputs: ['wte'], outputs: ['t'] },
        { op: 'Mul', name: 'mul', inputs: ['b', 'eps'], outputs: ['c'] },
        { op: 'MatMul', name: 'head', inputs: ['c', 't'], outputs: ['d'] },
      ],
    });
    expect(graph.groups).toEqual(['wte', undefined, 'wte', undefined, undefined]);
    expect([...graph.permBytes]).toEqual([25_600, 4, 0, 4, 0]);
  });

  it('takes constants for values, and follows shapes that are computed', () => {
    const graph = graphOf({
      inputs: { x: [6, 4] },
      nodes: [
        { op: 'Constant', outputs: ['one'], attributes: { value_ints: [1] } },
        { op: 'Constant', outputs: ['two'], attributes: { value: { name: '', dims: [1], values: [2] } } },
        { op: 'Shape', name: 's', inputs: ['x'], outputs: ['s'] },
        { op: 'Gather', name: 'g', inputs: ['s', 'one'], outputs: ['cols'] },
        { op: 'Mul', name: 'm', inputs: ['cols', 'two'], outputs: ['wide'] },
        { op: 'Constant', outputs: ['rest'], attributes: { value_ints: [-1] } },
        { op: 'Concat', name: 'c', inputs: ['rest', 'wide'], outputs: ['to'], attributes: { axis: 0 } },
        { op: 'Reshape', name: 'r', inputs: ['x', 'to'], outputs: ['y'] },
        { op: 'Softmax', name: 'z', inputs: ['y'], outputs: ['z'] },
      ],
    });
    expect(graph.names).toEqual(['s', 'g', 'm', 'c', 'r', 'z']);
    expect(graph.outBytes[5]).toBe(96);
  });

  it('takes an operation with graphs within it for one, with what they read from outside', () => {
    const branch: Model = {
      weights: [{ name: 'w', dims: [4, 4] }],
      nodes: [
        { op: 'MatMul', inputs: ['h', 'w'], outputs: ['m'] },
        { op: 'Relu', inputs: ['m'], outputs: ['o'] },
      ],
    };
    const graph = graphOf({
      inputs: { x: [2, 4], c: [1] },
      nodes: [
        { op: 'Relu', name: 'before', inputs: ['x'], outputs: ['h'] },
        {
          op: 'If',
          name: 'if',
          inputs: ['c'],
          outputs: ['y'],
          attributes: { then_branch: branch, else_branch: branch },
        },
      ],
      between: { y: [2, 4] },
    });
    expect(graph.edgeCount).toBe(1);
    expect([...graph.permBytes]).toEqual([0, 128]);
    expect(graph.computeUs[1]).toBeGreaterThanOrEqual(20);
  });

  it('names what the file leaves open, and what has no shape', () => {
    expect(
      said({
        inputs: { x: ['batch', 3, 'n'] },
        nodes: [
          { op: 'Odd', domain: 'own', name: 'a', inputs: ['x'], outputs: ['y'] },
          { op: 'Relu', name: 'b', inputs: ['y'], outputs: ['z'] },
        ],
      }),
    ).toEqual([
      ESTIMATED,
      'BERTH3055 byte 0: The file leaves "batch" and "n" open: they count as 1.',
      'BERTH3056 byte 0: Of 2 tensors neither the file nor its operations tell the size, the first of them "y": 0 B are counted.',
    ]);
  });

  const relu = (from: string, to: string, name = ''): Operation => ({
    op: 'Relu',
    name,
    inputs: [from],
    outputs: [to],
  });
  const x = { x: [4] };
  it.each<[string, Model, string]>([
    [
      'a cycle',
      { inputs: x, nodes: [relu('c', 'b', 'B'), relu('b', 'c', 'C')] },
      'BERTH3003 byte 20: The graph has a cycle: ',
    ],
    [
      'an operation that reads itself',
      { inputs: x, nodes: [relu('b', 'b')] },
      'BERTH3006 byte 20: An edge leads from "b"',
    ],
    ['an input from nowhere', { inputs: x, nodes: [relu('no', 'b', 'B')] }, 'BERTH3001 byte 20: The edge "no" → "B"'],
    [
      'a tensor of two',
      { inputs: x, nodes: [relu('x', 'b'), relu('x', 'b')] },
      'BERTH3008 byte 38: "b" cannot be read: another',
    ],
    ['a negative size', { nodes: [relu('w', 'b')], weights: [{ name: 'w', dims: [-3] }] }, 'BERTH3054 byte '],
    [
      'an endless size',
      { nodes: [relu('w', 'b')], weights: [{ name: 'w', dims: [2n ** 40n, 2n ** 40n] }] },
      'BERTH3057 byte 20: A time or size',
    ],
    ['no operations', { nodes: [] }, 'BERTH3005 byte 0: The graph has no nodes.'],
  ])('says of %s where it is', (_, model, message) => {
    expect(said(model)[0]?.slice(0, message.length)).toBe(message);
  });

  it('reads sizes of nothing, and names that stand twice', () => {
    const graph = graphOf({ inputs: { x: [0, 4] }, nodes: [relu('x', 'y', 'relu'), relu('y', 'z', 'relu')] });
    expect(graph.names).toEqual(['relu', 'z']);
    expect([...graph.outBytes]).toEqual([0, 0]);
  });

  it('is told wherever it is cut', () => {
    const file = onnxFile(NET);
    for (let length = 3; length < file.length; length++) {
      const [first = ''] = saidOf({ path: PATH, bytes: file.subarray(0, length) });
      expect(first).toMatch(/^BERTH(3054 byte \d+: This is no whole file of ONNX: it (ends at|holds no graph))/);
    }
  });

  it('bears a million edges on one node', () => {
    const nodes: Operation[] = [
      { op: 'Relu', name: 'a', inputs: ['x'], outputs: Array.from({ length: 1000 }, (_, i) => `t${i}`) },
    ];
    const inputs = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    for (let i = 0; i < 1000; i++) nodes.push({ op: 'Sum', name: `s${i}`, inputs, outputs: [`o${i}`] });
    const graph = graphOf({ inputs: { x: [4] }, nodes });
    expect([graph.edgeCount, graph.tensorCount]).toEqual([1000, 1000]);
  });

  it('is told by what it holds, and not taken for another file of the kind', () => {
    expect(readGraphFile({ path: '/x/net', bytes: onnxFile(NET) }).format).toBe(ONNX);
    expect(ONNX.recognises(new TextEncoder().encode('kind: Graph'))).toBe(false);
    expect(ONNX.recognises(Uint8Array.of(8, 1, 0x12, 3))).toBe(false);
  });
});
