// A site's trainer for federation.berth.yaml: a small network on the site's own share of the pictures of `mnist`.
//
// It speaks the protocol of docs/trainers.md: one JSON message a line on standard input, one answer a line on standard output, weights in
// files of flat little-endian float32 numbers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadDigits, PIXELS, random, shuffled } from '../data/digits.mjs';
import { crossEntropy, dense, relu, tensor } from '../models/layers.mjs';

const site = Number(process.env.BERTH_SITE_INDEX ?? 0);
const sites = Number(process.env.BERTH_SITES ?? 1);
const seed = Number(process.env.BERTH_SEED ?? 1);

const HIDDEN = { inputs: PIXELS, units: 32 };
const OUTPUT = { inputs: 32, units: 10 };
const BATCH = 16;
const LEARNING_RATE = 0.05;
const MOMENTUM = 0.9;

// Every site holds other pictures: each n-th of them. All start from the same weights, which depend on the seed alone.
const digits = loadDigits();
const own = ({ count }) => Array.from({ length: count }, (_, i) => i).filter((i) => i % sites === site);
const training = own(digits.train);
const testing = own(digits.test);
const start = random(seed);
const hidden = dense.init(HIDDEN, start);
const output = dense.init(OUTPUT, start);
const parameters = [
  ['hidden.weight', hidden.weight],
  ['hidden.bias', hidden.bias],
  ['output.weight', output.weight],
  ['output.bias', output.bias],
];
const velocities = parameters.map(([, { data }]) => new Float32Array(data.length));
const length = parameters.reduce((sum, [, { data }]) => sum + data.length, 0);

function load(path) {
  const bytes = readFileSync(path);
  const weights = new Float32Array(new Uint8Array(bytes).buffer);
  if (weights.length !== length) throw new Error(`${path} has ${weights.length} numbers, the network has ${length}`);
  let offset = 0;
  for (const [, { data }] of parameters) {
    data.set(weights.subarray(offset, offset + data.length));
    offset += data.length;
  }
}

function save(path) {
  const weights = new Float32Array(length);
  let offset = 0;
  for (const [, { data }] of parameters) {
    weights.set(data, offset);
    offset += data.length;
  }
  writeFileSync(path, new Uint8Array(weights.buffer), { mode: 0o600 });
  return path;
}

function batchOf(set, pictures) {
  const images = tensor([pictures.length, PIXELS]);
  const labels = tensor([pictures.length]);
  pictures.forEach((picture, b) => {
    for (let i = 0; i < PIXELS; i++) images.data[b * PIXELS + i] = set.pixels[picture * PIXELS + i] / 255;
    labels.data[b] = set.labels[picture];
  });
  return { images, labels };
}

function forward({ images, labels }) {
  const sums = dense.forward(hidden, [images], HIDDEN).output;
  const features = relu.forward({}, [sums]).output;
  const scores = dense.forward(output, [features], OUTPUT).output;
  return { sums, features, scores, ...crossEntropy.forward({}, [scores, labels]) };
}

function learn(batch) {
  const { sums, features, scores, saved, loss } = forward(batch);
  const [gradScores] = crossEntropy.backward({}, saved, null, {}, { inputs: [scores, batch.labels] }).gradInputs;
  const last = dense.backward(output, undefined, gradScores, OUTPUT, { inputs: [features], needs: [true] });
  const [gradSums] = relu.backward({}, undefined, last.gradInputs[0], {}, { inputs: [sums] }).gradInputs;
  const first = dense.backward(hidden, undefined, gradSums, HIDDEN, { inputs: [batch.images], needs: [false] });
  const gradients = [first.gradParams.weight, first.gradParams.bias, last.gradParams.weight, last.gradParams.bias];
  parameters.forEach(([, { data }], k) => {
    const velocity = velocities[k];
    for (let i = 0; i < data.length; i++) {
      velocity[i] = MOMENTUM * velocity[i] + gradients[k].data[i];
      data[i] -= LEARNING_RATE * velocity[i];
    }
  });
  return loss;
}

function* batches(set, order) {
  for (let at = 0; at < order.length; at += BATCH) yield batchOf(set, order.slice(at, at + BATCH));
}

let folder = '.';
const answer = {
  init(message) {
    folder = message.folder;
    const tensors = parameters.map(([name, { shape }]) => ({ name, shape }));
    return { type: 'ready', tensors, weightsFile: save(join(folder, 'initial.f32')), samples: training.length };
  },
  train({ round, attempt, weightsFile, epochs }) {
    load(weightsFile);
    let loss = 0;
    let steps = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      // Another order in every attempt, so that a repeated round never yields the same weights again.
      const order = shuffled(training, ((seed * 1009 + site) * 1009 + round) * 1009 + attempt * 31 + epoch);
      for (const batch of batches(digits.train, order)) {
        loss += learn(batch);
        steps += 1;
      }
    }
    return {
      type: 'trained',
      weightsFile: save(join(folder, 'local.f32')),
      loss: loss / steps,
      samples: training.length,
    };
  },
  evaluate({ weightsFile }) {
    load(weightsFile);
    let correct = 0;
    for (const batch of batches(digits.test, testing)) correct += forward(batch).metrics.correct;
    return { type: 'evaluated', correct, total: testing.length };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  let reply;
  try {
    const message = JSON.parse(line);
    reply = answer[message.type](message);
  } catch (error) {
    reply = { type: 'error', message: error.message };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
});
