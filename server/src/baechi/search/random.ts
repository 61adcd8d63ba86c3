/* eslint-disable @typescript-eslint/no-non-null-assertion -- the state has four words, and every move draws some */

/** Pseudo-random numbers of the search (sfc32): one seed gives the same numbers on every machine. */
export class Random {
  readonly #state: Int32Array;

  constructor(seed: number) {
    this.#state = Int32Array.of(seed, Math.floor(seed / 2 ** 32), 0x9e3779b9, 1);
    for (let i = 0; i < 16; i++) this.#word();
  }

  /** In [0, 1). */
  uniform(): number {
    return this.#word() / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor((this.#word() / 2 ** 32) * end);
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  #word(): number {
    const state = this.#state;
    const b = state[1]!;
    const c = state[2]!;
    const sum = (((state[0]! + b) | 0) + state[3]!) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = state[3]! + 1;
    return sum >>> 0;
  }
}
