/* eslint-disable @typescript-eslint/no-non-null-assertion -- the innermost loop of the search; indices lie below `size`, and a node is in the heap once, so that the arrays suffice */

/** Nodes by the time at which they are ready, equal times by the lower number. A node is in the heap at most once. */
export class ReadyHeap {
  size = 0;
  readonly nodes: Int32Array;
  readonly keys: Float64Array;

  constructor(nodeCount: number) {
    this.nodes = new Int32Array(nodeCount + 1);
    this.keys = new Float64Array(nodeCount + 1);
  }

  push(node: number, key: number): void {
    const { nodes, keys } = this;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const other = keys[parent]!;
      if (other < key || (other === key && nodes[parent]! < node)) break;
      nodes[hole] = nodes[parent]!;
      keys[hole] = other;
      hole = parent;
    }
    nodes[hole] = node;
    keys[hole] = key;
  }

  /** Removes the first node; the heap must not be empty. */
  pop(): number {
    const { nodes, keys } = this;
    const first = nodes[0]!;
    const size = --this.size;
    const node = nodes[size]!;
    const key = keys[size]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      let low = keys[child]!;
      if (child + 1 < size) {
        const right = keys[child + 1]!;
        if (right < low || (right === low && nodes[child + 1]! < nodes[child]!)) {
          child++;
          low = right;
        }
      }
      if (key < low || (key === low && node < nodes[child]!)) break;
      nodes[hole] = nodes[child]!;
      keys[hole] = low;
      hole = child;
    }
    nodes[hole] = node;
    keys[hole] = key;
    return first;
  }
}
