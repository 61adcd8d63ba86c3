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
 */
export function trainingGraph(forward: Graph): TrainingGraph {
  const { backwardUs, nodeCount } = forward;
  const forwardNodes = Int32Array.from({ length: nodeCount }, (_, i) => i);
  if (!backwardUs) return { graph: forward, origin: forwardNodes };
  const trained = forwardNodes.filter((i) => !Number.isNaN(backwardUs[i]));
  const backwardOf = new Map(Array.from(trained, (node, k) => [node, nodeCount + k]));
  const rows: EdgeRow[] = [];
  const readsInput: EdgeRow[] = [];
  const gradients: EdgeRow[] = [];
  const gradientBytes = new Float64Array(nodeCount);
  for (const { src, dst, ...tensor } of edgeRows(forward)) {
    rows.push({ src, dst, ...tensor });
    const backward = backwardOf.get(dst);
    if (backward === undefined) continue;
    readsInput.push({ src, dst: backward, ...tensor });
    const next = backwardOf.get(src);
    if (next === undefined) continue;
    gradients.push({
      ...tensor,
      src: backward,
      dst: next,
      tensor: `gradient of ${forward.names[src]!}: ${tensor.tensor}`,
    });
    gradientBytes[dst]! += tensor.bytes;
  }
  const nodes = Array.from(forwardNodes, (i) => nodeRow(forward, i));
  for (const i of trained) {
    const name = `${forward.names[i]!} (backward)`;
    const run = { name, computeUs: backwardUs[i]!, permBytes: 0, outBytes: gradientBytes[i]! };
    nodes.push({ ...nodeRow(forward, i), ...run });
    // On one device with the forward run, so it costs nothing; it holds the output until the backward run.
    readsInput.push({ src: i, dst: backwardOf.get(i)!, tensor: 'own output', bytes: forward.outBytes[i]! });
  }
  const graph = buildGraph(forward.name, nodes, [...rows, ...readsInput, ...gradients]);
  return { graph, origin: Int32Array.from([...forwardNodes, ...trained]) };
}

function edgeRows(graph: Graph): EdgeRow[] {
  const rows: EdgeRow[] = [];
  for (let e = 0; e < graph.edgeCount; e++) {
    for (let k = graph.edgeTensorStart[e]!; k < graph.edgeTensorStart[e + 1]!; k++) {
      const t = graph.edgeTensors[k]!;
      const commUs = graph.tensorCommUs[t]!;
      rows.push({
        src: graph.edgeSrc[e]!,
        dst: graph.edgeDst[e]!,
        tensor: graph.tensorNames[t]!,
        bytes: graph.tensorBytes[t]!,
        ...(Number.isNaN(commUs) ? {} : { commUs }),
      });
    }
  }
  return rows;
}

function nodeRow(graph: Graph, i: number): NodeRow {
  const group = graph.groups[i];
  const op = graph.ops[i];
  return {
    name: graph.names[i]!,
    computeUs: graph.computeUs[i]!,
    permBytes: graph.permBytes[i]!,
    tempBytes: graph.tempBytes[i]!,
    outBytes: graph.outBytes[i]!,
    layer: graph.layers[i]!,
    ...(group === undefined ? {} : { group }),
    ...(op === undefined ? {} : { op }),
  };
}
