/**
 * The computation graph: one model for every file format, laid out as parallel arrays so that graphs of tens of thousands
 * of nodes stay cheap to walk. Times in microseconds, memory in bytes.
 */
import { itemAt } from '../numeric/at.ts';
import { IntRows } from '../numeric/int-rows.ts';
import { topologicalOrder } from './topological-order.ts';

export interface Graph {
  readonly name: string;
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly tensorCount: number;

  /** Node names, unique. */
  readonly names: readonly string[];
  /** Time of one run of the node (forward), at least 1. */
  readonly computeUs: Float64Array;
  /** What device its times were estimated for, in words; absent where they were measured or written by hand. */
  readonly estimated?: string;
  /** Time of the node's backward run, NaN for a node that has none; absent where no node has one. */
  readonly backwardUs?: Float64Array;
  /** Both times on kinds of devices for which the file gives them apart; absent where it gives none. */
  readonly byKind?: ReadonlyMap<string, KindTimes>;
  /** Bytes that stay when the node has run: weights, their gradients, the optimiser's state. */
  readonly permBytes: Float64Array;
  /** Scratch while the node runs. */
  readonly tempBytes: Float64Array;
  /** The node's outputs, without its persistent bytes; held until the last consumer has been scheduled. */
  readonly outBytes: Float64Array;
  /** 1 for nodes whose outputs the backward half does not find in memory but computes again; absent where it finds all. */
  readonly recomputed?: Uint8Array;
  /** Name of the co-location group, where one is given. */
  readonly groups: readonly (string | undefined)[];
  /** Where the node belongs when the graph is folded: a path with slashes, '' at the top. */
  readonly layers: readonly string[];
  /** By the name of a class of modules that its authors do not want split: the layers of its instances. Absent where the file names none. */
  readonly classes?: ReadonlyMap<string, readonly string[]>;
  /** What the node computes, for the trainer that runs it; free form. */
  readonly ops: readonly (Readonly<Record<string, unknown>> | undefined)[];

  /** One edge per ordered pair of nodes. */
  readonly edgeSrc: Int32Array;
  readonly edgeDst: Int32Array;
  /** Tensors of each edge: at least one, each once. */
  readonly edgeTensors: IntRows;
  /** A tensor is sent once to every device that needs it, however many consumers it has there. */
  readonly tensorNames: readonly string[];
  readonly tensorProducer: Int32Array;
  readonly tensorBytes: Float64Array;
  /** Transfer time that the file gives, NaN where the link model decides. */
  readonly tensorCommUs: Float64Array;

  /** Edges of each node, in edge order. */
  readonly outEdges: IntRows;
  readonly inEdges: IntRows;
  /** Nodes in first-in-first-out topological order, and every node's position in it. */
  readonly topoOrder: Int32Array;
  readonly topoRank: Int32Array;
}

/** Times of every node on one kind of device; where the file gives none for a node, the node's own. */
export interface KindTimes {
  readonly computeUs: Float64Array;
  /** NaN for a node that has no backward run. */
  readonly backwardUs: Float64Array;
}

export interface NodeRow {
  readonly name: string;
  readonly computeUs: number;
  readonly backwardUs?: number;
  /** Times that differ on a kind of device. */
  readonly byKind?: Readonly<Record<string, RowTimes>>;
  readonly permBytes: number;
  readonly tempBytes: number;
  readonly outBytes: number;
  readonly group?: string;
  readonly layer?: string;
  readonly op?: Readonly<Record<string, unknown>>;
}

export type RowTimes = Partial<Pick<NodeRow, 'computeUs' | 'backwardUs'>>;

/** One tensor from one node to another. Tensors of one producer and one name are the same tensor. */
export interface EdgeRow {
  readonly src: number;
  readonly dst: number;
  readonly tensor: string;
  readonly bytes: number;
  readonly commUs?: number;
}

/**
 * Builds the graph from checked rows. Rows between the same two nodes become one edge with several tensors, at the place
 * of the first; of one tensor's sizes the first counts (the readers refuse differing ones).
 *
 * @throws RangeError when an edge leaves the node range, joins a node to itself, a node takes no time, or the rows have a
 *   cycle: readers check
 *   what a person wrote before they build.
 */
export function buildGraph(name: string, nodes: readonly NodeRow[], rows: readonly EdgeRow[]): Graph {
  const nodeCount = nodes.length;
  for (const { name: node, computeUs, backwardUs = 1 } of nodes) {
    // A run that takes no time would end in the instant in which the next one starts; the planners' clock needs them apart.
    if (!(computeUs > 0 && backwardUs > 0)) throw new RangeError(`node ${node} takes no time`);
  }
  const tensorIndex = new Map<string, number>();
  const firstTensor = new Int32Array(nodeCount).fill(-1);
  const edgeIndex = new Map<number, number>();
  const edgeTensorLists: number[][] = [];
  /** Edges with their tensors after the first, as one number: between two nodes there may be any number of tensors. */
  const further = new Set<number>();
  const src: number[] = [];
  const dst: number[] = [];
  const tensorNames: string[] = [];
  const tensorProducer: number[] = [];
  const tensorBytes: number[] = [];
  const tensorCommUs: number[] = [];
  for (const row of rows) {
    if (!(row.src >= 0 && row.src < nodeCount && row.dst >= 0 && row.dst < nodeCount) || row.src === row.dst) {
      throw new RangeError(`edge ${row.src} → ${row.dst} is not between two of ${nodeCount} nodes`);
    }
    // Most nodes put out one tensor: only those behind the first are looked up by name.
    const first = firstTensor[row.src] ?? -1;
    const isFirst = first < 0 || tensorNames[first] === row.tensor;
    const tensorKey = isFirst ? '' : `${row.src}\n${row.tensor}`;
    let tensor = isFirst ? (first < 0 ? undefined : first) : tensorIndex.get(tensorKey);
    if (tensor === undefined) {
      tensor = tensorNames.push(row.tensor) - 1;
      if (isFirst) firstTensor[row.src] = tensor;
      else tensorIndex.set(tensorKey, tensor);
      tensorProducer.push(row.src);
      tensorBytes.push(row.bytes);
      tensorCommUs.push(row.commUs ?? Number.NaN);
    }
    const edgeKey = row.src * nodeCount + row.dst;
    const edge = edgeIndex.get(edgeKey);
    if (edge === undefined) {
      edgeIndex.set(edgeKey, src.length);
      src.push(row.src);
      dst.push(row.dst);
      edgeTensorLists.push([tensor]);
    } else {
      const tensors = itemAt(edgeTensorLists, edge);
      const key = edge * rows.length + tensor;
      if (tensors[0] === tensor || further.has(key)) continue;
      further.add(key);
      tensors.push(tensor);
    }
  }
  const edgeSrc = Int32Array.from(src);
  const edgeDst = Int32Array.from(dst);
  const outEdges = IntRows.placesOf(edgeSrc, nodeCount);
  const inEdges = IntRows.placesOf(edgeDst, nodeCount);
  const topoOrder = topologicalOrder(nodeCount, edgeDst, outEdges);
  if (topoOrder.length < nodeCount) throw new RangeError('the graph has a cycle');
  const topoRank = new Int32Array(nodeCount);
  topoOrder.forEach((node, position) => (topoRank[node] = position));
  const column = (value: (row: NodeRow) => number): Float64Array => Float64Array.from(nodes, value);
  const differentiated = nodes.some((row) => row.backwardUs !== undefined);
  const kinds = new Set(nodes.flatMap((row) => Object.keys(row.byKind ?? {})));
  return {
    name,
    nodeCount,
    edgeCount: src.length,
    tensorCount: tensorNames.length,
    names: nodes.map((row) => row.name),
    computeUs: column((row) => row.computeUs),
    ...(differentiated ? { backwardUs: column((row) => row.backwardUs ?? Number.NaN) } : {}),
    ...(kinds.size > 0 ? { byKind: new Map(Array.from(kinds, (kind) => [kind, kindTimes(nodes, kind)])) } : {}),
    permBytes: column((row) => row.permBytes),
    tempBytes: column((row) => row.tempBytes),
    outBytes: column((row) => row.outBytes),
    groups: nodes.map((row) => row.group),
    layers: nodes.map((row) => row.layer ?? row.name.slice(0, Math.max(0, row.name.lastIndexOf('/')))),
    ops: nodes.map((row) => row.op),
    edgeSrc,
    edgeDst,
    edgeTensors: IntRows.of(edgeTensorLists),
    tensorNames,
    tensorProducer: Int32Array.from(tensorProducer),
    tensorBytes: Float64Array.from(tensorBytes),
    tensorCommUs: Float64Array.from(tensorCommUs),
    outEdges,
    inEdges,
    topoOrder,
    topoRank,
  };
}

function kindTimes(nodes: readonly NodeRow[], kind: string): KindTimes {
  const own = (row: NodeRow): RowTimes => row.byKind?.[kind] ?? {};
  return {
    computeUs: Float64Array.from(nodes, (row) => own(row).computeUs ?? row.computeUs),
    backwardUs: Float64Array.from(nodes, (row) => own(row).backwardUs ?? row.backwardUs ?? Number.NaN),
  };
}
