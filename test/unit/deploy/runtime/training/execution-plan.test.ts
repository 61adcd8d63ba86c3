import { expect, test } from 'vitest';
import {
  bindOps,
  executionPlan,
  trainedNodes,
} from '../../../../../server/src/deploy/runtime/training/execution-plan.ts';
import type { TrainingModule, TrainingOp } from '../../../../../server/src/deploy/runtime/training/module.ts';

const op = (change: Partial<TrainingOp> = {}): TrainingOp => ({
  forward: () => ({ output: { shape: [], data: new Float32Array(1) } }),
  ...change,
});
const backward = () => ({ gradInputs: [] });
const module: TrainingModule = {
  ops: { source: op(), plain: op({ backward }), weighted: op({ init: () => ({}), backward }), cut: op() },
};

function plan(
  nodes: readonly (readonly [name: string, type: string])[],
  edges: readonly (readonly [string, string])[],
) {
  return executionPlan({
    placement: nodes.map(([node], index) => ({ node, device: index % 2 ? 'b' : 'a' })),
    edges: edges.map(([from, to]) => ({ from, to, bytes: 1 })),
    ops: Object.fromEntries(nodes.map(([name, type]) => [name, { type }])),
    devices: ['a', 'b'],
  });
}

test('inputs and outputs keep the order of the edges in the file', () => {
  const { nodes, edges } = plan(
    [['x', 'source'], ['y', 'source'], ['z', 'plain'], ['w', 'plain']],
    [['y', 'z'], ['x', 'w'], ['x', 'z'], ['z', 'w']],
  ); // prettier-ignore
  expect(nodes[2]).toMatchObject({ name: 'z', device: 0, inputs: [0, 2], outputs: [3] });
  expect(nodes[0]!.outputs).toEqual([1, 2]);
  expect(edges[3]).toEqual({ from: 2, to: 3 });
});

test('gradients flow to parameters and no further, and not through an op without backward', () => {
  const made = plan(
    [['x', 'source'], ['early', 'plain'], ['w', 'weighted'], ['late', 'plain'], ['cut', 'cut'], ['after', 'plain']],
    [['x', 'early'], ['early', 'w'], ['w', 'late'], ['late', 'cut'], ['cut', 'after']],
  ); // prettier-ignore
  expect(trainedNodes(made, bindOps(made, module))).toEqual([false, false, true, true, false, false]);
});

test('an order that runs a node before its input, and what is not there, are refused by name', () => {
  expect(() => plan([['b', 'plain'], ['a', 'source']], [['a', 'b']])).toThrow('the plan runs b before its input a'); // prettier-ignore
  expect(() => plan([['a', 'source']], [['a', 'ghost']])).toThrow('a → ghost');
  const made = plan([['a', 'warp']], []);
  expect(() => bindOps(made, module)).toThrow('it has no op "warp", which node a needs');
  expect(() => bindOps(plan([['a', 'toString']], []), module)).toThrow('no op "toString"');
});
