/**
 * The one file that server, client and webview share: the messages beyond the language server protocol.
 * Custom requests are sent only to a client that announces `experimental.berth: true` (other editors never see them).
 */
import type { Live } from '../deploy/live.ts';
import type { Freshness } from '../deploy/target.ts';
import type { DeploymentAddress, TargetRef } from '../deploy/target-ref.ts';
import type { ApplyEvent, Plan, Status } from '../deploy/types.ts';
import type { NodeFacts, Preview, WhatIf } from '../preview/model.ts';
import type { Problem } from '../spec/problems/problem.ts';

export type { Drift, Live } from '../deploy/live.ts';
export type { Freshness } from '../deploy/target.ts';
export type { DeploymentAddress, TargetRef } from '../deploy/target-ref.ts';
export type {
  ApplyEvent,
  Change,
  Fault,
  FederationStatus,
  PlacementStatus,
  Plan,
  ServingStatus,
  Status,
  StatusOf,
  DeploymentId,
} from '../deploy/types.ts';
export type * from '../preview/model.ts';

export type { Problem } from '../spec/problems/problem.ts';

/** Where a problem is in the text, if anywhere. */
export interface AtSpan {
  /** Zero-based lines and UTF-16 columns. */
  readonly range?: TextSpan;
}

export interface TextSpan {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/**
 * What is selected, in picture and text alike: `job:search-images`, `node:conv1`, `folded:block2` (a group of nodes), `device:gpu0`,
 * `site:north`, `iteration:1`. A path of words, no offsets, so that typing above it changes nothing.
 */
export type Selection = string;

/** A document of a file: its URI and its position among the `---` documents. */
export interface DocumentRef {
  readonly uri: string;
  readonly document: number;
}

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem<AtSpan> };

/** Requests of the client to the server, by method name: [parameters, result]. */
export interface Requests {
  /**
   * The document at a position (the last one before it) or the one named, with its kind and target; null where there is none.
   * `nothingToRun` says why it can be previewed and not applied; `answer` is what its preview says, in a few words, and `live` what runs.
   */
  'berth/documentAt': [
    { uri: string; line: number } | DocumentRef,
    {
      ref: DocumentRef;
      kind: string;
      name: string;
      target: TargetRef;
      nothingToRun: string | null;
      answer: string | null;
      live: Pick<Status, 'phase' | 'summary'> | null;
    } | null,
  ];
  'berth/preview': [DocumentRef & { whatIf?: WhatIf }, Result<Preview>];
  /** What is known of a node of a placement's graph, what moving it would cost included; null where there is none such. */
  'berth/node': [DocumentRef & { node: string; whatIf?: WhatIf }, NodeFacts | null];
  /** Ends a search for a better placement, which keeps what it has found; the preview that shows it follows. */
  'berth/stopSearch': [DocumentRef, null];
  /** The span in the text of what was selected in the picture, and the other way round. */
  'berth/locate': [DocumentRef & { selection: Selection }, { uri: string; span: TextSpan } | null];
  'berth/selectionAt': [
    { uri: string; line: number; character: number },
    { ref: DocumentRef; selection: Selection } | null,
  ];
  /** Text edits that write a what-if into the text. */
  'berth/keep': [
    DocumentRef & { whatIf: WhatIf },
    Result<{ uri: string; edits: readonly { span: TextSpan; newText: string }[] }>,
  ];
  'berth/plan': [DocumentRef, Result<Plan>];
  'berth/planRollback': [DeploymentAddress & { revision: number }, Result<Plan>];
  'berth/planDelete': [DeploymentAddress, Result<Plan>];
  /** What applying a plan runs, where, as whom and within whose reach: a line each. */
  'berth/whatRuns': [{ plan: Plan }, Result<readonly string[]>];
  /** Applies exactly this plan; progress comes as `berth/applyEvent` with the token. Cancelling the request has the target cancel. */
  'berth/apply': [{ plan: Plan; token: string }, Result<{ revision: number }>];
  /** What is live on every target that the server knows of: `local`, and those of open documents. */
  'berth/live': [Record<string, never>, Result<readonly Live[]>];
  'berth/watch': [DeploymentAddress & { on: boolean }, Result<null>];
  'berth/logs': [DeploymentAddress & { tail: number }, Result<readonly string[]>];
  /** Resource figures of the server itself, for the status item and the benchmarks. */
  'berth/serverStatus': [Record<string, never>, { version: string; rssBytes: number; documents: number }];
}

/** What the client hands over at the start, as `initializationOptions`. */
export interface InitializationOptions {
  /** Whether the workspace is trusted: in one that is not, nothing is applied, watched or deleted. */
  readonly trusted: boolean;
  /** Folder of the local target's state, where the user has set one. */
  readonly stateFolder?: string;
}

/** Notifications of the client to the server. */
export interface ClientNotifications {
  /** The user trusts the workspace from now on. */
  'berth/trustGranted': Record<string, never>;
}

/** Notifications of the server to the client. */
export interface Notifications {
  /** A document's preview is out of date (its text or a file it refers to changed). */
  'berth/previewChanged': { uri: string; version: number };
  'berth/applyEvent': { token: string; event: ApplyEvent };
  /** Of a deployment that is watched; the status is null where none was ever heard. */
  'berth/status': DeploymentAddress & { status: Status | null; freshness: Freshness };
  'berth/liveChanged': Record<string, never>;
}

/** What the page needs of the look: everything else comes from VS Code's theme variables. */
export type PageState =
  | { readonly state: 'loading'; readonly title: string; readonly sinceMs: number }
  | { readonly state: 'empty'; readonly reason: 'no-document' | 'no-file' }
  | { readonly state: 'error'; readonly problem: Problem<AtSpan>; readonly last: Preview | null }
  /** `whatIf` is what the preview was computed with beyond the text; `base` the preview of the text alone, whose ghost stays in the picture. */
  | { readonly state: 'ready'; readonly preview: Preview; readonly whatIf?: WhatIf; readonly base?: Preview };

/** Messages of the extension to the preview page. */
export type ToPage =
  | {
      readonly type: 'show';
      readonly ref: DocumentRef | null;
      readonly file: string;
      readonly target: string;
      /** Why it can be previewed and not applied. */
      readonly nothingToRun?: string;
      readonly page: PageState;
    }
  | { readonly type: 'select'; readonly selection: Selection | null }
  | { readonly type: 'live'; readonly status: Status | null; readonly revisions: Live['revisions'] }
  /** The answer to a `node` of the page. */
  | { readonly type: 'node'; readonly facts: NodeFacts }
  /** Brings what is live into sight. */
  | { readonly type: 'toLive' };

/** Messages of the preview page to the extension. */
export type FromPage =
  | { readonly type: 'ready' }
  | { readonly type: 'select'; readonly selection: Selection }
  | { readonly type: 'whatIf'; readonly whatIf: WhatIf }
  | { readonly type: 'keep'; readonly whatIf: WhatIf }
  /** What is known of a node is asked. */
  | { readonly type: 'node'; readonly node: string }
  | { readonly type: 'stopSearch' }
  | { readonly type: 'cancel' }
  | {
      readonly type: 'command';
      readonly command: 'plan' | 'apply' | 'delete' | 'rollback' | 'logs' | 'newFile';
      readonly revision?: number;
    }
  | { readonly type: 'goto'; readonly span: TextSpan };
