/** The requests behind the preview panel: what would happen, selections both ways, and what-ifs written into the text. */
import { answerOf } from '../language/answer.ts';
import { nothingToRun } from '../language/code-lens.ts';
import { keepEdits } from '../language/keep.ts';
import { rangeOfSelection, selectionAt } from '../language/locate.ts';
import type { Preview } from '../preview/model.ts';
import { explain, type InText, type Problem } from '../spec/problems/catalogue.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { OpenText } from './open-text.ts';
import { isAbort } from './previewer.ts';
import type { DocumentRef, Requests, Result, AtSpan } from './protocol.ts';
import { VERSION } from '../host/version.ts';
import type { Server } from './server.ts';
import type { CancellationToken } from 'vscode-languageserver/node';

type Handler<M extends keyof Requests> = (
  params: Requests[M][0],
  token: CancellationToken,
) => Requests[M][1] | Promise<Requests[M][1]>;

/** Registers a request of `protocol.ts` with its types. */
export function onRequest<M extends keyof Requests>(server: Server, method: M, handler: Handler<M>): void {
  server.connection.onRequest(method, handler as never);
}

export function registerPanel(server: Server): void {
  onRequest(server, 'berth/documentAt', (place) => {
    const open = server.open(place.uri);
    const read = open && server.read(open);
    if (!open || read?.type !== 'spec') return null;
    const known = read.spec.documents.filter((part) => part.kind !== undefined);
    const found =
      'document' in place
        ? known.find((part) => part.index === place.document)
        : partAt(known, open.offsetAt({ line: place.line, character: 0 }));
    if (!found) return null;
    const knowledge = server.knowledge(open);
    const preview = knowledge.outcome(found.index)?.preview;
    const status = knowledge.status(found.index);
    return {
      ref: { uri: place.uri, document: found.index },
      kind: found.kind ?? '',
      name: found.name ?? '',
      target: found.target,
      nothingToRun: nothingToRun(read, found.index)?.words ?? null,
      answer: preview ? answerOf(preview) : null,
      live: status ? { phase: status.phase, summary: status.summary } : null,
    };
  });

  onRequest(server, 'berth/preview', async ({ uri, document, whatIf = {} }, token): Promise<Result<Preview>> => {
    const found = documentOf(server, { uri, document });
    if (!found) return failed(explain('BERTH1027', { what: 'document', path: uri, detail: 'it is not open' }));
    const { open, part } = found;
    const outcome = await server.previewer
      .preview(part, whatIf, signalOf(token), () => {
        if (server.abilities().berth)
          void server.connection.sendNotification('berth/previewChanged', { uri, version: open.version });
      })
      .catch((error: unknown) => {
        if (isAbort(error)) return undefined;
        throw error;
      });
    if (outcome?.preview) return { ok: true, value: outcome.preview };
    // What stands in the way is among the problems of this document: the first error, else the first of any kind.
    const problems = problemsIn(server, open, part);
    const first = problems.find((problem) => problem.severity === 'error') ?? problems[0];
    if (first) return failed(first, open);
    return failed(explain('BERTH5023', { action: 'The preview' }));
  });

  onRequest(server, 'berth/locate', ({ uri, document, selection }) => {
    const found = documentOf(server, { uri, document });
    const read = found && server.read(found.open);
    const range = read && rangeOfSelection(read, document, selection);
    return found && range ? { uri, span: found.open.range(range) } : null;
  });

  onRequest(server, 'berth/selectionAt', ({ uri, line, character }) => {
    const open = server.open(uri);
    const selected = open && selectionAt(server.read(open), open.offsetAt({ line, character }));
    return selected ? { ref: { uri, document: selected.document }, selection: selected.selection } : null;
  });

  onRequest(server, 'berth/keep', ({ uri, document, whatIf }) => {
    const found = documentOf(server, { uri, document });
    const read = found && server.read(found.open);
    if (!found || read?.type !== 'spec')
      return failed(explain('BERTH1027', { what: 'document', path: uri, detail: 'it is not open' }));
    const edits = keepEdits(read, document, whatIf).map(({ range, newText }) => ({
      span: found.open.range(range),
      newText,
    }));
    return { ok: true, value: { uri, edits } };
  });

  onRequest(server, 'berth/serverStatus', () => ({
    version: VERSION,
    rssBytes: process.memoryUsage.rss(),
    documents: [...server.all()].length,
  }));
}

/** The document at an offset, or the last one before it. */
function partAt(parts: readonly SpecDocument[], offset: number): SpecDocument | undefined {
  return parts.findLast((part) => part.range.start <= offset) ?? parts[0];
}

/** A document of an open spec file by its position. */
export function documentOf(
  server: Server,
  ref: DocumentRef,
): { readonly open: OpenText; readonly part: SpecDocument } | undefined {
  const open = server.open(ref.uri);
  const read = open && server.read(open);
  const part = read?.type === 'spec' ? read.spec.documents[ref.document] : undefined;
  return open && part && { open, part };
}

/** The problems of one document, the engines' included as far as they are known. */
export function problemsIn(server: Server, open: OpenText, part: SpecDocument): readonly Problem<InText>[] {
  const { start, end } = part.range;
  return server.diagnostics.problems(open).filter(({ range }) => range.start >= start && range.start <= end);
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
