/** The folded graph as a laid-out picture: boxes coloured by device, lines by the bytes they carry. */
import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import type { Graph } from '../graph/graph.ts';
import type { CriticalPath } from './critical-path.ts';
import { foldTree, shownFolds, type Fold, type ShownFold } from './fold.ts';
import type { GraphBox, GraphLine, GraphPicture } from './model.ts';
import { visible } from '../spec/text/visible.ts';

export interface PictureOptions {
  readonly criticalPath: Pick<CriticalPath, 'nodeUs' | 'passes'>;
  /** Names of pinned nodes, as keys. */
  readonly pins: Readonly<Record<string, string>>;
  /** Whether a node sits elsewhere in what is compared. */
  readonly moved?: (node: number) => boolean;
  readonly opened: readonly string[];
  readonly direction: 'right' | 'down';
  readonly deviceCount: number;
}

// ELK's bundle runs on the calling thread; the preview worker is that thread.
const elk = new (ELK as unknown as typeof ELK.default)();

/** Positions depend on the topology alone: kept so that a changed time or pin moves nothing. */
const positions = new Map<string, Promise<ElkNode>>();
const KEPT_LAYOUTS = 16;

const CHARACTER_WIDTH = 7.2;
const BOX_HEIGHT = 44;
/** Names of a group that a picture lists: as many as one would pin at once. */
const NAMED_NODES = 500;
const LINE_SEPARATOR = '\u0000';

/** Loads and warms the layout engine, so that the first picture is not the slow one. */
export async function warmUpLayout(): Promise<void> {
  const children = Array.from({ length: 12 }, (_, i) => ({ id: `${i}`, width: 80, height: BOX_HEIGHT }));
  const edges = children.slice(1).map((child, i) => ({ id: `e${i}`, sources: [`${i >> 1}`], targets: [child.id] }));
  await elk.layout({ id: 'root', layoutOptions: layoutOptions('right', 1), children, edges });
}

/**
 * Folds and lays out a graph with its placement.
 *
 * @param device device index of every node (length n).
 */
export async function graphPicture(graph: Graph, device: Int32Array, options: PictureOptions): Promise<GraphPicture> {
  const shown = shownFolds(foldTree(graph), options.opened);
  const lines = foldLines(graph, device, shown, options.criticalPath);
  const laidOut = await layout(shown, lines, options.direction);
  const placed = new Map((laidOut.children ?? []).map((child) => [child.id, child]));
  const routes = new Map((laidOut.edges ?? []).map((edge) => [edge.id, route(edge)]));
  return {
    width: Math.ceil(laidOut.width ?? 0),
    height: Math.ceil(laidOut.height ?? 0),
    boxes: shown.map((entry) => box(graph, device, entry, placed.get(entry.fold.id)!, options)),
    lines: lines.map((line) => ({ ...line, points: routes.get(line.from + LINE_SEPARATOR + line.to) ?? [] })),
    opened: options.opened.filter((id) => shown.some((entry) => entry.parent === id)),
    totalNodes: graph.nodeCount,
    totalEdges: graph.edgeCount,
  };
}

function box(
  graph: Graph,
  device: Int32Array,
  { fold, parent }: ShownFold,
  at: ElkNode,
  { deviceCount, criticalPath, pins, moved }: PictureOptions,
): GraphBox {
  let criticalUs = 0;
  let pinned = 0;
  let computeUs = 0;
  let memoryBytes = 0;
  const share = new Array<number>(deviceCount).fill(0);
  for (const node of fold.nodes) {
    criticalUs += criticalPath.nodeUs[node]!;
    if (Object.hasOwn(pins, graph.names[node]!)) pinned++;
    computeUs += graph.computeUs[node]! + backwardUs(graph, node);
    memoryBytes += graph.permBytes[node]! + graph.outBytes[node]!;
    const d = device[node]!;
    if (d >= 0 && d < deviceCount) share[d]! += graph.computeUs[node]! + backwardUs(graph, node);
  }
  const total = share.reduce((a, b) => a + b, 0);
  const shares = share.map((part) => (total > 0 ? part / total : 0));
  const largest = Math.max(...shares, 0);
  return {
    id: fold.id,
    label: visible(fold.label),
    count: fold.nodes.length,
    nodes: fold.nodes.slice(0, NAMED_NODES).map((node) => graph.names[node]!),
    device: largest > 0.5 ? shares.indexOf(largest) : -1,
    share: shares,
    computeUs,
    memoryBytes,
    x: at.x ?? 0,
    y: at.y ?? 0,
    width: at.width ?? 0,
    height: at.height ?? 0,
    foldable: fold.children.length > 0,
    parent,
    criticalUs,
    pinned,
    ...(moved ? { moved: fold.nodes.filter(moved).length } : {}),
  };
}

function backwardUs({ backwardUs }: Graph, node: number): number {
  const us = backwardUs?.[node] ?? Number.NaN;
  return Number.isNaN(us) ? 0 : us;
}

interface FoldedLine {
  bytes: number;
  count: number;
  crossing: boolean;
  critical: boolean;
  readonly tensors: Set<number>;
}

/** Edges between shown boxes, added up; an edge inside a box is not drawn. */
function foldLines(
  graph: Graph,
  device: Int32Array,
  shown: readonly ShownFold[],
  { passes }: Pick<CriticalPath, 'passes'>,
): Omit<GraphLine, 'points'>[] {
  const boxOf = new Int32Array(graph.nodeCount).fill(-1);
  shown.forEach(({ fold }, i) => fold.nodes.forEach((node) => (boxOf[node] = i)));
  const between = new Map<number, FoldedLine>();
  for (let e = 0; e < graph.edgeCount; e++) {
    const src = graph.edgeSrc[e]!;
    const dst = graph.edgeDst[e]!;
    const from = boxOf[src]!;
    const to = boxOf[dst]!;
    if (from === to || from < 0 || to < 0) continue;
    const key = from * shown.length + to;
    let line = between.get(key);
    if (!line) between.set(key, (line = { bytes: 0, count: 0, crossing: false, critical: false, tensors: new Set() }));
    line.count++;
    line.crossing ||= device[src] !== device[dst];
    line.critical ||= passes(src, dst);
    for (const tensor of graph.edgeTensors.row(e)) {
      if (line.tensors.has(tensor)) continue; // one tensor with many consumers is counted once a line
      line.tensors.add(tensor);
      line.bytes += graph.tensorBytes[tensor]!;
    }
  }
  return [...between].map(([key, { bytes, count, crossing, critical }]) => ({
    from: shown[Math.floor(key / shown.length)]!.fold.id,
    to: shown[key % shown.length]!.fold.id,
    bytes,
    count,
    crossing,
    critical,
  }));
}

function layout(
  shown: readonly ShownFold[],
  lines: readonly Omit<GraphLine, 'points'>[],
  direction: 'right' | 'down',
): Promise<ElkNode> {
  const key = JSON.stringify([
    direction,
    shown.map(({ fold }) => [fold.id, fold.label]),
    lines.map(({ from, to }) => [from, to]),
  ]);
  let result = positions.get(key);
  if (!result) {
    result = layOut(shown, lines, direction);
    positions.set(key, result);
    if (positions.size > KEPT_LAYOUTS) positions.delete(positions.keys().next().value!);
  }
  return result;
}

/** A chain becomes a strip that nobody can read: it is laid out again in rows, like a text. */
const STRIP = 8;

async function layOut(
  shown: readonly ShownFold[],
  lines: readonly Omit<GraphLine, 'points'>[],
  direction: 'right' | 'down',
): Promise<ElkNode> {
  const density = lines.length / Math.max(1, shown.length);
  const graph = (options: Record<string, string>): ElkNode => ({
    id: 'root',
    layoutOptions: { ...layoutOptions(direction, density), ...options },
    children: shown.map(({ fold }) => ({
      id: fold.id,
      width: boxWidth(fold),
      height: BOX_HEIGHT,
    })),
    edges: lines.map(({ from, to }) => ({ id: from + LINE_SEPARATOR + to, sources: [from], targets: [to] })),
  });
  const plain = await elk.layout(graph({}));
  const [along, across] =
    direction === 'right' ? [plain.width ?? 0, plain.height ?? 1] : [plain.height ?? 0, plain.width ?? 1];
  if (along / across < STRIP || shown.length < 8) return plain;
  return elk.layout(
    graph({ 'elk.layered.wrapping.strategy': 'MULTI_EDGE', 'elk.aspectRatio': direction === 'right' ? '2.2' : '0.6' }),
  );
}

/** Room for the name; in a group for the number of its nodes too, and for the sums of time and memory. */
function boxWidth({ label: given, nodes }: Fold): number {
  const label = visible(given);
  const letters = nodes.length > 1 ? label.length + String(nodes.length).length + 2 : label.length;
  return Math.min(220, Math.max(nodes.length > 1 ? 120 : 72, Math.round(letters * CHARACTER_WIDTH) + 24));
}

/** Dense pictures get the quicker, plainer choices: ELK's time grows with the edges, not with the boxes. */
function layoutOptions(direction: 'right' | 'down', density: number): Record<string, string> {
  const dense = density > 4;
  return {
    'elk.algorithm': 'layered',
    'elk.direction': direction === 'right' ? 'RIGHT' : 'DOWN',
    'elk.edgeRouting': dense ? 'POLYLINE' : 'ORTHOGONAL',
    'elk.layered.thoroughness': dense ? '1' : '5',
    'elk.layered.nodePlacement.strategy': dense ? 'SIMPLE' : 'BRANDES_KOEPF',
    'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
    'elk.spacing.nodeNode': '16',
    'elk.layered.spacing.nodeNodeBetweenLayers': '36',
    'elk.randomSeed': '1',
  };
}

function route(edge: ElkExtendedEdge): (readonly [number, number])[] {
  return (edge.sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) =>
    [startPoint, ...(bendPoints ?? []), endPoint].map(({ x, y }) => [Math.round(x), Math.round(y)] as const),
  );
}
