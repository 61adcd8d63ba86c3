// A training module so small that a step takes as long as it is told to: the loss is (w₂ · w₁ · x − y)², a weight in each of two nodes.
const one = (value) => ({ shape: [1], data: Float32Array.of(value) });
const pause = new Int32Array(new SharedArrayBuffer(4));

export default {
  seed: 3,
  optimizer: { type: 'sgd', momentum: 0.5 },
  data: () => (step) => ({ x: one(1 + (step % 3)) }),
  ops: {
    input: { forward: (_params, _inputs, _op, { batch }) => ({ output: batch.x }) },
    scale: {
      init: (_op, random) => ({ w: one(random()) }),
      forward({ w }, [x]) {
        Atomics.wait(pause, 0, 0, 4);
        return { output: one(w.data[0] * x.data[0]), saved: x };
      },
      backward: ({ w }, x, gradient) => ({
        gradInputs: [one(gradient.data[0] * w.data[0])],
        gradParams: { w: one(gradient.data[0] * x.data[0]) },
      }),
    },
    loss: {
      forward(_params, [y]) {
        const error = y.data[0] - 1;
        return { output: one(error), saved: error, loss: error * error, metrics: { correct: 0, count: 1 } };
      },
      backward: (_params, error) => ({ gradInputs: [one(2 * error)] }),
    },
  },
};
