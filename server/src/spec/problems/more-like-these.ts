/** Of many problems the first are told, and one more says how many there are: an editor cannot show all, and a person mends the first ones. */
import { inDocumentOrder, problem } from './catalogue.ts';
import type { InText, Problem, Range } from './catalogue.ts';

/** Problems of one code that are told. */
const MOST_OF_ONE_CODE = 100;

/** @param range where the first one stands that is not shown. @param uncounted there are more than so many. */
export function moreLikeThese(shown: number, more: number, range: Range, uncounted = false): Problem<InText> {
  return problem('BERTH1040', { shown, more, uncounted }, range);
}

/** The first problems of each code in the order of the text, and for each code how many more there are. */
export function firstOfEachCode(problems: readonly Problem<InText>[], most = MOST_OF_ONE_CODE): Problem<InText>[] {
  if (problems.length <= most) return [...problems];
  const byCode = new Map<string, { count: number; next?: Range }>();
  const told: Problem<InText>[] = [];
  for (const found of inDocumentOrder(problems)) {
    const seen = byCode.get(found.code) ?? { count: 0 };
    byCode.set(found.code, seen);
    if (++seen.count <= most) told.push(found);
    else seen.next ??= found.range;
  }
  for (const { count, next } of byCode.values()) if (next) told.push(moreLikeThese(most, count - most, next));
  return told;
}
