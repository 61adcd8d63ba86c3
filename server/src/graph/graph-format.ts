import type { GraphFileResult } from './graph-source.ts';
import { looksLikeBerthGraph, readBerthGraph } from './berth-graph.ts';
import { isMapping } from './field.ts';
import { looksLikeRecordedGraph, readRecordedGraph } from './recorded-graph.ts';

export type GraphFormat = 'berth' | 'recorded';

/** Tells a graph file's format from the shape of its data. */
export function detectGraphFormat(data: unknown): GraphFormat | undefined {
  if (looksLikeBerthGraph(data)) return 'berth';
  if (looksLikeRecordedGraph(data)) return 'recorded';
  return undefined;
}

/**
 * Reads a graph file of any known format.
 *
 * @param data parsed YAML or JSON.
 * @param name for graphs whose file does not name them.
 */
export function readGraph(data: unknown, name = ''): GraphFileResult {
  const format = detectGraphFormat(data);
  if (format === 'berth') return readBerthGraph(data, name);
  if (format === 'recorded') return readRecordedGraph(data, name);
  const detail = isMapping(data)
    ? `it has neither "kind: Graph" nor a list of recorded "nodes"`
    : 'it is not a mapping with "nodes" and "edges"';
  return { ok: false, problems: [{ code: 'BERTH3007', path: [], params: { detail } }] };
}
