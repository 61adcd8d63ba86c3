import * as vscode from 'vscode';
import type { DocumentRef, Selection, TextSpan } from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { sameRef } from '../documents.ts';
import { isCancelled } from '../problem.ts';

/**
 * Keeps the selection of picture and text the same without a loop: what one side did because of the other is known and not sent
 * back. Never takes the focus: who selects in the picture stays in the picture.
 */
export class SelectionSync {
  readonly #server: BerthServer;
  /** The cursor that the picture has set; the editor's event for it is an echo. */
  #echo: { readonly uri: string; readonly at: vscode.Position } | undefined;
  #shown: { readonly ref: DocumentRef; readonly selection: Selection } | undefined;

  constructor(server: BerthServer) {
    this.#server = server;
  }

  /** From the picture to the text. */
  async reveal(ref: DocumentRef, selection: Selection): Promise<void> {
    this.#shown = { ref, selection };
    const place = await this.#quietly(this.#server.request('berth/locate', { ...ref, selection }));
    if (place === null || place === undefined) return;
    const editor = await editorOf(place.uri);
    const range = rangeOf(place.span);
    if (editor.selection.active.isEqual(range.start)) {
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      return;
    }
    this.#echo = { uri: place.uri, at: range.start };
    editor.selection = new vscode.Selection(range.start, range.start);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Whether a cursor event is the echo of our own doing; told once for each. */
  isEcho(event: vscode.TextEditorSelectionChangeEvent): boolean {
    const echo = this.#echo;
    if (echo === undefined || event.textEditor.document.uri.toString() !== echo.uri) return false;
    this.#echo = undefined;
    return event.selections[0]?.active.isEqual(echo.at) === true;
  }

  /** From the text to the picture: what the cursor stands on in the document shown, where that is news. */
  async selectionAt(editor: vscode.TextEditor, ref: DocumentRef): Promise<Selection | undefined> {
    const uri = editor.document.uri.toString();
    const { line, character } = editor.selection.active;
    const found = await this.#quietly(this.#server.request('berth/selectionAt', { uri, line, character }));
    if (found === null || found === undefined || !sameRef(found.ref, ref)) return undefined;
    if (this.#shown !== undefined && sameRef(this.#shown.ref, ref) && this.#shown.selection === found.selection)
      return undefined;
    this.#shown = { ref, selection: found.selection };
    return found.selection;
  }

  /** An answer to a question that nobody waits for: a failure is logged and leaves the selection as it is. */
  async #quietly<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!isCancelled(error)) this.#server.log.warn(`The selection was not followed: ${String(error)}`);
      return undefined;
    }
  }

  /** The selection to tell a page that was made anew. */
  of(ref: DocumentRef | null): Selection | null {
    return this.#shown !== undefined && sameRef(this.#shown.ref, ref) ? this.#shown.selection : null;
  }
}

/** An editor that shows the file: one that is visible already, or a new one beside the panel, without the focus. */
export async function editorOf(uri: string, preserveFocus = true): Promise<vscode.TextEditor> {
  const visible = vscode.window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === uri && editor.viewColumn !== undefined,
  );
  const viewColumn = visible?.viewColumn ?? vscode.ViewColumn.One;
  if (visible !== undefined && preserveFocus) return visible;
  return vscode.window.showTextDocument(vscode.Uri.parse(uri), { viewColumn, preserveFocus });
}

export function rangeOf(span: TextSpan): vscode.Range {
  return new vscode.Range(span.start.line, span.start.character, span.end.line, span.end.character);
}
