/** Text of people in Markdown of ours: names are shown as they are, whatever signs they hold. */

/** A name or a value in a code span. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  const pad = fence.length > 1 ? ' ' : '';
  return `${fence}${pad}${text.replace(/[\r\n]+/g, ' ')}${pad}${fence}`;
}

/** Plain words in which no sign has a meaning. */
export function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|~]/g, '\\$&').replace(/[\r\n]+/g, ' ');
}

/** A block of YAML. */
export function yamlBlock(text: string): string {
  return `\`\`\`yaml\n${text}\n\`\`\``;
}

/** A table, columns of numbers right-aligned. VS Code sets columns without a gap: the space is written. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | &ensp;')} |`;
  const numbers = header.map((_, i) => i > 0 && rows.every((row) => NUMBER.test(row[i] ?? '')));
  const rule = `|${numbers.map((right) => (right ? ' --: |' : ' :-- |')).join('')}`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** A figure with its sign and unit, or the dash for none. */
const NUMBER = /^(?:[-−+±]?[\d.]|[–∞])/;

/** Parts below one another, empty ones left out. */
export function paragraphs(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}
