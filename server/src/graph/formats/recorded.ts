import { checkedGraph, type ReadEdge } from '../checked-graph.ts';
import { Field, isMapping } from '../field.ts';
import { GraphFindings } from '../graph-finding.ts';
import type { GraphFileResult, TextFormat } from '../graph-format.ts';
import type { NodeRow } from '../graph.ts';
import { roundHalfEven, wholeUs, type LinkModel } from '../link-model.ts';
import { numberedName, NumberedNodes } from '../numbered-nodes.ts';

/**
 * Reads a profiled graph as JSON: `nodes` with `compute_us`, `perm_bytes`, `temp_bytes`, `out_bytes`; `edges` with `src`,
 * `dst`, `bytes`, `comm_us` and one `tensor` or several `tensors`; optionally `devices`, `comm` and `meta`.
 *
 * Persistent bytes: profilers that list a node's output slots (`outputs`) count a variable's own bytes as one of them,
 * so for such a node the output is `out_bytes − perm_bytes`, and not below 0 (a fused node lists only the slots that leave
 * it, which can be smaller than the weights inside). In nodes without `outputs`, `out_bytes` excludes the persistent bytes.
 *
 * Times are rounded to whole microseconds, compute times to at least 1. Order matters and is kept: roots by node order, parents and children by edge order.
 *
 * @param data parsed JSON.
 * @param name of the graph, for instance its file's name.
 */
export function readRecordedGraph(data: unknown, name = ''): GraphFileResult {
  const problems = new GraphFindings();
  const file = new Field(data, [], problems);
  const nodes = new NumberedNodes(file.at('nodes'), readNode, problems);
  const edges = file
    .at('edges')
    .list()
    .flatMap((edge) => readEdge(edge, nodes));
  const link = readLink(file.at('comm'));
  const devices = file
    .at('devices')
    .list()
    .map((device, i) => ({
      name: `device${device.at('id').index() ?? i}`,
      memory: device.at('memory_bytes').number() ?? 0,
    }));
  const graph = checkedGraph(name, nodes.rows, nodes.paths, edges, problems);
  if (!graph) return { ok: false, problems: problems.list };
  return { ok: true, graph, ...(link ? { link } : {}), ...(devices.length > 0 ? { devices } : {}) };
}

function readNode(node: Field, id: number): NodeRow {
  const bytes = (key: string): number => (node.at(key).missing ? 0 : (node.at(key).number() ?? 0));
  const group = node.at('group').optionalText();
  const permBytes = bytes('perm_bytes');
  const outBytes = bytes('out_bytes');
  const countsVariables = Array.isArray(node.at('outputs').value);
  return {
    name: node.at('name').optionalText() ?? numberedName(id),
    computeUs: wholeUs(node.at('compute_us').number() ?? 1),
    permBytes,
    tempBytes: bytes('temp_bytes'),
    outBytes: countsVariables ? Math.max(0, outBytes - permBytes) : outBytes,
    ...(group === undefined ? {} : { group }),
  };
}

function readEdge(edge: Field, nodes: NumberedNodes): ReadEdge[] {
  if (!edge.requireMapping()) return [];
  const ends = nodes.ends(edge, 'src', 'dst');
  const several = !edge.at('tensors').missing;
  const tensors = several ? edge.at('tensors').list() : [edge];
  const rows: ReadEdge[] = [];
  for (const tensor of tensors) {
    const bytes = tensor.at('bytes').number();
    const commUs = tensor.at('comm_us').missing ? undefined : tensor.at('comm_us').number();
    const name = tensor.at(several ? 'name' : 'tensor').optionalText();
    if (ends === undefined || bytes === undefined) continue;
    rows.push({
      ...ends,
      bytes,
      tensor: name ?? `output (${bytes} B)`,
      ...(commUs === undefined ? {} : { commUs: roundHalfEven(commUs) }),
      srcPath: [...edge.path, 'src'],
      sizePath: [...tensor.path, 'bytes'],
    });
  }
  return rows;
}

function readLink(comm: Field): LinkModel | undefined {
  if (!comm.mapping()) return undefined;
  const usPerByte = comm.at('us_per_byte').number();
  const latencyUs = comm.at('latency_us').number();
  return usPerByte === undefined || latencyUs === undefined ? undefined : { usPerByte, latencyUs };
}

/** What profilers record: times in microseconds, sizes in bytes. */
export const RECORDED: TextFormat = {
  name: 'recorded',
  type: 'text',
  title: 'a recorded graph, whose "nodes" have an "id" and "compute_us" (JSON)',
  endings: ['.graph.json'],
  largestBytes: 32 * 2 ** 20,
  recognises(data) {
    if (!isMapping(data) || !Array.isArray(data.nodes)) return false;
    const [first] = data.nodes as unknown[];
    return isMapping(first) && 'id' in first && ('compute_us' in first || Array.isArray(data.edges));
  },
  read: readRecordedGraph,
  written: { ends: [], unnamed: { key: 'id', nameOf: numberedName } },
};
