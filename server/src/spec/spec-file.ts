/**
 * A spec file as everything above sees it: its documents with their kinds, trees, typed specs and problems. A pure function of
 * the text and of the files that it refers to; the reading before only makes it quick, and lends its last good specs to
 * documents that are half typed.
 */
import { checkMeaning, isSpecKind, typedSpec } from './kinds.ts';
import type { Check, Surroundings } from './kinds/check.ts';
import { inDocumentOrder, problem } from './problems/catalogue.ts';
import { firstOfEachCode } from './problems/more-like-these.ts';
import type { InText, Problem, Range } from './problems/catalogue.ts';
import { formatQuantity } from './quantities/quantity.ts';
import { isGraphFile } from './references/graph-file.ts';
import { folderOf, NO_FILES, resolveReference } from './references/reference.ts';
import type { FileContent, Files, FileSnapshot, Reference } from './references/reference.ts';
import { checkSchema } from './schema/schema-check.ts';
import type { DocumentKind, FileRole } from './schema/schema-tree.ts';
import { traceAt } from './references/trace.ts';
import type { Resolver } from './kinds/written.ts';
import { writtenTarget } from './target-type.ts';
import type { Spec, Target } from './types.ts';
import { readYaml } from './yaml/document.ts';
import type { YamlDocument, YamlFile } from './yaml/document.ts';
import { damagedRanges, nulProblem, slipProblems } from './yaml/yaml-problems.ts';
import { rangeAt, YamlNode } from './yaml/tree.ts';
import { twoReadings } from './yaml/two-readings.ts';
import type { Path } from './yaml/tree.ts';

export type { Files, FileSnapshot, Reference } from './references/reference.ts';
export { NO_FILES } from './references/reference.ts';

/** Larger texts are not read; an editor hands on no larger ones either way. UTF-16 units. */
export const LARGEST_TEXT = 8 * 2 ** 20;

export interface SpecDocument {
  /** Position among the `---` documents of the file, from 0. */
  readonly index: number;
  /** The document's lines. */
  readonly range: Range;
  readonly kind: DocumentKind | undefined;
  /** `metadata.name`, where there is one. */
  readonly name: string | undefined;
  /** As it is written, as far as it is one that there is; else the one that is meant where none is written. */
  readonly target: Target;
  /** Undefined where the document holds nothing that could be read. */
  readonly root: YamlNode | undefined;
  /** What the document means; undefined while it has an error or refers to files that are not known yet, and for graph files. */
  readonly spec: Spec | undefined;
  /** `spec`, or what the same document meant when it last had no error. */
  readonly lastGood: Spec | undefined;
  readonly problems: readonly Problem<InText>[];
  readonly references: readonly Reference[];
  /** The range to show for a path: the scalar there, or the key or name that stands for it; the nearest part that is in the text. */
  at(path: Path): Range;
}

export interface SpecFile {
  readonly uri: string;
  readonly text: string;
  readonly yaml: YamlFile;
  readonly documents: readonly SpecDocument[];
  /** Of the file and all its documents, in the order of the text. */
  readonly problems: readonly Problem<InText>[];
  readonly references: readonly Reference[];
}

export interface ReadOptions {
  /** `file:` URI or absolute path; anything else is a text in no folder. */
  readonly uri: string;
  readonly files?: Files;
  /** The reading before this one. */
  readonly previous?: SpecFile | undefined;
}

/** Reads a `*.berth.yaml` or `*.graph.yaml` text. Never throws, whatever the text. */
export function readSpecFile(text: string, { uri, files: now = NO_FILES, previous }: ReadOptions): SpecFile {
  if (text.length > LARGEST_TEXT) return refused(text, uri, tooLarge(text));
  const nul = nulProblem(text);
  if (nul) return refused(text, uri, nul);
  const yaml = readYaml(text, previous?.yaml);
  const folder = folderOf(uri);
  const files = atOneMoment(now);
  const expected: DocumentKind | undefined = isGraphFile(uri) ? 'Graph' : undefined;
  const earlier = byIdentity(previous);
  const documents = yaml.documents.map((document, index) => {
    const around: Surroundings = { document: index, lines: yaml.lines, folder, files };
    return readDocument(text, document, around, expected, earlier);
  });
  const own = firstOfEachCode([...repeatedDocuments(documents, yaml)]);
  const problems = inDocumentOrder([...own, ...documents.flatMap((document) => document.problems)]);
  return { uri, text, yaml, documents, problems, references: documents.flatMap((document) => document.references) };
}

/** Documents of the reading before, by kind and name, and by position. */
function byIdentity(previous: SpecFile | undefined): ReadonlyMap<string | number, SpecDocument> {
  const found = new Map<string | number, SpecDocument>();
  for (const document of [...(previous?.documents ?? [])].reverse()) {
    if (document.kind !== undefined && document.name !== undefined)
      found.set(`${document.kind}/${document.name}`, document);
    found.set(document.index, document);
  }
  return found;
}

function readDocument(
  text: string,
  document: YamlDocument,
  around: Surroundings,
  expected: DocumentKind | undefined,
  earlier: ReadonlyMap<string | number, SpecDocument>,
): SpecDocument {
  const index = around.document;
  const range = { start: document.start, end: document.end };
  const root = document.root && new YamlNode(document.root, document.base);
  const read = root
    ? interpret(text, document, root, around, expected)
    : { kind: undefined, problems: slipProblems(text, document, around.lines), references: [], spec: undefined };
  const name = root?.at(['metadata', 'name'])?.scalar;
  const same = earlier.get(`${read.kind}/${String(name)}`) ?? earlier.get(index);
  return {
    index,
    range,
    kind: read.kind,
    name: typeof name === 'string' ? name : undefined,
    target: writtenTarget(root?.at(['spec', 'target'])),
    root,
    spec: read.spec,
    lastGood:
      read.spec ??
      (same?.lastGood && (read.kind === undefined || same.lastGood.kind === read.kind) ? same.lastGood : undefined),
    problems: inDocumentOrder(read.problems.map((found) => onOneLine(found, text))),
    references: read.references,
    at: (path) => (root ? rangeAt(root, path) : { start: range.start, end: range.start }),
  };
}

interface Interpreted {
  readonly kind: DocumentKind | undefined;
  readonly problems: readonly Problem<InText>[];
  readonly references: readonly Reference[];
  readonly spec: Spec | undefined;
}

function interpret(
  text: string,
  document: YamlDocument,
  root: YamlNode,
  around: Surroundings,
  expected: DocumentKind | undefined,
): Interpreted {
  const slips = slipProblems(text, document, around.lines);
  // Between conflict markers stand two texts at once: nothing can be said about either.
  if (slips.some((slip) => slip.code === 'BERTH1024'))
    return { kind: undefined, problems: slips, references: [], spec: undefined };
  const schema = checkSchema(text, root, damagedRanges(document, slips), expected);
  const { kind } = schema;
  const {
    problems: beyond,
    references,
    isPending,
  } = isSpecKind(kind) ? checkMeaning(root, kind, around) : NOTHING_BEYOND;
  const taken = new Set(schema.problems.map((found) => `${found.range.start}-${found.range.end}`));
  // Where a sign of YAML is none, or a tab indents, lines belong to other keys than they seem to.
  const misread = slips.some(({ code }) => code === 'BERTH1033');
  const misplaced = slips.some(({ code }) => code === 'BERTH1003');
  const broken = slips.filter(({ code }) => code === 'BERTH1001').map(({ range }) => range);
  const isBroken = ({ start, end }: Range): boolean => broken.some((slip) => start <= slip.start && slip.end <= end);
  const problems = [
    ...slips,
    ...schema.problems.filter(
      ({ code }) => !(misread && OF_STRUCTURE.has(code)) && !(misplaced && OF_PLACES.has(code)),
    ),
    ...firstOfEachCode(beyond.filter(({ range }) => !taken.has(`${range.start}-${range.end}`) && !isBroken(range))),
  ];
  const atFault = new Set(problems.map((found) => `${found.range.start}-${found.range.end}`));
  problems.push(...twoReadings(text, root).filter(({ range }) => !atFault.has(`${range.start}-${range.end}`)));
  const clean = !isPending && problems.every((found) => found.severity !== 'error');
  const spec = clean && isSpecKind(kind) ? typedSpec(kind, root.plain(), resolver(around)) : undefined;
  return { kind, problems, references, spec };
}

/** What the schema says of keys and their places rather than of single values. */
const OF_STRUCTURE: ReadonlySet<string> = new Set([
  ...[
    'BERTH1004',
    'BERTH1005',
    'BERTH1006',
    'BERTH1014',
    'BERTH1016',
    'BERTH1017',
    'BERTH1021',
    'BERTH1028',
    'BERTH1029',
  ],
]);

/** And of keys that stand where they do not belong. */
const OF_PLACES: ReadonlySet<string> = new Set(['BERTH1004', 'BERTH1016']);

/** A graph means no more than its schema and its format say. */
const NOTHING_BEYOND: Pick<Check, 'problems' | 'references' | 'isPending'> = {
  problems: [],
  references: [],
  isPending: false,
};

function resolver({ folder, files }: Surroundings): Resolver {
  return {
    path: (written) => resolveReference(written, folder)!,
    requestsPerMinute(path, written, { unit, timezone }) {
      const trace = traceAt(files, path)!.in(timezone);
      const column = trace.column(trace.named(written)!, unit);
      return column.ok ? column.values : [];
    },
    text: (path) => files.read(path)!.text,
  };
}

/**
 * Every file as it was when it was first looked at: one that is replaced or removed in the middle of a reading cannot make half of
 * it speak of another text than the rest.
 */
export function atOneMoment(files: Files): Files {
  const seen = new Map<string, FileSnapshot | undefined>();
  const contents = new Map<string, FileContent | undefined>();
  const traces = new Map<string, FileContent | undefined>();
  const faults = new Map<string, string | undefined>();
  const once = <T>(known: Map<string, T>, path: string, look: () => T): T => {
    if (!known.has(path)) known.set(path, look());
    return known.get(path)!;
  };
  return {
    read: (path) => once(seen, path, () => files.read(path)),
    ...(files.content ? { content: (path: string) => once(contents, path, () => files.content!(path)) } : {}),
    ...(files.trace ? { trace: (path: string) => once(traces, path, () => files.trace!(path)) } : {}),
    fault: (path, role) => once(faults, `${role} ${path}`, () => files.fault?.(path, role)),
    ...(files.exists ? { exists: (path: string, role: FileRole) => files.exists!(path, role) } : {}),
    ...(files.pending ? { pending: (path: string, role: FileRole) => files.pending!(path, role) } : {}),
    ...(files.list ? { list: (folder: string) => files.list!(folder) } : {}),
  };
}

/** No problem paints more than a line: a range to the end of the file slows editors down and shows nothing. */
function onOneLine(found: Problem<InText>, text: string): Problem<InText> {
  const { start, end } = found.range;
  const within = text.slice(start, end).indexOf('\n');
  if (within < 0) return found;
  const lf = start + within;
  const lineEnd = text[lf - 1] === '\r' ? lf - 1 : lf;
  return { ...found, range: { start, end: Math.max(start, lineEnd) } };
}

function* repeatedDocuments(documents: readonly SpecDocument[], yaml: YamlFile): Generator<Problem<InText>> {
  const seen = new Map<string, SpecDocument>();
  for (const document of documents) {
    const { kind, name } = document;
    if (kind === undefined || name === undefined) continue;
    const first = seen.get(`${kind}/${name}`);
    if (!first) {
      seen.set(`${kind}/${name}`, document);
      continue;
    }
    const earlier = first.at(['metadata', 'name']);
    const params = { kind, name, line: yaml.lines.at(earlier.start) + 1 };
    yield problem(
      'BERTH1025',
      params,
      document.at(['metadata', 'name']),
      [],
      [{ range: earlier, message: 'the first one' }],
    );
  }
}

function refused(text: string, uri: string, why: Problem<InText>): SpecFile {
  return { uri, text, yaml: readYaml(''), documents: [], problems: [why], references: [] };
}

function tooLarge(text: string): Problem<InText> {
  const lineEnd = text.indexOf('\n');
  const range = { start: 0, end: lineEnd < 0 || lineEnd > 200 ? 200 : lineEnd };
  const size = formatQuantity(text.length, 'size');
  return problem('BERTH1012', { size, limit: formatQuantity(LARGEST_TEXT, 'size') }, range);
}
