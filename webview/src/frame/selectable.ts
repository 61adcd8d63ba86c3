/** The words that name what is selected, in picture and text alike (see `Selection` in the protocol). */
import type { Selection } from '../../../server/src/lsp/protocol.ts';

export type Subject = 'job' | 'node' | 'folded' | 'device' | 'site' | 'iteration';

export function selectionOf(subject: Subject, name: string | number): Selection {
  return `${subject}:${name}`;
}

/** The name that is selected, where what is selected is of this subject. */
export function selected(selection: Selection | null, subject: Subject): string | null {
  return selection !== null && selection.startsWith(`${subject}:`) ? selection.slice(subject.length + 1) : null;
}

/** What every view gets: the selection, and how to change it or ask for a what-if. */
export interface Touch {
  readonly selection: Selection | null;
  readonly onSelect: (selection: Selection) => void;
}
