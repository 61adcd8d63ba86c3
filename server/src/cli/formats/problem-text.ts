import type { Paint } from '../terminal.ts';
import { printable } from '../text/printable.ts';
import type { InFile, Problem } from '../../spec/problems/problem.ts';

/** Of one file a person mends these first; the count below tells of the others, and JSON lists them. */
const MOST_OF_A_FILE = 20;

/** Problems as a compiler shows them: place, what is wrong, the line with the token marked, what to do. */
export function problemText(problems: readonly Problem<InFile>[], paint: Paint): string[] {
  const lines: string[] = [];
  for (const file of new Set(problems.map((problem) => problem.file))) {
    const own = problems.filter((problem) => problem.file === file);
    lines.push(...blocks(own.slice(0, MOST_OF_A_FILE), paint));
    const left = own.length - MOST_OF_A_FILE;
    if (left > 0) lines.push(`${paint.bold(file)} and ${left} more; --format json lists all of them.`, '');
  }
  return lines;
}

function blocks(problems: readonly Problem<InFile>[], paint: Paint): string[] {
  return problems.flatMap((problem) => {
    const { code, hint, severity } = problem;
    const file = printable(problem.file);
    const message = printable(problem.message);
    const word = severity === 'error' ? paint.red('error') : severity === 'warning' ? paint.yellow('warning') : 'note';
    const said = `${word} ${code} ${message}`;
    if ('bytes' in problem)
      return [`${paint.bold(`${file}: byte ${problem.bytes.start}`)} ${said}`, `       ${printable(hint)}`, ''];
    const { start, end } = problem;
    const source = printable(problem.source);
    const shown = source.length > 200 ? `${source.slice(0, 200)}…` : source;
    const width =
      end.line === start.line ? Math.max(1, end.column - start.column) : Math.max(1, shown.length - start.column + 1);
    const gutter = `${start.line}`.padStart(4);
    const lines = [`${paint.bold(`${file}:${start.line}:${start.column}`)} ${said}`];
    if (start.column <= shown.length + 1) {
      const before = shown.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
      lines.push(
        `${paint.dim(`${gutter} │`)} ${shown}`,
        `${paint.dim('     │')} ${before}${paint.red('^'.repeat(Math.min(width, 200)))}`,
      );
    }
    lines.push(`       ${printable(hint)}`, '');
    return lines;
  });
}

/** `2 errors and 1 warning in 3 files`. */
export function problemCount(problems: readonly Problem<InFile>[], files: number): string {
  const count = (severity: string): number => problems.filter((problem) => problem.severity === severity).length;
  const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;
  const inFiles = `in ${many(files, 'file')}`;
  const parts = [
    ...(count('error') ? [many(count('error'), 'error')] : []),
    ...(count('warning') ? [many(count('warning'), 'warning')] : []),
    ...(count('information') ? [many(count('information'), 'note')] : []),
  ];
  return parts.length === 0 ? `No problems ${inFiles}.` : `${parts.join(' and ')} ${inFiles}.`;
}
