/** Nodes that a move takes from one device to another, in order; a node may be moved more than once. */
export class MovedNodes {
  count = 0;
  readonly nodes: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;

  constructor(most: number) {
    this.nodes = new Int32Array(most);
    this.from = new Int32Array(most);
    this.to = new Int32Array(most);
  }

  add(node: number, from: number, to: number): void {
    this.nodes[this.count] = node;
    this.from[this.count] = from;
    this.to[this.count++] = to;
  }
}
