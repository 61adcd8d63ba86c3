/** Above each document: what can be done with it, and its state while it is live. */
import type { Range } from '../spec/problems/catalogue.ts';
import { isSpecKind } from '../spec/typed-spec.ts';
import { TARGETS } from '../spec/types.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import { sections } from './section.ts';

export interface CodeLens {
  readonly range: Range;
  readonly title: string;
  readonly command: 'berth.preview' | 'berth.plan' | 'berth.apply' | 'berth.showStatus';
  /** Position of the document that the command is about; the adapter knows the file. */
  readonly document: number;
}

export function codeLenses(doc: OpenDocument, knowledge: Knowledge): CodeLens[] {
  return sections(doc).flatMap(({ index, kind, root }): CodeLens[] => {
    if (!root || !isSpecKind(kind)) return [];
    const range = root.entries[0]?.keyRange ?? root.range;
    const written = root.at(['spec', 'target'])?.scalar;
    const target = typeof written === 'string' ? written : TARGETS[0];
    const status = knowledge.status(index);
    const lens = (title: string, command: CodeLens['command']): CodeLens => ({
      range,
      title,
      command,
      document: index,
    });
    return [
      lens('Preview', 'berth.preview'),
      lens('Plan', 'berth.plan'),
      lens(`Apply to ${target}`, 'berth.apply'),
      ...(status ? [lens(status.summary, 'berth.showStatus')] : []),
    ];
  });
}
