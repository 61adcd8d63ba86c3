/* eslint-disable @typescript-eslint/no-non-null-assertion -- sorts and joins all edges of a graph several times; indices are nodes, edges and units of one flat graph */
import type { Graph } from '../../graph/graph.ts';
import { IntRows } from '../../numeric/int-rows.ts';
import type { FlatGraph } from './flat-graph.ts';
import type { Units } from './units.ts';

/**
 * Larger and larger units, made of units that had better stay together: what one moves to cross what no move of a single unit
 * crosses. Several ways to see what belongs together:
 * - `cost`: the dearest transfers first, whoever they join (the readers of one large weight);
 * - `share`: transfers dear for the work that they join (heavy edges, as in multilevel partitioning);
 * - what the graph's file calls one group, or one layer;
 * - a unit and the only one that reads from it.
 */
export function clusterLevels(graph: Graph, flat: FlatGraph, units: Units, deviceCount: number): Units[] {
  const work = unitWork(flat, units);
  const totalUs = work.reduce((sum, us) => sum + us, 0);
  const levels: Units[] = [];
  const add = (cluster: Int32Array): void => {
    const level = joined(units, cluster);
    const known = levels.some(({ count }) => count === level.count);
    if (!known && joinsMuch(level, units)) levels.push(level);
  };
  const edges = joins(flat, units);
  for (const rating of ['cost', 'share'] as const) {
    const order = byRating(edges, work, rating);
    for (let capUs = totalUs / deviceCount; capUs > (4 * totalUs) / units.count; capUs /= 4) {
      add(agglomerated(units, work, edges, order, capUs));
    }
  }
  for (const depth of [1, 2, 3]) add(byName(units, (node) => layerOf(graph, flat.nodeOf[node]!, depth)));
  add(byGroup(graph, flat, units));
  add(withOnlyReaders(flat, units, work, totalUs / deviceCount));
  return levels.sort((a, b) => a.count - b.count);
}

/** What the graph's file calls one group, as one unit; undefined where that joins little. */
export function groupUnits(graph: Graph, flat: FlatGraph, units: Units): Units | undefined {
  const level = joined(units, byGroup(graph, flat, units));
  return joinsMuch(level, units) ? level : undefined;
}

/** Whether enough units become one, and enough are left that can be moved. */
function joinsMuch(level: Units, units: Units): boolean {
  return level.count < 0.9 * units.count && level.free.length > 1;
}

function byGroup(graph: Graph, flat: FlatGraph, units: Units): Int32Array {
  return byName(units, (node) => graph.groups[flat.nodeOf[node]!]);
}

/** Work of every unit, µs: where devices differ, what it is on average. */
export function unitWork(flat: FlatGraph, units: Units): Float64Array {
  const work = new Float64Array(units.count);
  for (let i = 0; i < flat.nodeCount; i++) work[units.of[i]!]! += flat.times.meanWorkUs[i]!;
  return work;
}

interface Joins {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly us: Float64Array;
}

/** Every pair of units with transfers between them, and the time of all of these. */
function joins(flat: FlatGraph, units: Units): Joins {
  const sum = new Map<number, number>();
  for (let e = 0; e < flat.edgeCount; e++) {
    const a = units.of[flat.edgeSrc[e]!]!;
    const b = units.of[flat.edgeDst[e]!]!;
    if (a === b) continue;
    const key = Math.min(a, b) * units.count + Math.max(a, b);
    sum.set(key, (sum.get(key) ?? 0) + flat.times.meanEdgeUs[e]!);
  }
  const keys = [...sum.keys()];
  return {
    a: Int32Array.from(keys, (key) => Math.floor(key / units.count)),
    b: Int32Array.from(keys, (key) => key % units.count),
    us: Float64Array.from(sum.values()),
  };
}

function byRating({ a, b, us }: Joins, work: Float64Array, rating: 'cost' | 'share'): Int32Array {
  const rated =
    rating === 'cost' ? us : us.map((one, j) => one / Math.sqrt(Math.max(1, work[a[j]!]!) * Math.max(1, work[b[j]!]!)));
  return Int32Array.from(us.keys()).sort((i, j) => rated[j]! - rated[i]! || i - j);
}

/** Joins in order whatever stays below a cap of work. @returns cluster of every unit. */
function agglomerated(units: Units, work: Float64Array, { a, b }: Joins, order: Int32Array, capUs: number): Int32Array {
  const sum = work.slice();
  const pin = units.pin.slice();
  const parent = Int32Array.from({ length: units.count }, (_, i) => i);
  const root = (unit: number): number => {
    while (parent[unit] !== unit) unit = parent[unit] = parent[parent[unit]!]!;
    return unit;
  };
  for (const j of order) {
    const x = root(a[j]!);
    const y = root(b[j]!);
    if (x === y || sum[x]! + sum[y]! > capUs || pin[x] !== pin[y]) continue;
    parent[y] = x;
    sum[x]! += sum[y]!;
  }
  return Int32Array.from(parent.keys(), root);
}

/** Units whose first nodes have one name are together. */
function byName(units: Units, nameOf: (node: number) => string | undefined): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from({ length: units.count }, (_, unit) => {
    const name = nameOf(units.members.values[units.members.start[unit]!]!);
    if (name === undefined) return unit;
    const key = `${name} ${units.pin[unit]!}`;
    const first = known.get(key);
    if (first === undefined) known.set(key, unit);
    return first ?? unit;
  });
}

/** The first parts of a layer's path. */
function layerOf(graph: Graph, node: number, depth: number): string {
  return graph.layers[node]!.split('/').slice(0, depth).join('/');
}

/** Every unit with the only unit that reads from it, if that is so (Baechi's co-placement), below a cap of work. */
function withOnlyReaders(flat: FlatGraph, units: Units, work: Float64Array, capUs: number): Int32Array {
  const reader = new Int32Array(units.count).fill(-1);
  for (let e = 0; e < flat.edgeCount; e++) {
    const a = units.of[flat.edgeSrc[e]!]!;
    const b = units.of[flat.edgeDst[e]!]!;
    if (a !== b && reader[a] !== b) reader[a] = reader[a] === -1 ? b : -2;
  }
  const pairs = Int32Array.from(reader.keys()).filter((unit) => reader[unit]! >= 0);
  const joined = { a: pairs, b: pairs.map((unit) => reader[unit]!), us: new Float64Array(pairs.length) };
  return agglomerated(units, work, joined, Int32Array.from(pairs.keys()), capUs);
}

/** Units made of units. @param cluster of every unit: the number of one of its units. */
function joined(units: Units, cluster: Int32Array): Units {
  const number = new Map<number, number>();
  for (const one of cluster) if (!number.has(one)) number.set(one, number.size);
  const of = units.of.map((unit) => number.get(cluster[unit]!)!);
  const pin = new Int32Array(number.size).fill(-1);
  for (const [unit, device] of units.pin.entries()) if (device >= 0) pin[number.get(cluster[unit]!)!] = device;
  const free = Int32Array.from(pin.keys()).filter((unit) => pin[unit]! < 0);
  return { count: number.size, of, members: IntRows.placesOf(of, number.size), pin, free };
}
