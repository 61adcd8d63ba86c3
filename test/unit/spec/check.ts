/**
 * The one helper of the spec room: a text with its problems written under the tokens at fault.
 *
 *     slo: { latncy: 720ms }
 *            ~~~~~~ BERTH1004 "slo" has no key "latncy"; did you mean "latency"? [fix]
 *
 * All problems of the text must be told, in its order, and no other; `[fix]` where there is a mend and nowhere else.
 */
import { expect } from 'vitest';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import { NO_FILES, readSpecFile } from '../../../server/src/spec/spec-file.ts';
import type { Files, SpecFile } from '../../../server/src/spec/spec-file.ts';
import type { InText, Problem } from '../../../server/src/spec/problems/catalogue.ts';

const MARK = /^(\s*)(~+) (BERTH\d{4}) (.*)$/;

export const URI = 'file:///work/shop.berth.yaml';

/** Files by their path below /work. */
export function filesOf(texts: Readonly<Record<string, string>>): Files {
  const all = new Map(Object.entries(texts).map(([path, text]) => [`/work/${path}`, text]));
  return {
    read: (path) => (all.has(path) ? { text: all.get(path)!, version: '1' } : undefined),
    list: () => Object.keys(texts),
  };
}

/** Removes the indentation that all lines share, and the empty first and last line. */
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

export function check(marked: string, { files = NO_FILES, uri = URI }: { files?: Files; uri?: string } = {}): SpecFile {
  const lines = dedent(marked).split('\n');
  const text = lines.filter((line) => !MARK.test(line)).join('\n');
  const file = readSpecFile(text, { uri, files });
  expect(remarked(text, file.problems)).toBe(lines.join('\n'));
  return file;
}

/** Applies the first fix of the first problem (or the one of this title) and compares the text. */
export function checkFix(
  before: string,
  after: string,
  { files = NO_FILES, title }: { files?: Files; title?: string } = {},
): void {
  const text = dedent(before);
  const fixes = readSpecFile(text, { uri: URI, files }).problems.flatMap((problem) => problem.fixes);
  const fix = title === undefined ? fixes[0] : fixes.find((candidate) => candidate.title === title);
  expect(fix, `fixes: ${fixes.map((candidate) => candidate.title).join('; ')}`).toBeDefined();
  expect(applied(text, fix!.edits)).toBe(dedent(after));
}

function remarked(text: string, problems: readonly Problem<InText>[]): string {
  const marks = new Map<number, string[]>();
  for (const { range, code, message, fixes } of problems) {
    const line = text.slice(0, range.start).split('\n').length - 1;
    const column = range.start - (text.lastIndexOf('\n', range.start - 1) + 1);
    const mark = `${' '.repeat(column)}${'~'.repeat(Math.max(1, range.end - range.start))} ${code} ${message}${fixes.length > 0 ? ' [fix]' : ''}`;
    marks.set(line, [...(marks.get(line) ?? []), mark]);
  }
  return text
    .split('\n')
    .flatMap((line, i) => [line, ...(marks.get(i) ?? [])])
    .join('\n');
}
