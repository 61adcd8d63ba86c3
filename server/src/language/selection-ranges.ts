/** What a growing selection takes in turn: the word, its entry, the block around it, the document. */
import type { Range } from '../spec/problems/catalogue.ts';
import type { OpenDocument } from './document.ts';
import { placesAt } from './place.ts';
import { sectionAt } from './section.ts';

/** Innermost first; each holds the one before it. */
export function selectionRanges(doc: OpenDocument, offset: number): Range[] {
  const section = sectionAt(doc, offset);
  if (!section?.root) return [{ start: 0, end: doc.text.length }];
  const ranges: Range[] = [{ start: 0, end: doc.text.length }, section.range, section.root.range];
  for (const { node, entry, on } of placesAt(section.root, offset)) {
    if (entry) ranges.push({ start: entry.keyRange.start, end: Math.max(entry.keyRange.end, node.range.end) });
    ranges.push(on === 'key' ? entry!.keyRange : node.range);
  }
  const growing: Range[] = [];
  for (const range of ranges.reverse()) {
    const last = growing.at(-1);
    const around = range.start <= offset && offset <= range.end;
    const larger =
      !last || (range.start <= last.start && last.end <= range.end && range.end - range.start > last.end - last.start);
    if (around && larger) growing.push(range);
  }
  return growing;
}
