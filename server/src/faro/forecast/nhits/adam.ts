import type { Numbers } from './dense-layer.ts';
import { floatAt, numberAt } from '../../../numeric/at.ts';

/** Adam (arXiv 1412.6980) with its usual constants. */
export class Adam {
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  #steps = 0;

  constructor(parameters: number) {
    this.#mean = new Float32Array(parameters);
    this.#square = new Float32Array(parameters);
  }

  /** Moves the parameters against their gradients, and sets these to 0 for the next batch. */
  step(parameters: Numbers, gradients: Numbers, rate: number): void {
    const [mean, square] = [this.#mean, this.#square];
    this.#steps++;
    const size = (rate * Math.sqrt(1 - 0.999 ** this.#steps)) / (1 - 0.9 ** this.#steps);
    for (let i = 0; i < parameters.length; i++) {
      const slope = numberAt(gradients, i);
      const first = (mean[i] = 0.9 * floatAt(mean, i) + 0.1 * slope);
      const second = (square[i] = 0.999 * floatAt(square, i) + 0.001 * slope * slope);
      parameters[i] = numberAt(parameters, i) - (size * first) / (Math.sqrt(second) + 1e-8);
      gradients[i] = 0;
    }
  }
}
