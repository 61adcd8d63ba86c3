/**
 * Shapes of what operations put out, where the file does not tell them (operators of https://onnx.ai/onnx/operators/). Where a shape depends
 * on numbers that are known, such as those of a Shape, a Concat and a Reshape behind it, they are followed.
 */
import { itemAt } from '../../../numeric/at.ts';
import { BOOL, countOf, INT64 } from './elements.ts';
import type { OnnxNode, OnnxTensor } from './model.ts';

export type Known = OnnxTensor | undefined;

/** Outputs of a node as far as they can be told; undefined for the others. */
export function outputsOf(node: OnnxNode, inputs: readonly Known[]): readonly Known[] {
  const infer = RULES[node.op];
  if (!infer || node.domain !== '') return [];
  const found = infer(new Operation(node, inputs));
  return Array.isArray(found) ? (found as readonly Known[]) : [found as Known];
}

type Rule = (op: Operation) => Known | readonly Known[];

/** A node with what is known of its inputs. */
class Operation {
  readonly node: OnnxNode;
  readonly inputs: readonly Known[];

  constructor(node: OnnxNode, inputs: readonly Known[]) {
    this.node = node;
    this.inputs = inputs;
  }

  int(name: string, otherwise: number): number {
    return this.node.attributes.get(name)?.int ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.node.attributes.get(name)?.ints;
  }

  /** A list that older versions take as an attribute and newer ones as an input. */
  listed(name: string, input: number): readonly number[] | undefined {
    return this.ints(name) ?? this.inputs[input]?.values;
  }

  has(input: number): boolean {
    return (this.node.inputs[input] ?? '') !== '';
  }
}

const same: Rule = ({ inputs: [x] }) => x && { shape: x.shape, type: x.type };
const likeWithValues: Rule = ({ inputs: [x] }) => x;

function broadcast(type?: number): Rule {
  return ({ inputs }) => {
    const [first] = inputs;
    let shape: readonly number[] | undefined = first?.shape;
    for (const other of inputs.slice(1)) shape = shape && other && broadcastShape(shape, other.shape);
    return shape && { shape, type: type ?? first?.type ?? 1 };
  };
}

function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x = 1, y = 1] = [a[i - rank + a.length], b[i - rank + b.length]];
    return x === 1 ? y : x;
  });
}

/** Arithmetic on lists of whole numbers, by which exporters compute shapes. */
function arithmetic(compute: (a: number, b: number) => number): Rule {
  const shaped = broadcast();
  return (op) => {
    const result = shaped(op) as Known;
    const [a, b] = op.inputs.map((input) => input?.values);
    if (!result || !a || !b) return result;
    const length = Math.max(a.length, b.length);
    if (![a.length, b.length].every((own) => own === 1 || own === length)) return result;
    const values = Array.from({ length }, (_, i) => compute(itemAt(a, i % a.length), itemAt(b, i % b.length)));
    return { ...result, values };
  };
}

const matMul: Rule = ({ inputs: [a, b] }) => {
  if (!a || !b || a.shape.length === 0 || b.shape.length === 0) return undefined;
  const [left, right] = [a.shape, b.shape];
  const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
  const rows = left.length > 1 ? left.slice(-2, -1) : [];
  const columns = right.length > 1 ? right.slice(-1) : [];
  return { shape: [...batch, ...rows, ...columns], type: a.type };
};

const gemm: Rule = (op) => {
  const [a, b] = op.inputs;
  if (a?.shape.length !== 2 || b?.shape.length !== 2) return undefined;
  const rows = itemAt(a.shape, op.int('transA', 0) ? 1 : 0);
  return { shape: [rows, itemAt(b.shape, op.int('transB', 0) ? 0 : 1)], type: a.type };
};

/** Positions of a window that slides over each spatial dimension. */
function slid(op: Operation, spatial: readonly number[], kernel: readonly number[]): number[] {
  const auto = op.node.attributes.get('auto_pad')?.text ?? 'NOTSET';
  const [strides, dilations, pads] = [op.ints('strides'), op.ints('dilations'), op.ints('pads')];
  const round = op.int('ceil_mode', 0) ? Math.ceil : Math.floor;
  return spatial.map((size, i) => {
    const stride = Math.max(1, strides?.[i] ?? 1);
    if (auto.startsWith('SAME')) return Math.ceil(size / stride);
    const padding = auto === 'VALID' ? 0 : (pads?.[i] ?? 0) + (pads?.[i + spatial.length] ?? 0);
    const reach = (dilations?.[i] ?? 1) * (itemAt(kernel, i) - 1) + 1;
    return Math.max(0, round((size + padding - reach) / stride) + 1);
  });
}

const conv: Rule = (op) => {
  const [x, w] = op.inputs;
  if (!x || !w || x.shape.length < 3 || w.shape.length !== x.shape.length) return undefined;
  const spatial = slid(op, x.shape.slice(2), w.shape.slice(2));
  return { shape: [itemAt(x.shape, 0), itemAt(w.shape, 0), ...spatial], type: x.type };
};

const convTranspose: Rule = (op) => {
  const [x, w] = op.inputs;
  if (!x || !w || x.shape.length < 3 || w.shape.length !== x.shape.length) return undefined;
  const [strides, dilations, pads, extra] = ['strides', 'dilations', 'pads', 'output_padding'].map((key) =>
    op.ints(key),
  );
  const sizes = x.shape.slice(2);
  const spatial = sizes.map((size, i) => {
    const reach = (dilations?.[i] ?? 1) * (itemAt(w.shape, i + 2) - 1) + 1;
    const padding = (pads?.[i] ?? 0) + (pads?.[i + sizes.length] ?? 0);
    return Math.max(0, (strides?.[i] ?? 1) * (size - 1) + (extra?.[i] ?? 0) + reach - padding);
  });
  return { shape: [itemAt(x.shape, 0), itemAt(w.shape, 1) * op.int('group', 1), ...spatial], type: x.type };
};

const pool: Rule = (op) => {
  const [x] = op.inputs;
  const kernel = op.ints('kernel_shape');
  if (!x || kernel?.length !== x.shape.length - 2) return undefined;
  return { shape: [...x.shape.slice(0, 2), ...slid(op, x.shape.slice(2), kernel)], type: x.type };
};

const globalPool: Rule = ({ inputs: [x] }) => x && { shape: x.shape.map((dim, i) => (i < 2 ? dim : 1)), type: x.type };

const reshape: Rule = (op) => {
  const [x] = op.inputs;
  const wanted = op.listed('shape', 1);
  if (!x || !wanted) return undefined;
  const keepsZero = op.int('allowzero', 0) === 0;
  const dims = wanted.map((dim, i) => (dim === 0 && keepsZero ? (x.shape[i] ?? 1) : dim));
  const open = dims.filter((dim) => dim !== -1);
  const rest = countOf(open);
  const shape = dims.map((dim) => (dim === -1 ? (rest === 0 ? 0 : Math.floor(countOf(x.shape) / rest)) : dim));
  return { shape, type: x.type, ...(x.values ? { values: x.values } : {}) };
};

const flatten: Rule = (op) => {
  const [x] = op.inputs;
  if (!x) return undefined;
  const axis = axisOf(op.int('axis', 1), x.shape.length);
  return { shape: [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis))], type: x.type };
};

const transpose: Rule = (op) => {
  const [x] = op.inputs;
  if (!x) return undefined;
  const order = op.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  return { shape: order.map((from) => x.shape[from] ?? 1), type: x.type };
};

const concat: Rule = (op) => {
  const known = op.inputs.filter((input) => input !== undefined);
  const [first] = known;
  if (!first || known.length < op.inputs.length) return undefined;
  const axis = axisOf(op.int('axis', 0), first.shape.length);
  const shape = first.shape.map((dim, i) => (i === axis ? known.reduce((sum, x) => sum + (x.shape[i] ?? 0), 0) : dim));
  const values = known.flatMap((x) => x.values ?? []);
  return { shape, type: first.type, ...(shape.length === 1 && values.length === shape[0] ? { values } : {}) };
};

const squeeze: Rule = (op) => {
  const [x] = op.inputs;
  if (!x) return undefined;
  const axes = op.listed('axes', 1)?.map((axis) => axisOf(axis, x.shape.length));
  if (!axes && op.has(1)) return undefined;
  const shape = x.shape.filter((dim, i) => (axes ? !axes.includes(i) : dim !== 1));
  return { shape, type: x.type, ...(x.values ? { values: x.values } : {}) };
};

const unsqueeze: Rule = (op) => {
  const [x] = op.inputs;
  const axes = op.listed('axes', 1);
  if (!x || !axes) return undefined;
  const rank = x.shape.length + axes.length;
  const at = new Set(axes.map((axis) => axisOf(axis, rank)));
  const left = [...x.shape];
  const shape = Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : (left.shift() ?? 1)));
  return { shape, type: x.type, ...(x.values ? { values: x.values } : {}) };
};

const gather: Rule = (op) => {
  const [x, indices] = op.inputs;
  if (!x || !indices) return undefined;
  const axis = axisOf(op.int('axis', 0), x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const { values } = x;
  const taken = values && indices.values?.map((i) => values[i < 0 ? i + values.length : i] ?? 0);
  return { shape, type: x.type, ...(taken && x.shape.length === 1 ? { values: taken } : {}) };
};

const slice: Rule = (op) => {
  const [x] = op.inputs;
  const [starts, ends] = [op.listed('starts', 1), op.listed('ends', 2)];
  if (!x || !starts || !ends) return undefined;
  const axes = op.listed('axes', 3) ?? starts.map((_, i) => i);
  const steps = op.inputs[4]?.values;
  const shape = [...x.shape];
  let values = x.values;
  axes.forEach((axis, i) => {
    const at = axisOf(axis, shape.length);
    const [size = 0, step = 1] = [x.shape[at], steps?.[i]];
    const bound = (value = 0): number => Math.min(size, Math.max(0, value < 0 ? value + size : value));
    const [from, to] = step < 0 ? [bound(ends[i]), bound(starts[i])] : [bound(starts[i]), bound(ends[i])];
    shape[at] = Math.max(0, Math.ceil((to - from) / Math.abs(step || 1)));
    values = step === 1 && x.shape.length === 1 ? values?.slice(from, to) : undefined;
  });
  return { shape, type: x.type, ...(values ? { values } : {}) };
};

const split: Rule = (op) => {
  const [x] = op.inputs;
  if (!x) return undefined;
  const axis = axisOf(op.int('axis', 0), x.shape.length);
  const parts = op.node.outputs.length;
  const each = Math.ceil((x.shape[axis] ?? 0) / parts);
  const sizes = op.listed('split', 1);
  return op.node.outputs.map((_, part) => {
    const size = sizes?.[part] ?? Math.max(0, Math.min(each, (x.shape[axis] ?? 0) - part * each));
    return { shape: x.shape.map((dim, i) => (i === axis ? size : dim)), type: x.type };
  });
};

function reduced(type?: number): Rule {
  return (op) => {
    const [x] = op.inputs;
    if (!x) return undefined;
    const axis = op.node.attributes.get('axis')?.int;
    const given = type === undefined ? op.listed('axes', 1) : [axis ?? 0];
    if (!given && op.has(1)) return undefined;
    const axes = given?.map((one) => axisOf(one, x.shape.length)) ?? x.shape.map((_, i) => i);
    const keeps = op.int('keepdims', 1) !== 0;
    const shape = x.shape.flatMap((dim, i) => (axes.includes(i) ? (keeps ? [1] : []) : [dim]));
    return { shape, type: type ?? x.type };
  };
}

/** A list of whole numbers as a shape. */
const shapeFrom =
  (input: number, make: (dims: readonly number[], op: Operation) => Known): Rule =>
  (op) => {
    const dims = op.inputs[input]?.values;
    return dims && make(dims, op);
  };

const shape: Rule = ({ inputs: [x] }) => x && { shape: [x.shape.length], type: INT64, values: x.shape };

const pad: Rule = (op) => {
  const [x] = op.inputs;
  const pads = op.listed('pads', 1);
  if (!x || pads?.length !== 2 * x.shape.length) return undefined;
  return { shape: x.shape.map((dim, i) => dim + itemAt(pads, i) + itemAt(pads, i + x.shape.length)), type: x.type };
};

const topK: Rule = (op) => {
  const [x] = op.inputs;
  const k = op.listed('k', 1)?.[0] ?? op.node.attributes.get('k')?.int;
  if (!x || k === undefined) return undefined;
  const axis = axisOf(op.int('axis', -1), x.shape.length);
  const top = x.shape.map((dim, i) => (i === axis ? k : dim));
  return [
    { shape: top, type: x.type },
    { shape: top, type: INT64 },
  ];
};

const recurrent: Rule = (op) => {
  const [x, , r] = op.inputs;
  if (x?.shape.length !== 3 || !r) return undefined;
  const [length = 1, batch = 1] = x.shape;
  const [directions = 1, , hidden = 1] = r.shape;
  const last = { shape: [directions, batch, hidden], type: x.type };
  return [{ shape: [length, directions, batch, hidden], type: x.type }, last, last];
};

const cast: Rule = ({ node, inputs: [x] }) => x && { ...x, type: node.attributes.get('to')?.int ?? x.type };

function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

const rules = (names: string, rule: Rule): Record<string, Rule> =>
  Object.fromEntries(names.split(' ').map((name) => [name, rule]));

const RULES: Readonly<Record<string, Rule | undefined>> = {
  __proto__: null as never,
  ...rules(
    'Relu LeakyRelu PRelu Elu Selu Celu Gelu Mish Sigmoid HardSigmoid HardSwish Softplus Softsign Tanh Erf Exp Log Sqrt Reciprocal Abs Neg Ceil Floor Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Softmax LogSoftmax Hardmax Clip Dropout LayerNormalization RMSNormalization GroupNormalization InstanceNormalization BatchNormalization LpNormalization MeanVarianceNormalization LRN CumSum Trilu ThresholdedRelu Shrink RotaryEmbedding Swish ScatterND ScatterElements',
    same,
  ),
  Identity: likeWithValues,
  Cast: cast,
  ...rules('Pow Max Min Mean Sum PRelu Mod BitwiseAnd BitwiseOr', broadcast()),
  ...rules('Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor', broadcast(BOOL)),
  ...rules('Not IsNaN IsInf', ({ inputs: [x] }) => x && { shape: x.shape, type: BOOL }),
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: arithmetic((a, b) => (b === 0 ? 0 : Math.trunc(a / b))),
  Where: ({ inputs: [condition, x, y] }) =>
    condition && x && y && { shape: broadcastShape(broadcastShape(condition.shape, x.shape), y.shape), type: x.type },
  MatMul: matMul,
  MatMulInteger: matMul,
  Gemm: gemm,
  Conv: conv,
  ConvInteger: conv,
  ConvTranspose: convTranspose,
  ...rules('MaxPool AveragePool LpPool', pool),
  ...rules('GlobalAveragePool GlobalMaxPool GlobalLpPool', globalPool),
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Concat: concat,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Gather: gather,
  GatherElements: ({ inputs: [x, indices] }) => x && indices && { shape: indices.shape, type: x.type },
  Slice: slice,
  Split: split,
  ...rules(
    'ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSumExp ReduceSumSquare',
    reduced(),
  ),
  ...rules('ArgMax ArgMin', reduced(INT64)),
  Shape: shape,
  Size: ({ inputs: [x] }) => x && { shape: [], type: INT64, values: [countOf(x.shape)] },
  ConstantOfShape: shapeFrom(0, (dims, { node }) => ({
    shape: dims,
    type: node.attributes.get('value')?.tensor?.type ?? 1,
  })),
  Expand: shapeFrom(1, (dims, { inputs: [x] }) => x && { shape: broadcastShape(x.shape, dims), type: x.type }),
  Tile: shapeFrom(
    1,
    (dims, { inputs: [x] }) => x && { shape: x.shape.map((dim, i) => dim * (dims[i] ?? 1)), type: x.type },
  ),
  Resize: shapeFrom(3, (dims, { inputs: [x] }) => x && { shape: dims, type: x.type }),
  Pad: pad,
  TopK: topK,
  ...rules('LSTM GRU RNN', recurrent),
  QuantizeLinear: ({ inputs: [x, , zero] }) => x && { shape: x.shape, type: zero?.type ?? 2 },
  DequantizeLinear: ({ inputs: [x] }) => x && { shape: x.shape, type: 1 },
};
