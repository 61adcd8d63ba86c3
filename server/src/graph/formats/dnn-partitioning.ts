import { checkedGraph, type ReadEdge } from '../checked-graph.ts';
import { Field, isMapping } from '../field.ts';
import { GraphFindings } from '../graph-finding.ts';
import type { GraphFileResult, TextFormat } from '../graph-format.ts';
import type { NodeRow } from '../graph.ts';
import { roundHalfEven, wholeUs } from '../link-model.ts';
import { numberedName, NumberedNodes } from '../numbered-nodes.ts';

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
  const nodes = new NumberedNodes(file.at('nodes'), readNode, problems);
  const edges = file
    .at('edges')
    .list()
    .flatMap((edge) => readEdge(edge, nodes) ?? []);
  const devices = readDevices(file);
  const graph = checkedGraph(name, nodes.rows, nodes.paths, edges, problems);
  if (!graph) return { ok: false, problems: problems.list };
  return { ok: true, graph, ...(devices.length > 0 ? { devices } : {}) };
}

function readNode(node: Field, id: number): NodeRow {
  const color = node.at('colorClass');
  const group = color.missing ? undefined : color.index();
  const isBackward = [true, 1].includes(node.at('isBackwardNode').value as boolean | number);
  return {
    name: node.at('name').optionalText() ?? numberedName(id),
    computeUs: wholeUs((node.at('fpgaLatency').number() ?? 0) * 1000),
    permBytes: node.at('size').number() ?? 0,
    tempBytes: 0,
    outBytes: 0,
    op: { id, backward: isBackward },
    ...(group === undefined ? {} : { group: `color ${group}` }),
  };
}

function readEdge(edge: Field, nodes: NumberedNodes): ReadEdge | undefined {
  if (!edge.requireMapping()) return undefined;
  const ends = nodes.ends(edge, 'sourceId', 'destId');
  const sizeField = edge.at('size');
  const size = sizeField.missing ? undefined : sizeField.number();
  const cost = sizeField.missing ? edge.at('cost').number() : undefined;
  if (ends === undefined || (size ?? cost) === undefined) return undefined;
  return {
    ...ends,
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
  written: { ends: [], unnamed: { key: 'id', nameOf: numberedName } },
};
