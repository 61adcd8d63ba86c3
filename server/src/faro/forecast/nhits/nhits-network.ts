import type { RandomStream } from '../../simulator/random-stream.ts';
import { backward, forward, type DenseLayer, type Numbers } from './dense-layer.ts';
import type { NhitsLayout, NhitsStack } from './nhits.ts';
import { itemAt, numberAt, realAt } from '../../../numeric/at.ts';

/** Keeps the logarithm of a spread finite. */
const LEAST_DEVIATION = 1e-3;

/** What each stack computed on the way, for the way back. */
interface StackTrace {
  readonly residual: Numbers;
  readonly pooled: Numbers;
  /** Which of the inputs each pooled one is. */
  readonly chosen: Uint16Array;
  readonly hidden: readonly [Numbers, Numbers];
  readonly backcast: Numbers;
  readonly forecast: Numbers;
  /** Zeros where dropout has taken a neuron away, else the factor that makes up for it. */
  readonly kept: readonly [Numbers, Numbers];
}

/**
 * A network at work on batches, forwards and backwards. It owns scratch space for one batch and no parameters.
 *
 * All arrays are by rows: inputs batch × context, outputs batch × (horizon · numbers a minute): all means, then all spreads.
 */
export class NhitsNetwork {
  readonly layout: NhitsLayout;
  /** The last forward pass's answer. */
  readonly output: Numbers;
  readonly #traces: readonly StackTrace[];
  readonly #create: (length: number) => Numbers;
  readonly #slopes: {
    readonly output: Numbers;
    readonly residual: Numbers;
    readonly coefficients: Numbers;
    readonly first: Numbers;
    readonly second: Numbers;
    readonly added: Numbers;
    readonly pooled: Numbers;
  };

  constructor(layout: NhitsLayout, batch: number, create: (length: number) => Numbers = (n) => new Float32Array(n)) {
    this.layout = layout;
    this.#create = create;
    const { context, horizon, width } = layout.shape;
    const rows = (length: number): Numbers => create(batch * length);
    this.output = rows(horizon * layout.perMinute);
    this.#traces = layout.stacks.map((stack) => ({
      residual: rows(context),
      pooled: rows(stack.pooled),
      chosen: new Uint16Array(batch * stack.pooled),
      hidden: [rows(width), rows(width)],
      backcast: rows(stack.backcast.outputs),
      forecast: rows(stack.forecast.outputs),
      kept: [rows(width), rows(width)],
    }));
    const widest = Math.max(context, horizon * layout.perMinute);
    this.#slopes = {
      output: rows(horizon * layout.perMinute),
      residual: rows(context),
      coefficients: rows(widest),
      first: rows(width),
      second: rows(width),
      added: rows(width),
      pooled: rows(context),
    };
  }

  /** Random parameters to begin with: uniform within ±1/√inputs. */
  initialise(random: RandomStream): Numbers {
    const parameters = this.#create(this.layout.parameters);
    const draw = ({ inputs, weights, biases, outputs }: DenseLayer): void => {
      const bound = 1 / Math.sqrt(inputs);
      for (let i = weights; i < biases + outputs; i++) parameters[i] = (2 * random.uniform() - 1) * bound;
    };
    for (const { hidden, backcast, forecast } of this.layout.stacks) [...hidden, backcast, forecast].forEach(draw);
    return parameters;
  }

  /** @param dropout with what chance a hidden neuron is taken away; only while training. */
  forward(
    parameters: Numbers,
    inputs: Numbers,
    batch: number,
    dropout?: { rate: number; random: RandomStream },
  ): Numbers {
    const { context, horizon, width } = this.layout.shape;
    const { perMinute, stacks } = this.layout;
    this.output.fill(0, 0, batch * horizon * perMinute);
    let residual = inputs;
    stacks.forEach((stack, s) => {
      const trace = itemAt(this.#traces, s);
      const { hidden, backcast, forecast, kept } = trace;
      for (let i = 0; i < batch * context; i++) trace.residual[i] = numberAt(residual, i);
      pool(stack, trace, context, batch);
      forward(stack.hidden[0], parameters, trace.pooled, hidden[0], batch);
      rectify(hidden[0], kept[0], batch * width, dropout);
      forward(stack.hidden[1], parameters, hidden[0], hidden[1], batch);
      rectify(hidden[1], kept[1], batch * width, dropout);
      forward(stack.forecast, parameters, hidden[1], forecast, batch);
      addForecast(stack, forecast, this.output, horizon, perMinute, batch);
      if (s === stacks.length - 1) return; // nothing looks at what would be left
      forward(stack.backcast, parameters, hidden[1], backcast, batch);
      residual = itemAt(this.#traces, s + 1).residual;
      subtractBackcast(stack, trace, residual, context, batch);
    });
    return this.output;
  }

  /**
   * The mean loss of the last forward pass: the Gaussian negative log-likelihood, or half the squared error.
   * Leaves its slope for `backward`.
   *
   * @param targets batch × horizon.
   */
  loss(targets: Numbers, batch: number): number {
    const { horizon } = this.layout.shape;
    const { perMinute } = this.layout;
    const slopes = this.#slopes.output;
    const share = 1 / (batch * horizon);
    let loss = 0;
    for (let row = 0; row < batch; row++) {
      for (let h = 0; h < horizon; h++) {
        const at = row * horizon * perMinute + h;
        const off = numberAt(this.output, at) - numberAt(targets, row * horizon + h);
        if (perMinute === 1) {
          loss += 0.5 * off * off;
          slopes[at] = share * off;
          continue;
        }
        const raw = numberAt(this.output, at + horizon);
        const deviation = deviationOf(raw);
        const z = off / deviation;
        loss += 0.5 * (Math.log(2 * Math.PI) + z * z) + Math.log(deviation);
        slopes[at] = (share * z) / deviation;
        slopes[at + horizon] = (share * (1 - z * z)) / (deviation * (1 + Math.exp(-raw)));
      }
    }
    return loss * share;
  }

  /** Adds the gradients of the last loss. */
  backward(parameters: Numbers, gradients: Numbers, batch: number): void {
    const { context, horizon, width } = this.layout.shape;
    const { perMinute, stacks } = this.layout;
    const { output, residual, coefficients, first, second, added, pooled } = this.#slopes;
    residual.fill(0, 0, batch * context);
    for (let s = stacks.length - 1; s >= 0; s--) {
      const stack = itemAt(stacks, s);
      const trace = itemAt(this.#traces, s);
      forecastSlopes(stack, output, coefficients, horizon, perMinute, batch);
      backward(stack.forecast, parameters, trace.hidden[1], coefficients, gradients, second, batch);
      if (s < stacks.length - 1) {
        backcastSlopes(stack, residual, coefficients, context, batch);
        backward(stack.backcast, parameters, trace.hidden[1], coefficients, gradients, added, batch);
        for (let i = 0; i < batch * width; i++) second[i] = numberAt(second, i) + numberAt(added, i);
      }
      throughRectifier(second, trace.kept[1], batch * width);
      backward(stack.hidden[1], parameters, trace.hidden[0], second, gradients, first, batch);
      throughRectifier(first, trace.kept[0], batch * width);
      backward(stack.hidden[0], parameters, trace.pooled, first, gradients, pooled, batch);
      // What is left over passes straight on, beside the way through the layers.
      for (let i = 0; i < batch * stack.pooled; i++) {
        const at = itemAt(trace.chosen, i);
        residual[at] = numberAt(residual, at) + numberAt(pooled, i);
      }
    }
  }
}

/** The spread of which the network says a raw number: softplus, in the numerically safe form. */
export function deviationOf(raw: number): number {
  return LEAST_DEVIATION + (raw > 0 ? raw + Math.log1p(Math.exp(-raw)) : Math.log1p(Math.exp(raw)));
}

function pool(
  { pooling, pooled: count }: NhitsStack,
  { residual, pooled, chosen }: StackTrace,
  context: number,
  batch: number,
): void {
  for (let row = 0; row < batch; row++) {
    for (let p = 0; p < count; p++) {
      const end = row * context + Math.min(context, (p + 1) * pooling);
      let best = row * context + p * pooling;
      for (let i = best + 1; i < end; i++) if (numberAt(residual, i) > numberAt(residual, best)) best = i;
      pooled[row * count + p] = numberAt(residual, best);
      chosen[row * count + p] = best;
    }
  }
}

function rectify(
  values: Numbers,
  kept: Numbers,
  length: number,
  dropout?: { rate: number; random: RandomStream },
): void {
  const factor = dropout ? 1 / (1 - dropout.rate) : 1;
  for (let i = 0; i < length; i++) {
    const keep = numberAt(values, i) > 0 && !(dropout && dropout.random.uniform() < dropout.rate) ? factor : 0;
    kept[i] = keep;
    values[i] = keep === 0 ? 0 : numberAt(values, i) * keep;
  }
}

function throughRectifier(slopes: Numbers, kept: Numbers, length: number): void {
  for (let i = 0; i < length; i++) slopes[i] = numberAt(slopes, i) * numberAt(kept, i);
}

function addForecast(
  stack: NhitsStack,
  forecast: Numbers,
  output: Numbers,
  horizon: number,
  perMinute: number,
  batch: number,
): void {
  const points = stack.forecast.outputs / perMinute;
  const matrix = stack.stretchForecast;
  for (let row = 0; row < batch * perMinute; row++) {
    for (let h = 0; h < horizon; h++) {
      let sum = 0;
      for (let p = 0; p < points; p++) sum += realAt(matrix, h * points + p) * numberAt(forecast, row * points + p);
      output[row * horizon + h] = numberAt(output, row * horizon + h) + sum;
    }
  }
}

function forecastSlopes(
  stack: NhitsStack,
  output: Numbers,
  into: Numbers,
  horizon: number,
  perMinute: number,
  batch: number,
): void {
  const points = stack.forecast.outputs / perMinute;
  const matrix = stack.stretchForecast;
  for (let row = 0; row < batch * perMinute; row++) {
    for (let p = 0; p < points; p++) {
      let sum = 0;
      for (let h = 0; h < horizon; h++) sum += realAt(matrix, h * points + p) * numberAt(output, row * horizon + h);
      into[row * points + p] = sum;
    }
  }
}

function subtractBackcast(
  stack: NhitsStack,
  { residual, backcast }: StackTrace,
  into: Numbers,
  context: number,
  batch: number,
): void {
  const points = stack.backcast.outputs;
  const matrix = stack.stretchBackcast;
  for (let row = 0; row < batch; row++) {
    for (let i = 0; i < context; i++) {
      let sum = 0;
      for (let p = 0; p < points; p++) sum += realAt(matrix, i * points + p) * numberAt(backcast, row * points + p);
      into[row * context + i] = numberAt(residual, row * context + i) - sum;
    }
  }
}

function backcastSlopes(stack: NhitsStack, residual: Numbers, into: Numbers, context: number, batch: number): void {
  const points = stack.backcast.outputs;
  const matrix = stack.stretchBackcast;
  for (let row = 0; row < batch; row++) {
    for (let p = 0; p < points; p++) {
      let sum = 0;
      for (let i = 0; i < context; i++) sum -= realAt(matrix, i * points + p) * numberAt(residual, row * context + i);
      into[row * points + p] = sum;
    }
  }
}
