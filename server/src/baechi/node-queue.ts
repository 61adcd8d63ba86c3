import { intAt, realAt } from '../numeric/at.ts';

/** Priority queue of nodes: smallest key first, equal keys by the lower rank. A node may be queued more than once. */
export class NodeQueue {
  readonly #rank: Int32Array;
  #nodes = new Int32Array(16);
  #keys = new Float64Array(16);
  #size = 0;

  /** @param rank tie-breaker of every node, by node index. */
  constructor(rank: Int32Array) {
    this.#rank = rank;
  }

  get size(): number {
    return this.#size;
  }

  /** The first node, and its key; the queue must not be empty. */
  get first(): number {
    return intAt(this.#nodes, 0);
  }

  get firstKey(): number {
    return realAt(this.#keys, 0);
  }

  push(node: number, key: number): void {
    if (this.#size === this.#nodes.length) {
      const nodes = new Int32Array(this.#size * 2);
      const keys = new Float64Array(this.#size * 2);
      nodes.set(this.#nodes);
      keys.set(this.#keys);
      this.#nodes = nodes;
      this.#keys = keys;
    }
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(node, key, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#nodes[hole] = node;
    this.#keys[hole] = key;
  }

  /** Removes the first node and returns it. */
  pop(): number {
    const popped = intAt(this.#nodes, 0);
    const node = intAt(this.#nodes, --this.#size);
    const key = realAt(this.#keys, this.#size);
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(intAt(this.#nodes, child + 1), realAt(this.#keys, child + 1), child))
        child++;
      if (this.#before(node, key, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#nodes[hole] = node;
    this.#keys[hole] = key;
    return popped;
  }

  #before(node: number, key: number, slot: number): boolean {
    const other = realAt(this.#keys, slot);
    return key < other || (key === other && intAt(this.#rank, node) < intAt(this.#rank, intAt(this.#nodes, slot)));
  }

  #move(from: number, to: number): void {
    this.#nodes[to] = intAt(this.#nodes, from);
    this.#keys[to] = realAt(this.#keys, from);
  }
}
