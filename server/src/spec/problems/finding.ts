/** What an engine reports against a document: a code of the catalogue, a place and the facts, still without words and without a range in a text. */
import type { ProblemCode, ProblemParams } from './catalogue.ts';
import type { Range } from './problem.ts';

export type Path = readonly (string | number)[];

/** A place in a file that is not open. */
export interface FilePlace {
  /** UTF-16 units of a text, bytes of a binary file; end exclusive. */
  readonly range: Range;
  /** From 1; absent in a binary file. */
  readonly line?: number;
}

/** A value that would work: a quick fix. */
export interface Suggestion {
  readonly path: Path;
  readonly value: string | number;
  readonly title: string;
}

/** One of these codes with its own parameters: the pair can be taken apart and passed on without a cast. */
export type Found<C extends ProblemCode> = {
  [K in C]: {
    readonly code: K;
    /** Keys and indices below the document's root; the nearest part that is in the text is marked. */
    readonly path: Path;
    /** The facts that the message names. */
    readonly params: ProblemParams<K>;
  };
}[C];

export type Finding<C extends ProblemCode = ProblemCode> = Found<C> & {
  /** Nearest first. */
  readonly suggestions: readonly Suggestion[];
} & (InSpec | InOtherFile);

/** The path leads through the spec itself. */
interface InSpec {
  readonly file?: undefined;
}

/** The path leads through a file that the spec names (a graph file). */
export interface InOtherFile {
  readonly file: string;
  readonly place: FilePlace;
}

export function finding<C extends ProblemCode>(
  code: C,
  path: Path,
  params: ProblemParams<C>,
  suggestions: readonly Suggestion[] = [],
): Finding<C> {
  return { code, path, params, suggestions };
}
