/**
 * The words of deployment: desired → live → plan → apply → watch → roll back.
 *
 * All values are plain JSON: a plan can be saved, reviewed and applied later, and everything crosses the agent's socket as it is.
 */
import type { GraphProfile } from '../graph/graph-profile.ts';
import type { Problem } from '../spec/problems/problem.ts';
import type { Kind, Spec } from '../spec/types.ts';
import type { Drift, ObjectRead, Origin, Particulars } from './live.ts';
import type { TargetIdentity, TargetRef } from './target-ref.ts';

/** `InferenceCluster/vision`: one deployment on one target. */
export type DeploymentId = `${Kind}/${string}`;

/**
 * What a spec asks for, resolved: nothing in it needs the workspace any more, so that it can be rolled back to later. Nor does it say
 * where the workspace lies: paths in it are relative to the spec file's folder, so that every checkout gives the same.
 */
export interface DesiredBase<K extends Kind> {
  readonly id: DeploymentId;
  readonly kind: K;
  readonly name: string;
  readonly target: TargetRef;
}

export interface DesiredServing extends DesiredBase<'InferenceCluster'> {
  readonly spec: Extract<Spec, { kind: 'InferenceCluster' }>;
  /** Replicas at the start, from the engine; afterwards the autoscaler moves them within the spec's limits. */
  readonly replicas: Readonly<Record<string, number>>;
}

/** A PyTorch module as it was when it was profiled. */
export type KnownModule = Pick<GraphProfile, 'way' | 'fingerprint' | 'torch' | 'inputs'>;

export interface DesiredPlacement extends DesiredBase<'TrainingPlacement'> {
  readonly spec: Extract<Spec, { kind: 'TrainingPlacement' }>;
  /** Node name → device name, in execution order of the plan. */
  readonly placement: readonly { readonly node: string; readonly device: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly bytes: number }[];
  /** The free `op` objects of the graph's nodes, for the training module. */
  readonly ops: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Of a graph that `berth profile` made of a module's training: by what the module is known again. */
  readonly profile?: KnownModule;
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
export type DesiredOf<K extends Kind> = Extract<Desired, { readonly kind: K }>;

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

/** What happened to a deployment: a problem, when, and to which of its parts. */
export interface Fault extends Problem {
  readonly subject?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ServingStatus extends StatusBase<'InferenceCluster'> {
  readonly jobs: readonly {
    readonly name: string;
    /** Where requests go; absent where the target does not say. */
    readonly endpoint?: string;
    readonly desiredReplicas: number;
    readonly readyReplicas: number;
    /** What follows is null where nobody measures it. */
    readonly requestsPerSecond: number | null;
    readonly queueLength: number | null;
    readonly meanMs: number | null;
    readonly p99Ms: number | null;
    readonly sloMs: number;
    /** Fraction of requests of the last minutes that took longer than the SLO or were refused. */
    readonly violationRate: number | null;
    readonly requests: number | null;
    readonly refused: number | null;
    readonly restarts: number | null;
    /** How long its first request will wait; there only while it sleeps without a replica. */
    readonly wakesInMs?: number;
  }[];
  /** Where a Prometheus scrapes; absent where nothing is to be scraped. */
  readonly metricsUrl?: string;
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
    /** Its memory at the worst moment, where that was measured. */
    readonly peakBytes?: number | null;
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
export type StatusOf<K extends Kind> = Extract<Status, { readonly kind: K }>;

/** What only the statuses of one kind say. */
export type Particular<S extends Status> = S extends Status ? Omit<S, keyof StatusBase<Kind>> : never;

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
  /** True where going back to the revision before does not bring back what was: results end with it. */
  readonly final?: boolean;
}

/** Something that applying the plan does. */
export interface Step {
  /** Where in the spec; empty for the whole deployment. */
  readonly path: string;
  readonly text: string;
  /** The text asks for it, what is live has drifted from it, or an earlier apply did not finish it. */
  readonly reason: 'change' | 'drift' | 'unfinished';
  /** Whether the revision before can be gone back to afterwards as if nothing had been. */
  readonly reversible: boolean;
}

/** Goes up when what a plan says changes its form; plans of earlier formats are still read. */
export const PLAN_FORMAT = 2;

/** All that a plan says, before it is sealed. */
export interface PlanContent {
  readonly format: typeof PLAN_FORMAT;
  readonly deployment: DeploymentId;
  readonly target: TargetRef;
  /** Who answered when it was made, and alone may take it; null in a plan of a format that did not say. */
  readonly identity: TargetIdentity | null;
  readonly action: 'create' | 'update' | 'delete' | 'none';
  readonly live: { readonly revision: number; readonly hash: string } | null;
  /** What it was made from: it is refused when one of these has moved since. */
  readonly reads: readonly ObjectRead[];
  readonly origin: Origin;
  readonly particulars: Particulars;
  readonly desired: Desired | null;
  readonly cause: 'apply' | 'rollback' | 'delete';
  readonly changes: readonly Change[];
  /** What is live and not as accepted: applying the plan mends it. */
  readonly drift: readonly Drift[];
  readonly steps: readonly Step[];
  /** Changes to values nobody wrote and that mean the same: counted, not listed. */
  readonly unchanged: number;
}

/** An immutable plan for one deployment. It names its target and refuses to be applied when what is live has moved since. */
export interface Plan extends PlanContent {
  readonly id: string;
}

export type ApplyEvent =
  /** From here on it goes on without whoever applied. */
  | { readonly type: 'accepted' }
  | { readonly type: 'step'; readonly text: string; readonly done: number; readonly total: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'done'; readonly revision: number; readonly status: Status | null }
  /** Which of the plan's steps were done by then, and which were not. */
  | { readonly type: 'cancelled'; readonly done: readonly string[]; readonly left: readonly string[] };
