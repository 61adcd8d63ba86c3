/** One kind of problem: how bad it is, how it is said, and what a person does about it. */
import { unseenDifference } from '../text/look-alike.ts';

export type Severity = 'error' | 'warning' | 'information';

export interface CatalogueEntry<P> {
  readonly severity: Severity;
  /** A few words for lists and for the reference page. */
  readonly title: string;
  /** One sentence that says what is wrong. */
  readonly message: (params: P) => string;
  /** One sentence that says what to do. */
  readonly hint: string | ((params: P) => string);
  /** Parameters of a real case: the reference page and the golden tests of the texts are made with them. */
  readonly example: P;
}

/** Fixes the parameters' type of an entry where it is written. */
export function entry<P>(value: CatalogueEntry<P>): CatalogueEntry<P> {
  return value;
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"`; after `limit` names only their number is told. */
export function list(names: readonly string[], joint: 'or' | 'and' = 'or', limit = 8): string {
  const quoted = names.map((name) => `"${name}"`);
  if (quoted.length > limit) {
    return `${quoted.slice(0, limit).join(', ')} ${joint} ${quoted.length - limit} more`;
  }
  return joined(quoted, joint);
}

/** `a`, `a or b`, `a, b or c`. */
export function joined(texts: readonly string[], joint: 'or' | 'and' = 'or'): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${joint} ${texts.at(-1)!}`;
}

/** `; did you mean "x"?`, or nothing; of two that look the same, in what they differ. */
export function didYouMean(suggestion: string | undefined, written = ''): string {
  if (suggestion === undefined) return '';
  const difference = unseenDifference(written, suggestion);
  return `; did you mean "${suggestion}"?${difference === undefined ? '' : ` ${difference}`}`;
}

/** Ends a sentence that may already end in a question. */
export function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** `1 site`, `2 sites`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
