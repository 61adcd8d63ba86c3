/** A file as the editor features see it, with what the engines say of it: the same answers without an editor. */
import type { Knowledge, OpenDocument } from '../language/document.ts';
import { diagnostics } from '../language/diagnostics.ts';
import { readGraphContent } from '../language/graph-document.ts';
import { computePreview, type PreviewOutcome } from '../preview/compute.ts';
import type { WhatIf } from '../preview/model.ts';
import type { InText, Problem, Range } from '../spec/problems/catalogue.ts';
import type { DiskFiles } from '../host/disk-files.ts';
import { isGraphFile } from '../spec/references/graph-file.ts';
import { contentOf } from '../spec/references/reference.ts';
import { readSpecFile, type Files, type SpecDocument } from '../spec/spec-file.ts';
import type { Kind, Spec } from '../spec/types.ts';
import { EXIT } from './exit-code.ts';
import type { ReadBytes, ReadText } from './session.ts';
import { problemError, type ProblemError } from '../spec/problems/problem-error.ts';

/** A file that was read, and what it says. */
export interface OpenFile {
  readonly file: ReadText | ReadBytes;
  readonly document: OpenDocument;
  /** The files that it refers to, as they were then. */
  readonly files: Files;
}

export interface CheckedFile extends OpenFile {
  /** By position of the `---` document; none where it has an error of its own. */
  readonly outcomes: ReadonlyMap<number, PreviewOutcome>;
  readonly problems: readonly Problem<InText>[];
}

export interface CheckOptions {
  /** Only the documents of this name count: what is wrong with their neighbours stands in nobody's way. */
  readonly document?: string | undefined;
  /** Replay traces and compare all algorithms too. */
  readonly replay?: boolean;
  /** Decide as well as can be, also where that takes seconds. */
  readonly thorough?: boolean;
  /** Seeds that policies are compared on where traces are replayed; one unless said. */
  readonly seeds?: number;
  readonly whatIf?: WhatIf;
  readonly shouldStop?: () => boolean;
  /** Replays are told of, in runs done of all, and what a document would do as soon as it is known: of a replay, twice. */
  readonly onProgress?: (done: number, all: number) => void;
  readonly onOutcome?: (outcome: PreviewOutcome) => void;
}

/** Reads a spec or graph file and asks the engines about every document of it. */
export async function checkFile(
  file: ReadText | ReadBytes,
  files: Pick<DiskFiles, 'settled'>,
  options: CheckOptions = {},
): Promise<CheckedFile> {
  return checkDocument(await openFile(file, files), options);
}

/** Reads a spec or graph file, and all files that it refers to. */
export async function openFile(file: ReadText | ReadBytes, disk: Pick<DiskFiles, 'settled'>): Promise<OpenFile> {
  return disk.settled((files) => {
    const document = openDocument(file, files);
    for (const { spec } of document.type === 'spec' ? document.spec.documents : []) {
      const path = spec && graphPathOf(spec);
      if (path !== undefined) contentOf(files, path, 'graph');
    }
    return { file, document, files };
  });
}

/** Asks the engines about every document of a file that was read before. */
export async function checkDocument(opened: OpenFile, options: CheckOptions): Promise<CheckedFile> {
  const { document, files } = opened;
  const outcomes = new Map<number, PreviewOutcome>();
  if (document.type === 'spec') {
    for (const part of document.spec.documents) {
      if (options.document !== undefined && part.name !== options.document) continue;
      const outcome = await outcomeOf(part, files, options);
      if (!outcome) continue;
      outcomes.set(part.index, outcome);
      options.onOutcome?.(outcome);
    }
  }
  const knowledge: Knowledge = { outcome: (index) => outcomes.get(index), status: () => undefined, files };
  const problems = diagnostics(document, knowledge).filter(({ range }) => concerns(document, options.document, range));
  return { ...opened, outcomes, problems };
}

function concerns(document: OpenDocument, name: string | undefined, at: Range): boolean {
  if (name === undefined || document.type !== 'spec') return true;
  const part = document.spec.documents.find(({ range }) => range.start <= at.start && at.start < range.end);
  return part === undefined || part.name === name;
}

/** The typed documents of a spec file, or those of one name, with where they stand; none of a graph file. */
export function specDocuments(
  { document }: OpenFile,
  name?: string,
): { readonly spec: Spec; readonly part: SpecDocument }[] {
  const parts = document.type === 'spec' ? document.spec.documents : [];
  return parts.flatMap((part) =>
    part.spec && (name === undefined || part.spec.name === name) ? [{ spec: part.spec, part }] : [],
  );
}

/** A file that has not the document that a command is for. @param purpose `to deploy`. @param what kind of documents it is for. */
export function nothingIn(
  { file, document }: OpenFile,
  name: string | undefined,
  purpose: string,
  what: Kind | 'document' = 'document',
): ProblemError {
  const wanted = name === undefined ? `no ${what} ${purpose}` : `no ${what} called "${name}"`;
  const has = (document.type === 'spec' ? document.spec.documents : []).flatMap((part) =>
    part.name !== undefined && (what === 'document' || part.kind === what) ? [part.name] : [],
  );
  return problemError(
    'BERTH1030',
    { file: file.shown, wanted, has: name === undefined ? [] : has },
    { exitCode: EXIT.usage },
  );
}

function openDocument(file: ReadText | ReadBytes, files: Files): OpenDocument {
  const { path } = file;
  const text = 'text' in file ? file.text : '';
  if (!('text' in file) || isGraphFile(path)) return { type: 'graph', path, text, graph: readGraphContent(file) };
  return { type: 'spec', path, text, spec: readSpecFile(text, { uri: path, files }) };
}

async function outcomeOf(part: SpecDocument, files: Files, options: CheckOptions): Promise<PreviewOutcome | undefined> {
  const { spec } = part;
  if (!spec) return undefined;
  const {
    replay = false,
    thorough = false,
    seeds = 1,
    whatIf = {},
    shouldStop = () => false,
    onOutcome,
    onProgress,
  } = options;
  const job = { spec, document: part.index, whatIf, replay, thorough, seeds };
  const path = graphPathOf(spec);
  if (path === undefined) return computePreview(job, shouldStop, onOutcome, onProgress ? { onProgress } : {});
  const graph = contentOf(files, path, 'graph');
  return graph && computePreview({ ...job, graph: { path, ...graph } }, shouldStop);
}

/** The graph file that a spec refers to, if its kind has one. */
function graphPathOf(spec: Spec): string | undefined {
  return spec.kind === 'TrainingPlacement' ? spec.graphPath : undefined;
}
