/**
 * Problems as a person sees them in an editor: the line, the squiggle under the token, the message beside it.
 *
 *     slo: { latncy: 720ms }
 *            ~~~~~~ BERTH1004 "slo" has no key "latncy"; did you mean "latency"? [fix]
 */
import { applied } from '../../server/src/spec/yaml/edit.ts';
import type { InText, Problem } from '../../server/src/spec/problems/catalogue.ts';

/** A line that marks the line above it. */
export const MARK = /^(\s*)(~+) (BERTH\d{4}) (.*)$/;

/** The whole text with its problems under its lines; `[fix]` where there is a mend and nowhere else. */
export function marked(text: string, problems: readonly Problem<InText>[]): string {
  const marks = marksByLine(text, problems, ({ fixes }) => (fixes.length > 0 ? ' [fix]' : ''));
  return text
    .split('\n')
    .flatMap((line, i) => [line, ...(marks.get(i) ?? [])])
    .join('\n');
}

/** The lines that have problems, each with its marks under it; a fix is shown by the line that it makes: `[fix: slo: { latency: 720ms }]`. */
export function markedLines(text: string, problems: readonly Problem<InText>[]): string {
  const marks = marksByLine(text, problems, ({ fixes: [fix], range }) => {
    if (!fix) return '';
    const line = lineOf(text, range.start);
    return ` [fix: ${applied(text, fix.edits).split('\n')[line]?.trim() ?? ''}]`;
  });
  return text
    .split('\n')
    .flatMap((line, i) => (marks.has(i) ? [line, ...marks.get(i)!] : []))
    .join('\n');
}

function marksByLine(
  text: string,
  problems: readonly Problem<InText>[],
  fixOf: (problem: Problem<InText>) => string,
): Map<number, string[]> {
  const marks = new Map<number, string[]>();
  for (const problem of problems) {
    const { range, code, message } = problem;
    const line = lineOf(text, range.start);
    const column = range.start - (text.lastIndexOf('\n', range.start - 1) + 1);
    const squiggle = '~'.repeat(Math.max(1, range.end - range.start));
    const mark = `${' '.repeat(column)}${squiggle} ${code} ${message}${fixOf(problem)}`;
    marks.set(line, [...(marks.get(line) ?? []), mark]);
  }
  return marks;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1;
}

/** Removes the indentation that all lines share, marks aside, and the empty first and last line. */
export function dedent(text: string): string {
  const lines = text.split('\n');
  if (lines[0]!.trim() === '') lines.shift();
  if (lines.at(-1)!.trim() === '') lines[lines.length - 1] = '';
  const indents = lines
    .filter((line) => line.trim() !== '' && !MARK.test(line))
    .map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(Math.min(least, line.length - line.trimStart().length))).join('\n');
}
