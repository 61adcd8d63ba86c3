/**
 * The page's only way out: messages to and from whoever hosts it. In VS Code that is the extension; in a plain page
 * (tests, screenshots) whatever defines `acquireVsCodeApi` before the script runs.
 */
import type { DocumentRef, FromPage, ToPage, WhatIf } from '../../server/src/lsp/protocol.ts';

/** What survives a hidden or reloaded panel: enough to ask the extension for the rest. */
export interface KeptState {
  readonly ref: DocumentRef | null;
  readonly whatIf: WhatIf;
}

export interface Channel {
  send(message: FromPage): void;
  /** Calls back for every message of the host, until the returned function is called. */
  listen(onMessage: (message: ToPage) => void): () => void;
  keep(state: KeptState): void;
  kept(): KeptState | undefined;
}

interface HostApi {
  postMessage(message: unknown): void;
  setState(state: unknown): void;
  getState(): unknown;
}

declare function acquireVsCodeApi(): HostApi;

export function openChannel(): Channel {
  const host = acquireVsCodeApi();
  return {
    send: (message) => host.postMessage(message),
    listen(onMessage) {
      const receive = (event: MessageEvent<ToPage>): void => onMessage(event.data);
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
    keep: (state) => host.setState(state),
    kept: () => host.getState() as KeptState | undefined,
  };
}
