/** Adjacency in compressed rows: the edges of node i are `edges[start[i] … start[i + 1])`, in edge order. */
export interface Adjacency {
  readonly start: Int32Array;
  readonly edges: Int32Array;
}

/** Groups edges by one of their ends; within a node they keep the order of the edge list. */
export function adjacency(nodeCount: number, end: Int32Array): Adjacency {
  const start = new Int32Array(nodeCount + 1);
  for (const node of end) start[node + 1]!++;
  for (let i = 0; i < nodeCount; i++) start[i + 1]! += start[i]!;
  const next = start.slice(0, nodeCount);
  const edges = new Int32Array(end.length);
  for (let e = 0; e < end.length; e++) edges[next[end[e]!]!++] = e;
  return { start, edges };
}

/**
 * First-in-first-out topological sort (Kahn): roots in node order, children in the order of their parent's out-edges.
 *
 * The queue's order is part of the definition: every placer breaks ties by it.
 *
 * @returns the nodes in order; shorter than `nodeCount` when there is a cycle, which then lies among the missing nodes.
 */
export function topologicalOrder(nodeCount: number, dst: Int32Array, out: Adjacency): Int32Array {
  const waiting = new Int32Array(nodeCount);
  for (const node of dst) waiting[node]!++;
  const order = new Int32Array(nodeCount);
  let length = 0;
  for (let i = 0; i < nodeCount; i++) if (waiting[i] === 0) order[length++] = i;
  for (let head = 0; head < length; head++) {
    const node = order[head]!;
    for (let k = out.start[node]!; k < out.start[node + 1]!; k++) {
      const child = dst[out.edges[k]!]!;
      if (--waiting[child]! === 0) order[length++] = child;
    }
  }
  return order.subarray(0, length);
}

/** A cycle as its edges, in the order one walks them. */
export function findCycle(nodeCount: number, src: Int32Array, dst: Int32Array): number[] | undefined {
  const out = adjacency(nodeCount, src);
  const sorted = topologicalOrder(nodeCount, dst, out);
  if (sorted.length === nodeCount) return undefined;
  const done = new Uint8Array(nodeCount);
  for (const node of sorted) done[node] = 1;
  // Every node that Kahn's sort left over has a parent that is left over too: walking to parents must meet itself.
  const into = adjacency(nodeCount, dst);
  const step = new Int32Array(nodeCount).fill(-1);
  const walked: number[] = [];
  let node = done.indexOf(0);
  while (step[node] === -1) {
    step[node] = walked.length;
    let edge = -1;
    for (let k = into.start[node]!; edge < 0 && k < into.start[node + 1]!; k++) {
      if (done[src[into.edges[k]!]!] === 0) edge = into.edges[k]!;
    }
    walked.push(edge);
    node = src[edge]!;
  }
  return walked.slice(step[node]).reverse();
}
