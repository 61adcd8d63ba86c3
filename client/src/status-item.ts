import * as vscode from 'vscode';
import { BERTH_DOCUMENTS } from './berth-server.ts';
import type { BerthServer } from './berth-server.ts';
import type { LiveStore } from './deploy/live-store.ts';

/** Berth's entry in the language status: whether the server runs, and how many deployments do. */
export function showStatusItem(server: BerthServer, lives: LiveStore): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('berth.status', BERTH_DOCUMENTS);
  item.name = 'Berth';
  const show = (): void => {
    item.busy = server.state === 'starting';
    item.accessibilityInformation = { label: `Berth language server: ${server.state}` };
    if (server.state === 'stopped') {
      item.severity = vscode.LanguageStatusSeverity.Error;
      item.text = '$(error) Berth has stopped';
      item.detail = 'no diagnostics, no previews';
      item.command = { command: 'berth.restartServer', title: 'Restart' };
      return;
    }
    item.severity = vscode.LanguageStatusSeverity.Information;
    item.text = server.state === 'starting' ? 'Berth is starting' : `$(check) Berth ${counts(lives)}`.trim();
    item.detail = vscode.workspace.isTrusted ? '' : 'untrusted workspace: nothing is run';
    item.command = { command: 'berth.showStatus', title: 'Show Deployments' };
  };
  show();
  return vscode.Disposable.from(
    item,
    server.onState(show),
    lives.onChange(show),
    vscode.workspace.onDidGrantWorkspaceTrust(show),
  );
}

/** `2 running, 1 degraded`: deployments by state. */
function counts(lives: LiveStore): string {
  const phases = new Map<string, number>();
  for (const { status } of lives.all) phases.set(status.phase, (phases.get(status.phase) ?? 0) + 1);
  return [...phases].map(([phase, count]) => `${count} ${phase}`).join(', ');
}
