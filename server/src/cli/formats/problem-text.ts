import type { Paint } from '../terminal.ts';
import type { ReportedProblem } from './problem-report.ts';

/** Problems as a compiler shows them: place, what is wrong, the line with the token marked, what to do. */
export function problemText(problems: readonly ReportedProblem[], paint: Paint): string[] {
  return problems.flatMap((problem) => {
    const { file, start, end, code, message, hint, severity, source } = problem;
    const word = severity === 'error' ? paint.red('error') : severity === 'warning' ? paint.yellow('warning') : 'note';
    const shown = source.length > 200 ? `${source.slice(0, 200)}…` : source;
    const width =
      end.line === start.line ? Math.max(1, end.column - start.column) : Math.max(1, shown.length - start.column + 1);
    const gutter = `${start.line}`.padStart(4);
    const lines = [`${paint.bold(`${file}:${start.line}:${start.column}`)} ${word} ${code} ${message}`];
    if (start.column <= shown.length + 1) {
      const before = shown.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
      lines.push(
        `${paint.dim(`${gutter} │`)} ${shown}`,
        `${paint.dim('     │')} ${before}${paint.red('^'.repeat(Math.min(width, 200)))}`,
      );
    }
    lines.push(`       ${hint}`, '');
    return lines;
  });
}

/** `2 errors and 1 warning in 3 files`. */
export function problemCount(problems: readonly ReportedProblem[], files: number): string {
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
