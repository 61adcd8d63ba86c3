import type { Graph } from '../../graph/graph.ts';
import { intAt, realAt } from '../../numeric/at.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import { edgeCommunicationTimes } from '../../graph/link-model.ts';
import { outputLifetime } from '../memory.ts';
import { waysToTheEnd } from '../lower-bound.ts';

/**
 * A graph laid out for the search: nodes are numbered by topological rank, so that ties are broken by comparing numbers, and the
 * edges, and the tensors, of one producer lie side by side, in the order in which the simulator books them.
 */
export interface FlatGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly tensorCount: number;
  /** Index in the graph of every node here, and the reverse. */
  readonly nodeOf: Int32Array;
  readonly rankOf: Int32Array;
  readonly workUs: Float64Array;
  /** Edges of node i are outStart[i] … outStart[i + 1] − 1. */
  readonly outStart: Int32Array;
  readonly edgeSrc: Int32Array;
  readonly edgeDst: Int32Array;
  /** Tensors of edge e are edgeTensors[tensorStart[e]] … . */
  readonly tensorStart: Int32Array;
  readonly edgeTensors: Int32Array;
  /** 1 for nodes all of whose edges carry one and the same tensor. */
  readonly oneTensor: Uint8Array;
  readonly tensorUs: Float64Array;
  /** Transfer time of all tensors of an edge. */
  readonly edgeUs: Float64Array;
  /** Edges into node j are inEdges[inStart[j]] … . */
  readonly inStart: Int32Array;
  readonly inEdges: Int32Array;
  /** Lower bound of the time from a node's end to the end of the run, on whichever devices. */
  readonly afterUs: Float64Array;
  readonly permBytes: Float64Array;
  readonly tempBytes: Float64Array;
  readonly outBytes: Float64Array;
  /** Whether outputs go with their last consumer. */
  readonly releases: boolean;
}

/** @param tensorUs transfer time of every tensor, µs. */
export function flatGraph(graph: Graph, tensorUs: Float64Array): FlatGraph {
  const { nodeCount, edgeCount, outEdges, topoOrder, topoRank } = graph;
  const byRank = (values: Float64Array): Float64Array => Float64Array.from(topoOrder, (node) => realAt(values, node));
  const outStart = new Int32Array(nodeCount + 1);
  const edgeSrc = new Int32Array(edgeCount);
  const edgeDst = new Int32Array(edgeCount);
  const edgeUs = new Float64Array(edgeCount);
  const graphEdgeUs = edgeCommunicationTimes(graph, tensorUs);
  const tensorStart = new Int32Array(edgeCount + 1);
  const edgeTensors = new Int32Array(graph.edgeTensors.values.length);
  const flatTensor = new Int32Array(graph.tensorCount).fill(-1);
  const oneTensor = new Uint8Array(nodeCount);
  const flatUs = new Float64Array(graph.tensorCount);
  let edges = 0;
  let entries = 0;
  let tensors = 0;
  for (let rank = 0; rank < nodeCount; rank++) {
    const firstTensor = tensors;
    for (const edge of outEdges.row(intAt(topoOrder, rank))) {
      edgeSrc[edges] = rank;
      edgeDst[edges] = intAt(topoRank, intAt(graph.edgeDst, edge));
      edgeUs[edges] = realAt(graphEdgeUs, edge);
      for (const tensor of graph.edgeTensors.row(edge)) {
        if (flatTensor[tensor] === -1) {
          flatUs[tensors] = realAt(tensorUs, tensor);
          flatTensor[tensor] = tensors++;
        }
        edgeTensors[entries++] = intAt(flatTensor, tensor);
      }
      tensorStart[++edges] = entries;
    }
    const begin = intAt(outStart, rank);
    oneTensor[rank] = Number(tensors === firstTensor + 1 && entries - intAt(tensorStart, begin) === edges - begin);
    outStart[rank + 1] = edges;
  }
  const { start: inStart, values: inEdges } = IntRows.placesOf(edgeDst, nodeCount);
  return {
    nodeCount,
    edgeCount,
    tensorCount: graph.tensorCount,
    nodeOf: topoOrder,
    rankOf: topoRank,
    workUs: byRank(graph.computeUs),
    outStart,
    edgeSrc,
    edgeDst,
    tensorStart,
    edgeTensors,
    oneTensor,
    tensorUs: flatUs,
    edgeUs,
    inStart,
    inEdges,
    afterUs: byRank(waysToTheEnd(graph, tensorUs)),
    permBytes: byRank(graph.permBytes),
    tempBytes: byRank(graph.tempBytes),
    outBytes: byRank(graph.outBytes),
    releases: outputLifetime(graph) === 'released',
  };
}
