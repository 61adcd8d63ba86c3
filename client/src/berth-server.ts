import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, State, TransportKind } from 'vscode-languageclient/node';
import type { LanguageClientOptions, ServerOptions, StaticFeature } from 'vscode-languageclient/node';
import { trustedCommands } from './trusted-commands.ts';
import type {
  ClientNotifications,
  InitializationOptions,
  Notifications,
  Requests,
} from '../../server/src/lsp/protocol.ts';

/** The languages that the server speaks, in the places whose files it can read. */
export const BERTH_DOCUMENTS: vscode.DocumentSelector = ['berth', 'berth-graph'].flatMap((language) => [
  { language, scheme: 'file' },
  { language, scheme: 'untitled' },
]);

export type ServerState = 'starting' | 'running' | 'stopped';

/** The language server as the rest of the extension sees it: typed requests and notifications, and whether it runs. */
export class BerthServer implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('Berth', { log: true });
  readonly #client: LanguageClient;
  readonly #stateChanged = new vscode.EventEmitter<ServerState>();
  readonly onState = this.#stateChanged.event;
  readonly #told = new vscode.EventEmitter<{
    method: keyof Notifications;
    params: Notifications[keyof Notifications];
  }>();
  readonly #heard = new Set<keyof Notifications>();

  constructor(context: vscode.ExtensionContext) {
    const module = context.asAbsolutePath('dist/server.cjs');
    const server: ServerOptions = {
      run: { module, transport: TransportKind.ipc },
      debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--inspect=0'] } },
    };
    const options: LanguageClientOptions = {
      documentSelector: ['berth', 'berth-graph'].flatMap((language) => [
        { language, scheme: 'file' },
        { language, scheme: 'untitled' },
      ]),
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => initializationOptions(),
      progressOnInitialization: true,
      // Hovers of our own server carry pictures; each is trusted with the commands that it links itself.
      markdown: { isTrusted: false, supportHtml: true },
      middleware: {
        provideHover: async (document, position, token, next) => {
          const hover = await next(document, position, token);
          for (const content of hover?.contents ?? [])
            if (content instanceof vscode.MarkdownString) content.isTrusted = trustedCommands(content.value);
          return hover;
        },
      },
    };
    this.#client = new LanguageClient('berth', 'Berth', server, options);
    this.#client.registerFeature(announceBerth);
    this.#client.onDidChangeState(({ newState }) => this.#stateChanged.fire(stateOf(newState)));
  }

  get state(): ServerState {
    return stateOf(this.#client.state);
  }

  start(): Promise<void> {
    return this.#client.start();
  }

  async restart(): Promise<void> {
    this.log.info('The language server is started anew.');
    if (this.#client.needsStop()) await this.#client.restart();
    else await this.#client.start();
  }

  /** Sends a request; rejects where it is cancelled or where the server does not run. */
  request<K extends keyof Requests>(
    method: K,
    params: Requests[K][0],
    token?: vscode.CancellationToken,
  ): Promise<Requests[K][1]> {
    // A token that is not there would be sent as a second parameter, in the place of the server's own.
    return token === undefined
      ? this.#client.sendRequest<Requests[K][1]>(method, params)
      : this.#client.sendRequest<Requests[K][1]>(method, params, token);
  }

  notify<K extends keyof ClientNotifications>(method: K, params: ClientNotifications[K]): Promise<void> {
    return this.#client.sendNotification(method, params);
  }

  /** Any number may listen to a notification; the connection itself knows only the last that came. */
  on<K extends keyof Notifications>(method: K, handle: (params: Notifications[K]) => void): vscode.Disposable {
    if (!this.#heard.has(method)) {
      this.#heard.add(method);
      this.#client.onNotification(method, (params: Notifications[K]) => this.#told.fire({ method, params }));
    }
    return this.#told.event((told) => {
      if (told.method === method) handle(told.params as Notifications[K]);
    });
  }

  async dispose(): Promise<void> {
    this.#stateChanged.dispose();
    this.#told.dispose();
    if (this.#client.needsStop()) await this.#client.dispose();
    this.log.dispose();
  }
}

/** Our own requests are answered only to a client that says it knows them. */
const announceBerth: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), berth: true };
  },
  initialize() {
    // nothing to register: the capability is all
  },
  getState: () => ({ kind: 'static' }),
  clear() {
    // nothing is held
  },
};

function initializationOptions(): InitializationOptions {
  const stateFolder = vscode.workspace.getConfiguration('berth').get<string>('local.stateFolder', '').trim();
  return { trusted: vscode.workspace.isTrusted, ...(stateFolder === '' ? {} : { stateFolder }) };
}

function stateOf(state: State): ServerState {
  switch (state) {
    case State.Running:
      return 'running';
    case State.Starting:
      return 'starting';
    default:
      return 'stopped';
  }
}
