/** Shapes of what operations of TensorFlow put out, and what they compute and move. */
import type { Work } from '../../roofline.ts';
import type { InlinedNode } from './inlined.ts';
import type { Shape } from './model.ts';

export interface Tensor {
  /** Dimensions that are open count as 1. */
  readonly shape: readonly number[];
  readonly type: number;
  /** Of a constant that is a short list of whole numbers. */
  readonly values?: readonly number[];
}

export type Known = Tensor | undefined;

/** Bytes of an element by its number in `DataType`; texts and handles as what points to them. */
const BYTES: readonly number[] = [
  4, 4, 8, 4, 1, 2, 1, 16, 8, 8, 1, 1, 1, 4, 2, 2, 2, 2, 16, 2, 8, 8, 4, 8, 1, 1, 1, 1, 1, 1, 1,
];

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

export const VARIABLES = words('Variable VariableV2 VarHandleOp');
/** What holds its bytes for good. */
export const KEPT = new Set([...VARIABLES, 'Const', 'HostConst']);
const VIEWS = words(
  'Reshape Identity IdentityN Squeeze ExpandDims NoOp Placeholder PlaceholderWithDefault StopGradient PreventGradient Shape ShapeN Rank Size ReadVariableOp Enter Exit Merge Switch NextIteration LoopCond _Arg _Retval',
);
const ALIKE = words(
  'Identity Relu Relu6 Elu Selu LeakyRelu Sigmoid Tanh Softplus Softmax LogSoftmax BiasAdd Exp Log Sqrt Rsqrt Square Neg Abs Erf Floor Ceil Round Sign Reciprocal StopGradient PreventGradient Dropout FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Assign AssignAdd AssignSub ApplyGradientDescent ApplyMomentum ApplyAdam ReluGrad TanhGrad SigmoidGrad',
);
const BROADCAST = words(
  'Add AddV2 Sub Mul Div RealDiv FloorDiv Maximum Minimum Pow SquaredDifference Mod FloorMod DivNoNan',
);

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, dim) => count * dim, 1);
}

export function bytesOf({ shape, type }: Tensor): number {
  return countOf(shape) * (BYTES[type % 100] ?? 4); // a reference has 100 more than what it refers to
}

/** The outputs of a node: as the file says (`_output_shapes`, `shape`, a constant's own), or else as they follow from its inputs. */
export function outputsOf(node: InlinedNode, inputs: readonly Known[]): readonly Known[] {
  const { op, attributes } = node;
  const constant = attributes.get('value')?.tensor;
  if (constant) {
    const tensor = known(constant.shape, constant.type);
    return [tensor && constant.values ? { ...tensor, values: constant.values } : tensor];
  }
  const type = (attributes.get('dtype') ?? attributes.get('DstT') ?? attributes.get('T'))?.type ?? inputs[0]?.type ?? 1;
  // Of a variable's handle the shape is said too, which is nothing of the variable's.
  if (attributes.has('shape') && (VARIABLES.has(op) || op.startsWith('Placeholder')))
    return [known(attributes.get('shape')?.shape, type)];
  const said = attributes.get('_output_shapes')?.shapes;
  if (said && said.length > 0) return said.map((shape) => known(shape, type));
  const shape = inferred(node, inputs);
  return [shape && { shape, type }];
}

function known(shape: Shape, type: number): Known {
  return shape && { shape: shape.map((dim) => (dim < 0 ? 1 : dim)), type };
}

function inferred({ op, attributes }: InlinedNode, [a, b]: readonly Known[]): readonly number[] | undefined {
  if (op === 'ReadVariableOp' || ALIKE.has(op)) return a?.shape;
  if (op === 'MaxPool' || op === 'AvgPool') {
    const [kernel, strides] = [attributes.get('ksize')?.ints ?? [], attributes.get('strides')?.ints ?? []];
    const isSame = attributes.get('padding')?.text === 'SAME';
    return a?.shape.map((size, i) => slid(size, isSame ? 1 : (kernel[i] ?? 1), strides[i]));
  }
  if (!a || !b) return undefined;
  const list = b.values;
  if (list && op === 'Reshape') {
    const rest = countOf(list.filter((dim) => dim !== -1));
    return list.map((dim) => (dim === -1 ? Math.floor(countOf(a.shape) / Math.max(1, rest)) : dim));
  }
  if (list && (op === 'Mean' || op === 'Sum' || op === 'Max')) {
    const axes = list.map((axis) => (axis < 0 ? axis + a.shape.length : axis));
    const keeps = attributes.get('keep_dims')?.flag ?? false;
    return a.shape.flatMap((dim, i) => (axes.includes(i) ? (keeps ? [1] : []) : [dim]));
  }
  if (BROADCAST.has(op)) {
    const rank = Math.max(a.shape.length, b.shape.length);
    const dim = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
    return Array.from({ length: rank }, (_, i) => (dim(a.shape, i) === 1 ? dim(b.shape, i) : dim(a.shape, i)));
  }
  if (op === 'MatMul') {
    const rows = a.shape[attributes.get('transpose_a')?.flag ? 1 : 0];
    const columns = b.shape[attributes.get('transpose_b')?.flag ? 0 : 1];
    return rows === undefined || columns === undefined ? undefined : [rows, columns];
  }
  if (op === 'Conv2D' && a.shape.length === 4 && b.shape.length === 4) {
    const first = attributes.get('data_format')?.text === 'NCHW' ? 2 : 1;
    const [strides, dilations] = [attributes.get('strides')?.ints ?? [], attributes.get('dilations')?.ints ?? []];
    const isSame = attributes.get('padding')?.text === 'SAME';
    return a.shape.map((size, i) => {
      if (i === 0) return size;
      if (i < first || i >= first + 2) return b.shape[3] ?? 1;
      const reach = isSame ? 1 : (dilations[i] ?? 1) * ((b.shape[i - first] ?? 1) - 1) + 1;
      return slid(size, reach, strides[i]);
    });
  }
  return undefined;
}

/** Positions of a window. */
function slid(size: number, reach: number, stride = 1): number {
  return Math.max(0, Math.ceil((size - reach + 1) / Math.max(1, stride)));
}

/** Floating-point operations and bytes; nothing where an operation only keeps, passes on or gives another shape. */
export function workOf({ op, attributes }: InlinedNode, inputs: readonly Known[], outputs: readonly Known[]): Work {
  if (VIEWS.has(op) || KEPT.has(op)) return { flops: 0, bytes: 0 };
  const all = [...inputs, ...outputs];
  const bytes = all.reduce((sum, tensor) => sum + (tensor ? bytesOf(tensor) : 0), 0);
  const [a, b, c] = inputs.map((input) => input?.shape);
  const out = outputs[0]?.shape;
  return {
    flops: flops(op, attributes.get('transpose_a')?.flag ?? attributes.get('adj_x')?.flag, a, b, c, out),
    bytes,
  };
}

function flops(op: string, isTurned: boolean | undefined, a: Shape, b: Shape, c: Shape, out: Shape): number {
  const count = (shape: Shape): number => (shape ? countOf(shape) : 0);
  const perChannel = (filter: Shape): number => count(filter) / Math.max(1, filter?.at(-1) ?? 1);
  switch (op) {
    case 'MatMul':
    case 'BatchMatMul':
    case 'BatchMatMulV2':
    case 'BatchMatMulV3':
      return 2 * count(out) * (a?.at(isTurned ? -2 : -1) ?? 0);
    case 'Conv2D':
    case 'Conv3D':
      return 2 * count(out) * perChannel(b);
    case 'Conv2DBackpropInput':
      return 2 * count(c) * perChannel(b);
    case 'Conv2DBackpropFilter':
      return 2 * count(c) * perChannel(out);
    case 'DepthwiseConv2dNative':
      return 2 * count(out) * count(b?.slice(0, 2));
    default:
      return count(out);
  }
}
