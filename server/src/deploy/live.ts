/** What a target says about a deployment: read from the target, and never from a file of ours that could be stale. */
import type { TargetRef } from './target-ref.ts';
import type { DeploymentId, Desired, Status } from './types.ts';

/**
 * Where a desired state comes from: who owns the deployment, and no part of its hash. Two checkouts of one repository have the same,
 * so they do not fight over what they share.
 */
export interface Origin {
  /** The remote's address without scheme and credentials, else the repository's first commit; null outside a repository. */
  readonly repository: string | null;
  /** Path of the spec file with `/`: from the repository's root, absolute outside a repository. */
  readonly path: string;
  /** Name of the document in that file. */
  readonly document: string;
}

/**
 * What a target adds for itself of the place where a plan is made, e.g. for `local` the folder in which commands run. No part of the
 * hash, and never sent to a target that did not ask for it.
 */
export type Particulars = Readonly<Record<string, string>>;

/** All that one revision consists of. */
export interface Wanted<D extends Desired = Desired> {
  readonly desired: D;
  readonly origin: Origin;
  readonly particulars: Particulars;
}

export interface Revision {
  readonly revision: number;
  readonly hash: string;
  readonly at: number;
  readonly cause: 'apply' | 'rollback';
}

/** An object that was looked at, and at which of its versions: a plan that was made from it is refused once it has another. */
export interface ObjectRead {
  readonly object: string;
  readonly version: string;
}

/** What is live and differs from the accepted revision although nobody asked for it. */
export interface Drift {
  /** Where in the spec: `jobs.search-images.replicas`; empty for the whole deployment. */
  readonly path: string;
  /** In the words of the spec: `search-images: 1 of 2 replicas answers`. */
  readonly text: string;
}

/** A deployment of ours. */
export interface Live extends Wanted {
  readonly ownership: 'ours';
  readonly id: DeploymentId;
  readonly target: TargetRef;
  readonly revision: number;
  /** Hash of the desired state that was accepted last, as the target gave it when it accepted it. */
  readonly hash: string;
  readonly status: Status;
  readonly revisions: readonly Revision[];
  readonly reads: readonly ObjectRead[];
  readonly drift: readonly Drift[];
  /** Whether what is live is what was accepted last: false while it is being applied, was cancelled, failed, or has drifted. */
  readonly reached: boolean;
  /** False where a part could not be read: what is not known is no drift. */
  readonly complete: boolean;
}

/** Something that bears the name of a deployment and was not made by Berth, or was made by a Berth that this one cannot read. It is not touched. */
export interface Unowned {
  readonly ownership: 'foreign' | 'unreadable';
  readonly id: DeploymentId;
  readonly target: TargetRef;
  /** Who manages it, or why it cannot be read. */
  readonly detail: string;
  readonly reads: readonly ObjectRead[];
}
