/** Text of people in Markdown of ours: names are shown as they are, whatever signs they hold. */

import { visible } from '../spec/text/visible.ts';

/** A name or a value in a code span. */
export function code(text: string): string {
  // A fence is closed by as many signs as it has: it has more than there are together in the text.
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + Math.max(0, ...runs.map((run) => run.length)));
  const pad = /^$|^`|`$|^ .* $/s.test(text) ? ' ' : '';
  return `${fence}${pad}${seen(text)}${pad}${fence}`;
}

/** Plain words in which no sign has a meaning. */
export function plain(text: string): string {
  return seen(text)
    .replace(/^ +/, (blanks) => '\u00a0'.repeat(blanks.length))
    .replace(/[\\`*_[\]<>|~&#$]/g, '\\$&')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2')
    .replace(/:(?=\/\/)|(?<=www)\.|@/gi, '\\$&');
}

/** On one line, each character of it seen. No-break spaces are ours as well: they keep a figure and its unit together. */
function seen(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .split('\u00a0')
    .map(visible)
    .join('\u00a0');
}

/** A block of YAML. */
export function yamlBlock(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\``;
}

/** A table, columns of numbers right-aligned. VS Code sets columns without a gap: the space is written. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(UNESCAPED_BAR, '$1\\|')).join(' | &ensp;')} |`;
  const numbers = header.map((_, i) => i > 0 && rows.every((row) => NUMBER.test(row[i] ?? '')));
  const rule = `|${numbers.map((right) => (right ? ' --: |' : ' :-- |')).join('')}`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** One that would end a cell; `plain` has escaped those of names. */
const UNESCAPED_BAR = /(?<!\\)((?:\\\\)*)\|/g;

/** A figure with its sign and unit, or the dash for none. */
const NUMBER = /^(?:[-−+±]?[\d.]|[–∞])/;

/** Parts below one another, empty ones left out. */
export function paragraphs(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
