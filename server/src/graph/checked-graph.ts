import { itemAt, lastOf } from '../numeric/at.ts';
import { buildGraph, type EdgeRow, type Graph, type NodeRow } from './graph.ts';
import { pathText, type GraphFindings, type Path } from './graph-finding.ts';
import { findCycle } from './topological-order.ts';

/** An edge as read, with the places in the file that its mistakes are shown at. */
export interface ReadEdge extends EdgeRow {
  readonly srcPath: Path;
  readonly sizePath: Path;
}

/** The planners and the pictures stay quick up to here; larger graphs are fused before they are placed. */
export const MOST_NODES = 100_000;

/**
 * The checks that every format shares, then the graph: no node twice, no edge to itself, one size a tensor, no cycle.
 *
 * @param nodePaths place of every node's name, by node index.
 */
export function checkedGraph(
  name: string,
  nodes: readonly NodeRow[],
  nodePaths: readonly Path[],
  edges: readonly ReadEdge[],
  problems: GraphFindings,
): Graph | undefined {
  if (nodes.length === 0 && !problems.any) problems.add({ code: 'BERTH3005', path: ['nodes'], params: {} });
  if (nodes.length > MOST_NODES) {
    problems.add({ code: 'BERTH3015', path: ['nodes'], params: { nodes: nodes.length, limit: MOST_NODES } });
  }
  nodes.forEach((node, i) => {
    const { computeUs, backwardUs = 0, permBytes, tempBytes, outBytes } = node;
    // Sums of what passes this are no whole numbers any more.
    const largest = Math.max(computeUs, backwardUs, permBytes, tempBytes, outBytes);
    if (largest <= Number.MAX_SAFE_INTEGER) return;
    problems.add({ code: 'BERTH3057', path: itemAt(nodePaths, i), params: { node: node.name, value: largest } });
  });
  const seen = new Set<string>();
  nodes.forEach((node, i) => {
    const name = node.name.normalize('NFC');
    if (seen.has(name)) problems.add({ code: 'BERTH3002', path: itemAt(nodePaths, i), params: { node: node.name } });
    seen.add(name);
  });
  const sizes = new Map<string, number>();
  const firsts: (ReadEdge | undefined)[] = nodes.map(() => undefined);
  for (const edge of edges) {
    const node = itemAt(nodes, edge.src).name;
    if (edge.src === edge.dst) problems.add({ code: 'BERTH3006', path: edge.srcPath, params: { node } });
    if (edge.bytes > Number.MAX_SAFE_INTEGER) {
      const params = { node, value: edge.bytes };
      problems.add({ code: 'BERTH3057', path: edge.sizePath, params });
    }
    // Most nodes put out one tensor: only those behind the first are looked up by name.
    const first = (firsts[edge.src] ??= edge);
    const isFirst = first.tensor === edge.tensor;
    const key = isFirst ? '' : `${edge.src}\n${edge.tensor}`;
    const firstSize = isFirst ? first.bytes : (sizes.get(key) ?? edge.bytes);
    if (!isFirst) sizes.set(key, firstSize);
    if (firstSize === edge.bytes) continue;
    const detail = `the tensor "${edge.tensor}" of "${node}" has ${edge.bytes} B here and ${firstSize} B before`;
    problems.add({ code: 'BERTH3008', path: edge.sizePath, params: { where: pathText(edge.sizePath), detail } });
  }
  if (problems.any) return undefined;
  const src = Int32Array.from(edges, (edge) => edge.src);
  const dst = Int32Array.from(edges, (edge) => edge.dst);
  const cycle = findCycle(nodes.length, src, dst);
  if (cycle) {
    const round = cycle.map((edge) => itemAt(edges, edge));
    const names = round.map((edge) => itemAt(nodes, edge.src).name);
    problems.add({ code: 'BERTH3003', path: lastOf(round).srcPath.slice(0, -1), params: { cycle: names } });
    return undefined;
  }
  return buildGraph(name, nodes, edges);
}
