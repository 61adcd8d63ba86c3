/**
 * A graph file as an editor sees it: its tree with ranges, the graph that it describes, and its problems. A pure function of the
 * text; the reading before only makes it quick.
 */
import { detectGraphFormat, readGraph, type GraphFormat } from '../graph/graph-format.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import type { Graph } from '../graph/graph.ts';
import { inDocumentOrder, problem, type InText, type Problem, type ProblemCode } from '../spec/problems/catalogue.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { checkSchema } from '../spec/schema/schema-check.ts';
import type { DocumentKind } from '../spec/schema/schema-tree.ts';
import { LARGEST_TEXT } from '../spec/spec-file.ts';
import { readYaml, type YamlDocument, type YamlFile } from '../spec/yaml/document.ts';
import { Lines } from '../spec/yaml/outline.ts';
import { slipProblems } from '../spec/yaml/yaml-problems.ts';
import { rangeAt, YamlNode } from '../spec/yaml/tree.ts';
import { readJson } from './json-green.ts';

export interface GraphDocument {
  readonly text: string;
  readonly root: YamlNode | undefined;
  /** `Graph` for Berth's own format, which has a schema; undefined for recorded graphs. */
  readonly kind: DocumentKind | undefined;
  readonly format: GraphFormat | undefined;
  /** Undefined while the file has an error. */
  readonly graph: Graph | undefined;
  /** The graph that the file described when it last had no error. */
  readonly lastGood: Graph | undefined;
  /** In the order of the text. */
  readonly problems: readonly Problem<InText>[];
  /** What the next reading starts from; JSON is read anew. */
  readonly yaml: YamlFile | undefined;
}

export interface GraphReadOptions {
  /** The ending `.json` says that the text is JSON. */
  readonly path: string;
  readonly previous?: GraphDocument | undefined;
}

/** Reads a `*.graph.yaml` or `*.graph.json` text. Never throws, whatever the text. */
export function readGraphDocument(text: string, { path, previous }: GraphReadOptions): GraphDocument {
  if (previous?.text === text) return previous;
  const nothing = { text, root: undefined, kind: undefined, format: undefined, graph: undefined, yaml: undefined };
  if (text.length > LARGEST_TEXT) {
    const params = { size: formatQuantity(text.length, 'size'), limit: formatQuantity(LARGEST_TEXT, 'size') };
    return { ...nothing, lastGood: undefined, problems: [problem('BERTH1012', params, { start: 0, end: 1 })] };
  }
  const { document, lines, yaml } = path.endsWith('.json') ? jsonDocument(text) : yamlDocument(text, previous?.yaml);
  const language = path.endsWith('.json') ? 'JSON' : 'YAML';
  const lastGood = previous?.lastGood;
  if (!document?.root) {
    const problems = document ? slipProblems(text, document, lines, language) : [];
    if (problems.length === 0) problems.push(problem('BERTH3005', {}, { start: 0, end: Math.min(1, text.length) }));
    return { ...nothing, yaml, lastGood, problems };
  }
  const root = new YamlNode(document.root, document.base);
  const slips = slipProblems(text, document, lines, language);
  const data = root.plain();
  const format = detectGraphFormat(data);
  // A file in no known format is told what Berth's own format lacks.
  const recorded = format === 'recorded';
  const damaged = slips.filter(({ code }) => code !== 'BERTH1002').map(({ range }) => range);
  const schema = recorded ? undefined : checkSchema(text, root, damaged, 'Graph');
  const structure = [...slips, ...(schema?.problems ?? [])];
  if (schema && schema.kind !== undefined && schema.kind !== 'Graph' && structure.length === 0) {
    const params = { kind: schema.kind, allowed: ['Graph'] };
    structure.push(problem('BERTH1014', params, rangeAt(root, ['kind'])));
  }
  const read = readGraph(data, nameOf(path));
  const meaning = read.ok ? [] : read.problems.flatMap((found) => graphProblem(root, found, structure));
  const graph = read.ok && structure.length === 0 ? read.graph : undefined;
  return {
    text,
    root,
    kind: recorded ? undefined : 'Graph',
    format,
    graph,
    lastGood: graph ?? lastGood,
    problems: inDocumentOrder([...structure, ...meaning]),
    yaml,
  };
}

interface Parsed {
  readonly document: YamlDocument | undefined;
  readonly lines: Lines;
  readonly yaml: YamlFile | undefined;
}

function yamlDocument(text: string, previous: YamlFile | undefined): Parsed {
  const yaml = readYaml(text, previous);
  return { document: yaml.documents[0], lines: yaml.lines, yaml };
}

function jsonDocument(text: string): Parsed {
  const document = { start: 0, end: text.length, base: 0, ...readJson(text), bomb: false };
  return { document, lines: new Lines(text), yaml: undefined };
}

/** The graph's name where the file does not tell it: that of the file. */
function nameOf(path: string): string {
  return path.replace(/^.*[\\/]/, '').replace(/\.graph\.(?:ya?ml|json)$/, '');
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
