/**
 * Problems: everything that a person can cause, said once. The catalogue is used by the editor, the command line, the agent
 * and the documentation alike; a code never changes its meaning.
 */
import { DEPLOY_PROBLEMS } from './deploy-problems.ts';
import type { CatalogueEntry, Severity } from './entry.ts';
import { FEDERATION_PROBLEMS } from './federation-problems.ts';
import { PLACEMENT_PROBLEMS } from './placement-problems.ts';
import type { Fix, InText, Problem, Range } from './problem.ts';
import { SERVING_PROBLEMS } from './serving-problems.ts';
import { SPEC_PROBLEMS } from './spec-problems.ts';

export type { Severity } from './entry.ts';
export type * from './problem.ts';

const ENTRIES = {
  ...SPEC_PROBLEMS,
  ...SERVING_PROBLEMS,
  ...PLACEMENT_PROBLEMS,
  ...FEDERATION_PROBLEMS,
  ...DEPLOY_PROBLEMS,
};

export type ProblemCode = keyof typeof ENTRIES;

type ParamsByCode = { readonly [C in ProblemCode]: (typeof ENTRIES)[C] extends CatalogueEntry<infer P> ? P : never };

/** What the texts of a code are made of. */
export type ProblemParams<C extends ProblemCode> = ParamsByCode[C];

/** By code. A mapped type: so a code and its parameters stay a pair, also where the code is not known before. */
export const CATALOGUE: { readonly [C in ProblemCode]: CatalogueEntry<ParamsByCode[C]> } = ENTRIES;

/** The texts of a code: a problem that has no place. */
export function explain<C extends ProblemCode>(code: C, params: ProblemParams<C>): Problem & { readonly code: C } {
  const found: CatalogueEntry<ProblemParams<C>> = CATALOGUE[code];
  const shown = clipped(params);
  const hint = typeof found.hint === 'function' ? found.hint(shown) : found.hint;
  return { code, severity: found.severity, message: found.message(shown), hint };
}

/** A sentence that quotes a page is none: what a person wrote is named by its beginning and its end. */
const LONGEST_QUOTE = 240;

function clipped<P>(params: P): P {
  const entries = Object.entries(params as Record<string, unknown>).map(([key, value]) => [
    key,
    typeof value === 'string' && value.length > LONGEST_QUOTE
      ? `${value.slice(0, LONGEST_QUOTE - 80)}…${value.slice(-79)}`
      : value,
  ]);
  return Object.fromEntries(entries) as P;
}

/** A problem at a place in a text. */
export function problem<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  range: Range,
  fixes: readonly Fix[] = [],
  related: NonNullable<InText['related']> = [],
): Problem<InText> {
  const base = { ...explain(code, params), range, fixes };
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
