import type { Range } from '../../../spec/problems/problem.ts';
import { checkedGraph, type ReadEdge } from '../../checked-graph.ts';
import { GraphFindings, type GraphFinding, type Path } from '../../graph-finding.ts';
import type { BinaryFormat, BinaryReading } from '../../graph-format.ts';
import type { NodeRow } from '../../graph.ts';
import { wholeUs } from '../../link-model.ts';
import { WireError } from '../../wire.ts';
import { METADATA, readTrace, type TraceNode } from './trace.ts';

/**
 * Reads an execution trace of Chakra: what ran, how long, and what waited for what. A data dependency carries its producer's
 * outputs, a control dependency nothing. Names stand many times in a trace: then a node's number follows its name.
 *
 * @param name of the graph, for instance its file's name.
 */
export function readChakra(chunks: Iterable<Uint8Array>, name = ''): BinaryReading {
  let traced: TraceNode[];
  try {
    traced = readTrace(chunks);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const { message: detail, at } = error;
    const problems: GraphFinding[] = [{ code: 'BERTH3054', path: [], params: { format: 'Chakra', detail } }];
    return { result: { ok: false, problems }, bytesAt: () => ({ start: at, end: at }) };
  }
  const ran = traced.filter(({ type }) => type !== METADATA);
  const described = new Set(traced.flatMap(({ type, id }) => (type === METADATA ? [id] : [])));
  const problems = new GraphFindings();
  const index = new Map<number, number>();
  ran.forEach(({ id }, i) => {
    if (index.has(id)) problems.add({ code: 'BERTH3002', path: ['nodes', i], params: { node: String(id) } });
    index.set(id, i);
  });
  const names = namesOf(ran);
  const nodes = ran.map(({ durationUs, bytes, type, id }, i): NodeRow => ({
    name: names[i] ?? String(id),
    computeUs: wholeUs(durationUs),
    permBytes: 0,
    tempBytes: 0,
    outBytes: bytes,
    op: { id, type },
    // Slashes of a name are no layers.
    layer: '',
  }));
  const edges = ran.flatMap((node, dst) => [
    ...node.dataDeps.flatMap((dep) => edgeFrom(dep, dst, 'output')),
    ...node.controlDeps.filter((dep) => !node.dataDeps.includes(dep)).flatMap((dep) => edgeFrom(dep, dst, 'control')),
  ]);
  const paths = nodes.map((_, i) => ['nodes', i]);
  const graph = checkedGraph(name, nodes, paths, edges, problems);
  const bytesAt = ([, i]: Path): Range => ran[Number(i)]?.range ?? { start: 0, end: 1 };
  if (!graph) return { result: { ok: false, problems: problems.list }, bytesAt };
  return { result: { ok: true, graph, notes: untimed(ran, names) }, bytesAt };

  function edgeFrom(dep: number, dst: number, tensor: 'output' | 'control'): ReadEdge[] {
    const src = index.get(dep);
    const path = ['nodes', dst, 'deps'];
    if (src !== undefined) {
      const bytes = tensor === 'output' ? (ran[src]?.bytes ?? 0) : 0;
      return [{ src, dst, tensor, bytes, srcPath: path, sizePath: path }];
    }
    if (!described.has(dep)) {
      const params = { from: String(dep), to: names[dst] ?? '', node: String(dep) };
      problems.add({ code: 'BERTH3001', path: ['nodes', dst], params });
    }
    return [];
  }
}

function namesOf(nodes: readonly TraceNode[]): string[] {
  const often = new Map<string, number>();
  for (const { name } of nodes) often.set(name.normalize('NFC'), (often.get(name.normalize('NFC')) ?? 0) + 1);
  return nodes.map(({ name, id }) => {
    const isAlone = name !== '' && often.get(name.normalize('NFC')) === 1;
    return isAlone ? name : `${name || 'node'} #${id}`;
  });
}

/** A trace that was made without running anything has no times at all. */
function untimed(nodes: readonly TraceNode[], names: readonly string[]): GraphFinding[] {
  if (nodes.some(({ durationUs }) => durationUs > 0)) return [];
  const params = { missing: nodes.length, nodes: nodes.length, first: names[0] ?? '' };
  return [{ code: 'BERTH3052', path: ['nodes', 0], params }];
}

/** What training runs are recorded in to be replayed and simulated. */
export const CHAKRA: BinaryFormat = {
  name: 'chakra',
  type: 'binary',
  title: 'an execution trace of Chakra (.et)',
  endings: ['.et'],
  largestBytes: 256 * 2 ** 20,
  recognises(head) {
    // The length of a message that begins with a version such as 0.0.4.
    const [length = 0, tag, size = 0] = head;
    const version = String.fromCharCode(...head.subarray(3, 3 + Math.min(size, 20)));
    return tag === 0x0a && length >= size + 2 && length < 0x80 && /^\d+\.\d+/.test(version);
  },
  read: readChakra,
};
