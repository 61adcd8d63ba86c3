/**
 * Which nodes must share a device (co-location groups, Baechi's TensorFlow implementation), as units: every node belongs to
 * exactly one, alone or with others.
 */
import { goesBefore } from '../../graph/united-names.ts';
import type { Graph } from '../../graph/graph.ts';
import { intAt, itemAt } from '../../numeric/at.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import { IntSets } from '../../numeric/int-sets.ts';
import { inWhole } from './whole-layers.ts';

/**
 * `none`: nodes go where they like. `graph`: nodes with one `group` in the graph file stay together. `coplace`: they do, and
 * a node with a single consumer stays with that consumer (co-placement).
 */
export type GroupKeeping = 'none' | 'graph' | 'coplace';

export interface GroupRules {
  readonly keep: GroupKeeping;
  /** Patterns of layers (`encoder/block*`) and names of classes (`GPT2Block`) that are never split, whatever `keep` says. */
  readonly keepWhole?: readonly string[];
}

export interface Colocation {
  /** Unit of every node, by node index; units are numbered in the order of their first nodes. */
  readonly unitOf: Int32Array;
  /** By unit: its nodes, ascending. */
  readonly members: IntRows;
  /** By unit: what it is called; a node alone by its own name. */
  readonly names: readonly string[];
  /** Whether any unit holds more than one node. */
  readonly binds: boolean;
}

/**
 * The units of a graph under rules, every one of which a placement keeps on one device.
 *
 * Cost: near linear in nodes and edges.
 */
export function colocation(graph: Graph, rules: GroupRules): Colocation {
  const { nodeCount, outEdges, edgeDst } = graph;
  const parts = new Partition(graph);
  if (rules.keep !== 'none') parts.unite(graph.groups);
  if (rules.keep === 'coplace') {
    // A node's consumers do not change when groups are united, so that a second round would find nothing more to do.
    for (let i = 0; i < nodeCount; i++) {
      if (outEdges.length(i) === 1) parts.join(i, intAt(edgeDst, outEdges.value(outEdges.begin(i))));
    }
  }
  if (rules.keepWhole) parts.unite(graph.layers.map(inWhole(layersNamed(graph, rules.keepWhole))));
  return parts.colocation();
}

/** Patterns of layers, with the layers of every class that is among the names. */
function layersNamed({ classes }: Graph, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, ...(classes?.get(name) ?? [])]);
}

/** Which of these names are neither a class of the graph nor a pattern of any of its layers. */
export function namesNothing(graph: Graph, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const layers = [...new Set(graph.layers)];
  return names.filter(
    (name) => !graph.classes?.has(name) && layers.map(inWhole([name])).every((whole) => whole === undefined),
  );
}

/** Unit of every node, by node index, numbered from 0 in the order of the units' first nodes: what a search moves as a whole. */
export function unitsOf(graph: Graph, rules: GroupRules): Int32Array {
  return colocation(graph, rules).unitOf;
}

/** Nodes in disjoint sets, each of which has a name. */
class Partition {
  readonly #sets: IntSets;
  readonly #name: string[];

  constructor({ nodeCount, names, groups }: Graph) {
    this.#sets = new IntSets(nodeCount);
    this.#name = names.map((name, i) => groups[i] ?? name);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#sets.find(a), this.#sets.find(b)];
    if (first === second) return;
    const [low, high] = first < second ? [first, second] : [second, first];
    this.#sets.join(low, high);
    if (goesBefore(itemAt(this.#name, high), itemAt(this.#name, low))) this.#name[low] = itemAt(this.#name, high);
  }

  /** Joins the nodes that have one label. */
  unite(labels: readonly (string | undefined)[]): void {
    const first = new Map<string, number>();
    for (const [node, label] of labels.entries()) {
      if (label === undefined) continue;
      const other = first.get(label);
      if (other === undefined) first.set(label, node);
      else this.join(other, node);
    }
  }

  colocation(): Colocation {
    const names: string[] = [];
    const nodeCount = this.#name.length;
    const unitAt = new Int32Array(nodeCount).fill(-1);
    const unitOf = Int32Array.from({ length: nodeCount }, (_, node) => {
      const first = this.#sets.find(node);
      if (intAt(unitAt, first) < 0) unitAt[first] = names.push(itemAt(this.#name, first)) - 1;
      return intAt(unitAt, first);
    });
    return {
      unitOf,
      members: IntRows.placesOf(unitOf, names.length),
      names,
      binds: names.length < unitOf.length,
    };
  }
}
