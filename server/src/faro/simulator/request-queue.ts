/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is taken modulo the length of the ring */

/** Requests, by their numbers, in a row: first in, first out. */
export class RequestQueue {
  // A ring whose length is a power of two.
  #ring = new Int32Array(64);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** The one that has been in it longest; there must be one. */
  get first(): number {
    return this.#ring[this.#from & (this.#ring.length - 1)]!;
  }

  push(request: number): void {
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[this.#to++ & (this.#ring.length - 1)] = request;
  }

  /** Takes out the first; there must be one. */
  shift(): number {
    return this.#ring[this.#from++ & (this.#ring.length - 1)]!;
  }

  #grow(): void {
    const { length } = this.#ring;
    const larger = new Int32Array(2 * length);
    for (let i = this.#from; i < this.#to; i++) larger[i & (2 * length - 1)] = this.#ring[i & (length - 1)]!;
    this.#ring = larger;
  }
}
