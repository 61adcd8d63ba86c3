/**
 * What the page knows, and how each message or touch changes it: one pure function, so that every state of the page can be
 * reached and checked without a browser.
 */
import type {
  DocumentRef,
  Live,
  NodeFacts,
  PageState,
  Preview,
  Selection,
  Status,
  ToPage,
  AtSpan,
  Problem,
  WhatIf,
} from '../../server/src/lsp/protocol.ts';

export interface PageModel {
  readonly ref: DocumentRef | null;
  readonly file: string;
  readonly target: string;
  /** Why the document can be previewed and not applied; null where it can. */
  readonly nothingToRun: string | null;
  /** Null until the host has said anything. */
  readonly page: PageState | null;
  /** When the page state was received, on the page's clock, for the skeleton and the cancel button. */
  readonly receivedAt: number;
  /** The picture to draw; while loading or in error it is the last good one of this document. */
  readonly shown: Preview | null;
  /** What the picture is compared with: the text without the what-if, or the text before the last edit. */
  readonly base: Preview | null;
  readonly comparison: 'whatIf' | 'edit';
  readonly whatIf: WhatIf;
  readonly selection: Selection | null;
  /** What was answered last of a node, as long as the picture is the one that it was asked of. */
  readonly facts: NodeFacts | null;
  readonly live: { readonly status: Status; readonly revisions: Live['revisions'] } | null;
}

export const blankPage: PageModel = {
  ref: null,
  file: '',
  target: '',
  nothingToRun: null,
  page: null,
  receivedAt: 0,
  shown: null,
  base: null,
  comparison: 'edit',
  whatIf: {},
  selection: null,
  facts: null,
  live: null,
};

export type PageEvent =
  | ToPage
  | { readonly type: 'picked'; readonly selection: Selection | null }
  | { readonly type: 'changed'; readonly whatIf: WhatIf };

export function nextPage(model: PageModel, event: PageEvent, now: number): PageModel {
  switch (event.type) {
    case 'select':
      return { ...model, selection: event.selection };
    case 'picked':
      return { ...model, selection: event.selection };
    case 'changed':
      return { ...model, whatIf: event.whatIf };
    case 'node':
      return { ...model, facts: event.facts };
    case 'live':
      return { ...model, live: event.status === null ? null : { status: event.status, revisions: event.revisions } };
    case 'show':
      return shown(model, event, now);
    case 'toLive':
      return model;
  }
}

function shown(model: PageModel, event: Extract<ToPage, { type: 'show' }>, now: number): PageModel {
  const same = sameDocument(model.ref, event.ref);
  const carried: PageModel = same ? model : { ...blankPage, live: null };
  // A state that goes on (progress while loading) keeps the time of its first message, so that its delays are not begun anew.
  const goesOn = same && model.page?.state === 'loading' && event.page.state === 'loading';
  const next: PageModel = {
    ...carried,
    ref: event.ref,
    file: event.file,
    target: event.target,
    nothingToRun: event.nothingToRun ?? null,
    page: event.page,
    receivedAt: goesOn ? model.receivedAt : now - (event.page.state === 'loading' ? event.page.sinceMs : 0),
  };
  switch (event.page.state) {
    case 'loading':
      return next;
    case 'empty':
      return { ...next, shown: null, base: null, live: null };
    case 'error':
      return { ...next, shown: event.page.last ?? next.shown };
    case 'ready':
      return { ...next, ...compared(carried, event.page), facts: null };
  }
}

function compared(
  before: PageModel,
  page: Extract<PageState, { state: 'ready' }>,
): Pick<PageModel, 'shown' | 'base' | 'comparison' | 'whatIf'> {
  const whatIf = page.whatIf ?? {};
  if (changesNumbers(whatIf)) {
    return { shown: page.preview, base: page.base ?? before.base, comparison: 'whatIf', whatIf };
  }
  const last = before.comparison === 'whatIf' ? before.base : before.shown;
  const comparable = last !== null && last.kind === page.preview.kind && last.name === page.preview.name;
  if (!comparable) return { shown: page.preview, base: null, comparison: 'edit', whatIf };
  // Opening a group or saving the file changes no number: the last difference that an edit made stays readable.
  const base = sameFacts(last, page.preview) ? (before.comparison === 'edit' ? before.base : null) : last;
  return { shown: page.preview, base, comparison: 'edit', whatIf };
}

/** Whether a what-if asks for other numbers, and not only for other groups to be opened. */
export function changesNumbers(whatIf: WhatIf): boolean {
  return (
    whatIf.capacityReplicas !== undefined ||
    Object.keys(whatIf.sloMs ?? {}).length > 0 ||
    Object.keys(whatIf.pins ?? {}).length > 0 ||
    (whatIf.unpinned ?? []).length > 0 ||
    Object.keys(whatIf.devices ?? {}).length > 0 ||
    whatIf.bandwidth !== undefined ||
    whatIf.algorithm !== undefined
  );
}

/** The what-if with all its numbers taken back; opened groups stay open, and the graph keeps its way. */
export function discarded({ look }: WhatIf): WhatIf {
  return look === undefined ? {} : { look };
}

export function sameDocument(a: DocumentRef | null, b: DocumentRef | null): boolean {
  return a === b || (a !== null && b !== null && a.uri === b.uri && a.document === b.document);
}

/** What opening a group changes, or the server adds when a longer computation has ended. */
const LATER: ReadonlySet<string> = new Set(['graph', 'compared', 'comparison', 'progress', 'sensitivity', 'replay']);

function sameFacts(a: Preview, b: Preview): boolean {
  const facts = (preview: Preview): string =>
    JSON.stringify(Object.entries(preview).filter(([key]) => !LATER.has(key)));
  return facts(a) === facts(b);
}

/** What the page must say when a picture is shown that is not of the present text. */
export function shownProblem(model: PageModel): Problem<AtSpan> | null {
  return model.page?.state === 'error' ? model.page.problem : null;
}
