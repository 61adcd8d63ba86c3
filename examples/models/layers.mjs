// The layers of the examples, in plain JavaScript: each is {init?, forward, backward} as docs/training-modules.md describes.
// A tensor is {shape, data: Float32Array}, row-major; pictures are [batch, channels, height, width].

export function tensor(shape, data) {
  return { shape, data: data ?? new Float32Array(shape.reduce((product, extent) => product * extent, 1)) };
}

/** Normal numbers with the spread that keeps activations in range behind a ReLU (He et al., 2015). */
function heNormal(shape, inputs, random) {
  const spread = Math.sqrt(2 / inputs);
  const values = tensor(shape);
  for (let i = 0; i < values.data.length; i++) {
    // Box and Muller
    values.data[i] = spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }
  return values;
}

/** y = x W + b; x [batch, …] is flattened. op: {inputs, units}. */
export const dense = {
  init({ inputs, units }, random) {
    return { weight: heNormal([inputs, units], inputs, random), bias: tensor([units]) };
  },
  forward({ weight, bias }, [x], { inputs, units }) {
    const batch = x.shape[0];
    const output = tensor([batch, units]);
    for (let b = 0; b < batch; b++) {
      const row = output.data.subarray(b * units, (b + 1) * units);
      row.set(bias.data);
      for (let i = 0; i < inputs; i++) {
        const value = x.data[b * inputs + i];
        if (value === 0) continue; // half of all values behind a ReLU
        const weights = i * units;
        for (let u = 0; u < units; u++) row[u] += value * weight.data[weights + u];
      }
    }
    return { output };
  },
  backward({ weight }, _saved, grad, { inputs, units }, { inputs: [x], needs }) {
    const batch = x.shape[0];
    const gradWeight = tensor([inputs, units]);
    const gradBias = tensor([units]);
    const gradInput = needs[0] ? tensor(x.shape) : null;
    for (let b = 0; b < batch; b++) {
      const row = grad.data.subarray(b * units, (b + 1) * units);
      for (let u = 0; u < units; u++) gradBias.data[u] += row[u];
      for (let i = 0; i < inputs; i++) {
        const weights = i * units;
        const value = x.data[b * inputs + i];
        if (value !== 0) for (let u = 0; u < units; u++) gradWeight.data[weights + u] += value * row[u];
        if (gradInput !== null) {
          let sum = 0;
          for (let u = 0; u < units; u++) sum += weight.data[weights + u] * row[u];
          gradInput.data[b * inputs + i] = sum;
        }
      }
    }
    return { gradInputs: [gradInput], gradParams: { weight: gradWeight, bias: gradBias } };
  },
};

/** Convolution that keeps the picture's size (zeros around it). op: {in, out, kernel}, kernel odd. */
export const conv = {
  init({ in: channels, out, kernel }, random) {
    return {
      weight: heNormal([out, channels, kernel, kernel], channels * kernel * kernel, random),
      bias: tensor([out]),
    };
  },
  forward({ weight, bias }, [x], op) {
    const [batch, , height, width] = x.shape;
    const plane = height * width;
    const output = tensor([batch, op.out, height, width]);
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < op.out; o++) {
        const start = (b * op.out + o) * plane;
        output.data.fill(bias.data[o], start, start + plane);
      }
    }
    slide(x.shape, op, (from, to, length, weightAt) => {
      const w = weight.data[weightAt];
      for (let i = 0; i < length; i++) output.data[to + i] += w * x.data[from + i];
    });
    return { output };
  },
  backward({ weight }, _saved, grad, op, { inputs: [x], needs }) {
    const [batch, , height, width] = x.shape;
    const plane = height * width;
    const gradWeight = tensor(weight.shape);
    const gradBias = tensor([op.out]);
    const gradInput = needs[0] ? tensor(x.shape) : null;
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < op.out; o++) {
        const start = (b * op.out + o) * plane;
        let sum = 0;
        for (let i = 0; i < plane; i++) sum += grad.data[start + i];
        gradBias.data[o] += sum;
      }
    }
    slide(x.shape, op, (from, to, length, weightAt) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += x.data[from + i] * grad.data[to + i];
      gradWeight.data[weightAt] += sum;
      if (gradInput === null) return;
      const w = weight.data[weightAt];
      for (let i = 0; i < length; i++) gradInput.data[from + i] += w * grad.data[to + i];
    });
    return { gradInputs: [gradInput], gradParams: { weight: gradWeight, bias: gradBias } };
  },
};

/** Calls `run` for every weight and every row of the picture that the weight is applied to: input from, output to, length. */
function slide([batch, channels, height, width], { out, kernel }, run) {
  const plane = height * width;
  const reach = (kernel - 1) / 2;
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < out; o++) {
      for (let c = 0; c < channels; c++) {
        const input = (b * channels + c) * plane;
        const output = (b * out + o) * plane;
        for (let ky = 0; ky < kernel; ky++) {
          const dy = ky - reach;
          for (let kx = 0; kx < kernel; kx++) {
            const dx = kx - reach;
            const weightAt = ((o * channels + c) * kernel + ky) * kernel + kx;
            const left = Math.max(0, -dx);
            const length = width - Math.abs(dx);
            for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
              run(input + (y + dy) * width + left + dx, output + y * width + left, length, weightAt);
            }
          }
        }
      }
    }
  }
}

export const relu = {
  forward(_params, [x]) {
    const output = tensor(x.shape);
    for (let i = 0; i < x.data.length; i++) output.data[i] = x.data[i] > 0 ? x.data[i] : 0;
    return { output };
  },
  backward(_params, _saved, grad, _op, { inputs: [x] }) {
    const gradInput = tensor(x.shape);
    for (let i = 0; i < x.data.length; i++) gradInput.data[i] = x.data[i] > 0 ? grad.data[i] : 0;
    return { gradInputs: [gradInput] };
  },
};

/** Largest value of each window. op: {window, stride}; windows are cut at the right and lower edge. */
export const maxPool = {
  forward(_params, [x], { window, stride }) {
    const [batch, channels, height, width] = x.shape;
    const outHeight = Math.ceil(height / stride);
    const outWidth = Math.ceil(width / stride);
    const output = tensor([batch, channels, outHeight, outWidth]);
    const winner = new Int32Array(output.data.length);
    let at = 0;
    for (let p = 0; p < batch * channels; p++) {
      for (let y = 0; y < outHeight; y++) {
        for (let xx = 0; xx < outWidth; xx++, at++) {
          let best = p * height * width + y * stride * width + xx * stride;
          for (let wy = y * stride; wy < Math.min(height, y * stride + window); wy++) {
            for (let wx = xx * stride; wx < Math.min(width, xx * stride + window); wx++) {
              const candidate = (p * height + wy) * width + wx;
              if (x.data[candidate] > x.data[best]) best = candidate;
            }
          }
          winner[at] = best;
          output.data[at] = x.data[best];
        }
      }
    }
    return { output, saved: winner };
  },
  backward(_params, winner, grad, _op, { inputs: [x] }) {
    const gradInput = tensor(x.shape);
    for (let i = 0; i < winner.length; i++) gradInput.data[winner[i]] += grad.data[i];
    return { gradInputs: [gradInput] };
  },
};

/** Puts the channels of several pictures of one size behind one another. */
export const concat = {
  forward(_params, inputs) {
    const [batch, , height, width] = inputs[0].shape;
    const sizes = inputs.map(({ shape }) => shape[1] * height * width);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const output = tensor([batch, total / (height * width), height, width]);
    for (let b = 0; b < batch; b++) {
      let at = b * total;
      inputs.forEach(({ data }, k) => {
        output.data.set(data.subarray(b * sizes[k], (b + 1) * sizes[k]), at);
        at += sizes[k];
      });
    }
    return { output };
  },
  backward(_params, _saved, grad, _op, { inputs, needs }) {
    const batch = grad.shape[0];
    const total = grad.data.length / batch;
    let offset = 0;
    const gradInputs = inputs.map(({ shape, data }, k) => {
      const size = data.length / batch;
      const start = offset;
      offset += size;
      if (!needs[k]) return null;
      const gradInput = tensor(shape);
      for (let b = 0; b < batch; b++) {
        gradInput.data.set(grad.data.subarray(b * total + start, b * total + start + size), b * size);
      }
      return gradInput;
    });
    return { gradInputs };
  },
};

/** Sum of tensors of one shape. */
export const add = {
  forward(_params, inputs) {
    const output = tensor(inputs[0].shape, Float32Array.from(inputs[0].data));
    for (const { data } of inputs.slice(1)) for (let i = 0; i < data.length; i++) output.data[i] += data[i];
    return { output };
  },
  backward(_params, _saved, grad, _op, { inputs }) {
    return { gradInputs: inputs.map(() => grad) };
  },
};

/** Mean cross entropy of softmax(logits) against labels. Inputs: logits [batch, classes], labels [batch]. */
export const crossEntropy = {
  forward(_params, [logits, labels]) {
    const [batch, classes] = logits.shape;
    const probabilities = tensor(logits.shape);
    let loss = 0;
    let correct = 0;
    for (let b = 0; b < batch; b++) {
      const row = softmax(logits.data.subarray(b * classes, (b + 1) * classes));
      probabilities.data.set(row, b * classes);
      const label = labels.data[b];
      loss -= Math.log(row[label]);
      if (row.every((value) => value <= row[label])) correct += 1;
    }
    const output = tensor([1]);
    output.data[0] = loss / batch;
    return { output, saved: probabilities, loss: loss / batch, metrics: { correct, count: batch } };
  },
  backward(_params, probabilities, _grad, _op, { inputs: [, labels] }) {
    const [batch, classes] = probabilities.shape;
    const gradLogits = tensor(probabilities.shape, Float32Array.from(probabilities.data));
    for (let b = 0; b < batch; b++) gradLogits.data[b * classes + labels.data[b]] -= 1;
    for (let i = 0; i < gradLogits.data.length; i++) gradLogits.data[i] /= batch;
    return { gradInputs: [gradLogits, null] };
  },
};

export function softmax(scores) {
  const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float32Array.from(scores, (score) => Math.exp(score - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
