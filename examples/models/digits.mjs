// The training module of training.berth.yaml: says how each op of graphs/digits.graph.yaml computes, and where the pictures come from.
import { loadDigits, PIXELS, SIDE } from '../data/digits.mjs';
import { add, concat, conv, crossEntropy, dense, maxPool, relu, tensor } from './layers.mjs';

/** A source: hands one field of the step's batch to the graph. op: {field}. */
const input = {
  forward(_params, _inputs, { field }, { batch }) {
    return { output: batch[field] };
  },
};

export default {
  seed: 7,
  optimizer: { type: 'sgd', momentum: 0.9 },
  ops: { input, conv, relu, maxPool, concat, add, dense, crossEntropy },

  /** Step after step through the training pictures, round and round. */
  data({ batchSize }) {
    const { train } = loadDigits();
    return (step) => {
      const images = tensor([batchSize, 1, SIDE, SIDE]);
      const labels = tensor([batchSize]);
      for (let b = 0; b < batchSize; b++) {
        const picture = (step * batchSize + b) % train.count;
        const pixels = train.pixels.subarray(picture * PIXELS, (picture + 1) * PIXELS);
        for (let i = 0; i < PIXELS; i++) images.data[b * PIXELS + i] = pixels[i] / 255;
        labels.data[b] = train.labels[picture];
      }
      return { images, labels };
    };
  },
};
