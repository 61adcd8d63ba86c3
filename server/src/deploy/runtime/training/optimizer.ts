/** Parameter updates, each node on its own device: plain SGD, SGD with momentum, and Adam (Kingma and Ba, arXiv 1412.6980). */
import type { TrainingMemory } from '../../../spec/types.ts';
import type { OptimizerSettings, TrainingModule } from './module.ts';

/** The module trains with another optimizer than memory is planned for. */
export class OtherOptimizer extends Error {}

/** @param planned `train.optimizer` of the spec; undefined where it says nothing. @throws OtherOptimizer */
export function checkOptimizer(planned: TrainingMemory['optimizer'], { optimizer }: TrainingModule): void {
  const settings = optimizer ?? { type: 'sgd' };
  const name = settings.type === 'adam' ? 'adam' : momentCount(settings) > 0 ? 'momentum' : 'sgd';
  if (planned !== undefined && planned !== name)
    throw new OtherOptimizer(`the module trains with ${name}, and train.optimizer says ${planned}`);
}

/** How many moment arrays of a parameter's size the optimizer keeps. */
export function momentCount(settings: OptimizerSettings): number {
  if (settings.type === 'adam') return 2;
  return (settings.momentum ?? 0) > 0 ? 1 : 0;
}

/**
 * One update, in place.
 *
 * @param step 1 for the first update ever (Adam's bias correction).
 * @param moments `momentCount` arrays of the parameter's length, zero at first.
 */
export function updateParameter(
  settings: OptimizerSettings,
  learningRate: number,
  step: number,
  parameter: Float32Array,
  gradient: Float32Array,
  moments: readonly Float32Array[],
): void {
  if (settings.type === 'sgd') {
    const velocity = moments[0];
    const momentum = settings.momentum ?? 0;
    for (let i = 0; i < parameter.length; i++) {
      let move = gradient[i]!;
      if (velocity !== undefined) move = velocity[i] = momentum * velocity[i]! + move;
      parameter[i] = parameter[i]! - learningRate * move;
    }
    return;
  }
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
  const [first, second] = moments as [Float32Array, Float32Array];
  const correctFirst = 1 - beta1 ** step;
  const correctSecond = 1 - beta2 ** step;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
    parameter[i] =
      parameter[i]! - (learningRate * (first[i]! / correctFirst)) / (Math.sqrt(second[i]! / correctSecond) + epsilon);
  }
}
