/** A language client for tests and benchmarks: the real server in a process of its own, over standard input and output. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver-protocol/node';
import type {
  Diagnostic,
  DidChangeWatchedFilesRegistrationOptions,
  Position,
  PublishDiagnosticsParams,
  RegistrationParams,
} from 'vscode-languageserver-protocol';
import type { Notifications, Requests } from '../../server/src/lsp/protocol.ts';

const SOURCES = fileURLToPath(new URL('../../server/src/lsp/main.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../dist/server.cjs', import.meta.url));

export interface ClientOptions {
  /** The built bundle (as VS Code starts it) or the sources. Default: the sources. */
  readonly server?: 'bundle' | 'sources';
  /** The client asks for diagnostics instead of being sent them. Default: false. */
  readonly pull?: boolean;
  /** It knows Berth's own messages. Default: true. */
  readonly berth?: boolean;
  readonly trusted?: boolean;
  readonly stateFolder?: string;
  /** A command that starts what follows it; none unless said. */
  readonly startedBy?: readonly string[];
}

export class LanguageServerClient {
  readonly connection: MessageConnection;
  readonly process: ChildProcessWithoutNullStreams;
  /** Patterns of the files that the server wants to be told of. */
  readonly watched: string[] = [];
  readonly #published = new Map<string, PublishDiagnosticsParams>();
  readonly #waiting = new Set<() => void>();
  #stderr = '';

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.process = process;
    this.connection = createMessageConnection(
      new StreamMessageReader(process.stdout),
      new StreamMessageWriter(process.stdin),
    );
    process.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.#published.set(params.uri, params);
      for (const wake of this.#waiting) wake();
    });
    // Requests of the server that a client must answer.
    for (const method of [
      'workspace/inlayHint/refresh',
      'workspace/codeLens/refresh',
      'workspace/diagnostic/refresh',
    ]) {
      this.connection.onRequest(method, () => null);
    }
    this.connection.onRequest('client/registerCapability', ({ registrations }: RegistrationParams) => {
      for (const { method, registerOptions } of registrations) {
        if (method !== 'workspace/didChangeWatchedFiles') continue;
        const { watchers } = registerOptions as DidChangeWatchedFilesRegistrationOptions;
        this.watched.push(...watchers.map(({ globPattern }) => JSON.stringify(globPattern)));
      }
      return null;
    });
    this.connection.listen();
  }

  static async start(options: ClientOptions = {}): Promise<LanguageServerClient> {
    const { server = 'sources', pull = false, berth = true, trusted = true, stateFolder, startedBy = [] } = options;
    const [program, ...args] = [...startedBy, process.execPath, server === 'bundle' ? BUNDLE : SOURCES, '--stdio'];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const client = new LanguageServerClient(child);
    await client.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      initializationOptions: { trusted, ...(stateFolder === undefined ? {} : { stateFolder }) },
      capabilities: {
        experimental: { berth },
        workspace: {
          didChangeWatchedFiles: { dynamicRegistration: true },
          inlayHint: { refreshSupport: true },
          codeLens: { refreshSupport: true },
          ...(pull ? { diagnostics: { refreshSupport: true } } : {}),
        },
        textDocument: {
          completion: { completionItem: { snippetSupport: true } },
          documentSymbol: { hierarchicalDocumentSymbolSupport: true },
          ...(pull ? { diagnostic: {} } : {}),
        },
      },
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  /** What the server wrote to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  async open(uri: string, text: string, languageId = 'berth'): Promise<void> {
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  async change(uri: string, version: number, start: Position, end: Position, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ range: { start, end }, text }],
    });
  }

  async replace(uri: string, version: number, text: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  /** Waits until the diagnostics sent for a URI satisfy the condition. @throws Error when the server ends first. */
  async diagnostics(
    uri: string,
    until: (diagnostics: readonly Diagnostic[], version: number | undefined) => boolean,
  ): Promise<readonly Diagnostic[]> {
    return this.#eventually(() => {
      const published = this.#published.get(uri);
      return published && until(published.diagnostics, published.version) ? published.diagnostics : undefined;
    });
  }

  request<M extends keyof Requests>(method: M, params: Requests[M][0]): Promise<Requests[M][1]> {
    return this.connection.sendRequest(method, params);
  }

  onNotification<M extends keyof Notifications>(method: M, handler: (params: Notifications[M]) => void): void {
    this.connection.onNotification(method, handler);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    const exited = once(this.process, 'exit');
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await exited;
    this.connection.dispose();
  }

  #eventually<T>(look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        const found = look();
        if (found === undefined) return;
        done();
        resolve(found);
      };
      const ended = (): void => {
        done();
        reject(new Error(`the language server ended: ${this.#stderr}`));
      };
      const done = (): void => {
        this.#waiting.delete(wake);
        this.process.off('exit', ended);
      };
      this.#waiting.add(wake);
      this.process.once('exit', ended);
      wake();
    });
  }
}

export function fileUri(path: string): string {
  return pathToFileURL(path).href;
}
