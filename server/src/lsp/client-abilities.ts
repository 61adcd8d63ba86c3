import { fileURLToPath } from 'node:url';
import {
  CodeLensRefreshRequest,
  InlayHintRefreshRequest,
  type Connection,
  type InitializeParams,
} from 'vscode-languageserver/node';

/** What the client at the other end can do, read once from its `initialize`. */
export class ClientAbilities {
  /** It knows the messages of `protocol.ts`; other editors never get one. */
  readonly berth: boolean;
  /** It asks for diagnostics, and can be told to ask again. */
  readonly pullDiagnostics: boolean;
  readonly refreshDiagnostics: boolean;
  readonly dynamicConfiguration: boolean;
  /** It can be asked to tell of changes of files on disk. */
  readonly dynamicWatching: boolean;
  readonly snippets: boolean;
  readonly hierarchicalSymbols: boolean;
  /** The workspace is trusted: only then is anything run. Editors without that notion decide by starting us. */
  trusted: boolean;
  /** Absolute paths of the workspace's folders. */
  readonly folders: readonly string[];
  /** State folder of the local agent, where the user set one. */
  readonly stateFolder: string | undefined;
  readonly #refreshInlayHints: boolean;
  readonly #refreshCodeLenses: boolean;

  constructor({ capabilities, initializationOptions, workspaceFolders }: Partial<InitializeParams>) {
    const experimental = record(capabilities?.experimental);
    const options = record(initializationOptions);
    this.berth = experimental.berth === true;
    this.pullDiagnostics = capabilities?.textDocument?.diagnostic !== undefined;
    this.refreshDiagnostics = capabilities?.workspace?.diagnostics?.refreshSupport === true;
    this.dynamicConfiguration = capabilities?.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    this.dynamicWatching = capabilities?.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    this.snippets = capabilities?.textDocument?.completion?.completionItem?.snippetSupport === true;
    this.hierarchicalSymbols = capabilities?.textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true;
    this.trusted = options.trusted !== false;
    this.folders = (workspaceFolders ?? []).flatMap(({ uri }) => (uri.startsWith('file:') ? [fileURLToPath(uri)] : []));
    this.stateFolder =
      typeof options.stateFolder === 'string' && options.stateFolder !== '' ? options.stateFolder : undefined;
    this.#refreshInlayHints = capabilities?.workspace?.inlayHint?.refreshSupport === true;
    this.#refreshCodeLenses = capabilities?.workspace?.codeLens?.refreshSupport === true;
  }

  /** Hints and lenses say what the engines said: when that changes, they are asked for again. */
  async refreshHints(connection: Connection): Promise<void> {
    // A client that goes away meanwhile no longer needs them.
    if (this.#refreshInlayHints) await connection.sendRequest(InlayHintRefreshRequest.type).catch(() => {});
    await this.refreshLenses(connection);
  }

  async refreshLenses(connection: Connection): Promise<void> {
    if (this.#refreshCodeLenses) await connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {});
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
