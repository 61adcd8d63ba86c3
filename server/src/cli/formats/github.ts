import type { InFile, Problem } from '../../spec/problems/problem.ts';

const COMMAND = { error: 'error', warning: 'warning', information: 'notice' } as const;

/** Workflow commands of GitHub Actions: each becomes an annotation at its line. */
export function githubLines(problems: readonly Problem<InFile>[]): string[] {
  return problems.map(({ code, severity, message, hint, ...place }) => {
    const at = 'bytes' in place ? ` (byte ${place.bytes.start})` : '';
    return `::${COMMAND[severity]} ${position(place)},title=${property(code)}::${data(`${message}${at} ${hint}`)}`;
  });
}

function position(place: InFile): string {
  const file = `file=${property(place.file)}`;
  if ('bytes' in place) return file;
  const { start, end } = place;
  return `${file},line=${start.line},col=${start.column},endLine=${end.line},endColumn=${end.column}`;
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
