/** Keeps what the engines say of the open documents up to date: after a pause in typing, cancellable, newest text first. */
import type { OpenDocument } from '../language/document.ts';
import type { Decision, PreviewJob, PreviewOutcome } from '../preview/compute.ts';
import type { VersionedGraph } from '../preview/graph-file.ts';
import type { NodeFacts, WhatIf } from '../preview/model.ts';
import { PreviewService } from '../preview/service.ts';
import { contentOf } from '../spec/references/reference.ts';
import type { DiskFiles } from '../host/disk-files.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { OpenText } from './open-text.ts';

export interface PreviewerHost {
  readonly files: Pick<DiskFiles, 'settled'>;
  read(open: OpenText): OpenDocument;
  /** What is known of a document changed: diagnostics, hints and the panel are out of date. */
  onChanged(open: OpenText): void;
  onError(error: unknown): void;
}

/** What was decided for a document as it is now, and the graph that it was decided on. */
export interface Shown {
  readonly graph: VersionedGraph | null;
  readonly decision: Decision | null;
}

/** Typing goes on: wait this long after the last key before an engine starts. */
const PAUSE_MS = 80;

export class Previewer {
  readonly #service = new PreviewService();
  readonly #host: PreviewerHost;
  #slow: AbortController | undefined;
  readonly #pending = new Map<string, { readonly timer: NodeJS.Timeout; readonly abort: AbortController }>();

  constructor(host: PreviewerHost) {
    this.#host = host;
  }

  /** Recomputes a document's outcomes after a pause; an unfinished run for older text is cancelled. */
  schedule(open: OpenText): void {
    this.cancel(open.uri);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      this.#refresh(open, abort.signal).catch((error: unknown) => {
        if (!isAbort(error)) this.#host.onError(error);
      });
    }, PAUSE_MS);
    this.#pending.set(open.uri, { timer, abort });
  }

  cancel(uri: string): void {
    const pending = this.#pending.get(uri);
    if (!pending) return;
    clearTimeout(pending.timer);
    pending.abort.abort();
    this.#pending.delete(uri);
  }

  /**
   * A document's preview for the panel. The quick part comes at once; what takes longer (the trace replayed, every algorithm
   * compared) is begun, and `onMore` is called whenever asking again would show more of it.
   */
  async preview(
    document: SpecDocument,
    whatIf: WhatIf,
    signal: AbortSignal,
    onMore: () => void,
  ): Promise<PreviewOutcome | undefined> {
    const job = await this.#job(document, whatIf, signal);
    if (!job) return undefined;
    const full: PreviewJob = { ...job, replay: true };
    const ready = this.#service.known(full);
    if (ready) return ready;
    const quick = await this.#service.compute(job, signal);
    if (quick.partial) {
      this.#service.compute(full, this.#slowSignal(), onMore).then(onMore, (error: unknown) => {
        if (!isAbort(error)) this.#host.onError(error);
      });
    }
    return quick;
  }

  /** What is known of a node of a placement's graph; null where there is none such, or no placement. */
  async about(document: SpecDocument, whatIf: WhatIf, node: string, signal: AbortSignal): Promise<NodeFacts | null> {
    const job = await this.#job(document, whatIf, signal);
    if (!job?.graph) return null;
    // How one looks at the graph changes nothing about a node.
    const { look: _look, ...tried } = whatIf;
    const { about } = await this.#service.compute({ ...job, whatIf: tried, about: node }, signal);
    return about ?? null;
  }

  /**
   * Asks the engines about a document as it is now, so that what they say is among its problems.
   *
   * @param thorough waits for what decides better and takes seconds.
   * @returns what the preview of the document shows, and of which graph: a plan takes it from here.
   */
  async judge(open: OpenText, part: SpecDocument, signal: AbortSignal, thorough = false): Promise<Shown> {
    const quick = await this.#job(part, {}, signal);
    if (!quick) return { graph: null, decision: null };
    // What the panel shows already is not searched a second time.
    const better = thorough && quick.graph !== undefined;
    const job = better ? { ...quick, replay: true } : quick;
    const outcome = await this.#service.compute(job, signal);
    if (open.outcomes.get(part.index) !== outcome) {
      open.outcomes.set(part.index, outcome);
      this.#host.onChanged(open);
    }
    const compared = await this.#service.known({ ...quick, replay: true });
    return { graph: job.graph ?? null, decision: (compared ?? outcome).decision };
  }

  /** Ends the search under way, if there is one: there is one at a time. */
  stopSearch(): void {
    this.#service.enough();
  }

  warmUp(): void {
    this.#service.warmUp();
  }

  dispose(): void {
    for (const uri of [...this.#pending.keys()]) this.cancel(uri);
    this.#slow?.abort();
    this.#service.dispose();
  }

  async #refresh(open: OpenText, signal: AbortSignal): Promise<void> {
    const document = this.#host.read(open);
    if (document.type !== 'spec') return;
    for (const position of [...open.outcomes.keys()])
      if (position >= document.spec.documents.length) open.outcomes.delete(position);
    await Promise.all(document.spec.documents.map((part) => this.judge(open, part, signal)));
    if (!signal.aborted) this.#pending.delete(open.uri);
  }

  /** @returns undefined where the document has an error of its own: there is nothing to compute then. */
  async #job(part: SpecDocument, whatIf: WhatIf, signal: AbortSignal): Promise<PreviewJob | undefined> {
    const { spec } = part;
    if (!spec) return undefined;
    const base = { spec, document: part.index, whatIf, replay: false };
    if (spec.kind !== 'TrainingPlacement') return base;
    const file = await this.#host.files.settled((files) => contentOf(files, spec.graphPath, 'graph'), signal);
    return file ? { ...base, graph: { path: spec.graphPath, ...file } } : undefined;
  }

  /** One slow computation at a time: the next document or what-if replaces the last. */
  #slowSignal(): AbortSignal {
    this.#slow?.abort();
    this.#slow = new AbortController();
    return this.#slow.signal;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
