/** What can be folded: documents, blocks and brackets of several lines, runs of comments. */
import type { Range } from '../spec/problems/catalogue.ts';
import { Lines } from '../spec/yaml/outline.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { OpenDocument } from './document.ts';
import { sections } from './section.ts';

export interface Folding {
  /** From the line that stays to the last line that goes. */
  readonly range: Range;
  readonly kind: 'region' | 'comment';
}

/** Deeper brackets than these are not folded: no one writes them. */
const DEEPEST = 60;

export function foldings(doc: OpenDocument): Folding[] {
  const { text } = doc;
  const found: Folding[] = [];
  const lines = new Lines(text);
  const fold = (start: number, end: number): void => {
    const last = trimmedEnd(text, start, end);
    if (lines.at(start) < lines.at(last)) found.push({ range: { start, end: last }, kind: 'region' });
  };
  const visit = (node: YamlNode, depth: number): void => {
    if (depth > DEEPEST) return;
    for (const { keyRange, value } of node.entries) {
      if (value.type === 'scalar' && value.range.end - value.range.start < 2) continue;
      fold(keyRange.start, value.range.end);
      visit(value, depth + 1);
    }
    for (const item of node.items) {
      if (item.type === 'scalar') continue;
      fold(item.range.start, item.range.end);
      visit(item, depth + 1);
    }
  };
  const all = sections(doc);
  for (const { root, range } of all) {
    if (all.length > 1) fold(root?.entries[0]?.keyRange.start ?? range.start, range.end);
    if (root) visit(root, 0);
  }
  return [...found, ...comments(text)].sort((a, b) => a.range.start - b.range.start);
}

/** Two or more lines of comment below one another. */
function comments(text: string): Folding[] {
  const found: Folding[] = [];
  const pattern = /^[ \t]*#[^\n]*(?:\n[ \t]*#[^\n]*)+/gm;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    found.push({ range: { start: match.index, end: match.index + match[0].length }, kind: 'comment' });
  }
  return found;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let last = Math.min(end, text.length);
  while (last > start && /\s/.test(text[last - 1]!)) last--;
  return last;
}
