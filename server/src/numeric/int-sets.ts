import { intAt } from './at.ts';

/** Disjoint sets of the numbers 0 … n − 1 (union by the lower number, paths halved): which belong together after some were joined. */
export class IntSets {
  readonly #parent: Int32Array;
  #count: number;

  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i);
    this.#count = n;
  }

  /** Of sets, singletons included. */
  get count(): number {
    return this.#count;
  }

  /** The least number of the set that `i` is in. */
  find(i: number): number {
    const parent = this.#parent;
    let at = i;
    while (intAt(parent, at) !== at) {
      parent[at] = intAt(parent, intAt(parent, at));
      at = intAt(parent, at);
    }
    return at;
  }

  join(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    if (low === high) return;
    this.#parent[high] = low;
    this.#count--;
  }
}
