// The network behind classifier.mjs, 784 → 64 → 10, and how it answers: it looks at a picture many times, each time a little turned,
// scaled or shifted, and takes the mean of what it sees. More views are slower and surer.
import { readFileSync } from 'node:fs';
import { PIXELS } from '../data/digits.mjs';
import { dense, relu, softmax, tensor } from './layers.mjs';
import { warp } from './warp.mjs';

export const HIDDEN = { inputs: PIXELS, units: 64 };
export const OUTPUT = { inputs: 64, units: 10 };
const WEIGHTS = new URL('./classifier-weights.json', import.meta.url);

/** @typedef {{hidden: {weight: Tensor, bias: Tensor}, output: {weight: Tensor, bias: Tensor}}} Network */

/** Scores before softmax. @param images {shape: [batch, 784], data} */
export function scores(network, images) {
  const sums = dense.forward(network.hidden, [images], HIDDEN).output;
  const features = relu.forward({}, [sums]).output;
  return { sums, features, scores: dense.forward(network.output, [features], OUTPUT).output };
}

/** The views of a picture that an answer rests on: `count` of a fixed list, from the straightest to the most slanted. */
export function views(count) {
  const all = [];
  for (const angle of [-0.24, -0.12, 0, 0.12, 0.24])
    for (const scale of [0.88, 0.94, 1, 1.06, 1.12])
      for (const dx of [-2, -1, 0, 1, 2]) for (const dy of [-2, -1, 0, 1, 2]) all.push({ angle, scale, dx, dy });
  const slant = ({ angle, scale, dx, dy }) => (angle / 0.12) ** 2 + ((scale - 1) / 0.06) ** 2 + dx ** 2 + dy ** 2;
  return all.sort((a, b) => slant(a) - slant(b)).slice(0, count);
}

/** @returns {{digit: number, probabilities: number[]}} */
export function classify(network, pixels, looks) {
  const batch = tensor([looks.length, PIXELS]);
  looks.forEach((look, b) => batch.data.set(warp(pixels, look), b * PIXELS));
  const all = scores(network, batch).scores.data;
  const mean = new Float64Array(10);
  for (let b = 0; b < looks.length; b++) {
    softmax(all.subarray(b * 10, (b + 1) * 10)).forEach((value, digit) => (mean[digit] += value / looks.length));
  }
  const probabilities = [...mean];
  return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
}

/** Packs the large weights into one byte each, with one scale for each of the 64 units, so that the file stays small. */
export function pack(network) {
  const { inputs, units } = HIDDEN;
  const weights = network.hidden.weight.data;
  const scales = new Float32Array(units);
  for (let i = 0; i < inputs * units; i++) scales[i % units] = Math.max(scales[i % units], Math.abs(weights[i]) / 127);
  const bytes = Int8Array.from(weights, (weight, i) => Math.round(weight / scales[i % units]));
  const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
  return {
    hidden: { scales: text(scales), weight: text(bytes), bias: text(network.hidden.bias.data) },
    output: { weight: text(network.output.weight.data), bias: text(network.output.bias.data) },
  };
}

/** @returns {Network} the trained network. */
export function loadNetwork() {
  const { hidden, output } = JSON.parse(readFileSync(WEIGHTS, 'utf8'));
  const floats = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
  const scales = floats(hidden.scales);
  const bytes = new Int8Array(new Uint8Array(Buffer.from(hidden.weight, 'base64')).buffer);
  const weight = Float32Array.from(bytes, (byte, i) => byte * scales[i % HIDDEN.units]);
  return {
    hidden: {
      weight: tensor([HIDDEN.inputs, HIDDEN.units], weight),
      bias: tensor([HIDDEN.units], floats(hidden.bias)),
    },
    output: {
      weight: tensor([OUTPUT.inputs, OUTPUT.units], floats(output.weight)),
      bias: tensor([OUTPUT.units], floats(output.bias)),
    },
  };
}
