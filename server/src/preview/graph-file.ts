/** The graph file of a placement, read once for as long as it stays the same, and its mistakes as findings. */
import { readGraph } from '../graph/graph-format.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { GraphFileResult } from '../graph/graph-source.ts';
import { readYaml } from '../spec/yaml/document.ts';
import { YamlNode } from '../spec/yaml/tree.ts';
import type { Finding } from '../spec/problems/finding.ts';

/** A file as the caller has it: the version changes whenever the text does. */
export interface FileText {
  readonly path: string;
  readonly version: string;
  readonly text: string;
}

const KEPT_GRAPHS = 4;
const read = new Map<string, GraphFileResult>();

/** Reads a graph file of any format; the last few stay, so that a pin that moves does not read 10,000 nodes again. */
export function graphFile(file: FileText): GraphFileResult {
  const key = `${file.path}\n${file.version}`;
  const known = read.get(key);
  if (known) return known;
  const name = file.path.replace(/^.*[\\/]/, '').replace(/\.graph\.(ya?ml|json)$/, '');
  const result = isBlank(file.text) ? refused('BERTH3005') : readText(file, name);
  read.set(key, result);
  if (read.size > KEPT_GRAPHS) read.delete(read.keys().next().value!);
  return result;
}

/** A graph file that was there a moment ago, and cannot be read any more. */
export const GRAPH_GONE: GraphFileResult = {
  ok: false,
  problems: [{ code: 'BERTH3007', path: [], params: { detail: 'it is gone, or cannot be read any more' } }],
};

function readText(file: FileText, name: string): GraphFileResult {
  const data = file.path.endsWith('.json') ? jsonData(file.text) : yamlData(file.text);
  return data === undefined ? refused('BERTH3009') : readGraph(data, name);
}

function refused(code: 'BERTH3005' | 'BERTH3009'): GraphFileResult {
  return { ok: false, problems: [{ code, path: [], params: {} }] };
}

/** Nothing but blanks and comments. */
function isBlank(text: string): boolean {
  return !/^\s*[^\s#]/m.test(text);
}

/** The data of the first document; undefined where the text is not YAML from end to end. */
function yamlData(text: string): unknown {
  const [document] = readYaml(text).documents;
  if (!document?.root || document.slips.length > 0) return undefined;
  return new YamlNode(document.root, document.base).plain();
}

function jsonData(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A mistake in a graph as a finding; in the graph file itself where one is given. */
export function graphFinding(problem: GraphFinding, file?: string): Finding {
  return { ...problem, suggestions: [], ...(file !== undefined && { file }) };
}
