import * as vscode from 'vscode';
import type { DocumentRef, FromPage, PageState, ToPage, WhatIf } from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { addressOf, targetText } from '../deploy/address.ts';
import type { LiveStore } from '../deploy/live-store.ts';
import { documentAtCursor, documentOf, isDocumentRef, sameRef, specEditor } from '../documents.ts';
import type { BerthDocument } from '../documents.ts';
import { answered, showProblem } from '../problem.ts';
import { pageHtml } from './page-html.ts';
import { PreviewSession } from './preview-session.ts';
import { editorOf, rangeOf, SelectionSync } from './selection-sync.ts';

export const PREVIEW_VIEW = 'berth.preview';

/** The cursor rests this long before the panel asks what it stands on. */
const CURSOR_REST_MS = 80;

/** A text with a mistake rests this long before the panel asks whether it is mended. */
const TYPING_REST_MS = 200;

/**
 * The one preview panel. It holds no state that the server has not: a page that was hidden is made anew and asks for all of it.
 */
export class PreviewPanel implements vscode.Disposable {
  readonly #server: BerthServer;
  readonly #lives: LiveStore;
  readonly #dist: vscode.Uri;
  readonly #icon: { readonly light: vscode.Uri; readonly dark: vscode.Uri };
  readonly #session: PreviewSession;
  readonly #sync: SelectionSync;
  readonly #subscriptions: vscode.Disposable[] = [];
  #panel: vscode.WebviewPanel | undefined;
  #looking: vscode.Disposable | undefined;
  #page: PageState = { state: 'empty', reason: 'no-file' };
  #cursor: NodeJS.Timeout | undefined;
  #repair: NodeJS.Timeout | undefined;
  /** Counts what the panel was turned to, so that a slow answer does not turn it back. */
  #turn = 0;

  constructor(server: BerthServer, lives: LiveStore, extension: vscode.Uri) {
    this.#server = server;
    this.#lives = lives;
    this.#dist = vscode.Uri.joinPath(extension, 'dist');
    this.#icon = {
      light: vscode.Uri.joinPath(extension, 'media', 'preview-light.svg'),
      dark: vscode.Uri.joinPath(extension, 'media', 'preview-dark.svg'),
    };
    this.#session = new PreviewSession(server, (page) => this.#show(page));
    this.#sync = new SelectionSync(server);
    this.#subscriptions.push(
      this.#session,
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor?.document.languageId === 'berth') this.#follow(editor);
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => {
        if (event.textEditor.document.languageId !== 'berth' || this.#sync.isEcho(event)) return;
        this.#follow(event.textEditor);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        // A mistake that is taken back leads to a preview that the server has not changed, and so says nothing of.
        if (this.#page.state === 'error' && document.uri.toString() === this.#session.ref?.uri) this.#tryAgain();
      }),
      server.on('berth/previewChanged', ({ uri }) => {
        if (this.#panel !== undefined && uri === this.#session.ref?.uri) void this.#renew();
      }),
      server.onState((state) => {
        if (this.#panel === undefined) return;
        if (state === 'running') void this.#renew();
        else if (state === 'stopped' && this.#session.ref !== null) this.#session.serverStopped();
      }),
      lives.onChange(() => this.#sendLive()),
    );
  }

  /** Opens the panel beside the text, or brings it up, for a document given or that of the cursor. */
  async open(argument: unknown): Promise<void> {
    if (this.#panel === undefined) {
      const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.#adopt(vscode.window.createWebviewPanel(PREVIEW_VIEW, 'Berth Preview', column, this.#options()));
    } else {
      this.#panel.reveal(undefined, true);
    }
    await this.#turnTo(argument);
  }

  /** Opens the panel for a document, with what runs of it in sight. */
  async openAtLive(ref: DocumentRef): Promise<void> {
    await this.open(ref);
    await this.#lives.refresh();
    this.#send({ type: 'toLive' });
  }

  /** Takes over a panel that VS Code has kept over a reload. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.#panel?.dispose();
    panel.webview.options = this.#options();
    this.#adopt(panel);
    const { ref, whatIf } = (state ?? {}) as { ref?: DocumentRef; whatIf?: WhatIf };
    await this.#turnTo(isDocumentRef(ref) ? ref : undefined, whatIf);
  }

  #options(): vscode.WebviewOptions & vscode.WebviewPanelOptions {
    return { enableScripts: true, localResourceRoots: [this.#dist], enableFindWidget: true };
  }

  #adopt(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    panel.iconPath = this.#icon;
    this.#looking = this.#lives.look();
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.#receive(message));
    panel.onDidDispose(() => {
      this.#looking?.dispose();
      this.#looking = undefined;
      this.#panel = undefined;
    });
    panel.webview.html = pageHtml(panel.webview, this.#dist);
  }

  async #turnTo(argument: unknown, whatIf?: WhatIf): Promise<void> {
    const turn = ++this.#turn;
    const document = await this.#lookUp(argument);
    if (turn !== this.#turn || this.#panel === undefined) return;
    if (document === undefined) {
      this.#session.empty(specEditor() === undefined ? 'no-file' : 'no-document');
      this.#panel.title = 'Berth Preview';
      return;
    }
    this.#panel.title = `Preview: ${document.name}`;
    this.#session.turnTo(document, whatIf);
    this.#sendLive();
  }

  /** The document, or undefined where there is none or the server cannot say. */
  async #lookUp(argument: unknown): Promise<BerthDocument | undefined> {
    try {
      return await documentOf(this.#server, argument);
    } catch (error) {
      this.#server.log.warn(`The document for the preview was not found: ${String(error)}`);
      return undefined;
    }
  }

  /** Follows the cursor once it rests: another document, or another thing selected in this one. */
  #follow(editor: vscode.TextEditor): void {
    if (this.#panel === undefined) return;
    clearTimeout(this.#cursor);
    this.#cursor = setTimeout(() => void this.#followNow(editor), CURSOR_REST_MS);
  }

  async #followNow(editor: vscode.TextEditor): Promise<void> {
    if (this.#panel === undefined || this.#server.state !== 'running') return;
    const own = editor.document.uri.toString() === this.#session.ref?.uri;
    const follows =
      vscode.workspace.getConfiguration('berth').get('preview.followCursor', true) || this.#session.ref === null;
    if (follows) {
      const turn = ++this.#turn;
      const document = await documentAtCursor(this.#server, editor).catch(() => undefined);
      if (turn !== this.#turn) return;
      if (document !== undefined && !sameRef(document.ref, this.#session.ref)) {
        this.#panel.title = `Preview: ${document.name}`;
        this.#session.turnTo(document);
        this.#sendLive();
      } else if (document === undefined && !own) {
        this.#session.empty('no-document');
      }
    }
    const { ref } = this.#session;
    if (ref === null) return;
    const selection = await this.#sync.selectionAt(editor, ref);
    if (selection !== undefined) this.#send({ type: 'select', selection });
  }

  #tryAgain(): void {
    if (this.#panel === undefined) return;
    clearTimeout(this.#repair);
    this.#repair = setTimeout(() => void this.#renew(), TYPING_REST_MS);
  }

  /** The text has changed: its name or target may have, too. */
  async #renew(): Promise<void> {
    const { ref } = this.#session;
    const document = ref === null ? undefined : await this.#lookUp(ref);
    if (!sameRef(ref, this.#session.ref)) return;
    if (document !== undefined) {
      this.#session.turnTo(document);
      this.#sendLive();
    } else {
      await this.#turnTo(undefined);
    }
  }

  async #receive(message: FromPage): Promise<void> {
    const { ref } = this.#session;
    switch (message.type) {
      case 'ready':
        this.#show(this.#page);
        this.#sendLive();
        this.#send({ type: 'select', selection: this.#sync.of(ref) });
        return;
      case 'select':
        if (ref !== null) await this.#sync.reveal(ref, message.selection);
        return;
      case 'whatIf':
        this.#session.askWhatIf(message.whatIf);
        return;
      case 'node':
        if (ref !== null) await this.#tellNode(ref, message.node);
        return;
      case 'stopSearch':
        if (ref !== null) await this.#server.request('berth/stopSearch', ref).catch(() => null);
        return;
      case 'keep':
        if (ref !== null) await this.#keep(ref, message.whatIf);
        return;
      case 'cancel':
        this.#session.cancel();
        return;
      case 'goto':
        if (ref !== null) {
          const editor = await editorOf(ref.uri, false);
          const range = rangeOf(message.span);
          editor.selection = new vscode.Selection(range.start, range.end);
          editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
        }
        return;
      case 'command':
        await this.#run(message);
    }
  }

  async #run({ command, revision }: Extract<FromPage, { type: 'command' }>): Promise<void> {
    const { ref } = this.#session;
    switch (command) {
      case 'newFile':
        return vscode.commands.executeCommand('berth.newSpec');
      case 'rollback':
        return vscode.commands.executeCommand('berth.rollBack', ref, revision);
      case 'logs':
        return vscode.commands.executeCommand('berth.showLogs', ref);
      default:
        return vscode.commands.executeCommand(`berth.${command}`, ref);
    }
  }

  /** Writes a what-if into the text, as one step that can be undone. */
  async #keep(ref: DocumentRef, whatIf: WhatIf): Promise<void> {
    const result = await answered(this.#server.request('berth/keep', { ...ref, whatIf }));
    if (result === undefined) return;
    if (!result.ok) {
      await showProblem(result.problem, ref.uri);
      return;
    }
    const edit = new vscode.WorkspaceEdit();
    const uri = vscode.Uri.parse(result.value.uri);
    for (const { span, newText } of result.value.edits) edit.replace(uri, rangeOf(span), newText);
    this.#session.forgetWhatIf();
    const written = await vscode.workspace.applyEdit(edit);
    if (!written)
      void vscode.window.showErrorMessage('The change could not be written into the text: it has changed meanwhile.');
    await this.#session.ask();
  }

  /** What is known of a node; a question that nothing answers is forgotten, as the next picture asks it again. */
  async #tellNode(ref: DocumentRef, node: string): Promise<void> {
    const { whatIf } = this.#session;
    const facts = await this.#server.request('berth/node', { ...ref, node, whatIf }).catch(() => null);
    if (facts !== null && sameRef(ref, this.#session.ref) && whatIf === this.#session.whatIf)
      this.#send({ type: 'node', facts });
  }

  #show(page: PageState): void {
    this.#page = page;
    const document = this.#session.document;
    const file = document === null ? '' : vscode.workspace.asRelativePath(vscode.Uri.parse(document.ref.uri), false);
    const nothingToRun = document?.nothingToRun ?? null;
    this.#send({
      type: 'show',
      ref: document?.ref ?? null,
      file,
      target: document ? targetText(document.target) : '',
      ...(nothingToRun === null ? {} : { nothingToRun }),
      page,
    });
  }

  #sendLive(): void {
    const document = this.#session.document;
    const live = document === null ? undefined : this.#lives.get(addressOf(document));
    this.#send({ type: 'live', status: live?.status ?? null, revisions: live?.revisions ?? [] });
  }

  #send(message: ToPage): void {
    void this.#panel?.webview.postMessage(message);
  }

  dispose(): void {
    clearTimeout(this.#cursor);
    clearTimeout(this.#repair);
    this.#panel?.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
