import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';
import { withoutLinks } from './without-links.ts';
import type { Result, AtSpan, Problem } from '../../server/src/lsp/protocol.ts';

/** Tells a person what is wrong and what to do, with the way to the line where there is one. */
export async function showProblem(problem: Problem<AtSpan>, uri?: string): Promise<void> {
  const { range } = problem;
  const go = 'Go to Line';
  const choice = await vscode.window.showErrorMessage(
    sentence(problem),
    ...(range !== undefined && uri !== undefined ? [go] : []),
  );
  if (choice !== go || range === undefined || uri === undefined) return;
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), {
    selection: new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character),
  });
}

export function sentence({ message, hint, code }: Problem<AtSpan>): string {
  return withoutLinks([message, hint, code === '' ? '' : `(${code})`].filter(Boolean).join(' '));
}

/** What the server could not answer for a reason that is not in its catalogue: it stopped, or has an error of its own. */
export function unanswered(error: unknown): Problem<AtSpan> {
  return {
    code: '',
    severity: 'error',
    message: `The language server did not answer: ${error instanceof Error ? error.message : String(error)}.`.replace(
      /\.\.$/,
      '.',
    ),
    hint: 'Its log is in the output channel "Berth"; the command "Berth: Restart Language Server" starts it anew.',
  };
}

export function isCancelled(error: unknown): boolean {
  return (
    error instanceof vscode.CancellationError ||
    (error instanceof ResponseError &&
      (error.code === LSPErrorCodes.RequestCancelled || error.code === LSPErrorCodes.ServerCancelled))
  );
}

/** The answer of a request as a value: what failed without an answer becomes a problem too, and a cancelled one is undefined. */
export async function answered<T>(request: Promise<Result<T>>): Promise<Result<T> | undefined> {
  try {
    return await request;
  } catch (error) {
    return isCancelled(error) ? undefined : { ok: false, problem: unanswered(error) };
  }
}
