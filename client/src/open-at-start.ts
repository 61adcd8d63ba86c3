import * as vscode from 'vscode';

/** Kept with the workspace: what was opened once is not opened again. */
const DONE = 'berth.openedAtStart';

/**
 * In a folder that asks for it (`berth.openAtStart`), and there only once: the spec with its preview beside it, and the walkthrough in
 * the tab behind it. A folder of examples asks; nobody's own folder does.
 */
export async function openAtStart(context: vscode.ExtensionContext): Promise<void> {
  const file = vscode.workspace.getConfiguration('berth').get('openAtStart', '').trim();
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (file === '' || folder === undefined || context.workspaceState.get(DONE) === true) return;
  const uri = vscode.Uri.joinPath(folder.uri, file);
  const there = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!there) return;
  await context.workspaceState.update(DONE, true);
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, preview: false });
  await vscode.commands.executeCommand('berth.openWalkthrough');
  await vscode.commands.executeCommand('workbench.action.keepEditor'); // else the next file that is looked at takes its place
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, preview: false });
  await vscode.commands.executeCommand('berth.preview', { uri: uri.toString(), document: 0 });
}
