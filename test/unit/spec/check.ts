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
import { dedent, MARK, marked } from '../marked.ts';

export { dedent } from '../marked.ts';

export const URI = 'file:///work/shop.berth.yaml';

/** Files by their path below /work. */
export function filesOf(texts: Readonly<Record<string, string>>): Files {
  const all = new Map(Object.entries(texts).map(([path, text]) => [`/work/${path}`, text]));
  return {
    read: (path) => (all.has(path) ? { text: all.get(path)!, version: '1' } : undefined),
    list: () => Object.keys(texts),
  };
}

export function check(
  expected: string,
  { files = NO_FILES, uri = URI }: { files?: Files; uri?: string } = {},
): SpecFile {
  const lines = dedent(expected).split('\n');
  const text = lines.filter((line) => !MARK.test(line)).join('\n');
  const file = readSpecFile(text, { uri, files });
  expect(marked(text, file.problems)).toBe(lines.join('\n'));
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
