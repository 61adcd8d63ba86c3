/** A problem with its place in a file, as every output format needs it. */
import { Lines } from '../../spec/yaml/outline.ts';
import type { InFile, InText, LineAndColumn, Problem } from '../../spec/problems/problem.ts';
import type { ReadBytes, ReadText } from '../session.ts';

export function report(read: ReadText | ReadBytes, problems: readonly Problem<InText>[]): Problem<InFile>[] {
  const file = read.shown;
  if (!('text' in read))
    return problems.map(({ code, severity, message, hint, range }) => ({
      ...{ file, code, severity, message, hint },
      bytes: range,
    }));
  const { text } = read;
  const lines = new Lines(text);
  const place = (offset: number): LineAndColumn => {
    const line = lines.at(offset);
    return { line: line + 1, column: offset - lines.start(line) + 1 };
  };
  return problems.map(({ code, severity, message, hint, range }) => {
    const start = place(range.start);
    const source = text.slice(lines.start(start.line - 1), lines.start(start.line)).replace(/\r?\n$/, '');
    return { file, code, severity, message, hint, start, end: place(range.end), source };
  });
}
