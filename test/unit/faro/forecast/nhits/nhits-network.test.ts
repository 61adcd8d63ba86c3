import { describe, expect, test } from 'vitest';
import { FARO_SHAPE, layoutOf, type NhitsShape } from '../../../../../server/src/faro/forecast/nhits/nhits.ts';
import { NhitsNetwork } from '../../../../../server/src/faro/forecast/nhits/nhits-network.ts';
import { randomStream } from '../../../../../server/src/faro/simulator/random-stream.ts';

describe('the shape of a network', () => {
  const stacks = (shape: Partial<NhitsShape>): number[][] =>
    layoutOf({ ...FARO_SHAPE, ...shape }).stacks.map(({ pooling, backcast, forecast }) => [
      pooling,
      backcast.outputs,
      forecast.outputs,
    ]);

  test("is Faro's", () => {
    expect(stacks({})).toEqual([
      [7, 5, 4],
      [2, 15, 14],
      [1, 15, 14],
    ]);
    expect(stacks({ context: 10, head: 'mean' })).toEqual([
      [5, 3, 2],
      [2, 10, 7],
      [1, 10, 7],
    ]);
  });

  test('has its parameters side by side', () => {
    const { stacks: built, parameters } = layoutOf({ ...FARO_SHAPE, width: 8 });
    const layers = built.flatMap(({ hidden, backcast, forecast }) => [...hidden, backcast, forecast]);
    let next = 0;
    for (const { inputs, outputs, weights, biases } of layers) {
      expect(weights).toBe(next);
      expect(biases).toBe(next + inputs * outputs);
      next = biases + outputs;
    }
    expect(parameters).toBe(next);
  });

  test('stretches coefficients by straight lines from end to end', () => {
    const [coarse, , fine] = layoutOf(FARO_SHAPE).stacks;
    const lines = Array.from({ length: 7 }, (_, h) => coarse!.stretchForecast[2 * h + 1]!);
    for (const [h, share] of lines.entries()) expect(share).toBeCloseTo(h / 6);
    expect(Array.from(fine!.stretchForecast, (share, i) => share === (i % 8 === 0 ? 1 : 0))).not.toContain(false);
  });
});

describe.each(['gaussian', 'mean'] as const)('gradients of a network with a %s head', (head) => {
  const shape: NhitsShape = { context: 9, horizon: 5, width: 6, stacks: 3, head };
  const batch = 6;
  const create = (length: number): Float64Array<ArrayBuffer> => new Float64Array(length);
  const network = new NhitsNetwork(layoutOf(shape), batch, create);
  const random = randomStream(5, 'gradients');
  const parameters = network.initialise(random);
  const inputs = Float64Array.from({ length: batch * shape.context }, () => random.normal());
  const targets = Float64Array.from({ length: batch * shape.horizon }, () => random.normal());
  const loss = (): number => {
    network.forward(parameters, inputs, batch);
    return network.loss(targets, batch);
  };

  test('are the slopes of the loss', () => {
    loss();
    const gradients = create(parameters.length);
    network.backward(parameters, gradients, batch);
    const step = 1e-6;
    for (let i = 0; i < parameters.length; i++) {
      const kept = parameters[i]!;
      parameters[i] = kept + step;
      const above = loss();
      parameters[i] = kept - step;
      const below = loss();
      parameters[i] = kept;
      expect(Math.abs((above - below) / (2 * step) - gradients[i]!), `parameter ${i}`).toBeLessThan(1e-6);
    }
  });

  test('are summed over batches', () => {
    const [once, twice] = [create(parameters.length), create(parameters.length)];
    loss();
    network.backward(parameters, once, batch);
    for (let round = 0; round < 2; round++) network.backward(parameters, twice, batch);
    for (const [i, gradient] of once.entries()) expect(twice[i]).toBeCloseTo(2 * gradient, 10);
  });

  test('of a part of a batch are those of that part', () => {
    network.forward(parameters, inputs, batch);
    const whole = network.output.slice();
    network.forward(parameters, inputs, 3);
    for (let i = 0; i < (3 * whole.length) / batch; i++) expect(network.output[i]).toBeCloseTo(whole[i]!, 12);
  });
});

test('dropout takes neurons away without changing what is expected of them', () => {
  const network = new NhitsNetwork(layoutOf({ ...FARO_SHAPE, width: 64, stacks: 1 }), 1);
  const random = randomStream(1, 'dropout');
  const parameters = network.initialise(random);
  const inputs = Float32Array.from({ length: 15 }, () => random.normal());
  const full = network.forward(parameters, inputs, 1)[3]!;
  let [sum, square] = [0, 0];
  const rounds = 400;
  for (let i = 0; i < rounds; i++) {
    const value = network.forward(parameters, inputs, 1, { rate: 0.1, random })[3]!;
    sum += value;
    square += value * value;
  }
  const deviation = Math.sqrt(square / rounds - (sum / rounds) ** 2);
  expect(deviation).toBeGreaterThan(0);
  expect(Math.abs(sum / rounds - full)).toBeLessThan(deviation);
});
