/**
 * A graph file as an editor sees it: its tree with ranges, the graph that it describes, and its problems. A pure function of the
 * file; the reading before only makes it quick.
 */
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { GraphFormat } from '../graph/graph-format.ts';
import type { Graph } from '../graph/graph.ts';
import {
  readGraphFile,
  readGraphText,
  notationOf,
  textIn,
  WRITTEN_FORMAT,
  type GraphContent,
  type GraphSource,
} from '../graph/source.ts';
import { inDocumentOrder, problem, type InText, type Problem, type ProblemCode } from '../spec/problems/catalogue.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { checkSchema } from '../spec/schema/schema-check.ts';
import type { DocumentKind } from '../spec/schema/schema-tree.ts';
import { LARGEST_TEXT } from '../spec/spec-file.ts';
import type { YamlFile } from '../spec/yaml/document.ts';
import { rangeAt, type YamlNode } from '../spec/yaml/tree.ts';
import { twoReadings } from '../spec/yaml/two-readings.ts';

export interface GraphDocument {
  /** Undefined for a binary file. */
  readonly text: string | undefined;
  readonly root: YamlNode | undefined;
  /** `Graph` for Berth's own format, which has a schema; undefined for others. */
  readonly kind: DocumentKind | undefined;
  /** What the file is, or is meant to become. */
  readonly format: GraphFormat;
  /** Undefined while the file has an error. */
  readonly graph: Graph | undefined;
  /** The graph that the file described when it last had no error. */
  readonly lastGood: Graph | undefined;
  /** In the order of the file; ranges in a binary file count bytes. */
  readonly problems: readonly Problem<InText>[];
  /** What the next reading starts from; JSON is read anew. */
  readonly yaml: YamlFile | undefined;
}

export interface GraphReadOptions {
  /** Tells JSON from YAML, and names a graph that does not name itself. */
  readonly path: string;
  readonly previous?: GraphDocument | undefined;
}

/** Reads a graph file's text. Never throws, whatever the text. */
export function readGraphDocument(text: string, { path, previous }: GraphReadOptions): GraphDocument {
  if (previous?.text === text) return previous;
  const nothing = { text, root: undefined, kind: undefined, format: WRITTEN_FORMAT, graph: undefined, yaml: undefined };
  if (text.length > LARGEST_TEXT) {
    const params = { size: formatQuantity(text.length, 'size'), limit: formatQuantity(LARGEST_TEXT, 'size') };
    return { ...nothing, lastGood: undefined, problems: [problem('BERTH1012', params, { start: 0, end: 1 })] };
  }
  if (notationOf(path, text)) return withoutTree(readGraphFile({ path, text }), text, previous);
  const { root, slips, format = WRITTEN_FORMAT, read, yaml } = readGraphText(text, path, previous?.yaml);
  const lastGood = previous?.lastGood;
  if (!root) {
    const problems = slips.length > 0 ? slips : [problem('BERTH3005', {}, { start: 0, end: Math.min(1, text.length) })];
    return { ...nothing, yaml, lastGood, problems };
  }
  const kind = format.written.schema;
  const damaged = slips.filter(({ code }) => code !== 'BERTH1002').map(({ range }) => range);
  const schema = kind && checkSchema(text, root, damaged, kind);
  const structure = [...slips, ...(schema?.problems ?? [])];
  if (kind && schema && schema.kind !== undefined && schema.kind !== kind && structure.length === 0) {
    const params = { kind: schema.kind, allowed: [kind] };
    structure.push(problem('BERTH1014', params, rangeAt(root, ['kind'])));
  }
  const meaning = (read.ok ? (read.notes ?? []) : read.problems).flatMap((found) =>
    graphProblem(root, found, structure),
  );
  const atFault = new Set([...structure, ...meaning].map(({ range }) => `${range.start}-${range.end}`));
  const doubts = yaml ? twoReadings(text, root).filter(({ range }) => !atFault.has(`${range.start}-${range.end}`)) : [];
  const graph = read.ok && structure.length === 0 ? read.graph : undefined;
  return {
    text,
    root,
    kind,
    format,
    graph,
    lastGood: graph ?? lastGood,
    problems: inDocumentOrder([...structure, ...meaning, ...doubts]),
    yaml,
  };
}

/** Reads a graph file as its holder has it, text or not. */
export function readGraphContent(file: GraphContent, previous?: GraphDocument): GraphDocument {
  const { path } = file;
  if (!('bytes' in file)) return readGraphDocument(file.text, { path, previous });
  const text = textIn(path, file.bytes);
  if (text !== undefined) return readGraphDocument(text, { path, previous });
  return withoutTree(readGraphFile(file), undefined, previous);
}

/** A graph of which an editor knows no parts: of bytes, or in a notation of its own. */
function withoutTree(source: GraphSource, text: string | undefined, previous?: GraphDocument): GraphDocument {
  const found = source.ok ? (source.notes ?? []) : source.problems;
  const graph = source.ok ? source.graph : undefined;
  return {
    text,
    root: undefined,
    kind: undefined,
    format: source.format ?? WRITTEN_FORMAT,
    graph,
    lastGood: graph ?? previous?.lastGood,
    problems: inDocumentOrder(found.map(({ code, params, path: to }) => problem(code, params, source.place(to).range))),
    yaml: undefined,
  };
}

/** What the schema says better and at the same place: wrong types and units, and that the file is no graph. */
const SAID_BY_SCHEMA: ReadonlySet<ProblemCode> = new Set(['BERTH3004', 'BERTH3005', 'BERTH3007', 'BERTH3008']);

/** A mistake in the graph at its place in the text; nothing where the structure there is at fault already. */
function graphProblem(root: YamlNode, found: GraphFinding, structure: readonly Problem<InText>[]): Problem<InText>[] {
  const range = rangeAt(root, found.path);
  if (structure.length > 0 && SAID_BY_SCHEMA.has(found.code)) return [];
  if (structure.some((other) => other.range.start < range.end && range.start < other.range.end)) return [];
  return [problem(found.code, found.params, range)];
}
