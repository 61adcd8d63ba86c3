import type { DenseLayer } from './dense-layer.ts';
import { realAt } from '../../../numeric/at.ts';

/** What makes a network (N-HiTS, arXiv 2201.12886, as Faro uses it: reference section 6.1). */
export interface NhitsShape {
  /** Minutes that it looks back. */
  readonly context: number;
  /** Minutes ahead. */
  readonly horizon: number;
  /** Neurons in each hidden layer. */
  readonly width: number;
  readonly stacks: number;
  /** Mean and spread of each minute, or the mean alone. */
  readonly head: 'gaussian' | 'mean';
}

export const FARO_SHAPE: NhitsShape = { context: 15, horizon: 7, width: 512, stacks: 3, head: 'gaussian' };

/** One stack: pooling, two rectified layers, coefficients of a backcast and of a forecast, stretched to full length. */
export interface NhitsStack {
  /** Inputs of which each pooled one is the largest; the last may have fewer. */
  readonly pooling: number;
  readonly pooled: number;
  readonly hidden: readonly [DenseLayer, DenseLayer];
  readonly backcast: DenseLayer;
  /** Coefficients of the mean, then those of the spread. */
  readonly forecast: DenseLayer;
  /** Context × coefficients, by rows. */
  readonly stretchBackcast: Float64Array;
  /** Horizon × coefficients, by rows. */
  readonly stretchForecast: Float64Array;
}

export interface NhitsLayout {
  readonly shape: NhitsShape;
  readonly stacks: readonly NhitsStack[];
  /** Numbers for each minute ahead: mean, and the spread before its softplus. */
  readonly perMinute: 1 | 2;
  readonly parameters: number;
}

/**
 * Where everything lies. The first stacks see coarser inputs and say coarser things: pooling and the stretching of what is
 * said fall geometrically from half the context and half the horizon to 1 (context 15: 7, 2, 1; horizon 7: 3, 1, 1).
 */
export function layoutOf(shape: NhitsShape): NhitsLayout {
  const { context, horizon, width, stacks } = shape;
  const perMinute = shape.head === 'gaussian' ? 2 : 1;
  let parameters = 0;
  const dense = (inputs: number, outputs: number): DenseLayer => {
    const weights = parameters;
    const biases = weights + inputs * outputs;
    parameters = biases + outputs;
    return { inputs, outputs, weights, biases };
  };
  const factor = (most: number, stack: number): number =>
    Math.floor(Math.max(1, most) ** (stacks > 1 ? 1 - stack / (stacks - 1) : 0) + 1e-9);
  const built = Array.from({ length: stacks }, (_, stack): NhitsStack => {
    const pooling = factor(Math.floor(context / 2), stack);
    const coarseness = factor(Math.floor(horizon / 2), stack);
    const pooled = Math.ceil(context / pooling);
    const backcasts = Math.max(1, Math.floor(context / coarseness));
    const forecasts = Math.max(1, Math.floor(horizon / coarseness));
    return {
      pooling,
      pooled,
      hidden: [dense(pooled, width), dense(width, width)],
      backcast: dense(width, backcasts),
      forecast: dense(width, forecasts * perMinute),
      stretchBackcast: stretching(backcasts, context),
      stretchForecast: stretching(forecasts, horizon),
    };
  });
  return { shape, stacks: built, perMinute, parameters };
}

/** Linear interpolation from some points to more, the first and last of both at the same places (length × points, by rows). */
function stretching(points: number, length: number): Float64Array {
  const matrix = new Float64Array(length * points);
  for (let i = 0; i < length; i++) {
    const at = length > 1 ? (i * (points - 1)) / (length - 1) : 0;
    const below = Math.min(points - 1, Math.floor(at));
    const share = at - below;
    matrix[i * points + below] = realAt(matrix, i * points + below) + (1 - share);
    if (share > 0) matrix[i * points + below + 1] = realAt(matrix, i * points + below + 1) + share;
  }
  return matrix;
}
