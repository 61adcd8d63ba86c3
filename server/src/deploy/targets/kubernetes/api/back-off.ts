/** How long to wait before something that failed is tried again: longer each time, and never all at the same moment. */

export interface BackOffLimits {
  /** Milliseconds. */
  readonly first: number;
  readonly most: number;
}

export class BackOff {
  readonly #limits: BackOffLimits;
  readonly #random: () => number;
  #failures = 0;

  /** @param random uniform in [0, 1): what keeps a thousand clients of one server apart. */
  constructor(limits: BackOffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** After a failure: milliseconds to wait, between half and all of what has doubled since the last success. */
  next(): number {
    const full = Math.min(this.#limits.most, this.#limits.first * 2 ** Math.min(this.#failures++, 30));
    return full * (0.5 + this.#random() / 2);
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
