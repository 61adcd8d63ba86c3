/**
 * Devices of modules by name, as a device_map of accelerate has them, and where such a map has the nodes of a graph run: a module runs where the map
 * puts it, and is sent its inputs; what a module that is split does itself, between its parts, runs where its inputs are.
 */
import { buffersOf, layersOf, parametersOf, type GraphProfile } from '../../graph/graph-profile.ts';
import type { Graph } from '../../graph/graph.ts';
import { intAt, itemAt } from '../../numeric/at.ts';
import { refused, type PlacedModule, type Written } from './placed-module.ts';

/** Name of a module (or of a parameter) with dots, '' for the whole, to the index of its device. */
export type ModuleMap = ReadonlyMap<string, number>;

/** The map of a placement: every parameter and buffer under exactly one of its keys, which are as few as can be. */
export function moduleMapOf(placed: PlacedModule): Written<{ readonly map: ModuleMap; readonly runs: Int32Array }> {
  const { graph, devices } = placed;
  const where = storedDevices(placed);
  if (!where.ok) return where;
  const tree = treeOf(where.device);
  const map = new Map<string, number>();
  const fault = cover(tree, '', map);
  if (fault !== undefined) return refused(fault);
  const derived = runningDevices(
    graph,
    map,
    devices.map(({ name }) => name),
  );
  return derived.ok ? { ok: true, map, runs: derived.device } : derived;
}

/** Names of all parameters and buffers that a graph knows, with those that share their memory. */
export function storedNames(graph: Graph, profile: GraphProfile): readonly string[] {
  const names = graph.ops.flatMap((op) => [...parametersOf(op), ...buffersOf(op)]);
  return [...new Set([...names, ...profile.ties.flat(), ...profile.unread])];
}

function storedDevices({
  graph,
  profile,
  devices,
  device,
}: PlacedModule): Written<{ readonly device: ReadonlyMap<string, number> }> {
  const found = new Map<string, number>();
  for (let i = 0; i < graph.nodeCount; i++) {
    const at = intAt(device, i);
    for (const name of parametersOf(graph.ops[i])) {
      const before = found.get(name);
      if (before !== undefined && before !== at)
        return refused(
          `"${name}" is read on ${itemAt(devices, before).name} and, by "${graph.names[i]}", on ${itemAt(devices, at).name}`,
        );
      found.set(name, at);
    }
    for (const name of buffersOf(graph.ops[i])) if (!found.has(name)) found.set(name, at);
  }
  for (const names of profile.ties) {
    const at = names.map((name) => found.get(name)).find((known) => known !== undefined);
    if (at !== undefined) for (const name of names) found.set(name, at);
  }
  for (const name of profile.unread) if (!found.has(name)) found.set(name, deviceBeside(name, found));
  return { ok: true, device: found };
}

/** A parameter that nobody reads lies where its neighbours do. */
function deviceBeside(name: string, known: ReadonlyMap<string, number>): number {
  for (let path = parentOf(name); ; path = parentOf(path)) {
    for (const [other, device] of known) if (path === '' || other.startsWith(`${path}.`)) return device;
    if (path === '') return 0;
  }
}

interface ModuleTree {
  readonly parts: Map<string, ModuleTree>;
  /** Its own parameters and buffers. */
  readonly own: Map<string, number>;
}

function treeOf(devices: ReadonlyMap<string, number>): ModuleTree {
  const root: ModuleTree = { parts: new Map(), own: new Map() };
  for (const [name, device] of devices) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let at = root;
    for (const part of path) {
      let next = at.parts.get(part);
      if (!next) at.parts.set(part, (next = { parts: new Map(), own: new Map() }));
      at = next;
    }
    at.own.set(last, device);
  }
  return root;
}

/** @returns what cannot be said, if anything. */
function cover(tree: ModuleTree, path: string, map: Map<string, number>): string | undefined {
  const devices = devicesIn(tree);
  const [only] = devices;
  if (only !== undefined && devices.size === 1) {
    map.set(path, only);
    return undefined;
  }
  const [own] = tree.own.keys();
  if (own !== undefined) return `"${path}" has a parameter of its own, "${own}", and parts on several devices`;
  for (const [part, inside] of tree.parts) {
    const fault = cover(inside, path === '' ? part : `${path}.${part}`, map);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function devicesIn({ parts, own }: ModuleTree): Set<number> {
  return new Set([...own.values(), ...Array.from(parts.values(), (part) => [...devicesIn(part)]).flat()]);
}

/** The device of a module or parameter by the longest key that holds it. */
export function deviceIn(map: ModuleMap, name: string): number | undefined {
  for (let path = name; ; path = parentOf(path)) {
    const device = map.get(path);
    if (device !== undefined || path === '') return device;
  }
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/**
 * Where a map has every node run.
 *
 * @param names of the devices, for what is said of a node that the map cannot run: one between modules whose inputs lie on two devices.
 */
export function runningDevices(
  graph: Graph,
  map: ModuleMap,
  names: readonly string[],
): Written<{ readonly device: Int32Array }> {
  const device = new Int32Array(graph.nodeCount).fill(-1);
  for (const node of graph.topoOrder) {
    const op = graph.ops[node];
    const layers = layersOf(op).length > 0 ? layersOf(op) : [itemAt(graph.layers, node)];
    const placed = layers.map((layer) => deviceIn(map, layer.replaceAll('/', '.')));
    const inside = new Set(placed.filter((one) => one !== undefined));
    const isWhole = inside.size === 1 && placed.every((one) => one !== undefined);
    const own = isWhole ? [...inside] : [...inside, ...readDevices(graph, device, node)];
    const [first, second] = new Set(own);
    if (second !== undefined && first !== undefined)
      return refused(
        `"${itemAt(graph.names, node)}" belongs to no module that lies on one device, and what it reads is on ${names[first]} and on ${names[second]}`,
      );
    if (first !== undefined) device[node] = first;
  }
  settleFree(graph, device);
  return { ok: true, device };
}

/** Devices of what a node reads; what is nowhere yet, as inputs and constants, goes where it is wanted. */
function readDevices(graph: Graph, device: Int32Array, node: number): number[] {
  return Array.from(graph.inEdges.row(node), (edge) => intAt(device, intAt(graph.edgeSrc, edge))).filter(
    (at) => at >= 0,
  );
}

/** Inputs and constants are where their first reader is. */
function settleFree(graph: Graph, device: Int32Array): void {
  for (const node of Array.from(graph.topoOrder).reverse()) {
    if (intAt(device, node) >= 0) continue;
    const readers = Array.from(graph.outEdges.row(node), (edge) => intAt(device, intAt(graph.edgeDst, edge)));
    device[node] = readers.find((at) => at >= 0) ?? 0;
  }
}
