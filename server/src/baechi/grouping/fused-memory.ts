import type { Graph } from '../../graph/graph.ts';
import { intAt, realAt } from '../../numeric/at.ts';
import type { Accounting } from '../accounting.ts';

/** What a fused node asks of memory, bytes. */
export interface FusedMemory {
  readonly permBytes: number;
  readonly tempBytes: number;
  readonly outBytes: number;
}

/**
 * Memory of the nodes that were fused into one.
 *
 * By TensorFlow's accounting as published: persistent bytes add up, of temporary ones the largest counts, and the output is the tensors that
 * leave the node less its persistent bytes, which can be negative: what its nodes hand to one another counts for nothing. By PyTorch's, where
 * nothing is released, all outputs add up. By the honest one the output is what leaves, and what is held beside it while its nodes run one
 * after another counts as temporary.
 *
 * @param members nodes of `graph`.
 * @param leaving the tensors that leave the fused node.
 */
export function fusedMemory(
  graph: Graph,
  members: readonly number[],
  leaving: ReadonlySet<number>,
  accounting: Accounting,
): FusedMemory {
  const sum = (bytes: Float64Array): number => members.reduce((total, node) => total + realAt(bytes, node), 0);
  const permBytes = sum(graph.permBytes);
  const [only] = members;
  if (members.length === 1 && only !== undefined) {
    return { permBytes, tempBytes: realAt(graph.tempBytes, only), outBytes: realAt(graph.outBytes, only) };
  }
  const largestTemporary = members.reduce((most, node) => Math.max(most, realAt(graph.tempBytes, node)), 0);
  switch (accounting) {
    case 'tensorflow': {
      let bytes = 0;
      for (const tensor of leaving) bytes += realAt(graph.tensorBytes, tensor);
      return { permBytes, tempBytes: largestTemporary, outBytes: bytes - permBytes };
    }
    case 'pytorch':
      return { permBytes, tempBytes: largestTemporary, outBytes: sum(graph.outBytes) };
    case 'honest': {
      const outBytes = members.reduce((total, node) => total + leavingBytes(graph, node, leaving), 0);
      return { permBytes, tempBytes: Math.max(0, innerPeak(graph, members, leaving) - outBytes), outBytes };
    }
  }
}

/** Of a node's output, what leaves: its leaving tensors, and no more than there is of it. */
function leavingBytes(graph: Graph, node: number, leaving: ReadonlySet<number>): number {
  // What nobody reads stays.
  if (graph.outEdges.length(node) === 0) return realAt(graph.outBytes, node);
  let bytes = 0;
  const seen = new Set<number>();
  for (const edge of graph.outEdges.row(node)) {
    for (const tensor of graph.edgeTensors.row(edge)) {
      if (!leaving.has(tensor) || seen.has(tensor)) continue;
      seen.add(tensor);
      bytes += realAt(graph.tensorBytes, tensor);
    }
  }
  return Math.min(bytes, realAt(graph.outBytes, node));
}

/** The most that outputs and scratch take while the members run in topological order: an output that does not leave goes after its last member. */
function innerPeak(graph: Graph, members: readonly number[], leaving: ReadonlySet<number>): number {
  const inside = new Set(members);
  const readersLeft = new Map<number, number>();
  for (const node of members) {
    const readers = Array.from(graph.outEdges.row(node), (edge) => intAt(graph.edgeDst, edge));
    readersLeft.set(node, readers.filter((reader) => inside.has(reader)).length);
  }
  let held = 0;
  let peak = 0;
  const order = [...members].sort((a, b) => intAt(graph.topoRank, a) - intAt(graph.topoRank, b));
  for (const node of order) {
    held += realAt(graph.outBytes, node);
    peak = Math.max(peak, held + realAt(graph.tempBytes, node));
    for (const edge of graph.inEdges.row(node)) {
      const producer = intAt(graph.edgeSrc, edge);
      const left = readersLeft.get(producer);
      if (left === undefined) continue;
      readersLeft.set(producer, left - 1);
      if (left === 1) held -= realAt(graph.outBytes, producer) - leavingBytes(graph, producer, leaving);
    }
  }
  return peak;
}
