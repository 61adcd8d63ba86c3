/** What every editor feature is given: a document as it is read now, and what is known about it. No connection, no I/O. */
import type { Status } from '../deploy/types.ts';
import type { PreviewOutcome } from '../preview/compute.ts';
import type { NodeFacts } from '../preview/model.ts';
import type { Files, SpecFile } from '../spec/spec-file.ts';
import type { GraphDocument } from './graph-document.ts';

/** A document of the editor or a file of the command line. */
export type OpenDocument = SpecText | GraphText;

interface TextBase {
  /** Path on disk, or the URI where there is none. */
  readonly path: string;
  readonly text: string;
}

export interface SpecText extends TextBase {
  readonly type: 'spec';
  readonly spec: SpecFile;
}

export interface GraphText extends TextBase {
  readonly type: 'graph';
  readonly graph: GraphDocument;
}

/** What is known beyond the text itself, by the position of the `---` document. All of it may be missing or be about to change. */
export interface Knowledge {
  /** What the engines said of the document last; also while its text is half typed. */
  outcome(document: number): PreviewOutcome | undefined;
  /** What is known of a node of a placement's graph, moving it included; left out where nobody asked. */
  readonly node?: ((name: string) => NodeFacts | undefined) | undefined;
  /** What is live under the document's kind and name. */
  status(document: number): Status | undefined;
  readonly files: Files;
}

export const NOTHING_KNOWN: Omit<Knowledge, 'files'> = { outcome: () => undefined, status: () => undefined };
