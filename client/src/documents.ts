import * as vscode from 'vscode';
import type { DocumentRef, Requests } from '../../server/src/lsp/protocol.ts';
import type { BerthServer } from './berth-server.ts';

/** A document as the server knows it: which one, its kind, its name, its target and its state. */
export type BerthDocument = NonNullable<Requests['berth/documentAt'][1]>;

export function isDocumentRef(value: unknown): value is DocumentRef {
  const ref = value as Partial<DocumentRef> | null | undefined;
  return typeof ref === 'object' && ref !== null && typeof ref.uri === 'string' && typeof ref.document === 'number';
}

/** The editor whose text is a spec: the active one, or else a visible one. */
export function specEditor(): vscode.TextEditor | undefined {
  const isSpec = (editor: vscode.TextEditor | undefined): boolean => editor?.document.languageId === 'berth';
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  return isSpec(activeTextEditor) ? activeTextEditor : visibleTextEditors.find(isSpec);
}

/** The document that a command is about: the one it was given (by a code lens), or the one at the cursor. */
export async function documentOf(server: BerthServer, argument: unknown): Promise<BerthDocument | undefined> {
  if (isDocumentRef(argument)) {
    // The server reads the text of open documents; a lens may be clicked in a file that is shown but was never opened by it.
    await vscode.workspace.openTextDocument(vscode.Uri.parse(argument.uri));
    return (await server.request('berth/documentAt', { uri: argument.uri, document: argument.document })) ?? undefined;
  }
  const editor = specEditor();
  return editor === undefined ? undefined : documentAtCursor(server, editor);
}

/** The document of an editor's file in which its cursor stands. */
export async function documentAtCursor(
  server: BerthServer,
  editor: vscode.TextEditor,
): Promise<BerthDocument | undefined> {
  const at = { uri: editor.document.uri.toString(), line: editor.selection.active.line };
  return (await server.request('berth/documentAt', at)) ?? undefined;
}

export function sameRef(a: DocumentRef | null, b: DocumentRef | null): boolean {
  return a === b || (a !== null && b !== null && a.uri === b.uri && a.document === b.document);
}
