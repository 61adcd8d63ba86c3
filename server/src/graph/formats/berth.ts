import { itemAt } from '../../numeric/at.ts';
import { didYouMean } from '../../spec/problems/did-you-mean.ts';
import { checkedGraph, type ReadEdge } from '../checked-graph.ts';
import { Field, isMapping } from '../field.ts';
import { GraphFindings, type Path } from '../graph-finding.ts';
import type { GraphFileResult, TextFormat } from '../graph-format.ts';
import type { NodeRow, RowTimes } from '../graph.ts';
import { keepWholeOf, profileOf } from '../graph-profile.ts';
import { wholeUs } from '../link-model.ts';

/** Each compares with every name of the graph; a person mends the first few before looking at the rest. */
const MOST_SUGGESTIONS = 10;

/**
 * Reads Berth's own graph format (`schemas/graph.schema.json`).
 *
 * Compute times are rounded to whole microseconds, at least 1. An edge without `size` carries its producer's whole output;
 * edges of one producer with one size and no `tensor` carry the same tensor, which is sent once to every device.
 *
 * @param data parsed YAML or JSON.
 * @param fallbackName for a graph whose file does not name it.
 */
export function readBerthGraph(data: unknown, fallbackName = ''): GraphFileResult {
  const problems = new GraphFindings();
  const file = new Field(data, [], problems);
  const name = file.at('metadata').at('name').optionalText() ?? fallbackName;
  const nodes: NodeRow[] = [];
  const nodePaths: Path[] = [];
  const index = new Map<string, number>();
  for (const node of file.at('nodes').list()) {
    const row = readNode(node, problems);
    if (!row) continue;
    const key = row.name.normalize('NFC');
    if (!index.has(key)) index.set(key, nodes.length);
    nodes.push(row);
    nodePaths.push([...node.path, 'name']);
  }
  const edges: ReadEdge[] = [];
  for (const edge of file.at('edges').list()) {
    if (!edge.requireMapping()) continue;
    const [src, dst] = readEnds(edge, index, problems);
    const given = edge.at('size');
    const size = given.missing ? undefined : given.size();
    const tensor = edge.at('tensor').optionalText();
    if (src === undefined || dst === undefined) continue;
    const bytes = size ?? itemAt(nodes, src).outBytes;
    edges.push(new WrittenEdge(src, dst, tensor ?? `output (${bytes} B)`, bytes, edge));
  }
  const built = checkedGraph(name, nodes, nodePaths, edges, problems);
  if (!built) return { ok: false, problems: problems.list };
  const classes = Object.entries(keepWholeOf(data) ?? {});
  const graph = classes.length === 0 ? built : { ...built, classes: new Map(classes) };
  const profile = profileOf(data);
  return profile ? { ok: true, graph, profile } : { ok: true, graph };
}

/** Knows its places without holding them: most edges are asked for none. */
class WrittenEdge implements ReadEdge {
  readonly src: number;
  readonly dst: number;
  readonly tensor: string;
  readonly bytes: number;
  readonly #edge: Field;

  constructor(src: number, dst: number, tensor: string, bytes: number, edge: Field) {
    this.src = src;
    this.dst = dst;
    this.tensor = tensor;
    this.bytes = bytes;
    this.#edge = edge;
  }

  get srcPath(): Path {
    return this.#edge.at('from').path;
  }

  get sizePath(): Path {
    const size = this.#edge.at('size');
    return size.missing ? this.srcPath : size.path;
  }
}

/** Rows of nodes without a fault. Data of a piece of text that did not change is the same object as before: it is read once. */
const known = new WeakMap<object, NodeRow>();

function readNode(node: Field, problems: GraphFindings): NodeRow | undefined {
  if (!node.requireMapping()) return undefined;
  const before = known.get(node.value as object);
  if (before) return before;
  const faults = problems.count;
  const row = nodeRow(node);
  if (row && problems.count === faults) known.set(node.value as object, row);
  return row;
}

function nodeRow(node: Field): NodeRow | undefined {
  const name = node.at('name').text();
  const compute = node.at('compute').duration();
  const backwardField = node.at('backward');
  const backward = backwardField.missing ? undefined : backwardField.duration();
  const byKind = readKinds(node.at('byKind'));
  const memory = node.at('memory');
  memory.mapping();
  const bytes = (key: string): number => (memory.at(key).missing ? 0 : (memory.at(key).size() ?? 0));
  const group = node.at('group').optionalText();
  const layer = node.at('layer').optionalText();
  const op = node.at('op').mapping();
  const sizes = { permBytes: bytes('persistent'), tempBytes: bytes('temporary'), outBytes: bytes('output') };
  if (name === undefined) return undefined;
  return {
    name,
    computeUs: wholeUs(compute ?? 1),
    ...(backward === undefined ? {} : { backwardUs: wholeUs(backward) }),
    ...(byKind ? { byKind } : {}),
    ...sizes,
    ...(group === undefined ? {} : { group }),
    ...(layer === undefined ? {} : { layer }),
    ...(op === undefined ? {} : { op }),
  };
}

/** `{ cpu: { compute: 8ms, backward: 20ms } }`: times on a kind of device that differ from the node's own. */
function readKinds(field: Field): Record<string, RowTimes> | undefined {
  const kinds = Object.keys(field.mapping() ?? {});
  if (kinds.length === 0) return undefined;
  const us = (time: Field): number | undefined => {
    const read = time.missing ? undefined : time.duration();
    return read === undefined ? undefined : wholeUs(read);
  };
  return Object.fromEntries(
    kinds.map((kind) => {
      const times = field.at(kind);
      times.mapping();
      const [computeUs, backwardUs] = [us(times.at('compute')), us(times.at('backward'))];
      return [kind, { ...(computeUs && { computeUs }), ...(backwardUs && { backwardUs }) }];
    }),
  );
}

function readEnds(edge: Field, index: ReadonlyMap<string, number>, problems: GraphFindings): (number | undefined)[] {
  const from = edge.at('from').text();
  const to = edge.at('to').text();
  const [src, dst] = [from, to].map((node) => (node === undefined ? undefined : index.get(node.normalize('NFC'))));
  if (src !== undefined && dst !== undefined) return [src, dst];
  for (const [key, node] of Object.entries({ from, to })) {
    if (node === undefined || index.has(node.normalize('NFC'))) continue;
    const suggestion = problems.count < MOST_SUGGESTIONS ? didYouMean(node, index.keys()) : undefined;
    const params = { from: from ?? '?', to: to ?? '?', node, suggestion };
    problems.add({ code: 'BERTH3001', path: [...edge.path, key], params });
  }
  return [src, dst];
}

/** Berth's own format: written by hand or by a profiler, with units. */
export const BERTH: TextFormat = {
  name: 'berth',
  type: 'text',
  title: 'a graph with "kind: Graph", "nodes" and "edges" (YAML or JSON)',
  endings: ['.graph.yaml', '.graph.yml', '.graph.json'],
  largestBytes: 32 * 2 ** 20,
  recognises: (data) => isMapping(data) && ('apiVersion' in data || data.kind === 'Graph'),
  read: readBerthGraph,
  written: { schema: 'Graph', ends: ['from', 'to'] },
};
