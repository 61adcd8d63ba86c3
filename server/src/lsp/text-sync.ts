/**
 * How the client's changes come into the texts that it has open. A change beyond the end of a text counts as one at its end, as the
 * protocol says of columns and all editors of lines; the library's table of lines would grow to the number that the change names.
 */
import type { Position, TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';

export const TEXT_SYNC = {
  create: (uri: string, languageId: string, version: number, content: string): TextDocument =>
    TextDocument.create(uri, languageId, version, content),
  update(document: TextDocument, changes: readonly TextDocumentContentChangeEvent[], version: number): TextDocument {
    // Each change is about the text that those before it left.
    for (const change of changes) TextDocument.update(document, [inside(document, change)], version);
    return document;
  },
};

function inside(document: TextDocument, change: TextDocumentContentChangeEvent): TextDocumentContentChangeEvent {
  if (!('range' in change)) return change;
  const within = (position: Position): Position =>
    position.line < document.lineCount ? position : document.positionAt(Infinity);
  return { text: change.text, range: { start: within(change.range.start), end: within(change.range.end) } };
}
