/**
 * Folding a computation graph into few enough boxes to look at: by the layers that the file names, and where a layer still
 * holds too many nodes, by depth. Pure; the picture of one graph folds the same way every time, so that what one looks at
 * stays where it was.
 */
import type { Graph } from '../graph/graph.ts';

/** A box of the folded graph: a single node, or a group that can be opened. */
export interface Fold {
  /** `node:NAME` or `folded:PATH`: the selection of the protocol. */
  readonly id: string;
  readonly label: string;
  /** Indices of the graph's nodes inside, in topological order. */
  readonly nodes: readonly number[];
  /** What opening shows; empty for a single node. */
  readonly children: readonly Fold[];
  /** A cut by depth that nobody named: it stays closed until someone opens it. */
  readonly band: boolean;
}

export interface FoldLimits {
  /** A graph with at most this many nodes is shown whole. */
  readonly whole: number;
  /** Boxes of a larger one shown before anyone opens anything. */
  readonly initial: number;
  /** Boxes shown at most, whatever is opened. */
  readonly most: number;
}

export const FOLD_LIMITS: FoldLimits = { whole: 48, initial: 24, most: 200 };

/** Single nodes side by side in one group, before it is cut by depth. */
const WIDEST_GROUP = 40;
const BANDS = 12;
/** Groups side by side, before neighbours are bundled. */
const MOST_CHILDREN = 60;

const trees = new WeakMap<Graph, Fold>();

/** The whole tree of groups of a graph, root first. */
export function foldTree(graph: Graph): Fold {
  let tree = trees.get(graph);
  if (!tree) trees.set(graph, (tree = group('', graph.name, Array.from(graph.topoOrder), graph, depths(graph), 0)));
  return tree;
}

/** A shown box: the fold itself and the opened group it came out of. */
export interface ShownFold {
  readonly fold: Fold;
  readonly parent: string | null;
}

/**
 * The boxes to draw: as many levels of the tree as stay few, and the groups that `opened` names replaced by what they hold. Where all that is opened exceeds the limit, the groups opened first close.
 */
export function shownFolds(root: Fold, opened: readonly string[], limits: FoldLimits = FOLD_LIMITS): ShownFold[] {
  const wanted = [...opened];
  const initial = root.nodes.length <= limits.whole ? limits.whole : limits.initial;
  for (;;) {
    const shown = expand(root, new Set(wanted), initial);
    if (shown.length <= limits.most || wanted.length === 0) return shown;
    wanted.shift();
  }
}

function expand(root: Fold, opened: ReadonlySet<string>, initial: number): ShownFold[] {
  let shown: ShownFold[] = unfold({ fold: root, parent: null }, true);
  // Of its own accord a graph unfolds level by level, all groups of one level or none: like layers look alike.
  for (;;) {
    const next = shown.flatMap((entry) => (entry.fold.band ? [entry] : unfold(entry, true)));
    if (next.length === shown.length || next.length > initial) break;
    shown = next;
  }
  const isOpened = (entry: ShownFold): boolean => opened.has(entry.fold.id) && entry.fold.children.length > 0;
  while (shown.some(isOpened)) shown = shown.flatMap((entry) => (isOpened(entry) ? unfold(entry, false) : [entry]));
  return shown;
}

function unfold(entry: ShownFold, silently: boolean): ShownFold[] {
  const { fold, parent } = entry;
  if (fold.children.length === 0) return [entry];
  return fold.children.map((child) => ({ fold: child, parent: silently ? parent : fold.id }));
}

function group(
  path: string,
  label: string,
  nodes: readonly number[],
  graph: Graph,
  depth: Int32Array,
  level: number,
): Fold {
  const byLayer = new Map<string, number[]>();
  const direct: number[] = [];
  for (const node of nodes) {
    const segment = graph.layers[node]!.split('/').filter(Boolean)[level];
    if (segment === undefined) direct.push(node);
    else {
      const members = byLayer.get(segment);
      if (members) members.push(node);
      else byLayer.set(segment, [node]);
    }
  }
  const children: Fold[] = [];
  for (const [segment, members] of byLayer) {
    const childPath = path === '' ? segment : `${path}/${segment}`;
    children.push(
      members.length === 1 ? single(members[0]!, graph) : group(childPath, segment, members, graph, depth, level + 1),
    );
  }
  children.push(...banded(path, direct, graph, depth));
  if (children.length > MOST_CHILDREN) children.splice(0, Infinity, ...bundled(path, children));
  // A group that only wraps another one says nothing: show the inner one under the longer name.
  if (children.length === 1 && path !== '' && children[0]!.children.length > 0) {
    return { ...children[0]!, label: `${label}/${children[0]!.label}` };
  }
  return { id: `folded:${path}`, label, nodes, children, band: false };
}

function single(node: number, graph: Graph): Fold {
  const name = graph.names[node]!;
  const layer = graph.layers[node]!;
  const label = layer !== '' && name.startsWith(`${layer}/`) ? name.slice(layer.length + 1) : name;
  return { id: `node:${name}`, label, nodes: [node], children: [], band: false };
}

/** Nodes without a layer of their own: few stand for themselves, many are cut into bands of equal size by depth. */
function banded(path: string, nodes: readonly number[], graph: Graph, depth: Int32Array): Fold[] {
  if (nodes.length <= WIDEST_GROUP) return nodes.map((node) => single(node, graph));
  const sorted = [...nodes].sort((a, b) => depth[a]! - depth[b]! || graph.topoRank[a]! - graph.topoRank[b]!);
  const bands: Fold[] = [];
  const size = Math.ceil(sorted.length / BANDS);
  for (let start = 0; start < sorted.length;) {
    let end = Math.min(start + size, sorted.length);
    // Nodes of one depth stay together where a band would not become twice as large by it.
    while (end < sorted.length && depth[sorted[end]!] === depth[sorted[end - 1]!] && end - start < 2 * size) end++;
    const members = sorted.slice(start, end);
    const from = depth[members[0]!]!;
    const to = depth[members.at(-1)!]!;
    const label = from === to ? `depth ${from}` : `depth ${from}–${to}`;
    const id = `${path}~${graph.names[members[0]!]!}`;
    bands.push(
      members.length === 1
        ? single(members[0]!, graph)
        : { id: `folded:${id}`, label, nodes: members, children: banded(id, members, graph, depth), band: true },
    );
    start = end;
  }
  return bands;
}

/** Many neighbours as a few bundles of equal size, in their order: `block0 … block41`. */
function bundled(path: string, folds: readonly Fold[]): Fold[] {
  const size = Math.ceil(folds.length / BANDS);
  const bundles: Fold[] = [];
  for (let start = 0; start < folds.length; start += size) {
    const members = folds.slice(start, start + size);
    const nodes = members.flatMap((member) => member.nodes);
    const id = `${path}~${members[0]!.id.replace(/^\w+:/, '')}…`;
    const children = members.length > MOST_CHILDREN ? bundled(id, members) : members;
    bundles.push({
      id: `folded:${id}`,
      label: `${members[0]!.label} … ${members.at(-1)!.label}`,
      nodes,
      children,
      band: true,
    });
  }
  return bundles;
}

/** Longest path from a root to every node, in edges. */
function depths(graph: Graph): Int32Array {
  const depth = new Int32Array(graph.nodeCount);
  const outgoing: number[][] = Array.from({ length: graph.nodeCount }, () => []);
  for (let e = 0; e < graph.edgeCount; e++) outgoing[graph.edgeSrc[e]!]!.push(graph.edgeDst[e]!);
  for (const node of graph.topoOrder) {
    for (const next of outgoing[node]!) depth[next] = Math.max(depth[next]!, depth[node]! + 1);
  }
  return depth;
}
