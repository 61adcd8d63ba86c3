import { intAt, itemAt } from '../numeric/at.ts';
import { IntSets } from '../numeric/int-sets.ts';
import type { GraphFinding } from './graph-finding.ts';
import type { Graph } from './graph.ts';

/** The parts of a graph that no edge connects, as a note; undefined where it hangs together. */
export function disconnected(graph: Graph): GraphFinding | undefined {
  const parts = new IntSets(graph.nodeCount);
  for (let e = 0; e < graph.edgeCount; e++) parts.join(intAt(graph.edgeSrc, e), intAt(graph.edgeDst, e));
  if (parts.count <= 1) return undefined;
  const first = parts.find(0);
  let node = 1;
  while (parts.find(node) === first) node++;
  return { code: 'BERTH3051', path: ['nodes', node], params: { parts: parts.count, node: itemAt(graph.names, node) } };
}
