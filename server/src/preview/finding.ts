/** What the engines have to say against a document: a code of the catalogue and a place, still without a range in a text. */
import type { ProblemCode, ProblemParams } from '../spec/problems/catalogue.ts';

export type Path = readonly (string | number)[];

/** A value that would work: a quick fix. */
export interface Suggestion {
  readonly path: Path;
  readonly value: string | number;
  readonly title: string;
}

export interface Finding<C extends ProblemCode = ProblemCode> {
  readonly code: C;
  /** Keys and indices below the document's root; the nearest part that is in the text is marked. */
  readonly path: Path;
  /** The facts that the message names. */
  readonly params: ProblemParams<C>;
  /** Nearest first. */
  readonly suggestions: readonly Suggestion[];
  /** The file that the path is in, where it is not the spec itself (a graph file). */
  readonly file?: string;
}

export function finding<C extends ProblemCode>(
  code: C,
  path: Path,
  params: ProblemParams<C>,
  suggestions: readonly Suggestion[] = [],
): Finding {
  return { code, path, params, suggestions } as unknown as Finding;
}
