/**
 * Fusion of the nodes of one group (Baechi, section on co-placement of its TensorFlow implementation): edges within a group are contracted as
 * far as no cycle can come of it, so that the placer has fewer nodes to place and no way to tear them apart.
 */
import type { Graph } from '../../graph/graph.ts';
import { intAt, itemAt, realAt } from '../../numeric/at.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import type { Accounting } from '../accounting.ts';
import type { Colocation } from './colocation.ts';
import { fusedMemory } from './fused-memory.ts';

export interface FusedGraph {
  /**
   * What is left to place. Its `topoRank` is inherited from the surviving nodes, for ties are broken by it: parents need not come first in
   * its `topoOrder`. What its nodes ask of memory is `fusedMemory`'s.
   */
  readonly graph: Graph;
  /** Node of `graph` that holds each original node. */
  readonly fusedOf: Int32Array;
  /** By node of `graph`: the original nodes in it, the surviving one first, then in the order in which they were taken in. */
  readonly members: IntRows;
  /** The groups of the original graph, of the nodes of `graph`. */
  readonly colocation: Colocation;
}

/** A join of two nodes, with its tensors in the order in which they are sent. */
type Tensors = number[];

/**
 * Contracts (a, b) where a has no other consumer or b no other producer, for then no second path can close a cycle. Groups
 * come in the order of their first nodes, their edges in the order of members and out-edges; edges that come to lie within the
 * group by a contraction are looked at after those, and an edge that was passed over is not looked at again.
 */
export function fuse(graph: Graph, groups: Colocation, accounting: Accounting = 'tensorflow'): FusedGraph {
  const fusion = new Fusion(graph, groups, accounting);
  for (let unit = 0; unit < groups.names.length; unit++) if (groups.members.length(unit) > 1) fusion.contractUnit(unit);
  return fusion.result();
}

class Fusion {
  readonly #graph: Graph;
  readonly #groups: Colocation;
  readonly #out: Map<number, Tensors>[];
  readonly #in: Map<number, Tensors>[];
  readonly #holds: number[][];
  readonly #gone: Uint8Array;
  readonly #accounting: Accounting;

  constructor(graph: Graph, groups: Colocation, accounting: Accounting) {
    this.#graph = graph;
    this.#groups = groups;
    this.#accounting = accounting;
    this.#out = graph.names.map(() => new Map<number, Tensors>());
    this.#in = graph.names.map(() => new Map<number, Tensors>());
    for (let e = 0; e < graph.edgeCount; e++) {
      const tensors = Array.from(graph.edgeTensors.row(e));
      this.#connect(intAt(graph.edgeSrc, e), intAt(graph.edgeDst, e), tensors);
    }
    this.#holds = graph.names.map((_, i) => [i]);
    this.#gone = new Uint8Array(graph.nodeCount);
  }

  #connect(from: number, to: number, tensors: Tensors): void {
    itemAt(this.#out, from).set(to, tensors);
    itemAt(this.#in, to).set(from, tensors);
  }

  contractUnit(unit: number): void {
    const { unitOf, members } = this.#groups;
    const queue: [number, number][] = [];
    for (const a of members.row(unit)) {
      for (const b of itemAt(this.#out, a).keys()) if (intAt(unitOf, b) === unit) queue.push([a, b]);
    }
    for (const [a, b] of queue) {
      if (!itemAt(this.#out, a).has(b)) continue;
      if (itemAt(this.#out, a).size > 1 && itemAt(this.#in, b).size > 1) continue;
      this.#contract(a, b, (from, to) => {
        if (intAt(unitOf, from) === unit && intAt(unitOf, to) === unit) queue.push([from, to]);
      });
    }
  }

  /** Takes b into a. @param isNew is told of edges that there were not before. */
  #contract(a: number, b: number, isNew: (from: number, to: number) => void): void {
    this.#disconnect(a, b);
    for (const [from, tensors] of [...itemAt(this.#in, b)]) {
      this.#disconnect(from, b);
      this.#add(from, a, tensors, isNew);
    }
    for (const [to, tensors] of [...itemAt(this.#out, b)]) {
      this.#disconnect(b, to);
      this.#add(a, to, tensors, isNew);
    }
    itemAt(this.#holds, a).push(...itemAt(this.#holds, b));
    this.#gone[b] = 1;
  }

  #disconnect(from: number, to: number): void {
    itemAt(this.#out, from).delete(to);
    itemAt(this.#in, to).delete(from);
  }

  #add(from: number, to: number, tensors: Tensors, isNew: (from: number, to: number) => void): void {
    const there = itemAt(this.#out, from).get(to);
    if (!there) {
      this.#connect(from, to, tensors);
      isNew(from, to);
    } else {
      there.push(...tensors.filter((tensor) => !there.includes(tensor)));
    }
  }

  result(): FusedGraph {
    const graph = this.#graph;
    const left = Int32Array.from(graph.names.keys()).filter((i) => this.#gone[i] === 0);
    const fusedOf = new Int32Array(graph.nodeCount);
    left.forEach((survivor, node) => {
      for (const member of itemAt(this.#holds, survivor)) fusedOf[member] = node;
    });
    const src: number[] = [];
    const dst: number[] = [];
    const edgeTensors: Tensors[] = [];
    for (const survivor of left) {
      for (const [to, tensors] of itemAt(this.#out, survivor)) {
        src.push(intAt(fusedOf, survivor));
        dst.push(intAt(fusedOf, to));
        edgeTensors.push(tensors);
      }
    }
    const memory = Array.from(left, (i) => {
      const leaving = new Set([...itemAt(this.#out, i).values()].flat());
      return fusedMemory(graph, itemAt(this.#holds, i), leaving, this.#accounting);
    });
    const ranked = left.slice().sort((a, b) => intAt(graph.topoRank, a) - intAt(graph.topoRank, b));
    const topoOrder = ranked.map((survivor) => intAt(fusedOf, survivor));
    const topoRank = new Int32Array(left.length);
    topoOrder.forEach((node, position) => (topoRank[node] = position));
    const edgeSrc = Int32Array.from(src);
    const edgeDst = Int32Array.from(dst);
    const fused: Graph = {
      name: graph.name,
      nodeCount: left.length,
      edgeCount: src.length,
      tensorCount: graph.tensorCount,
      names: Array.from(left, (i) => itemAt(graph.names, i)),
      computeUs: this.#sums(left, graph.computeUs),
      ...(graph.backwardUs ? { backwardUs: this.#sums(left, graph.backwardUs) } : {}),
      permBytes: Float64Array.from(memory, ({ permBytes }) => permBytes),
      tempBytes: Float64Array.from(memory, ({ tempBytes }) => tempBytes),
      outBytes: Float64Array.from(memory, ({ outBytes }) => outBytes),
      groups: Array.from(left, (i) => graph.groups[i]),
      layers: Array.from(left, (i) => itemAt(graph.layers, i)),
      ops: Array.from(left, () => undefined),
      edgeSrc,
      edgeDst,
      edgeTensors: IntRows.of(edgeTensors),
      tensorNames: graph.tensorNames,
      tensorProducer: graph.tensorProducer.map((producer) => intAt(fusedOf, producer)),
      tensorBytes: graph.tensorBytes,
      tensorCommUs: graph.tensorCommUs,
      outEdges: IntRows.placesOf(edgeSrc, left.length),
      inEdges: IntRows.placesOf(edgeDst, left.length),
      topoOrder,
      topoRank,
    };
    const unitOf = left.map((survivor) => intAt(this.#groups.unitOf, survivor));
    const members = IntRows.placesOf(unitOf, this.#groups.names.length);
    const binds = this.#groups.names.length < left.length;
    return {
      graph: fused,
      fusedOf,
      members: IntRows.of(Array.from(left, (i) => itemAt(this.#holds, i))),
      colocation: { unitOf, members, names: this.#groups.names, binds },
    };
  }

  /** Sum over the nodes that each survivor holds, NaN where none has a value. */
  #sums(left: Int32Array, values: Float64Array): Float64Array {
    return Float64Array.from(left, (survivor) => {
      const known = itemAt(this.#holds, survivor)
        .map((i) => realAt(values, i))
        .filter((value) => !Number.isNaN(value));
      return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0);
    });
  }
}
