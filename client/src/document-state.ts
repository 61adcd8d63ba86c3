import * as vscode from 'vscode';
import type { BerthServer } from './berth-server.ts';
import type { LiveStore } from './deploy/live-store.ts';
import { documentAtCursor, specEditor } from './documents.ts';
import type { BerthDocument } from './documents.ts';

/** The cursor and the text rest this long before the server is asked. */
const REST_MS = 100;

/** Whether a document has nothing to run: menus offer neither plan nor apply then. */
const NOTHING_TO_RUN = 'berth.nothingToRun';

/**
 * What the document at the cursor is in: followed for as long as a spec is in sight, and the same for the status bar and for the
 * menus. The server knows it all; nothing is kept here but its last answer.
 */
export class DocumentState implements vscode.Disposable {
  readonly #server: BerthServer;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  readonly onChange = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;
  /** Counts the questions, so that a slow answer does not undo a newer one. */
  #asked = 0;
  #document: BerthDocument | undefined;

  constructor(server: BerthServer, lives: LiveStore) {
    this.#server = server;
    const ask = (): void => this.#askSoon();
    const isSpec = (document: vscode.TextDocument): boolean => document.languageId === 'berth';
    this.#subscriptions = [
      this.#changed,
      vscode.window.onDidChangeActiveTextEditor(ask),
      vscode.window.onDidChangeVisibleTextEditors(ask),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => isSpec(textEditor.document) && ask()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => isSpec(document) && ask()),
      server.on('berth/previewChanged', ask),
      server.on('berth/liveChanged', ask),
      server.on('berth/status', ask),
      server.onState(ask),
      lives.onChange(ask),
    ];
    ask();
  }

  /** The document at the cursor of a spec that is in sight. */
  get document(): BerthDocument | undefined {
    return this.#document;
  }

  /** Waits from the first event on, and not anew with each: what runs says so several times a second. */
  #askSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, REST_MS);
  }

  async #ask(): Promise<void> {
    const asked = ++this.#asked;
    const editor = specEditor();
    const document =
      editor === undefined || this.#server.state !== 'running'
        ? undefined
        : await documentAtCursor(this.#server, editor).catch(() => undefined);
    if (asked !== this.#asked) return;
    this.#document = document;
    void vscode.commands.executeCommand('setContext', NOTHING_TO_RUN, typeof document?.nothingToRun === 'string');
    this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
