/**
 * What the engines say, beside the words that it is about: `→ 5 replicas, 610 ms`. As short as can be, for the edge of a narrow editor
 * cuts what stands behind the text; the rest is in the tooltip.
 */
import type { Range } from '../spec/problems/catalogue.ts';
import type { Kind } from '../spec/types.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import type { InlayHint } from './hint.ts';
import { inEditor } from './kinds.ts';
import { sections } from './section.ts';

/** @param range what the editor shows; hints outside of it are left out. */
export function inlayHints(doc: OpenDocument, knowledge: Knowledge, range: Range): InlayHint[] {
  if (doc.type === 'graph') return [];
  return sections(doc)
    .filter((section) => section.range.start <= range.end && range.start <= section.range.end)
    .flatMap(({ index, root }) => {
      const preview = knowledge.outcome(index)?.preview;
      return preview && root ? inEditor<Kind>(preview.kind).hints(root, preview) : [];
    })
    .filter(({ offset }) => range.start <= offset && offset <= range.end);
}
