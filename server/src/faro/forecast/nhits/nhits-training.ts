import { randomStream } from '../../simulator/random-stream.ts';
import { daysOf, onDays, type PastTraffic } from '../past-traffic.ts';
import { toRoot } from '../traffic-scale.ts';
import { Adam } from './adam.ts';
import type { Numbers } from './dense-layer.ts';
import { layoutOf, type NhitsShape } from './nhits.ts';
import { NhitsNetwork } from './nhits-network.ts';
import { addToReal, itemAt, numberAt, realAt } from '../../../numeric/at.ts';

/** A trained network of one job, with the scale that it works on. */
export interface NhitsModel {
  readonly shape: NhitsShape;
  /** Requests a minute that are 0 to the network, and how many more are 1. */
  readonly mean: number;
  readonly deviation: number;
  readonly parameters: Float32Array;
  /** By minute ahead: correlation of the error with that of the first minute, in square roots of requests. */
  readonly correlations: Float32Array;
}

export interface NhitsTrainingOptions {
  readonly shape: NhitsShape;
  readonly seed: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly rate?: number;
  readonly dropout?: number;
  /** Epochs without a better loss on the held-out days before it ends. */
  readonly patience?: number;
  /** Share of the training's most epochs that is done, and the best loss so far. */
  readonly onProgress?: (share: number, loss: number) => void;
  /** Asked before every batch. */
  readonly shouldStop?: () => boolean;
}

/** The last share of the days is held out to tell when to stop; the last of the minutes where there is but one day. */
const HELD_OUT = 0.2;
const LEAST_IMPROVEMENT = 1e-4;

/**
 * Trains the network of one job: Adam on the Gaussian likelihood (or the squared error), until the loss on held-out days no
 * longer falls. Keeps the best parameters (the reference keeps the last ones). Scaling and stopping see past days alone.
 *
 * @returns undefined when it was stopped, or where the past is too short to train on and to hold something out.
 */
export function trainNhits(past: PastTraffic, options: NhitsTrainingOptions): NhitsModel | undefined {
  const { shape, seed, epochs = 60, batch = 32, rate = 5e-4, dropout = 0.1, patience = 5 } = options;
  const { shouldStop = () => false, onProgress } = options;
  const [learnt, heldOut] = split(past);
  const { mean, deviation } = scaleOf(learnt);
  const training = new Windows(learnt, shape, mean, deviation);
  const validation = new Windows(heldOut, shape, mean, deviation);
  if (training.count < batch || validation.count === 0) return undefined;

  const layout = layoutOf(shape);
  const network = new NhitsNetwork(layout, batch);
  const parameters = network.initialise(randomStream(seed, `${past.job} weights`));
  const gradients = new Float32Array(layout.parameters);
  const adam = new Adam(layout.parameters);
  const random = randomStream(seed, `${past.job} order`);
  const dropping = dropout > 0 ? { dropout: { rate: dropout, random: randomStream(seed, `${past.job} dropout`) } } : {};
  const order = Uint32Array.from({ length: training.count }, (_, i) => i);
  let best = { loss: Infinity, parameters: parameters.slice() };
  let worse = 0;
  for (let epoch = 0; epoch < epochs && worse < patience; epoch++) {
    shuffle(order, random.uniform);
    for (let begin = 0; begin + batch <= order.length; begin += batch) {
      if (shouldStop()) return undefined;
      const { inputs, targets } = training.batch(order.subarray(begin, begin + batch));
      network.forward(parameters, inputs, batch, dropping.dropout);
      network.loss(targets, batch);
      network.backward(parameters, gradients, batch);
      adam.step(parameters, gradients, rate);
    }
    const loss = meanLoss(network, parameters, validation, batch);
    worse = loss < best.loss - LEAST_IMPROVEMENT ? 0 : worse + 1;
    if (loss < best.loss) best = { loss, parameters: parameters.slice() };
    onProgress?.((epoch + 1) / epochs, best.loss);
  }
  const model = { shape, mean, deviation, parameters: Float32Array.from(best.parameters) };
  return { ...model, correlations: correlationsOf(network, best.parameters, validation, batch, mean, deviation) };
}

/** The past before, and its last days. */
function split(past: PastTraffic): [PastTraffic, PastTraffic] {
  const days = daysOf(past);
  if (days.length > 1) {
    const first = itemAt(days, days.length - Math.max(1, Math.round(days.length * HELD_OUT)));
    return [onDays(past, (day) => day < first), onDays(past, (day) => day >= first)];
  }
  const cut = (from: number, to: number): PastTraffic => ({
    ...past,
    stretches: past.stretches.map((stretch) => {
      const { length } = stretch.countsPerMinute;
      const [begin, end] = [Math.round(from * length), Math.round(to * length)];
      const countsPerMinute = stretch.countsPerMinute.slice(begin, end);
      return { ...stretch, firstMinute: stretch.firstMinute + begin, countsPerMinute };
    }),
  });
  return [cut(0, 1 - HELD_OUT), cut(1 - HELD_OUT, 1)];
}

function scaleOf({ stretches }: PastTraffic): { mean: number; deviation: number } {
  let [count, sum, square] = [0, 0, 0];
  for (const { countsPerMinute } of stretches) {
    for (const requests of countsPerMinute) {
      count++;
      sum += requests;
      square += requests * requests;
    }
  }
  const mean = count > 0 ? sum / count : 0;
  const variance = count > 0 ? square / count - mean * mean : 0;
  // A job whose traffic never changes must not be divided by nothing.
  return { mean, deviation: Math.sqrt(Math.max(1, variance)) };
}

/** All windows of a past: context and horizon, scaled. */
class Windows {
  readonly count: number;
  /** By window: where it lies. */
  readonly #at: readonly { readonly series: Float32Array<ArrayBuffer>; readonly begin: number }[];
  readonly #shape: NhitsShape;

  constructor({ stretches }: PastTraffic, shape: NhitsShape, mean: number, deviation: number) {
    this.#shape = shape;
    this.#at = stretches.flatMap(({ countsPerMinute }) => {
      const series = Float32Array.from(countsPerMinute, (requests) => (requests - mean) / deviation);
      const windows = Math.max(0, series.length - shape.context - shape.horizon + 1);
      return Array.from({ length: windows }, (_, begin) => ({ series, begin }));
    });
    this.count = this.#at.length;
  }

  batch(windows: ArrayLike<number>): { readonly inputs: Numbers; readonly targets: Numbers } {
    const { context, horizon } = this.#shape;
    const inputs = new Float32Array(windows.length * context);
    const targets = new Float32Array(windows.length * horizon);
    for (let row = 0; row < windows.length; row++) {
      const { series, begin } = itemAt(this.#at, itemAt(windows, row));
      inputs.set(series.subarray(begin, begin + context), row * context);
      targets.set(series.subarray(begin + context, begin + context + horizon), row * horizon);
    }
    return { inputs, targets };
  }

  /** All of them, in their order, in batches. */
  *batches(size: number): Generator<{ readonly inputs: Numbers; readonly targets: Numbers; readonly rows: number }> {
    for (let begin = 0; begin < this.count; begin += size) {
      const rows = Math.min(size, this.count - begin);
      yield { ...this.batch(Array.from({ length: rows }, (_, i) => begin + i)), rows };
    }
  }
}

function meanLoss(network: NhitsNetwork, parameters: Numbers, windows: Windows, batch: number): number {
  let sum = 0;
  for (const { inputs, targets, rows } of windows.batches(batch)) {
    network.forward(parameters, inputs, rows);
    sum += rows * network.loss(targets, rows);
  }
  return sum / windows.count;
}

function correlationsOf(
  network: NhitsNetwork,
  parameters: Numbers,
  windows: Windows,
  batch: number,
  mean: number,
  deviation: number,
): Float32Array {
  const { horizon } = network.layout.shape;
  const [squares, products] = [new Float64Array(horizon), new Float64Array(horizon)];
  const root = (value: number): number => toRoot(mean + deviation * value);
  for (const { inputs, targets, rows } of windows.batches(batch)) {
    const output = network.forward(parameters, inputs, rows);
    for (let row = 0; row < rows; row++) {
      let first = 0;
      for (let h = 0; h < horizon; h++) {
        const forecast = numberAt(output, row * horizon * network.layout.perMinute + h);
        const off = root(numberAt(targets, row * horizon + h)) - root(forecast);
        if (h === 0) first = off;
        addToReal(squares, h, off * off);
        addToReal(products, h, off * first);
      }
    }
  }
  return Float32Array.from(products, (product, h) =>
    product === 0 ? 0 : product / Math.sqrt(realAt(squares, 0) * realAt(squares, h)),
  );
}

function shuffle(order: Uint32Array, uniform: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [itemAt(order, j), itemAt(order, i)];
  }
}
