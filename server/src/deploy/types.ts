/**
 * The words of deployment: desired → live → plan → apply → watch → roll back.
 *
 * All values are plain JSON: a plan can be saved, reviewed and applied later, and everything crosses the agent's socket as it is.
 */
import type { Kind, Spec, Target } from '../spec/types.ts';

/** `InferenceCluster/vision`: one deployment on one target. */
export type DeploymentId = `${Kind}/${string}`;

/** What a spec asks for, resolved: nothing in it needs the workspace any more, so that it can be rolled back to later. */
export interface DesiredBase<K extends Kind> {
  readonly id: DeploymentId;
  readonly kind: K;
  readonly name: string;
  readonly target: Target;
  /** Absolute path of the spec file that owns this deployment; another file may not take it over silently. */
  readonly source: string;
  /** Folder in which commands and modules are resolved and run. */
  readonly folder: string;
}

export interface DesiredServing extends DesiredBase<'InferenceCluster'> {
  readonly spec: Extract<Spec, { kind: 'InferenceCluster' }>;
  /** Replicas at the start, from the engine; afterwards the autoscaler moves them within the spec's limits. */
  readonly replicas: Readonly<Record<string, number>>;
}

export interface DesiredPlacement extends DesiredBase<'TrainingPlacement'> {
  readonly spec: Extract<Spec, { kind: 'TrainingPlacement' }>;
  /** Node name → device name, in execution order of the plan. */
  readonly placement: readonly { readonly node: string; readonly device: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly bytes: number }[];
  /** The free `op` objects of the graph's nodes, for the training module. */
  readonly ops: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Predicted makespan of one forward pass, microseconds, by the schedule simulator. */
  readonly predictedForwardUs: number;
  readonly predictedBackwardUs: number | null;
}

export interface DesiredFederation extends DesiredBase<'Federation'> {
  readonly spec: Extract<Spec, { kind: 'Federation' }>;
  /** Partitions of site indices, one per ADMM iteration in turn. */
  readonly rounds: readonly (readonly (readonly number[])[])[];
  readonly rhoSchedule: readonly number[];
}

export type Desired = DesiredServing | DesiredPlacement | DesiredFederation;

export type Phase = 'starting' | 'running' | 'completed' | 'degraded' | 'failed' | 'stopping';

interface StatusBase<K extends Kind> {
  readonly id: DeploymentId;
  readonly kind: K;
  readonly name: string;
  readonly revision: number;
  readonly phase: Phase;
  /** One sentence for people: `running: 6/6 replicas, 1.2 % of requests over SLO`. */
  readonly summary: string;
  /** Milliseconds since the epoch at which the target was last asked. */
  readonly at: number;
  /** What went wrong, newest first: problems by code, with the job, device or site they are about. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly subject?: string;
  readonly at: number;
}

export interface ServingStatus extends StatusBase<'InferenceCluster'> {
  readonly jobs: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly desiredReplicas: number;
    readonly readyReplicas: number;
    readonly requestsPerSecond: number;
    readonly queueLength: number;
    readonly meanMs: number | null;
    readonly p99Ms: number | null;
    readonly sloMs: number;
    /** Fraction of requests of the last minutes that took longer than the SLO or were refused. */
    readonly violationRate: number | null;
    readonly requests: number;
    readonly refused: number;
    readonly restarts: number;
  }[];
  readonly metricsUrl: string;
}

export interface PlacementStatus extends StatusBase<'TrainingPlacement'> {
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly predictedForwardMs: number;
  readonly measuredForwardMs: number | null;
  readonly predictedStepMs: number | null;
  readonly measuredStepMs: number | null;
  readonly devices: readonly {
    readonly name: string;
    readonly nodes: number;
    readonly busyMsPerStep: number | null;
    readonly bytesSentPerStep: number | null;
  }[];
  readonly history: readonly { readonly step: number; readonly loss: number; readonly stepMs: number }[];
}

export interface FederationStatus extends StatusBase<'Federation'> {
  readonly round: number;
  readonly rounds: number;
  readonly sites: readonly {
    readonly name: string;
    readonly state: 'starting' | 'training' | 'averaging' | 'waiting' | 'done' | 'lost';
    readonly accuracy: number | null;
    readonly bytesSent: number;
    /** SHA-256 of the averaged weights of the last finished round: equal on every site. */
    readonly digest: string | null;
  }[];
  readonly history: readonly {
    readonly round: number;
    readonly accuracy: number;
    readonly seconds: number;
    readonly digest: string;
  }[];
}

export type Status = ServingStatus | PlacementStatus | FederationStatus;

/** What the target says about one deployment, read from the target and never from a file of ours. */
export interface Live {
  readonly id: DeploymentId;
  readonly revision: number;
  /** Hash of the desired state that is live. */
  readonly hash: string;
  readonly desired: Desired;
  readonly status: Status;
  readonly revisions: readonly Revision[];
  /** False while the newest revision has not been brought about: it is being applied, was cancelled, or failed; absent means true. */
  readonly reached?: boolean;
}

export interface Revision {
  readonly revision: number;
  readonly hash: string;
  readonly at: number;
  readonly cause: 'apply' | 'rollback';
}

export interface Change {
  readonly action: 'create' | 'update' | 'delete';
  /** Where in the spec: `jobs.search-images.replicas.max`; empty for the whole deployment. */
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
  /** In the words of the spec: `search-images: replicas 3 → 5`, `+ site west`, `gpu1: 14 nodes move here`. */
  readonly text: string;
  /** What the change interrupts, for people; absent where nothing stops answering. */
  readonly disruption?: string;
}

/** An immutable plan for one deployment. It names its target and refuses to be applied when what is live has moved since. */
export interface Plan {
  readonly id: string;
  readonly deployment: DeploymentId;
  readonly target: Target;
  readonly action: 'create' | 'update' | 'delete' | 'none';
  readonly live: { readonly revision: number; readonly hash: string } | null;
  readonly desired: Desired | null;
  readonly cause: 'apply' | 'rollback' | 'delete';
  readonly changes: readonly Change[];
  /** Changes to values nobody wrote and that mean the same: counted, not listed. */
  readonly unchanged: number;
}

export type ApplyEvent =
  | { readonly type: 'step'; readonly text: string; readonly done: number; readonly total: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'done'; readonly revision: number; readonly status: Status | null };

/** One interface for every target. */
export interface DeployTarget {
  readonly name: Target;
  list(): Promise<readonly Live[]>;
  read(id: DeploymentId): Promise<Live | undefined>;
  /** The desired state of an earlier revision. */
  revision(id: DeploymentId, revision: number): Promise<Desired | undefined>;
  /** Makes the plan real; cancelled by the signal, in which case a second apply finishes what was begun. */
  apply(plan: Plan, options: { signal: AbortSignal; onEvent: (event: ApplyEvent) => void }): Promise<void>;
  /** The present status and every later one, at most a few a second, until the signal fires. */
  watch(id: DeploymentId, signal: AbortSignal): AsyncIterable<Status>;
  logs(id: DeploymentId, options: { tail: number }): Promise<readonly string[]>;
  /** What the target has to say about itself and no deployment, e.g. that state was damaged; none where absent. */
  notices?(): Promise<readonly Fault[]>;
}
