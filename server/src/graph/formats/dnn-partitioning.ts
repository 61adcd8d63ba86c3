import { checkedGraph, type ReadEdge } from '../checked-graph.ts';
import { Field, isMapping } from '../field.ts';
import { GraphFindings, type Path } from '../graph-finding.ts';
import type { GraphFileResult, TextFormat } from '../graph-format.ts';
import type { NodeRow } from '../graph.ts';
import { roundHalfEven, wholeUs } from '../link-model.ts';

/** More accelerators than a placement can name would only fill memory. */
const MOST_DEVICES = 1024;

/**
 * Reads a workload of the project dnn-partitioning ("Efficient Algorithms for Device Placement of DNN Graph Operators",
 * NeurIPS 2020): `nodes` with `fpgaLatency` (milliseconds on an accelerator), `size` (bytes kept there, activations within),
 * `colorClass` and `isBackwardNode`; `edges` with `sourceId`, `destId`, `cost` and, in most files, `size`.
 *
 * A colour class is a group. A node's size counts as persistent and its output as nothing, since activations are counted
 * within. An edge's `size` is sent over the spec's link; where only `cost` is given, the milliseconds between an accelerator
 * and the host's memory, a transfer takes it twice, out and in. Nodes keep their number in `op`, and whether they run backward.
 *
 * @param data parsed JSON.
 * @param name of the graph, for instance its file's name.
 */
export function readDnnPartitioning(data: unknown, name = ''): GraphFileResult {
  const problems = new GraphFindings();
  const file = new Field(data, [], problems);
  const nodes: NodeRow[] = [];
  const nodePaths: Path[] = [];
  const index = new Map<number, number>();
  for (const node of file.at('nodes').list()) {
    if (!node.requireMapping()) continue;
    const id = node.at('id').index();
    if (id === undefined) continue;
    if (index.has(id)) {
      problems.add({ code: 'BERTH3002', path: [...node.path, 'id'], params: { node: String(id) } });
      continue;
    }
    index.set(id, nodes.length);
    nodes.push(readNode(node, id));
    nodePaths.push([...node.path, node.at('name').missing ? 'id' : 'name']);
  }
  const edges = file
    .at('edges')
    .list()
    .flatMap((edge) => readEdge(edge, index, problems) ?? []);
  const devices = readDevices(file);
  const graph = checkedGraph(name, nodes, nodePaths, edges, problems);
  if (!graph) return { ok: false, problems: problems.list };
  return { ok: true, graph, ...(devices.length > 0 ? { devices } : {}) };
}

function readNode(node: Field, id: number): NodeRow {
  const color = node.at('colorClass');
  const group = color.missing ? undefined : color.index();
  const isBackward = [true, 1].includes(node.at('isBackwardNode').value as boolean | number);
  return {
    name: node.at('name').optionalText() ?? `n${id}`,
    computeUs: wholeUs((node.at('fpgaLatency').number() ?? 0) * 1000),
    permBytes: node.at('size').number() ?? 0,
    tempBytes: 0,
    outBytes: 0,
    op: { id, backward: isBackward },
    ...(group === undefined ? {} : { group: `color ${group}` }),
  };
}

function readEdge(edge: Field, index: ReadonlyMap<number, number>, problems: GraphFindings): ReadEdge | undefined {
  if (!edge.requireMapping()) return undefined;
  const [from, to] = [edge.at('sourceId').index(), edge.at('destId').index()];
  for (const [key, id] of Object.entries({ sourceId: from, destId: to })) {
    if (id === undefined || index.has(id)) continue;
    const params = { from: String(from ?? '?'), to: String(to ?? '?'), node: String(id) };
    problems.add({ code: 'BERTH3001', path: [...edge.path, key], params });
  }
  const sizeField = edge.at('size');
  const size = sizeField.missing ? undefined : sizeField.number();
  const cost = sizeField.missing ? edge.at('cost').number() : undefined;
  const src = from === undefined ? undefined : index.get(from);
  const dst = to === undefined ? undefined : index.get(to);
  if (src === undefined || dst === undefined || (size ?? cost) === undefined) return undefined;
  return {
    src,
    dst,
    bytes: size ?? 0,
    tensor: size === undefined ? `output (${cost} ms)` : `output (${size} B)`,
    ...(cost === undefined ? {} : { commUs: roundHalfEven(2000 * cost) }),
    srcPath: [...edge.path, 'sourceId'],
    sizePath: [...edge.path, sizeField.missing ? 'cost' : 'size'],
  };
}

function readDevices(file: Field): { name: string; memory: number }[] {
  const [count, memory] = [file.at('maxFPGAs'), file.at('maxSizePerFPGA')];
  if (count.missing || memory.missing) return [];
  const [length = 0, bytes = 0] = [count.index(), memory.number()];
  return Array.from({ length: Math.min(length, MOST_DEVICES) }, (_, i) => ({ name: `device${i}`, memory: bytes }));
}

/** Workloads that papers on placement are compared on. */
export const DNN_PARTITIONING: TextFormat = {
  name: 'dnn-partitioning',
  type: 'text',
  title: 'a workload of dnn-partitioning, whose "nodes" have "fpgaLatency" (JSON)',
  endings: ['.graph.json'],
  largestBytes: 32 * 2 ** 20,
  recognises(data) {
    if (!isMapping(data) || !Array.isArray(data.nodes)) return false;
    const [first] = data.nodes as unknown[];
    return isMapping(first) && 'fpgaLatency' in first;
  },
  read: readDnnPartitioning,
  written: { ends: [], unnamed: { key: 'id', nameOf: (id) => `n${String(id)}` } },
};
