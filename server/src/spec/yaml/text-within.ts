/** Where the characters of a text stand in a file that has the text as a value, so that YAML within YAML can be marked at its place. */
import type { Range } from '../problems/catalogue.ts';
import type { YamlNode } from './tree.ts';

/**
 * From ranges of a scalar's value to ranges of the file. Of a literal block (`|`), a word, and quotes on one line without escapes each
 * character has its place; of what is folded (`>`), escaped or an alias, whose line ends and characters are others in the file, the whole is meant.
 *
 * @param file that `node` was read from.
 * @param node a scalar that is a text.
 */
export function placesWithin(file: string, node: YamlNode): (within: Range) => Range {
  const { scalar, range } = node;
  if (typeof scalar !== 'string') return () => range;
  const literal = node.green.type === 'scalar' && node.green.style === 'block' && file[range.start] === '|';
  if (literal) return placesOfLines(file, scalar, range);
  const written = file.slice(range.start, range.end);
  const quote = /^["']/.test(written) ? 1 : 0;
  if (written.slice(quote, written.length - quote) !== scalar) return () => range;
  return ({ start, end }) => {
    const last = range.end - quote;
    const from = range.start + quote;
    return { start: Math.min(from + start, last), end: Math.min(from + end, last) };
  };
}

/** The lines of a literal block are the file's, less what indents them. */
function placesOfLines(file: string, text: string, range: Range): (within: Range) => Range {
  /** Of each line: where it starts in the text, and in the file behind its indentation. */
  const inText: number[] = [];
  const inFile: number[] = [];
  let textStart = 0;
  let lineStart = file.indexOf('\n', range.start) + 1;
  for (const line of text.split('\n')) {
    const next = file.indexOf('\n', lineStart);
    const lineEnd = next < 0 ? file.length : next;
    const returns = file[lineEnd - 1] === '\r' && !line.endsWith('\r') ? 1 : 0;
    inText.push(textStart);
    inFile.push(Math.max(lineStart, lineEnd - returns - line.length));
    textStart += line.length + 1;
    lineStart = Math.min(lineEnd + 1, range.end);
  }
  const place = (offset: number): number => {
    let low = 0;
    for (let high = inText.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((inText[middle] ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return Math.min(range.end, (inFile[low] ?? range.start) + offset - (inText[low] ?? 0));
  };
  return ({ start, end }) => ({ start: place(start), end: place(end) });
}
