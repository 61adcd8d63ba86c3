// Trains the network of classifier.mjs on the pictures of `mnist` and writes classifier-weights.json. Takes a minute or two.
//
//     node models/train-classifier.mjs [EPOCHS]
import { writeFileSync } from 'node:fs';
import { loadDigits, PIXELS, random, shuffled } from '../data/digits.mjs';
import { classify, HIDDEN, OUTPUT, pack, scores, views } from './classifier-network.mjs';
import { crossEntropy, dense, relu, tensor } from './layers.mjs';
import { warp } from './warp.mjs';

const EPOCHS = Number(process.argv[2] ?? 14);
const BATCH = 32;
const MOMENTUM = 0.9;

const { train, test } = loadDigits();
const next = random(3);
const network = { hidden: dense.init(HIDDEN, next), output: dense.init(OUTPUT, next) };
const parameters = [network.hidden.weight, network.hidden.bias, network.output.weight, network.output.bias];
const velocities = parameters.map(({ data }) => new Float32Array(data.length));

/** A picture as it might have been written another time. */
function varied(picture) {
  const pixels = Float32Array.from(
    train.pixels.subarray(picture * PIXELS, (picture + 1) * PIXELS),
    (value) => value / 255,
  );
  const between = (low, high) => low + (high - low) * next();
  return warp(pixels, {
    angle: between(-0.26, 0.26),
    scale: between(0.86, 1.14),
    dx: between(-2, 2),
    dy: between(-2, 2),
  });
}

function learn(pictures, learningRate) {
  const images = tensor([pictures.length, PIXELS]);
  const labels = tensor([pictures.length]);
  pictures.forEach((picture, b) => {
    images.data.set(varied(picture), b * PIXELS);
    labels.data[b] = train.labels[picture];
  });
  const pass = scores(network, images);
  const { saved, loss } = crossEntropy.forward({}, [pass.scores, labels]);
  const [gradScores] = crossEntropy.backward({}, saved, null, {}, { inputs: [pass.scores, labels] }).gradInputs;
  const last = dense.backward(network.output, undefined, gradScores, OUTPUT, {
    inputs: [pass.features],
    needs: [true],
  });
  const [gradSums] = relu.backward({}, undefined, last.gradInputs[0], {}, { inputs: [pass.sums] }).gradInputs;
  const first = dense.backward(network.hidden, undefined, gradSums, HIDDEN, { inputs: [images], needs: [false] });
  [first.gradParams.weight, first.gradParams.bias, last.gradParams.weight, last.gradParams.bias].forEach(
    ({ data }, k) => {
      for (let i = 0; i < data.length; i++) {
        velocities[k][i] = MOMENTUM * velocities[k][i] + data[i];
        parameters[k].data[i] -= learningRate * velocities[k][i];
      }
    },
  );
  return loss;
}

function testAccuracy(looks) {
  let correct = 0;
  for (let i = 0; i < test.count; i++) {
    const pixels = Float32Array.from(test.pixels.subarray(i * PIXELS, (i + 1) * PIXELS), (value) => value / 255);
    if (classify(network, pixels, looks).digit === test.labels[i]) correct += 1;
  }
  return correct / test.count;
}

const every = Array.from({ length: train.count }, (_, i) => i);
for (let epoch = 0; epoch < EPOCHS; epoch++) {
  const order = shuffled(every, 100 + epoch);
  // Falls to a fiftieth along a cosine.
  const learningRate = 0.03 * (0.02 + 0.98 * 0.5 * (1 + Math.cos((Math.PI * epoch) / EPOCHS)));
  let loss = 0;
  for (let at = 0; at < order.length; at += BATCH) loss += learn(order.slice(at, at + BATCH), learningRate);
  console.log(
    `epoch ${epoch + 1}/${EPOCHS}: loss ${(loss / Math.ceil(order.length / BATCH)).toFixed(3)}, test accuracy ${testAccuracy(views(1)).toFixed(4)}`,
  );
}
writeFileSync(new URL('./classifier-weights.json', import.meta.url), `${JSON.stringify(pack(network), null, 1)}\n`);
console.log(`with 9 views ${testAccuracy(views(9)).toFixed(4)}, with 60 ${testAccuracy(views(60)).toFixed(4)}`);
