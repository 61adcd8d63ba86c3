import * as vscode from 'vscode';

/** Opens the first spec of the workspace that has a document of this kind, for the walkthrough; offers a new one where there is none. */
export async function openExample(kind: unknown): Promise<void> {
  if (typeof kind !== 'string') return;
  const files = await vscode.workspace.findFiles('**/*.berth.{yaml,yml}', '**/node_modules/**', 200);
  const own = new RegExp(`^kind:\\s*${kind.replace(/\W/g, '')}\\s*(#.*)?$`, 'm');
  for (const file of files.sort((a, b) => a.path.localeCompare(b.path))) {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    const found = own.exec(text);
    if (found === null) continue;
    const document = await vscode.workspace.openTextDocument(file);
    const at = document.positionAt(found.index);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at), preview: false });
    return;
  }
  const write = 'New Spec';
  const choice = await vscode.window.showInformationMessage(`No ${kind} is in this workspace.`, write);
  if (choice === write) await vscode.commands.executeCommand('berth.newSpec');
}
