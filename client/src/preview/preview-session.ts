import * as vscode from 'vscode';
import type { DocumentRef, PageState, Preview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { sameRef } from '../documents.ts';
import type { BerthDocument } from '../documents.ts';
import { answered, unanswered } from '../problem.ts';

/** A preview that comes sooner than this replaces the last one without a word in between. */
const LOADING_AFTER_MS = 150;

/**
 * What the panel shows of one document: asks the server, keeps the last good picture and that of the text without a what-if, and
 * drops every answer that a newer question has overtaken.
 */
export class PreviewSession implements vscode.Disposable {
  readonly #server: BerthServer;
  readonly #onPage: (page: PageState) => void;
  #asked: vscode.CancellationTokenSource | undefined;
  #last: Preview | null = null;
  #base: Preview | null = null;
  document: BerthDocument | null = null;
  whatIf: WhatIf = {};

  constructor(server: BerthServer, onPage: (page: PageState) => void) {
    this.#server = server;
    this.#onPage = onPage;
  }

  get ref(): DocumentRef | null {
    return this.document?.ref ?? null;
  }

  /** Shows another document, or the same one again under a new name or target. */
  turnTo(document: BerthDocument, whatIf: WhatIf = {}): void {
    if (!sameRef(this.ref, document.ref)) {
      this.#last = null;
      this.#base = null;
      this.whatIf = whatIf;
    }
    this.document = document;
    void this.ask();
  }

  askWhatIf(whatIf: WhatIf): void {
    this.whatIf = whatIf;
    void this.ask();
  }

  /** After `Keep`: what was asked is in the text; only the way of looking at the graph stays. */
  forgetWhatIf(): void {
    const { look } = this.whatIf;
    this.whatIf = look === undefined ? {} : { look };
  }

  empty(reason: 'no-document' | 'no-file'): void {
    this.#stop();
    this.document = null;
    this.#last = null;
    this.#base = null;
    this.whatIf = {};
    this.#onPage({ state: 'empty', reason });
  }

  /** Computes the preview of the present text and what-if. */
  async ask(): Promise<void> {
    const document = this.document;
    if (document === null) return;
    this.#stop();
    const asked = new vscode.CancellationTokenSource();
    this.#asked = asked;
    const whatIf = this.whatIf;
    const loading = setTimeout(
      () =>
        this.#onPage({
          state: 'loading',
          title: `Computing the preview of ${document.name}`,
          sinceMs: LOADING_AFTER_MS,
        }),
      LOADING_AFTER_MS,
    );
    try {
      const result = await answered(this.#server.request('berth/preview', { ...document.ref, whatIf }, asked.token));
      if (this.#asked !== asked || result === undefined) return;
      if (!result.ok) {
        this.#onPage({ state: 'error', problem: result.problem, last: this.#last });
        return;
      }
      const preview = result.value;
      this.#last = preview;
      if (!changesNumbers(whatIf)) this.#base = preview;
      const base = this.#base;
      this.#onPage({ state: 'ready', preview, whatIf, ...(base === null || base === preview ? {} : { base }) });
    } finally {
      clearTimeout(loading);
      if (this.#asked === asked) this.#asked = undefined;
      asked.dispose();
    }
  }

  /** Stops what is being computed, at the wish of the person who waits. */
  cancel(): void {
    if (this.#asked === undefined) return;
    this.#stop();
    const hint = 'It is computed again with the next change, or by the command "Berth: Preview".';
    this.#onPage({
      state: 'error',
      problem: { code: '', severity: 'information', message: 'The preview was cancelled.', hint },
      last: this.#last,
    });
  }

  serverStopped(): void {
    this.#stop();
    const problem = unanswered('it has stopped');
    this.#onPage({ state: 'error', problem, last: this.#last });
  }

  #stop(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.cancel();
  }

  dispose(): void {
    this.#stop();
  }
}

function changesNumbers(whatIf: WhatIf): boolean {
  const { look: _look, ...numbers } = whatIf;
  return Object.values(numbers).some((value) => value !== undefined);
}
