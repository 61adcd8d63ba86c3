import { addToInt, intAt } from '../numeric/at.ts';
import { IntRows } from '../numeric/int-rows.ts';

/**
 * First-in-first-out topological sort (Kahn): roots in node order, children in the order of their parent's out-edges.
 *
 * The queue's order is part of the definition: every placer breaks ties by it.
 *
 * @param out edges that leave each node, by node.
 * @returns the nodes in order; shorter than `nodeCount` when there is a cycle, which then lies among the missing nodes.
 */
export function topologicalOrder(nodeCount: number, dst: Int32Array, out: IntRows): Int32Array {
  const waiting = new Int32Array(nodeCount);
  for (const node of dst) addToInt(waiting, node, 1);
  const order = new Int32Array(nodeCount);
  let length = 0;
  for (let i = 0; i < nodeCount; i++) if (waiting[i] === 0) order[length++] = i;
  for (let head = 0; head < length; head++) {
    const node = intAt(order, head);
    for (let k = out.begin(node), end = out.end(node); k < end; k++) {
      const child = intAt(dst, out.value(k));
      if (addToInt(waiting, child, -1) === 0) order[length++] = child;
    }
  }
  return order.subarray(0, length);
}

/** A cycle as its edges, in the order one walks them. */
export function findCycle(nodeCount: number, src: Int32Array, dst: Int32Array): number[] | undefined {
  const sorted = topologicalOrder(nodeCount, dst, IntRows.placesOf(src, nodeCount));
  if (sorted.length === nodeCount) return undefined;
  const done = new Uint8Array(nodeCount);
  for (const node of sorted) done[node] = 1;
  // Every node that Kahn's sort left over has a parent that is left over too: walking to parents must meet itself.
  const into = IntRows.placesOf(dst, nodeCount);
  const step = new Int32Array(nodeCount).fill(-1);
  const walked: number[] = [];
  let node = done.indexOf(0);
  while (step[node] === -1) {
    step[node] = walked.length;
    const [edge = -1] = into.row(node).filter((e) => done[intAt(src, e)] === 0);
    walked.push(edge);
    node = intAt(src, edge);
  }
  return walked.slice(step[node]).reverse();
}
