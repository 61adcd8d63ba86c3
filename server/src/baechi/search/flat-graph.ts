import type { Graph } from '../../graph/graph.ts';
import { intAt, realAt } from '../../numeric/at.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import { waysToTheEnd } from '../lower-bound.ts';
import type { SimulationRules } from '../schedule.ts';
import { flatMemory, type FlatMemory } from './flat-memory.ts';
import { flatTimes, type FlatTimes } from './flat-times.ts';

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
  /** Edges of node i are outStart[i] … outStart[i + 1] − 1. */
  readonly outStart: Int32Array;
  readonly edgeSrc: Int32Array;
  readonly edgeDst: Int32Array;
  /** Tensors of edge e are edgeTensors[tensorStart[e]] … . */
  readonly tensorStart: Int32Array;
  readonly edgeTensors: Int32Array;
  /** 1 for nodes all of whose edges carry one and the same tensor. */
  readonly oneTensor: Uint8Array;
  /** Edges into node j are inEdges[inStart[j]] … . */
  readonly inStart: Int32Array;
  readonly inEdges: Int32Array;
  /** Lower bound of the time from a node's end to the end of the run, on whichever devices. */
  readonly afterUs: Float64Array;
  readonly times: FlatTimes;
  /** Whether every edge is sent by itself, and none gets in another's way. */
  readonly isParallel: boolean;
  readonly memory: FlatMemory;
}

/**
 * @param tensorUs transfer time of every tensor, µs.
 * @param rules what holds in the simulation.
 */
export function flatGraph(
  graph: Graph,
  deviceCount: number,
  tensorUs: Float64Array,
  { channel, memory, unlike }: SimulationRules = {},
): FlatGraph {
  const { nodeCount, edgeCount, outEdges, topoOrder, topoRank } = graph;
  const outStart = new Int32Array(nodeCount + 1);
  const edgeSrc = new Int32Array(edgeCount);
  const edgeDst = new Int32Array(edgeCount);
  const tensorStart = new Int32Array(edgeCount + 1);
  const edgeTensors = new Int32Array(graph.edgeTensors.values.length);
  const flatTensor = new Int32Array(graph.tensorCount).fill(-1);
  const tensorOf = new Int32Array(graph.tensorCount);
  const oneTensor = new Uint8Array(nodeCount);
  let edges = 0;
  let entries = 0;
  let tensors = 0;
  for (let rank = 0; rank < nodeCount; rank++) {
    const firstTensor = tensors;
    for (const edge of outEdges.row(intAt(topoOrder, rank))) {
      edgeSrc[edges] = rank;
      edgeDst[edges] = intAt(topoRank, intAt(graph.edgeDst, edge));
      for (const tensor of graph.edgeTensors.row(edge)) {
        if (flatTensor[tensor] === -1) {
          tensorOf[tensors] = tensor;
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
  const numbers = { nodes: topoOrder, tensors: tensorOf, tensorStart, edgeTensors };
  const afterUs = waysToTheEnd(graph, tensorUs, unlike);
  return {
    nodeCount,
    edgeCount,
    tensorCount: graph.tensorCount,
    nodeOf: topoOrder,
    rankOf: topoRank,
    outStart,
    edgeSrc,
    edgeDst,
    tensorStart,
    edgeTensors,
    oneTensor,
    inStart,
    inEdges,
    afterUs: Float64Array.from(topoOrder, (node) => realAt(afterUs, node)),
    times: flatTimes(numbers, deviceCount, graph.computeUs, tensorUs, unlike),
    isParallel: channel === 'parallel',
    memory: flatMemory(graph, numbers, memory),
  };
}
