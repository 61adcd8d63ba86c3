/** What the handlers of the requests of `protocol.ts` share: their types, the document they are about, and failures in words. */
import type { CancellationToken } from 'vscode-languageserver/node';
import type { InText, Problem } from '../spec/problems/catalogue.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { OpenText } from './open-text.ts';
import type { AtSpan, DocumentRef, Requests } from './protocol.ts';
import type { Workspace } from './workspace.ts';

type Handler<M extends keyof Requests> = (
  params: Requests[M][0],
  token: CancellationToken,
) => Requests[M][1] | Promise<Requests[M][1]>;

/** Registers a request of `protocol.ts` with its types. */
export function onRequest<M extends keyof Requests>(workspace: Workspace, method: M, handler: Handler<M>): void {
  workspace.connection.onRequest(method, handler as never);
}

/** A document of an open spec file by its position. */
export function documentOf(
  workspace: Workspace,
  ref: DocumentRef,
): { readonly open: OpenText; readonly part: SpecDocument } | undefined {
  const open = workspace.open(ref.uri);
  const read = open && workspace.read(open);
  const part = read?.type === 'spec' ? read.spec.documents[ref.document] : undefined;
  return open && part && { open, part };
}

/** As `documentOf`, when all files are known that the text refers to. @throws the signal's reason when it fires. */
export async function settledDocument(
  workspace: Workspace,
  ref: DocumentRef,
  signal: AbortSignal,
): Promise<ReturnType<typeof documentOf>> {
  const open = workspace.open(ref.uri);
  if (open) await workspace.settled(open, signal);
  return documentOf(workspace, ref);
}

/** The problems of one document, the engines' included as far as they are known. */
export function problemsIn(
  diagnostics: Pick<Diagnostics, 'problems'>,
  open: OpenText,
  part: SpecDocument,
): readonly Problem<InText>[] {
  const { start, end } = part.range;
  return diagnostics.problems(open).filter(({ range }) => range.start >= start && range.start <= end);
}

export function failed(
  problem: Problem<Partial<Pick<InText, 'range'>>>,
  open?: OpenText,
): { readonly ok: false; readonly problem: Problem<AtSpan> } {
  const { code, severity, message, hint, range } = problem;
  return {
    ok: false,
    problem: { code, severity, message, hint, ...(open && range ? { range: open.range(range) } : {}) },
  };
}

export function signalOf(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
