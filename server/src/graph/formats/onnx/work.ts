/** What an operation computes and moves, from the shapes of what it reads and writes. */
import type { Work } from '../../roofline.ts';
import { bytesOf, countOf } from './elements.ts';
import type { OnnxNode } from './model.ts';
import type { Known } from './shapes.ts';

/** Operations that give the same bytes another shape, and do nothing. */
const VIEWS: ReadonlySet<string> = new Set('Reshape Flatten Squeeze Unsqueeze Identity Shape Size Dropout'.split(' '));

/** Operations for each element, of those that take more than one. */
const PER_ELEMENT: Readonly<Record<string, number | undefined>> = {
  __proto__: null as never,
  Softmax: 5,
  LogSoftmax: 6,
  LayerNormalization: 8,
  RMSNormalization: 6,
  GroupNormalization: 8,
  InstanceNormalization: 8,
  BatchNormalization: 2,
  Gelu: 10,
  Erf: 8,
  Tanh: 8,
  Sigmoid: 4,
  Exp: 4,
  Pow: 4,
};

/** Floating-point operations and bytes; a multiplication with its addition counts as two. Of what is not known nothing is counted. */
export function workOf(node: OnnxNode, inputs: readonly Known[], outputs: readonly Known[]): Work {
  if (VIEWS.has(node.op)) return { flops: 0, bytes: 0 };
  const written = sum(outputs, bytesOf);
  // Of a table only the rows are read that are asked for.
  const read = node.op === 'Gather' ? written : sum(inputs, bytesOf);
  return { flops: flopsOf(node, inputs, outputs), bytes: read + written };
}

function flopsOf(node: OnnxNode, [a, b, c]: readonly Known[], outputs: readonly Known[]): number {
  const out = sum(outputs.slice(0, 1), ({ shape }) => countOf(shape));
  switch (node.op) {
    case 'MatMul':
    case 'MatMulInteger':
      return 2 * out * (a?.shape.at(-1) ?? b?.shape.at(-2) ?? 0);
    case 'Gemm':
      return 2 * out * (a?.shape[node.attributes.get('transA')?.int ? 0 : 1] ?? 0);
    case 'Conv':
    case 'ConvInteger':
      return b ? (2 * out * countOf(b.shape)) / Math.max(1, b.shape[0] ?? 1) : 0;
    case 'ConvTranspose':
      return a && b ? (2 * countOf(a.shape) * countOf(b.shape)) / Math.max(1, b.shape[0] ?? 1) : 0;
    case 'MaxPool':
    case 'AveragePool':
    case 'LpPool':
      return out * countOf(node.attributes.get('kernel_shape')?.ints ?? []);
    case 'LSTM':
    case 'GRU':
    case 'RNN': {
      const steps = a ? countOf(a.shape.slice(0, 2)) : 0;
      return 2 * steps * sum([b, c], ({ shape }) => countOf(shape));
    }
    case 'Einsum':
      return 2 * indexCount(node.attributes.get('equation')?.text ?? '', [a, b]);
    default: {
      // What reduces works on what it reads.
      const elements = node.op.startsWith('Reduce') && a ? countOf(a.shape) : out;
      return elements * (PER_ELEMENT[node.op] ?? 1);
    }
  }
}

/** All values that the indices of `bij,bjk->bik` take together. */
function indexCount(equation: string, inputs: readonly Known[]): number {
  const sizes = new Map<string, number>();
  const terms = (equation.split('->')[0] ?? '').replaceAll(' ', '').split(',');
  terms.forEach((term, i) => {
    const letters = term.replace('...', '');
    Array.from(letters, (letter, k) => sizes.set(letter, inputs[i]?.shape.at(k - letters.length) ?? 1));
  });
  return countOf([...sizes.values()]);
}

function sum<T>(list: readonly (T | undefined)[], amount: (one: T) => number): number {
  return list.reduce((all, one) => all + (one === undefined ? 0 : amount(one)), 0);
}
