import * as vscode from 'vscode';
import type { DeploymentAddress } from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { answered, sentence } from '../problem.ts';

export const LOG_SCHEME = 'berth-log';

const TAIL = 1000;

/** The last lines of a deployment's log as a read-only document; showing it again reads it again. */
export class LogDocuments implements vscode.TextDocumentContentProvider {
  readonly #server: BerthServer;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  constructor(server: BerthServer) {
    this.#server = server;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address = addressOf(uri);
    const result = await answered(this.#server.request('berth/logs', { ...address, tail: TAIL }));
    if (result === undefined) return '';
    if (!result.ok) return `${sentence(result.problem)}\n`;
    return result.value.length === 0 ? 'Nothing was logged yet.\n' : `${result.value.join('\n')}\n`;
  }

  async show(address: DeploymentAddress): Promise<void> {
    const uri = uriOf(address);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    const end = document.lineAt(document.lineCount - 1).range.end;
    editor.revealRange(new vscode.Range(end, end));
  }
}

/** The path is for people too; the query tells targets apart. */
function uriOf({ target, id }: DeploymentAddress): vscode.Uri {
  return vscode.Uri.from({ scheme: LOG_SCHEME, path: `/${id}.log`, query: JSON.stringify(target) });
}

function addressOf({ path, query }: vscode.Uri): DeploymentAddress {
  const id = path.replace(/^\//, '').replace(/\.log$/, '') as DeploymentAddress['id']; // as `uriOf` wrote it
  return { target: JSON.parse(query) as DeploymentAddress['target'], id };
}
