/**
 * Problems: everything that a person can cause, said once. The catalogue is used by the editor, the command line, the agent
 * and the documentation alike; a code never changes its meaning.
 */
import { DEPLOY_PROBLEMS } from './deploy-problems.ts';
import type { CatalogueEntry, Severity } from './entry.ts';
import { FEDERATION_PROBLEMS } from './federation-problems.ts';
import { CLUSTER_PROBLEMS } from './cluster-problems.ts';
import { KUBERNETES_PROBLEMS } from './kubernetes-problems.ts';
import { PLACEMENT_PROBLEMS } from './placement-problems.ts';
import { PROFILE_PROBLEMS } from './profile-problems.ts';
import type { Fix, InText, Problem, Range } from './problem.ts';
import { RAY_PROBLEMS } from './ray-problems.ts';
import { clipped, visible } from '../text/visible.ts';
import { SERVING_PROBLEMS } from './serving-problems.ts';
import { SPEC_PROBLEMS } from './spec-problems.ts';

export type { Severity } from './entry.ts';
export type * from './problem.ts';

const ENTRIES = {
  ...SPEC_PROBLEMS,
  ...SERVING_PROBLEMS,
  ...PLACEMENT_PROBLEMS,
  ...PROFILE_PROBLEMS,
  ...FEDERATION_PROBLEMS,
  ...DEPLOY_PROBLEMS,
  ...CLUSTER_PROBLEMS,
  ...KUBERNETES_PROBLEMS,
  ...RAY_PROBLEMS,
};

export type ProblemCode = keyof typeof ENTRIES;

type ParamsByCode = { readonly [C in ProblemCode]: (typeof ENTRIES)[C] extends CatalogueEntry<infer P> ? P : never };

/** What the texts of a code are made of. */
export type ProblemParams<C extends ProblemCode> = ParamsByCode[C];

/** By code. A mapped type: so a code and its parameters stay a pair, also where the code is not known before. */
export const CATALOGUE: { readonly [C in ProblemCode]: CatalogueEntry<ParamsByCode[C]> } = ENTRIES;

/**
 * The texts of a code: a problem that has no place. Each is one line on which every character can be seen, and of a length that can be read,
 * whatever the values held.
 */
export function explain<C extends ProblemCode>(code: C, params: ProblemParams<C>): Problem & { readonly code: C } {
  const found: CatalogueEntry<ProblemParams<C>> = CATALOGUE[code];
  const shown = quoted(params, LONGEST_QUOTE);
  const hint = typeof found.hint === 'function' ? found.hint(shown) : found.hint;
  return {
    code,
    severity: found.severity,
    message: shownIn(LONGEST_SENTENCE, found.message(shown)),
    hint: shownIn(LONGEST_SENTENCE, hint),
  };
}

/** A sentence that quotes a page is none: what a person wrote is named by its beginning and its end. */
const LONGEST_QUOTE = 240;
/** Of several. */
const LONGEST_OF_LIST = 80;
/** Of a whole sentence: what several long values make together. */
const LONGEST_SENTENCE = 1200;

/** A value as a sentence can quote it. */
function quoted<V>(value: V, longest: number): V {
  if (typeof value === 'string') return shownIn(longest, value) as V;
  // Of a list of notes each is a sentence of its own.
  if (Array.isArray(value))
    return value.map((item: unknown) => quoted(item, typeof item === 'string' ? LONGEST_OF_LIST : longest)) as V;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, quoted<unknown>(inner, longest)])) as V;
}

/** Cut first, so that a page is not made seen for the sake of its ends. */
function shownIn(longest: number, text: string): string {
  return clipped(visible(clipped(text, longest)), longest);
}

/** A problem at a place in a text. */
export function problem<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  range: Range,
  fixes: readonly Fix[] = [],
  related: NonNullable<InText['related']> = [],
): Problem<InText> {
  const base = {
    ...explain(code, params),
    range,
    fixes: fixes.map((fix) => ({ ...fix, title: shownIn(LONGEST_OF_LIST, fix.title) })),
  };
  return related.length > 0 ? { ...base, related } : base;
}

/** A fix with one edit. */
export function replaceFix(title: string, range: Range, newText: string, preferred = true): Fix {
  return { title, edits: [{ range, newText }], preferred };
}

/** In document order; at one place the error comes before the warning. */
export function inDocumentOrder(problems: readonly Problem<InText>[]): Problem<InText>[] {
  const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2 };
  return [...problems].sort(
    (a, b) => a.range.start - b.range.start || rank[a.severity] - rank[b.severity] || a.range.end - b.range.end,
  );
}
