import * as vscode from 'vscode';
import { BerthServer } from './berth-server.ts';
import { addressOf } from './deploy/address.ts';
import { Deployer, rowOf } from './deploy/deployer.ts';
import { addressIn, DeploymentsTree } from './deploy/deployments-tree.ts';
import type { TreeNode } from './deploy/deployments-tree.ts';
import { LiveStore } from './deploy/live-store.ts';
import { LOG_SCHEME, LogDocuments } from './deploy/log-document.ts';
import { PLAN_SCHEME, PlanDocuments } from './deploy/plan-document.ts';
import { DocumentState } from './document-state.ts';
import { documentOf } from './documents.ts';
import { newSpec } from './new-spec.ts';
import { openAtStart } from './open-at-start.ts';
import { openExample } from './open-example.ts';
import { PREVIEW_VIEW, PreviewPanel } from './preview/preview-panel.ts';
import { showStateBar } from './state-bar.ts';
import { showStatusItem } from './status-item.ts';
import { showProblem, unanswered } from './problem.ts';
import { trusted } from './trust.ts';
import { watch } from './watch.ts';
import type { DeploymentAddress } from '../../server/src/lsp/protocol.ts';

let running: BerthServer | undefined;

/** Starts the server and puts everything together; nothing here waits for the server. */
export function activate(context: vscode.ExtensionContext): void {
  const server = new BerthServer(context);
  running = server;
  const lives = new LiveStore(server);
  const plans = new PlanDocuments();
  const logs = new LogDocuments(server);
  const deployer = new Deployer(server, lives, plans);
  const tree = new DeploymentsTree(lives);
  const panel = new PreviewPanel(server, lives, context.extensionUri);
  const state = new DocumentState(server, lives);

  /** A command that tells a person when it fails, whatever it fails of. */
  const command = (name: string, run: (...args: unknown[]) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (...args: unknown[]) => {
      try {
        await run(...args);
      } catch (error) {
        server.log.error(error instanceof Error ? error : String(error));
        await showProblem(unanswered(error));
      }
    });

  context.subscriptions.push(
    lives,
    tree,
    panel,
    state,
    showStatusItem(server, lives),
    showStateBar(server, state),
    vscode.workspace.registerTextDocumentContentProvider(PLAN_SCHEME, plans),
    vscode.workspace.registerTextDocumentContentProvider(LOG_SCHEME, logs),
    vscode.window.registerWebviewPanelSerializer(PREVIEW_VIEW, {
      deserializeWebviewPanel: (kept, state) => panel.restore(kept, state),
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      await server.notify('berth/trustGranted', {});
      await lives.refresh(); // not before the server knows: it would refuse
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('berth.local.stateFolder')) return;
      const restart = 'Restart Language Server';
      const choice = await vscode.window.showInformationMessage(
        'The new state folder is used once the language server is started anew.',
        restart,
      );
      if (choice === restart) await vscode.commands.executeCommand('berth.restartServer');
    }),
    command('berth.preview', (argument) => panel.open(argument)),
    command('berth.plan', (argument) => deployer.plan(argument)),
    command('berth.apply', (argument) => deployer.apply(argument)),
    command('berth.delete', (argument) => deployer.delete(argument)),
    command('berth.rollBack', (argument, revision) => deployer.rollBack(argument, revision)),
    command('berth.watch', (argument) => watch(server, panel, argument)),
    command('berth.showStatus', async (argument) => tree.reveal(await deploymentOf(argument))),
    command('berth.refreshStatus', () => lives.refresh()),
    command('berth.showLogs', async (argument) => {
      if (!(await trusted('Reading the logs'))) return;
      const address = (await deploymentOf(argument)) ?? (await picked());
      if (address !== undefined) await logs.show(address);
    }),
    command('berth.copyAddress', async (argument) => {
      // without the last slash, so that a path can be written behind it
      const address = (argument as TreeNode | undefined)?.part?.address?.replace(/\/$/, '');
      if (address === undefined) return;
      await vscode.env.clipboard.writeText(address);
      vscode.window.setStatusBarMessage(`Copied ${address}`, 3000);
    }),
    command('berth.newSpec', () => newSpec(context)),
    command('berth.openExample', (kind) => openExample(kind)),
    command('berth.restartServer', () => server.restart()),
    command('berth.openWalkthrough', async () => {
      await vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#berth.start`,
        false,
      );
    }),
  );

  void server.start().catch((error: unknown) => showProblem(unanswered(error)));
  void openAtStart(context).catch((error: unknown) =>
    server.log.warn(`Nothing was opened at the start: ${String(error)}`),
  );

  /** The deployment of a tree row, or of the document at the cursor or given. */
  async function deploymentOf(argument: unknown): Promise<DeploymentAddress | undefined> {
    const row = rowOf(argument);
    if (row !== undefined) return addressIn(row);
    const document = await documentOf(server, argument);
    return document && addressOf(document);
  }

  async function picked(): Promise<DeploymentAddress | undefined> {
    await lives.refresh();
    const items = lives.all.map((live) => ({ label: live.status.name, description: live.status.summary, live }));
    return (await vscode.window.showQuickPick(items, { placeHolder: 'The logs of which deployment?' }))?.live;
  }
}

export async function deactivate(): Promise<void> {
  await running?.dispose();
  running = undefined;
}
