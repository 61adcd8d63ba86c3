import { expect, test } from 'vitest';
import type { OptimizerSettings } from '../../../../../server/src/deploy/runtime/training/module.ts';
import {
  checkOptimizer,
  momentCount,
  OtherOptimizer,
  updateParameter,
} from '../../../../../server/src/deploy/runtime/training/optimizer.ts';

function run(settings: OptimizerSettings, gradients: readonly number[]): number[] {
  const parameter = Float32Array.of(1);
  const moments = Array.from({ length: momentCount(settings) }, () => new Float32Array(1));
  return gradients.map((gradient, index) => {
    updateParameter(settings, 0.1, index + 1, parameter, Float32Array.of(gradient), moments);
    return parameter[0]!;
  });
}

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6) as unknown);

test('plain SGD steps along the gradient', () => {
  expect(run({ type: 'sgd' }, [1, -2])).toEqual(near([0.9, 1.1]));
});

test('momentum remembers earlier gradients', () => {
  expect(run({ type: 'sgd', momentum: 0.5 }, [1, 1, 0])).toEqual(near([0.9, 0.75, 0.675]));
});

test("Adam's first step has the learning rate's length whatever the gradient's", () => {
  expect(run({ type: 'adam' }, [0.1])).toEqual(near([0.9]));
  expect(run({ type: 'adam' }, [-500])).toEqual(near([1.1]));
  // Second step of gradients 1 and 3 by hand: m = 0.39 / 0.19, v = 0.009999 / 0.001999.
  expect(run({ type: 'adam' }, [1, 3])[1]).toBeCloseTo(0.9 - (0.1 * (0.39 / 0.19)) / Math.sqrt(0.009999 / 0.001999), 5);
});

test('is the one that memory is planned for, or says which it is', () => {
  const module = (optimizer?: OptimizerSettings) => ({ ops: {}, ...(optimizer && { optimizer }) });
  checkOptimizer(undefined, module({ type: 'adam' }));
  checkOptimizer('sgd', module());
  checkOptimizer('momentum', module({ type: 'sgd', momentum: 0.9 }));
  checkOptimizer('adam', module({ type: 'adam' }));
  const other = () => checkOptimizer('adamw', module({ type: 'sgd', momentum: 0.9 }));
  expect(other).toThrow(OtherOptimizer);
  expect(other).toThrow('the module trains with momentum, and train.optimizer says adamw');
});
