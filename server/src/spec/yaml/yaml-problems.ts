/** What is wrong with the YAML of a document, as problems. */
import { problem } from '../problems/catalogue.ts';
import type { Fix, InText, Problem, Range } from '../problems/catalogue.ts';
import { moreLikeThese } from '../problems/more-like-these.ts';
import { ALIAS_LIMIT } from './document.ts';
import type { YamlDocument } from './document.ts';
import type { Slip } from './green.ts';
import { oddCharacters } from './odd-characters.ts';
import type { Lines } from './outline.ts';

/** Spaces that replace a tab. */
const TAB_WIDTH = 2;

/** More slips than these in one document are no help; the first ones are told. */
const MOST = 50;

export function slipProblems(
  text: string,
  document: YamlDocument,
  lines: Lines,
  language: 'YAML' | 'JSON' = 'YAML',
): Problem<InText>[] {
  const conflict = conflictMarker(text, document);
  if (conflict) return [problem('BERTH1024', {}, conflict)];
  const odd = language === 'YAML' ? oddCharacters(text, document) : [];
  // A character that passes for a sign makes slips, here and further down: it is their cause.
  const slips =
    odd.length > 0 ? document.slips.filter(({ type }) => type !== 'syntax' && type !== 'tab') : document.slips;
  const problems = slips.slice(0, MOST).map((slip) => slipProblem(text, slip, document.base, lines, language));
  const next = slips[MOST];
  if (next) {
    const place = { start: next.start + document.base, end: next.end + document.base };
    problems.push(moreLikeThese(MOST, slips.length - MOST, place));
  }
  problems.unshift(...odd);
  if (document.bomb) {
    const alias = text.indexOf('*', document.start);
    const start = alias < 0 ? document.start : alias;
    problems.push(problem('BERTH1013', { limit: ALIAS_LIMIT }, { start, end: start + 1 }));
  }
  return problems;
}

/** The first NUL of a text, which then is not read; undefined where it has none. */
export function nulProblem(text: string): Problem<InText> | undefined {
  const at = text.indexOf('\0');
  if (at < 0) return undefined;
  const wide = /(?:[^\0]\0){8}|(?:\0[^\0]){8}/.test(text.slice(0, 1024));
  return problem('BERTH1034', { wide }, { start: at, end: at + 1 });
}

/** Where the text is no YAML: what the schema would say of it is of no help. */
export function damagedRanges(document: YamlDocument, problems: readonly Problem<InText>[]): Range[] {
  const slips = document.slips
    .filter(({ type }) => type !== 'duplicate')
    .map(({ start, end }) => ({ start: start + document.base, end: end + document.base }));
  return [...slips, ...problems.filter(({ code }) => code === 'BERTH1033').map(({ range }) => range)];
}

function slipProblem(text: string, slip: Slip, base: number, lines: Lines, language: 'YAML' | 'JSON'): Problem<InText> {
  const range = { start: slip.start + base, end: slip.end + base };
  switch (slip.type) {
    case 'syntax':
      return problem('BERTH1001', { detail: slip.detail, language }, range, quoteFix(text, slip, range));
    case 'tab':
      return problem('BERTH1003', {}, range, [tabFix(text, range)]);
    case 'duplicate': {
      const first = (slip.first ?? 0) + base;
      const related = [{ range: { start: first, end: first + slip.detail.length }, message: 'the first one' }];
      return problem('BERTH1002', { key: slip.detail, line: lines.at(first) + 1 }, range, [], related);
    }
    case 'unsupported':
      return problem('BERTH1023', { what: slip.detail }, range);
    case 'alias':
      return problem('BERTH1001', { detail: `the alias "*${slip.detail}" names no anchor above it` }, range);
  }
}

function conflictMarker(text: string, document: YamlDocument): Range | undefined {
  const own = text.slice(document.start, document.end);
  const match = /^<{7} [^\n]*$/m.exec(own);
  if (!match || !/^={7}\r?$/m.test(own.slice(match.index))) return undefined;
  const start = document.start + match.index;
  return { start, end: start + match[0].trimEnd().length };
}

function tabFix(text: string, range: Range): Fix {
  const spaces = text.slice(range.start, range.end).replaceAll('\t', ' '.repeat(TAB_WIDTH));
  return { title: 'Replace the tab by spaces', edits: [{ range, newText: spaces }], preferred: true };
}

/** A quote that is not closed is closed at the end of its line. */
function quoteFix(text: string, slip: Slip, range: Range): Fix[] {
  if (!/quote is not closed/.test(slip.detail)) return [];
  const quote = text[range.start];
  if (quote !== '"' && quote !== "'") return [];
  const end = range.start + text.slice(range.start, range.end).trimEnd().length;
  return [{ title: `Close the quote with ${quote}`, edits: [{ range: { start: end, end }, newText: quote }] }];
}
