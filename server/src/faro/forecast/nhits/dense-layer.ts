/* eslint-disable @typescript-eslint/no-non-null-assertion -- linear algebra: the loops run over the dimensions of the layer, and training spends its time here */

/** Numbers in the precision of training (32 bits) or of a test of its gradients (64). */
export type Numbers = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Where a dense layer's parameters lie in the array of all: weights (outputs × inputs, by rows), then biases. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly biases: number;
}

/** y = W x + b for a batch (batch × inputs → batch × outputs, by rows). */
export function forward(layer: DenseLayer, parameters: Numbers, x: Numbers, y: Numbers, batch: number): void {
  const { inputs, outputs, weights, biases } = layer;
  let row = 0;
  // Four rows at a time read each weight once.
  for (; row + 4 <= batch; row += 4) {
    const [a, b, c, d] = [row * inputs, (row + 1) * inputs, (row + 2) * inputs, (row + 3) * inputs];
    for (let o = 0; o < outputs; o++) {
      const w = weights + o * inputs;
      const bias = parameters[biases + o]!;
      let [ya, yb, yc, yd] = [bias, bias, bias, bias];
      for (let i = 0; i < inputs; i++) {
        const weight = parameters[w + i]!;
        ya += weight * x[a + i]!;
        yb += weight * x[b + i]!;
        yc += weight * x[c + i]!;
        yd += weight * x[d + i]!;
      }
      const at = row * outputs + o;
      y[at] = ya;
      y[at + outputs] = yb;
      y[at + 2 * outputs] = yc;
      y[at + 3 * outputs] = yd;
    }
  }
  for (; row < batch; row++) {
    for (let o = 0; o < outputs; o++) {
      const w = weights + o * inputs;
      let sum = parameters[biases + o]!;
      for (let i = 0; i < inputs; i++) sum += parameters[w + i]! * x[row * inputs + i]!;
      y[row * outputs + o] = sum;
    }
  }
}

/**
 * Adds the gradients of the parameters, and writes that of the input.
 *
 * @param dy gradient of the output; rectified layers have zeros there, which cost nothing.
 * @param dx gradient of the input, written anew.
 */
export function backward(
  layer: DenseLayer,
  parameters: Numbers,
  x: Numbers,
  dy: Numbers,
  gradients: Numbers,
  dx: Numbers,
  batch: number,
): void {
  const { inputs, outputs, weights, biases } = layer;
  dx.fill(0, 0, batch * inputs);
  for (let row = 0; row < batch; row++) {
    const from = row * inputs;
    for (let o = 0; o < outputs; o++) {
      const slope = dy[row * outputs + o]!;
      if (slope === 0) continue;
      const w = weights + o * inputs;
      gradients[biases + o]! += slope;
      for (let i = 0; i < inputs; i++) {
        gradients[w + i]! += slope * x[from + i]!;
        dx[from + i]! += slope * parameters[w + i]!;
      }
    }
  }
}
