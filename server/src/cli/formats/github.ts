import type { InFile, Problem } from '../../spec/problems/problem.ts';

const COMMAND = { error: 'error', warning: 'warning', information: 'notice' } as const;

/** Workflow commands of GitHub Actions: each becomes an annotation at its line. */
export function githubLines(problems: readonly Problem<InFile>[]): string[] {
  return problems.map(({ file, code, severity, message, hint, start, end }) => {
    const place = `file=${property(file)},line=${start.line},col=${start.column},endLine=${end.line},endColumn=${end.column}`;
    return `::${COMMAND[severity]} ${place},title=${property(code)}::${data(`${message} ${hint}`)}`;
  });
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
