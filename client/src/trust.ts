import * as vscode from 'vscode';

/** What a deployment does to the machine is asked only of a workspace that its user trusts. */
const REASON =
  'Berth runs the commands that a spec names: models, trainers, sites. In a workspace that you do not trust it shows what they would do, and runs nothing.';

/** True where the workspace is trusted; otherwise says why not, and offers the way there. */
export async function trusted(action: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const choice = await vscode.window.showWarningMessage(`${action} needs a trusted workspace. ${REASON}`, manage);
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
