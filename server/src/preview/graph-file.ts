/** The graph file of a placement, read once for as long as it stays the same, and its mistakes as findings. */
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { GraphFileResult } from '../graph/graph-format.ts';
import { readGraphFile, type GraphContent, type GraphSource } from '../graph/source.ts';
import type { Finding } from '../spec/problems/finding.ts';

/** The version changes whenever the content does. */
export type VersionedGraph = GraphContent & { readonly version: string };

const KEPT_GRAPHS = 4;
const read = new Map<string, GraphSource>();

/** Reads a graph file of any format; the last few stay, so that a pin that moves does not read 10,000 nodes again. */
export function graphFile(file: VersionedGraph): GraphSource {
  const key = `${file.path}\n${file.version}`;
  const known = read.get(key);
  if (known) return known;
  const result = readGraphFile(file);
  read.set(key, result);
  if (read.size > KEPT_GRAPHS) read.delete(read.keys().next().value!);
  return result;
}

/** A graph file that was there a moment ago, and cannot be read any more. */
export const GRAPH_GONE: GraphFileResult = {
  ok: false,
  problems: [{ code: 'BERTH3007', path: [], params: { detail: 'it is gone, or cannot be read any more' } }],
};

/** What is wrong with a graph file, or worth knowing of it, as findings that say where in it. */
export function findingsIn(path: string, source: GraphSource): Finding[] {
  return (source.ok ? (source.notes ?? []) : source.problems).map((problem) => ({
    ...graphFinding(problem),
    file: path,
    place: source.place(problem.path),
  }));
}

/** A mistake in what a spec says of its graph. */
export function graphFinding(problem: GraphFinding): Finding {
  return { ...problem, suggestions: [] };
}
