/** The requests behind the preview panel: what would happen, selections both ways, and what-ifs written into the text. */
import { answerOf } from '../language/kinds.ts';
import { nothingToRun } from '../language/code-lens.ts';
import { keepEdits } from '../language/keep.ts';
import { rangeOfSelection, selectionAt } from '../language/locate.ts';
import type { Preview } from '../preview/model.ts';
import { explain } from '../spec/problems/catalogue.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { Diagnostics } from './diagnostics.ts';
import { isAbort, type Previewer } from './previewer.ts';
import type { Result } from './protocol.ts';
import { documentOf, failed, onRequest, problemsIn, settledDocument, signalOf } from './requests.ts';
import { VERSION } from '../host/version.ts';
import type { Workspace } from './workspace.ts';

interface PanelNeeds {
  readonly previewer: Pick<Previewer, 'preview' | 'about' | 'stopSearch'>;
  readonly diagnostics: Pick<Diagnostics, 'problems'>;
}

export function registerPanel(workspace: Workspace, { previewer, diagnostics }: PanelNeeds): void {
  onRequest(workspace, 'berth/documentAt', (place) => {
    const open = workspace.open(place.uri);
    const read = open && workspace.read(open);
    if (!open || read?.type !== 'spec') return null;
    const known = read.spec.documents.filter((part) => part.kind !== undefined);
    const found =
      'document' in place
        ? known.find((part) => part.index === place.document)
        : partAt(known, open.offsetAt({ line: place.line, character: 0 }));
    if (!found) return null;
    const knowledge = workspace.knowledge(open);
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

  onRequest(workspace, 'berth/preview', async ({ uri, document, whatIf = {} }, token): Promise<Result<Preview>> => {
    const signal = signalOf(token);
    const unlessAborted = (error: unknown): undefined => {
      if (!isAbort(error)) throw error;
    };
    const found = await settledDocument(workspace, { uri, document }, signal).catch(unlessAborted);
    if (signal.aborted) return failed(explain('BERTH5023', { action: 'The preview' }));
    if (!found) return failed(explain('BERTH1027', { what: 'document', path: uri, detail: 'it is not open' }));
    const { open, part } = found;
    const outcome = await previewer
      .preview(part, whatIf, signal, () => {
        if (workspace.abilities().berth)
          void workspace.connection.sendNotification('berth/previewChanged', { uri, version: open.version });
      })
      .catch(unlessAborted);
    if (outcome?.preview) return { ok: true, value: outcome.preview };
    // What stands in the way is among the problems of this document: the first error, else the first of any kind.
    const problems = problemsIn(diagnostics, open, part);
    const first = problems.find((problem) => problem.severity === 'error') ?? problems[0];
    // What is only wrong with what is tried is no problem of the text.
    const tried = outcome?.findings.map(({ code, params }) => explain(code, params as never));
    const fault = tried?.find(({ severity }) => severity === 'error');
    if (fault && !problems.some(({ message }) => message === fault.message)) return failed(fault);
    if (first) return failed(first, open);
    return failed(explain('BERTH5023', { action: 'The preview' }));
  });

  onRequest(workspace, 'berth/node', async ({ uri, document, node, whatIf = {} }, token) => {
    const signal = signalOf(token);
    try {
      const found = await settledDocument(workspace, { uri, document }, signal);
      return found ? await previewer.about(found.part, whatIf, node, signal) : null;
    } catch (error) {
      if (!isAbort(error)) throw error;
      return null;
    }
  });

  onRequest(workspace, 'berth/stopSearch', () => {
    previewer.stopSearch();
    return null;
  });

  onRequest(workspace, 'berth/locate', ({ uri, document, selection }) => {
    const found = documentOf(workspace, { uri, document });
    const read = found && workspace.read(found.open);
    const range = read && rangeOfSelection(read, document, selection);
    return found && range ? { uri, span: found.open.range(range) } : null;
  });

  onRequest(workspace, 'berth/selectionAt', ({ uri, line, character }) => {
    const open = workspace.open(uri);
    const selected = open && selectionAt(workspace.read(open), open.offsetAt({ line, character }));
    return selected ? { ref: { uri, document: selected.document }, selection: selected.selection } : null;
  });

  onRequest(workspace, 'berth/keep', ({ uri, document, whatIf }) => {
    const found = documentOf(workspace, { uri, document });
    const read = found && workspace.read(found.open);
    if (!found || read?.type !== 'spec')
      return failed(explain('BERTH1027', { what: 'document', path: uri, detail: 'it is not open' }));
    const edits = keepEdits(read, document, whatIf).map(({ range, newText }) => ({
      span: found.open.range(range),
      newText,
    }));
    return { ok: true, value: { uri, edits } };
  });

  onRequest(workspace, 'berth/serverStatus', () => ({
    version: VERSION,
    rssBytes: process.memoryUsage.rss(),
    documents: [...workspace.all()].length,
  }));
}

/** The document at an offset, or the last one before it. */
function partAt(parts: readonly SpecDocument[], offset: number): SpecDocument | undefined {
  return parts.findLast((part) => part.range.start <= offset) ?? parts[0];
}
