/**
 * One interface for every target. Whatever takes time takes a signal; where it fires, the call ends with the signal's reason, and a
 * stream ends quietly.
 */
import type { Kind } from '../spec/types.ts';
import type { FileReader } from '../host/file-reader.ts';
import type { Live, Particulars, Unowned, Wanted } from './live.ts';
import type { TargetIdentity, TargetRef } from './target-ref.ts';
import type { ApplyEvent, DeploymentId, Desired, Fault, Plan, PlanContent, Status } from './types.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ApplyOptions extends CallOptions {
  readonly onEvent: (event: ApplyEvent) => void;
}

/** Whether a target can be spoken to now; asking starts nothing. */
export type Probe =
  | { readonly state: 'ready' }
  /** It answers once it is needed, e.g. a daemon that is started on demand: nothing of it changes meanwhile. */
  | { readonly state: 'idle' }
  | { readonly state: 'unreachable'; readonly why: string };

export type Action = 'pause' | 'resume';

/** What a target can do. */
export interface Abilities {
  readonly kinds: readonly Kind[];
  readonly actions: readonly Action[];
  /** Whether `logs` can go on with lines as they come. */
  readonly followLogs: boolean;
}

/** A part of a plan that the target would not take. */
export interface Refusal {
  /** Where in the spec. */
  readonly path: string;
  readonly detail: string;
  /** Who else manages what the plan would change. */
  readonly manager?: string;
}

/** How new a status is: a watch that hears nothing must not look like one of which nothing changes. */
export type Freshness =
  | { readonly state: 'fresh' }
  /** Nothing was heard since then (milliseconds since the epoch), though the connection stands. */
  | { readonly state: 'stale'; readonly since: number }
  | { readonly state: 'lost'; readonly since: number; readonly why: string };

export interface Watched {
  /** As it was heard last; null where it never was. */
  readonly status: Status | null;
  readonly freshness: Freshness;
}

export interface LogOptions extends CallOptions {
  /** Only the lines of one job, device, site or process of it. */
  readonly subject?: string;
  /** Only lines from then on, in milliseconds since the epoch. */
  readonly since?: number;
  /** At most so many of the lines that are there. */
  readonly tail?: number;
  /** Goes on with new lines as they come, until the signal fires or the deployment is deleted. */
  readonly follow?: boolean;
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who wrote it, e.g. `search-images/0`; null for what the target itself says. */
  readonly subject: string | null;
  readonly text: string;
}

/** The process behind a target that has one of ours. */
export interface Daemon {
  /** The one that runs, if one does; never starts one. */
  running(options?: CallOptions): Promise<DaemonInfo | undefined>;
  /** Ends it with all that it runs; what is deployed goes on when it is next needed. */
  stop(options?: CallOptions): Promise<void>;
  /** Has it give way to one of this version, which goes on with what runs. @returns the new one; undefined where none ran. */
  restart(options?: CallOptions): Promise<DaemonInfo | undefined>;
}

export interface DaemonInfo {
  readonly pid: number;
}

/** How a target looks at the disk of the place where a plan is made. */
export interface Look {
  readonly reader: Pick<FileReader, 'kind'>;
  readonly signal?: AbortSignal | undefined;
}

export interface DeployTarget {
  readonly ref: TargetRef;
  /** Who answers behind the reference. */
  identify(options?: CallOptions): Promise<TargetIdentity>;
  probe(options?: CallOptions): Promise<Probe>;
  abilities(options?: CallOptions): Promise<Abilities>;
  /** What Berth has deployed there, by id. */
  list(options?: CallOptions): Promise<readonly Live[]>;
  read(id: DeploymentId, options?: CallOptions): Promise<Live | Unowned | undefined>;
  /** What was accepted as an earlier revision. */
  revision(id: DeploymentId, revision: number, options?: CallOptions): Promise<Wanted | undefined>;
  /** What the target adds to a plan of a desired state from a spec file, given by its absolute path; nothing where absent. */
  particulars?(source: string, desired: Desired, look: Look): Promise<Particulars>;
  /** Where, as whom and within whose reach the commands of a plan run, each in a line for people. */
  surroundings?(plan: PlanContent): readonly string[];
  /** Says before a plan is sealed what would not be taken of it. Changes nothing. */
  check?(plan: PlanContent, options?: CallOptions): Promise<readonly Refusal[]>;
  /**
   * Makes the plan real, and settles when it is. The signal only ends the call: before `accepted` the plan is withdrawn, after it the
   * target goes on by itself.
   *
   * @throws ProblemError where the plan was refused (before `accepted`; nothing has changed then), overtaken by a newer one, cancelled,
   *   or could not be reached; a second apply finishes what was begun.
   */
  apply(plan: Plan, options: ApplyOptions): Promise<void>;
  /** Ends the apply under way, whoever began it, and settles when it has ended. @returns false where there was none. */
  cancel(id: DeploymentId, options?: CallOptions): Promise<boolean>;
  /** What is known at once, then whatever is new, at most a few times a second, until the signal fires or the deployment is deleted. */
  watch(id: DeploymentId, options?: CallOptions): AsyncIterable<Watched>;
  logs(id: DeploymentId, options?: LogOptions): AsyncIterable<LogLine>;
  act?(id: DeploymentId, action: Action, options?: CallOptions): Promise<void>;
  /** What the target has to say about itself and no deployment, e.g. that state was damaged. */
  notices?(options?: CallOptions): Promise<readonly Fault[]>;
  /** Yields at once, then whenever anything deployed may have changed, until the signal fires or the target ends; a target without is asked now and then. */
  changes?(options?: CallOptions): AsyncIterable<void>;
  readonly daemon?: Daemon;
}
