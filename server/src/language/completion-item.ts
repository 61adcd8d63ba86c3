import type { Range } from '../spec/problems/catalogue.ts';

export type CompletionKind = 'key' | 'enum' | 'value' | 'unit' | 'file' | 'reference' | 'snippet';

export interface CompletionItem {
  readonly label: string;
  readonly kind: CompletionKind;
  /** A few words beside the label. */
  readonly detail: string;
  /** Markdown. */
  readonly documentation: string;
  /** Lines after the first are indented already: clients must insert the text as it is (`InsertTextMode.asIs`). */
  readonly insertText: string;
  /** `insertText` is in the snippet syntax; `withoutPlaceholders` makes it plain. */
  readonly snippet: boolean;
  /** What the text replaces. */
  readonly range: Range;
  readonly sortText: string;
  /** What is compared with the typed word, where that is not the label. */
  readonly filterText?: string;
  /** There is something to choose where the cursor is left: ask for completion again. */
  readonly retriggers: boolean;
}

/** The text of a snippet for clients that know none: placeholders become what they show. */
export function withoutPlaceholders(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|}]*)[^}]*\}/g, '$1')
    .replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, '$1')
    .replace(/\$\{?\d+\}?/g, '')
    .replace(/\\([$}\\,|])/g, '$1');
}

/** Text in which no sign belongs to the snippet syntax. */
export function literal(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

/** Text inside a placeholder. */
export function placeholder(stop: number, text: string): string {
  return `\${${stop}:${literal(text)}}`;
}

/** Order of a list that is shown as it was made. */
export function inOrder(rank: number, position: number): string {
  return `${rank}${String(position).padStart(5, '0')}`;
}
