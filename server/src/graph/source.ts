/**
 * The one door to a graph: from a file, as its holder has it, to its format, to its graph or what is wrong with it, and to the place in
 * the file that a finding means. The format is told by what the file holds, and by its name only where that tells nothing.
 */
import type { FilePlace } from '../spec/problems/finding.ts';
import type { InText, Problem, Range } from '../spec/problems/problem.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import { graphName } from '../spec/references/graph-file.ts';
import { decode } from '../spec/text/decode.ts';
import { readYaml, type YamlFile } from '../spec/yaml/document.ts';
import { readJson } from '../spec/yaml/json-green.ts';
import { Lines } from '../spec/yaml/outline.ts';
import { rangeAt, YamlNode } from '../spec/yaml/tree.ts';
import { nulProblem, slipProblems } from '../spec/yaml/yaml-problems.ts';
import { itemAt } from '../numeric/at.ts';
import { isMapping } from './field.ts';
import { GRAPH_FORMATS } from './formats.ts';
import { disconnected } from './disconnected.ts';
import { foreignFile } from './foreign-file.ts';
import type { GraphFinding, Path } from './graph-finding.ts';
import {
  HEAD_BYTES,
  type BinaryFormat,
  type GraphFileResult,
  type GraphFormat,
  type NotationFormat,
  type TextFormat,
} from './graph-format.ts';

/** A graph file as its holder has it: a text that is open in an editor, or bytes from the disk. */
export type GraphContent = { readonly path: string } & ({ readonly text: string } | { readonly bytes: Uint8Array });

/** A graph, or what is wrong with it, and where in the file. */
export type GraphSource = GraphFileResult & {
  /** Undefined where the file is of none. */
  readonly format: GraphFormat | undefined;
  /** Where a path of the findings leads to: the value there, or the nearest part that is in the file. */
  place(path: Path): FilePlace;
};

/** A graph's text with its tree, as an editor needs it: what stands there is read also where there are slips beside it. */
export interface GraphText {
  /** Undefined where the text holds nothing that could be read. */
  readonly root: YamlNode | undefined;
  /** What keeps the text from being YAML or JSON from end to end. */
  readonly slips: readonly Problem<InText>[];
  readonly format: TextFormat | undefined;
  readonly read: GraphFileResult;
  /** What the next reading starts from; JSON is read anew. */
  readonly yaml: YamlFile | undefined;
}

const TEXT_FORMATS = GRAPH_FORMATS.filter((format) => format.type === 'text');
const NOTATIONS = GRAPH_FORMATS.filter((format) => format.type === 'notation');
const BINARY_FORMATS = GRAPH_FORMATS.filter((format) => format.type === 'binary');

/** A text in no known format is told what this one lacks: it is what people write. */
export const WRITTEN_FORMAT: TextFormat = itemAt(TEXT_FORMATS, 0);

/** Reads a graph file of any format. Never throws, whatever the file holds. */
export function readGraphFile(file: GraphContent): GraphSource {
  if (!('bytes' in file)) return readText(file.path, file.text, file.text.length);
  const { path, bytes } = file;
  const format = binaryFormat(path, headOf(bytes));
  if (format) return readBinary(format, path, bytes);
  const foreign = foreignFile(bytes);
  if (foreign)
    return {
      ...refused(foreign),
      format: undefined,
      place: () => ({ range: { start: 0, end: Math.min(bytes.length, 1) } }),
    };
  const decoded = decode(bytes);
  if ('flaw' in decoded)
    return {
      ...(decoded.recognised ? noGraph(decoded.flaw) : NOT_TEXT),
      format: undefined,
      place: () => ({ range: { start: 0, end: 1 } }),
    };
  return readText(path, decoded.text, bytes.length);
}

/** Reads a graph's text with all of its places. Never throws, whatever the text. @param previous makes it quick, and changes nothing. */
export function readGraphText(text: string, path: string, previous?: YamlFile): GraphText {
  const nul = nulProblem(text);
  if (nul) return { root: undefined, slips: [nul], format: undefined, read: DAMAGED, yaml: undefined };
  const json = isJson(path);
  const yaml = json ? undefined : readYaml(text, previous);
  const document = yaml ? yaml.documents[0] : { start: 0, end: text.length, base: 0, ...readJson(text), bomb: false };
  const slips = document ? slipProblems(text, document, yaml?.lines ?? new Lines(text), json ? 'JSON' : 'YAML') : [];
  if (!document?.root) return { root: undefined, slips, format: undefined, read: EMPTY, yaml };
  const root = new YamlNode(document.root, document.base);
  const data = root.plain();
  return { root, slips, format: textFormatOf(data), read: readGraph(data, graphName(path)), yaml };
}

/**
 * Reads a graph from its data: what stands behind the door, for who has no file.
 *
 * @param data parsed YAML or JSON.
 * @param name for graphs whose file does not name them.
 */
export function readGraph(data: unknown, name = ''): GraphFileResult {
  const format = textFormatOf(data);
  if (format) return noted(format.read(data, name));
  return noGraph(
    isMapping(data)
      ? `it has neither "kind: Graph" nor a list of recorded "nodes"`
      : 'it is not a mapping with "nodes" and "edges"',
  );
}

/** Tells a text's format from the shape of its data. */
export function textFormatOf(data: unknown): TextFormat | undefined {
  return TEXT_FORMATS.find((format) => format.recognises(data));
}

/** The notation of a text that is neither YAML nor JSON: told by what it holds, and where that tells nothing by its name. */
export function notationOf(path: string, text: string): NotationFormat | undefined {
  const head = text.slice(0, HEAD_BYTES);
  return NOTATIONS.find((format) => format.recognises(head)) ?? NOTATIONS.find((format) => isNamedAs(format, path));
}

/** The text of a file; undefined where it is none, or in an encoding that is not read: its places are bytes then. */
export function textIn(path: string, bytes: Uint8Array): string | undefined {
  if (binaryFormat(path, headOf(bytes)) || foreignFile(bytes)) return undefined;
  const decoded = decode(bytes);
  return 'text' in decoded ? decoded.text : undefined;
}

/** How large a graph file may be, in bytes. @param head its first bytes, `HEAD_BYTES` at most. */
export function largestGraph(path: string, head: Uint8Array): number {
  const texts = [...TEXT_FORMATS, ...NOTATIONS];
  return binaryFormat(path, head)?.largestBytes ?? Math.max(...texts.map(({ largestBytes }) => largestBytes));
}

function readText(path: string, text: string, size: number): GraphSource {
  const at = (range: Range): FilePlace => ({ range, line: new Lines(text).at(range.start) + 1 });
  const start = { start: 0, end: 0 };
  if (isBlank(text)) return { ...EMPTY, format: undefined, place: () => at(start) };
  const notation = notationOf(path, text);
  if (notation) {
    if (size > notation.largestBytes) return { ...tooLarge(notation, size), format: notation, place: () => at(start) };
    const reading = notation.read(text, graphName(path));
    return { ...noted(reading.result), format: notation, place: (to) => at(reading.rangeAt(to)) };
  }
  // A recorded graph of several megabytes is parsed in a fraction of the time that its tree takes: that is made when a place is asked for.
  const data = isJson(path) ? jsonData(text) : undefined;
  let tree: GraphText | undefined;
  const treeOf = (): GraphText => (tree ??= readGraphText(text, path));
  const format = data === undefined ? treeOf().format : textFormatOf(data);
  const slip = data === undefined ? treeOf().slips[0] : undefined;
  if (slip) return { ...DAMAGED, format, place: () => at(slip.range) };
  const place = (to: Path): FilePlace => {
    const { root } = treeOf();
    return at(root ? rangeAt(root, to) : start);
  };
  if (format && size > format.largestBytes) return { ...tooLarge(format, size), format, place };
  const read = data === undefined ? treeOf().read : readGraph(data, graphName(path));
  return { ...read, format, place };
}

function readBinary(format: BinaryFormat, path: string, bytes: Uint8Array): GraphSource {
  if (bytes.length > format.largestBytes)
    return { ...tooLarge(format, bytes.length), format, place: () => ({ range: { start: 0, end: 0 } }) };
  const reading = format.read([bytes], graphName(path));
  return { ...noted(reading.result), format, place: (to) => ({ range: reading.bytesAt(to) }) };
}

/** What it holds decides; where that tells nothing (a damaged file), its name. */
function binaryFormat(path: string, head: Uint8Array): BinaryFormat | undefined {
  return (
    BINARY_FORMATS.find((format) => format.recognises(head)) ?? BINARY_FORMATS.find((format) => isNamedAs(format, path))
  );
}

function isNamedAs({ endings }: GraphFormat, path: string): boolean {
  return endings.some((ending) => path.toLowerCase().endsWith(ending));
}

/** What holds of graphs of every format. */
function noted(read: GraphFileResult): GraphFileResult {
  const note = read.ok ? disconnected(read.graph) : undefined;
  return read.ok && note ? { ...read, notes: [...(read.notes ?? []), note] } : read;
}

function headOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, HEAD_BYTES);
}

function isJson(path: string): boolean {
  return path.toLowerCase().endsWith('.json');
}

/** Nothing but blanks and comments. */
function isBlank(text: string): boolean {
  return !/^\s*[^\s#]/m.test(text);
}

/** Undefined where the text is not JSON from end to end. */
function jsonData(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refused = (finding: GraphFinding): GraphFileResult => ({ ok: false, problems: [finding] });
const EMPTY = refused({ code: 'BERTH3005', path: [], params: {} });
const DAMAGED = refused({ code: 'BERTH3009', path: [], params: {} });
const NOT_TEXT = noGraph('it is no text, and in no binary format that Berth knows');

function noGraph(detail: string): GraphFileResult {
  return refused({ code: 'BERTH3007', path: [], params: { detail } });
}

function tooLarge({ title, largestBytes }: GraphFormat, bytes: number): GraphFileResult {
  const params = { format: title, size: formatQuantity(bytes, 'size'), limit: formatQuantity(largestBytes, 'size') };
  return refused({ code: 'BERTH3016', path: [], params });
}
