import { expect, test } from 'vitest';
import { seededRandom } from '../../../server/src/deploy/runtime/training/random.ts';
import type { Tensor } from '../../../server/src/deploy/runtime/training/tensor.ts';
import type { OpSettings, TrainingOp } from '../../../server/src/deploy/runtime/training/module.ts';

// The examples are plain JavaScript, as a user writes it.
const layers = (await import(new URL('../../../examples/models/layers.mjs', import.meta.url).href)) as Record<
  'dense' | 'conv' | 'relu' | 'maxPool' | 'concat' | 'add' | 'crossEntropy',
  TrainingOp
>;
const call = { batch: {}, step: 0 };

/** Numbers in mixed order, no two closer than 1/16 and none closer than 1/32 to zero: no kink is near. */
function randomTensor(shape: readonly number[], random: () => number): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const order = Array.from({ length }, (_, i) => [random(), i] as const).sort(([a], [b]) => a - b);
  return { shape, data: Float32Array.from(order, ([, i]) => (i - (length >> 1)) / 16 + 1 / 32) };
}

/**
 * Compares `backward` with difference quotients of a random projection of the output. Central differences of step h in float32 have
 * an error of about 1e-7/h + h², and are wrong at a kink (ReLU, max), so the inputs keep away from those.
 */
function checkGradients(
  layer: TrainingOp,
  op: OpSettings,
  shapes: readonly (readonly number[])[],
  labels?: Tensor,
): void {
  const random = seededRandom(5);
  const params = layer.init?.(op, random) ?? {};
  const inputs = [...shapes.map((shape) => randomTensor(shape, random)), ...(labels ? [labels] : [])];
  const first = layer.forward(params, inputs, op, call);
  const projection = first.loss === undefined ? randomTensor(first.output.shape, random) : null;
  const value = () => {
    const { output, loss } = layer.forward(params, inputs, op, call);
    return loss ?? output.data.reduce((sum, x, i) => sum + x * projection!.data[i]!, 0);
  };
  const needs = inputs.map((input) => input !== labels);
  const { gradInputs, gradParams } = layer.backward!(params, first.saved, projection, op, { inputs, needs });
  const pairs = [
    ...inputs.flatMap((input, k) => (needs[k] ? [[input, gradInputs[k]!] as const] : [])),
    ...Object.entries(params).map(([name, tensor]) => [tensor, gradParams![name]!] as const),
  ];
  const h = 1 / 128;
  for (const [tensor, gradient] of pairs) {
    expect(gradient.shape).toEqual(tensor.shape);
    const stride = Math.max(1, Math.floor(tensor.data.length / 40));
    for (let i = 0; i < tensor.data.length; i += stride) {
      const before = tensor.data[i]!;
      tensor.data[i] = before + h;
      const above = value();
      tensor.data[i] = before - h;
      const below = value();
      tensor.data[i] = before;
      expect(gradient.data[i]).toBeCloseTo((above - below) / (2 * h), 2);
    }
  }
}

test.each<[string, TrainingOp, OpSettings, number[][]]>([
  ['dense', layers.dense, { inputs: 12, units: 5 }, [[3, 12]]],
  ['dense on pictures', layers.dense, { inputs: 12, units: 4 }, [[2, 3, 2, 2]]],
  ['conv 1 × 1', layers.conv, { in: 3, out: 4, kernel: 1 }, [[2, 3, 4, 5]]],
  ['conv 3 × 3', layers.conv, { in: 2, out: 3, kernel: 3 }, [[2, 2, 5, 4]]],
  ['conv 5 × 5', layers.conv, { in: 1, out: 2, kernel: 5 }, [[2, 1, 6, 6]]],
  ['relu', layers.relu, {}, [[4, 9]]],
  ['maxPool apart', layers.maxPool, { window: 2, stride: 2 }, [[2, 2, 6, 5]]],
  ['maxPool overlapping', layers.maxPool, { window: 3, stride: 1 }, [[1, 2, 4, 4]]],
  ['concat', layers.concat, {}, [[2, 2, 3, 3], [2, 1, 3, 3], [2, 3, 3, 3]]],
  ['add', layers.add, {}, [[2, 6], [2, 6]]],
])('%s has the gradient of what it computes', (_, layer, op, shapes) => {
  checkGradients(layer, op, shapes);
}); // prettier-ignore

test('cross entropy has the gradient of its loss, and counts what is right', () => {
  const labels: Tensor = { shape: [3], data: Float32Array.of(2, 0, 3) };
  checkGradients(layers.crossEntropy, {}, [[3, 4]], labels);
  const logits: Tensor = { shape: [3, 4], data: Float32Array.of(0, 0, 9, 0, 9, 0, 0, 0, 9, 0, 0, 0) };
  expect(layers.crossEntropy.forward({}, [logits, labels], {}, call).metrics).toEqual({ correct: 2, count: 3 });
});

test('a convolution is what it is by definition', () => {
  const weight: Tensor = { shape: [1, 1, 3, 3], data: Float32Array.of(0, 1, 0, 0, 0, 2, 0, 0, 0) };
  const bias: Tensor = { shape: [1], data: Float32Array.of(10) };
  const picture: Tensor = { shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) };
  // Above once, to the right twice, zeros around.
  expect(layers.conv.forward({ weight, bias }, [picture], { in: 1, out: 1, kernel: 3 }, call).output.data).toEqual(
    Float32Array.of(14, 10, 19, 12),
  );
});
