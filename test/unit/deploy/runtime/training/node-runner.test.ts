import { expect, test } from 'vitest';
import { executionPlan } from '../../../../../server/src/deploy/runtime/training/execution-plan.ts';
import { describeThrown, type TrainingModule } from '../../../../../server/src/deploy/runtime/training/module.ts';
import { NodeRunner } from '../../../../../server/src/deploy/runtime/training/node-runner.ts';
import { profileModule, trainOnOneDevice } from '../../../../../server/src/deploy/runtime/training/profile.ts';
import type { Tensor } from '../../../../../server/src/deploy/runtime/training/tensor.ts';

const scalar = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) });

/** loss = (a·x + a·x − 6)² over two paths from one parameter: its gradient is the sum of both. */
const module: TrainingModule = {
  data: () => (step) => ({ x: step === 0 ? 1 : 2 }),
  ops: {
    source: { forward: (_params, _inputs, _op, { batch }) => ({ output: scalar(batch['x'] as number) }) },
    scale: {
      init: () => ({ a: scalar(1) }),
      forward: ({ a }, [x]) => ({ output: scalar(a!.data[0]! * x!.data[0]!) }),
      backward: (_params, _saved, grad, _op, { inputs: [x], needs }) => ({
        gradInputs: needs.map(() => null),
        gradParams: { a: scalar(grad!.data[0]! * x!.data[0]!) },
      }),
    },
    same: {
      forward: (_params, [x]) => ({ output: x! }),
      backward: (_params, _saved, grad) => ({ gradInputs: [grad] }),
    },
    loss: {
      forward: (_params, [left, right]) => {
        const away = left!.data[0]! + right!.data[0]! - 6;
        return { output: scalar(away), saved: away, loss: away * away };
      },
      backward: (_params, away) => ({ gradInputs: [scalar(2 * (away as number)), scalar(2 * (away as number))] }),
    },
  },
};
const nodes = ['source', 'scale', 'same', 'loss'].map((type) => ({ name: type, op: { type } }));
const edges = [
  { from: 'source', to: 'scale' },
  { from: 'scale', to: 'same' },
  { from: 'scale', to: 'loss' },
  { from: 'same', to: 'loss' },
];

test('a step computes the loss, its gradient over every path, and the update', async () => {
  const reports = await trainOnOneDevice({ module, nodes, edges, batchSize: 1, learningRate: 0.125, steps: 2 });
  // a = 1, x = 1: (2 − 6)² = 16; the gradient is 2·(−4)·2·x = −16, so a = 3; then x = 2: (12 − 6)² = 36.
  expect(reports.map(({ losses }) => losses[0]!.loss)).toEqual([16, 36]);
});

test('a profile has a time and the sizes of every node', async () => {
  const profile = await profileModule({ module, nodes, edges, batchSize: 1, warmUp: 1, steps: 3 });
  expect(profile.map(({ name }) => name)).toEqual(['source', 'scale', 'same', 'loss']);
  expect(profile.map(({ outputBytes }) => outputBytes)).toEqual([4, 4, 4, 4]);
  expect(profile.map(({ persistentBytes }) => persistentBytes)).toEqual([0, 8, 0, 0]);
  expect(profile.map(({ backwardUs }) => backwardUs !== null)).toEqual([false, true, true, true]);
});

test('initial weights depend on the seed and the name, not on what else is held', async () => {
  const random: TrainingModule = {
    ops: { scale: { ...module.ops['scale']!, init: (_op, next) => ({ a: scalar(next()) }) } },
  };
  const plan = executionPlan({
    placement: ['one', 'two'].map((node) => ({ node, device: 'd' })),
    edges: [],
    ops: { one: { type: 'scale' }, two: { type: 'scale' } },
    devices: ['d'],
  });
  const options = { plan, batchSize: 1, learningRate: 1 };
  const both = await NodeRunner.create({ ...options, module: random, held: [0, 1] });
  const second = await NodeRunner.create({ ...options, module: random, held: [1] });
  const other = await NodeRunner.create({ ...options, module: { ...random, seed: 2 }, held: [1] });
  expect(second.state(1)).toEqual(both.state(1));
  expect(both.state(0)).not.toEqual(both.state(1));
  expect(other.state(1)).not.toEqual(second.state(1));
});

test('what an op returns is checked where it comes from', async () => {
  const run = (change: Partial<TrainingModule['ops'][string]>) =>
    trainOnOneDevice({
      module: { ...module, ops: { ...module.ops, same: { ...module.ops['same']!, ...change } } },
      nodes,
      edges,
      batchSize: 1,
      learningRate: 1,
      steps: 1,
    });
  await expect(run({ forward: () => ({ output: { shape: [2], data: new Float32Array(3) } }) })).rejects.toThrow(
    'forward of node same returned a wrong output: shape [2] needs 2 numbers, data has 3',
  );
  await expect(run({ backward: () => ({ gradInputs: [] }) })).rejects.toThrow(
    'backward of node same returned a wrong gradient of input 0',
  );
  await expect(run({ backward: () => ({ gradInputs: [{ shape: [2], data: new Float32Array(2) }] }) })).rejects.toThrow(
    'of another size',
  );
});

test('a checkpoint of other parameters is refused by name', async () => {
  const plan = executionPlan({
    placement: [{ node: 'n', device: 'd' }],
    edges: [],
    ops: { n: { type: 'scale' } },
    devices: ['d'],
  });
  const runner = await NodeRunner.create({ plan, module, held: [0], batchSize: 1, learningRate: 1 });
  const saved = { params: { a: { shape: [2], data: new Float32Array(2) } }, moments: { a: [] } };
  expect(() => runner.restore(0, saved)).toThrow('the checkpoint of node n has a[2], the module now makes a[1]');
});

test('what was thrown is told with the line that threw it', () => {
  expect(describeThrown(new Error('no'))).toMatch(/^no \(at .*node-runner\.test\.ts:\d+:\d+\)?/);
  expect(describeThrown('just text')).toBe('just text');
});
