import * as vscode from 'vscode';
import type { Status } from '../../server/src/lsp/protocol.ts';
import type { BerthServer } from './berth-server.ts';
import { targetText } from './deploy/address.ts';
import type { DocumentState } from './document-state.ts';
import { specEditor } from './documents.ts';

const PHASE_ICONS: Readonly<Record<Status['phase'], string>> = {
  starting: 'loading~spin',
  running: 'pass',
  completed: 'pass-filled',
  degraded: 'warning',
  failed: 'error',
  stopping: 'loading~spin',
};

interface Shown {
  readonly text: string;
  readonly command: string;
  /** What a click does. */
  readonly does: string;
}

/** The status bar's item: what is wrong with the document at the cursor, or else what runs of it, or else what it would come to. */
export function showStateBar(server: BerthServer, state: DocumentState): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('berth.state', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Berth';
  const show = (): void => {
    const editor = specEditor();
    if (editor === undefined) return item.hide();
    const problems = problemsOf(editor.document.uri);
    const { text, command, does } = shown(server, state, problems);
    item.text = text;
    item.command = command;
    item.tooltip = tooltip(state, problems, does);
    item.accessibilityInformation = { label: `Berth: ${text.replace(/\$\([^)]*\)\s*/g, '')}`, role: 'button' };
    item.show();
  };
  show();
  return vscode.Disposable.from(
    item,
    state.onChange(show),
    server.onState(show),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      const own = specEditor()?.document.uri.toString();
      if (uris.some((uri) => uri.toString() === own)) show();
    }),
  );
}

function shown(server: BerthServer, { document }: DocumentState, { errors }: Problems): Shown {
  if (server.state === 'stopped')
    return { text: '$(error) Berth has stopped', command: 'berth.restartServer', does: 'Start the language server' };
  if (errors > 0)
    return { text: `$(error) ${counted(errors, 'problem')}`, command: PROBLEMS, does: 'Show the problems' };
  if (document === undefined) return { text: '$(loading~spin) Berth', command: 'berth.showStatus', does: '' };
  const { name, live, answer } = document;
  if (live !== null) {
    const text = `$(${PHASE_ICONS[live.phase]}) ${name} ${live.summary}`;
    return { text, command: 'berth.watch', does: 'Watch it beside the text' };
  }
  if (answer === null) return { text: `$(loading~spin) ${name}`, command: 'berth.preview', does: 'Open the preview' };
  return { text: `$(eye) ${name}: ${answer}`, command: 'berth.preview', does: 'Open the preview' };
}

const PROBLEMS = 'workbench.actions.view.problems';

function tooltip({ document }: DocumentState, { errors, warnings }: Problems, does: string): string {
  const found = [
    ...(errors > 0 ? [counted(errors, 'problem')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return [
    found.length === 0 ? 'No problems' : found.join(', '),
    ...(document === undefined
      ? []
      : [
          ...(document.answer === null ? [] : [`Previewed: ${document.answer}`]),
          document.nothingToRun ??
            (document.live === null ? `Not on ${targetText(document.target)}` : document.live.summary),
        ]),
    ...(does === '' ? [] : [`Click: ${does}`]),
  ].join('\n');
}

interface Problems {
  readonly errors: number;
  readonly warnings: number;
}

/** Of the whole file: as the Problems panel counts them. */
function problemsOf(uri: vscode.Uri): Problems {
  const own = vscode.languages.getDiagnostics(uri);
  const count = (severity: vscode.DiagnosticSeverity): number => own.filter((one) => one.severity === severity).length;
  return { errors: count(vscode.DiagnosticSeverity.Error), warnings: count(vscode.DiagnosticSeverity.Warning) };
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
