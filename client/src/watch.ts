import * as vscode from 'vscode';
import type { BerthServer } from './berth-server.ts';
import { targetText } from './deploy/address.ts';
import { documentOf } from './documents.ts';
import type { PreviewPanel } from './preview/preview-panel.ts';
import { trusted } from './trust.ts';

/** Keeps what runs of a document beside its text; where nothing does, says so and offers the way there. */
export async function watch(server: BerthServer, panel: PreviewPanel, argument: unknown): Promise<void> {
  if (!(await trusted('Watch'))) return;
  const document = await documentOf(server, argument);
  if (document === undefined) {
    void vscode.window.showInformationMessage(
      'Put the cursor into a document of a .berth.yaml file first: it says what to watch.',
    );
    return;
  }
  if (document.live !== null) {
    await panel.openAtLive(document.ref);
    return;
  }
  const { name, target, nothingToRun, ref } = document;
  const apply = `Apply to ${targetText(target)}`;
  const choice = await vscode.window.showInformationMessage(
    nothingToRun ?? `${name} does not run on ${targetText(target)}: there is nothing to watch yet.`,
    ...(nothingToRun === null ? [apply] : []),
  );
  if (choice === apply) await vscode.commands.executeCommand('berth.apply', ref);
}
