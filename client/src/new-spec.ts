import * as vscode from 'vscode';
import { specEditor } from './documents.ts';

const TEMPLATES = [
  {
    label: 'InferenceCluster',
    detail: 'Models that share too few machines, each with a latency it promises',
    file: 'inference-cluster',
  },
  {
    label: 'TrainingPlacement',
    detail: 'A network too large for one device, and where each of its layers goes',
    file: 'training-placement',
  },
  { label: 'Federation', detail: 'Sites that train together and show no one their data', file: 'federation' },
] as const;

/** Asks for a kind and writes a first document of it: into the spec that is open, or into a new file. */
export async function newSpec(context: vscode.ExtensionContext): Promise<void> {
  const chosen = await vscode.window.showQuickPick(TEMPLATES, { placeHolder: 'What should the spec describe?' });
  if (chosen === undefined) return;
  const file = vscode.Uri.joinPath(context.extensionUri, 'media', 'templates', `${chosen.file}.berth.snippet`);
  const template = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const open = specEditor();
  if (open === undefined) {
    const document = await vscode.workspace.openTextDocument({ language: 'berth', content: '' });
    const editor = await vscode.window.showTextDocument(document);
    await editor.insertSnippet(new vscode.SnippetString(template));
    return;
  }
  const editor = await vscode.window.showTextDocument(open.document, open.viewColumn ?? vscode.ViewColumn.One);
  const last = editor.document.lineAt(editor.document.lineCount - 1).range.end;
  const empty = editor.document.getText().trim() === '';
  const before = empty ? '' : `${last.character === 0 ? '' : '\n'}---\n`;
  await editor.insertSnippet(new vscode.SnippetString(before + template), last);
}
