import { addToReal, intAt, itemAt, realAt } from '../numeric/at.ts';
import { recomputeRuns } from './recompute-runs.ts';
import { buildGraph, type EdgeRow, type Graph, type NodeRow } from './graph.ts';

export interface TrainingGraph {
  readonly graph: Graph;
  /** Node of the forward graph that each node of the training graph is a run of, by training node index. */
  readonly origin: Int32Array;
}

/**
 * The whole training step of a graph that has backward times. Nodes 0 … n − 1 are the forward runs; after them come the
 * backward runs of those nodes that have a backward time.
 *
 * A backward run reads its node's output and inputs, which therefore stay in memory from the forward run on (what was sent
 * to its device then is not sent again), and the gradients of its consumers, each as large as the tensor it belongs to. It
 * yields the gradients of its node's inputs, as far as their producers have backward runs. Weights and the
 * optimiser's state are counted once, in the forward run. A graph without backward times is its own training graph.
 *
 * Nodes that are `recomputed` run once more, from inputs that were kept or were themselves computed again, and the backward runs read what
 * that yields (activation checkpointing; Chen et al., arXiv 1604.06174). `recompute-runs.ts` says when.
 */
export function trainingGraph(forward: Graph): TrainingGraph {
  const { backwardUs, nodeCount } = forward;
  const forwardNodes = Int32Array.from({ length: nodeCount }, (_, i) => i);
  if (!backwardUs) return { graph: forward, origin: forwardNodes };
  const trained = forwardNodes.filter((i) => !Number.isNaN(backwardUs[i]));
  const backwardOf = new Int32Array(nodeCount).fill(-1);
  trained.forEach((node, k) => (backwardOf[node] = nodeCount + k));
  const rows: EdgeRow[] = [];
  const readsInput: EdgeRow[] = [];
  const gradients: EdgeRow[] = [];
  const gradientBytes = new Float64Array(nodeCount);
  const again = recomputeRuns(forward, nodeCount + trained.length);
  /** The run from which the backward half has a node's output. */
  const holder = (node: number): number => again.runOf.get(node) ?? node;
  for (const { src, dst, ...tensor } of edgeRows(forward)) {
    rows.push({ src, dst, ...tensor });
    const backward = intAt(backwardOf, dst);
    if (backward < 0) continue;
    readsInput.push({ ...tensor, src: holder(src), dst: backward });
    const next = intAt(backwardOf, src);
    if (next < 0) continue;
    const name = `gradient of ${itemAt(forward.names, src)}: ${tensor.tensor}`;
    gradients.push({ ...tensor, src: backward, dst: next, tensor: name });
    addToReal(gradientBytes, dst, tensor.bytes);
  }
  const nodes = Array.from(forwardNodes, (i) => nodeRow(forward, i));
  for (const i of trained) {
    const row = nodeRow(forward, i, 'backwardUs');
    const run = { computeUs: realAt(backwardUs, i), permBytes: 0, outBytes: realAt(gradientBytes, i) };
    nodes.push({ ...row, name: `${row.name} (backward)`, ...run });
    // On one device with the forward run, so it costs nothing; it holds the output until the backward run.
    readsInput.push({ src: holder(i), dst: intAt(backwardOf, i), tensor: 'own output', bytes: row.outBytes });
  }
  for (const node of again.nodes) {
    const { backwardUs: _, ...row } = nodeRow(forward, node);
    nodes.push({ ...row, name: `${row.name} (again)`, permBytes: 0 });
  }
  for (const { src, dst, ...tensor } of edgeRows(forward)) {
    const run = again.runOf.get(dst);
    if (run !== undefined) readsInput.push({ ...tensor, src: holder(src), dst: run });
  }
  for (const { node, after, backward } of again.waits) {
    const src = backward ? intAt(backwardOf, after) : after;
    readsInput.push({ src, dst: again.runOf.get(node) ?? node, tensor: 'done', bytes: 0, commUs: 0 });
  }
  const graph = buildGraph(forward.name, nodes, [...rows, ...readsInput, ...gradients]);
  return { graph, origin: Int32Array.from([...forwardNodes, ...trained, ...again.nodes]) };
}

function edgeRows(graph: Graph): EdgeRow[] {
  const rows: EdgeRow[] = [];
  for (let e = 0; e < graph.edgeCount; e++) {
    for (const t of graph.edgeTensors.row(e)) {
      const commUs = realAt(graph.tensorCommUs, t);
      rows.push({
        src: intAt(graph.edgeSrc, e),
        dst: intAt(graph.edgeDst, e),
        tensor: itemAt(graph.tensorNames, t),
        bytes: realAt(graph.tensorBytes, t),
        ...(Number.isNaN(commUs) ? {} : { commUs }),
      });
    }
  }
  return rows;
}

/** @param runs which of its runs the row is for. */
function nodeRow(graph: Graph, i: number, runs: 'computeUs' | 'backwardUs' = 'computeUs'): NodeRow {
  const group = graph.groups[i];
  const op = graph.ops[i];
  return {
    name: itemAt(graph.names, i),
    computeUs: realAt(graph.computeUs, i),
    permBytes: realAt(graph.permBytes, i),
    tempBytes: realAt(graph.tempBytes, i),
    outBytes: realAt(graph.outBytes, i),
    layer: itemAt(graph.layers, i),
    ...(graph.byKind && {
      byKind: Object.fromEntries(Array.from(graph.byKind, ([kind, us]) => [kind, { computeUs: realAt(us[runs], i) }])),
    }),
    ...(group === undefined ? {} : { group }),
    ...(op === undefined ? {} : { op }),
  };
}
