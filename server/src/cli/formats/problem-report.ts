/** A problem with its place in a file, as every output format needs it. */
import { Lines } from '../../spec/yaml/outline.ts';
import type { Problem } from '../../spec/problems/catalogue.ts';

/** One-based lines and columns, as people and tools count; columns in UTF-16 units. */
export interface ReportedProblem {
  readonly file: string;
  readonly code: string;
  readonly severity: Problem['severity'];
  readonly message: string;
  readonly hint: string;
  readonly start: Place;
  readonly end: Place;
  /** The line of the text that it starts in. */
  readonly source: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export function report(file: string, text: string, problems: readonly Problem[]): ReportedProblem[] {
  const lines = new Lines(text);
  const place = (offset: number): Place => {
    const line = lines.at(offset);
    return { line: line + 1, column: offset - lines.start(line) + 1 };
  };
  return problems.map(({ code, severity, message, hint, range }) => {
    const start = place(range.start);
    const source = text.slice(lines.start(start.line - 1), lines.start(start.line)).replace(/\r?\n$/, '');
    return { file, code, severity, message, hint, start, end: place(range.end), source };
  });
}
