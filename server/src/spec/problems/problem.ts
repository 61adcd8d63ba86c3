/**
 * A problem is what a person reads: what is wrong, in one sentence, and what to do about it. Its two relatives say other things: a `Finding`
 * is what an engine reports, still without words (`finding.ts`); a `Fault` is a problem of something deployed, with its time (`deploy/types.ts`).
 */
import type { Severity } from './entry.ts';

/**
 * A problem in words, with the members of its place where it has one: `Problem<InText>` in a text that is open, `Problem<InFile>` in a file that
 * is named, `Problem<AtPath>` in a document's data, and `Problem` nowhere that can be pointed at (command line, target).
 */
export type Problem<Where = unknown> = ProblemWords & Where;

interface ProblemWords {
  /** In the catalogue of the Berth that said it, which may be a newer one than this. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
}

/** UTF-16 offsets into the text, end exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/** A mechanical mend. Its edits do not overlap and belong to the text that the problem was found in. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly preferred?: boolean;
}

/** The place of a problem in a text that is open, and what mends it there. */
export interface InText {
  readonly range: Range;
  readonly fixes: readonly Fix[];
  /** Other places in the same file that explain the problem. */
  readonly related?: readonly { readonly range: Range; readonly message: string }[];
}

/** The place of a problem in a file, as every output format of the command needs it. */
export type InFile = InLines | InBytes;

/** In a text. */
export interface InLines {
  readonly file: string;
  readonly start: LineAndColumn;
  readonly end: LineAndColumn;
  /** The line of the text that it starts in. */
  readonly source: string;
}

/** In a binary file. */
export interface InBytes {
  readonly file: string;
  /** From 0, end exclusive. */
  readonly bytes: Range;
}

/** One-based, as people and tools count; columns in UTF-16 units. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
}

/** Keys and indices below the document's root. */
export interface AtPath {
  readonly path: readonly (string | number)[];
}
