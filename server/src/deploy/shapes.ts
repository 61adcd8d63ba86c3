/** The words of deployment as they come from a socket, a file or a stored record, checked before they are believed. */
import type { Drift, Live, ObjectRead, Origin, Particulars, Revision, Unowned, Wanted } from './live.ts';
import {
  isObject,
  listOf,
  mapOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  taggedBy,
  text,
  truth,
  trusted,
  whole,
} from './shape.ts';
import type { Shape } from './shape.ts';
import { knownModule } from './runtime/training/messages.ts';
import { SPEC_SHAPES, target as writtenTargetShape } from './spec-shapes.ts';
import type { LogLine } from './target.ts';
import type { TargetIdentity, TargetRef } from './target-ref.ts';
import { PLAN_FORMAT } from './types.ts';
import type {
  ApplyEvent,
  Change,
  DeploymentId,
  Desired,
  DesiredFederation,
  DesiredPlacement,
  DesiredServing,
  Fault,
  FederationStatus,
  PlacementStatus,
  PlanContent,
  ServingStatus,
  Status,
  Step,
} from './types.ts';
import type { Problem } from '../spec/problems/problem.ts';

const DEPLOYMENT_ID = /^(InferenceCluster|TrainingPlacement|Federation)\/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Guards every path and address made of an id that came from outside. */
export function isDeploymentId(value: unknown): value is DeploymentId {
  return typeof value === 'string' && DEPLOYMENT_ID.test(value);
}

export const deploymentId: Shape<DeploymentId> = (value) => (isDeploymentId(value) ? undefined : 'is no Kind/name');
export const targetRef: Shape<TargetRef> = writtenTargetShape;
const phase = oneOf('starting', 'running', 'completed', 'degraded', 'failed', 'stopping');

const problemFields = {
  code: text,
  severity: oneOf('error', 'warning', 'information'),
  message: text,
  hint: text,
} as const;
export const problemShape: Shape<Problem> = object<Problem>(problemFields);
export const fault: Shape<Fault> = object<Fault>({
  ...problemFields,
  subject: optional(text),
  at: number,
});

export const desired: Shape<Desired> = taggedBy<Desired, 'kind'>('kind', {
  InferenceCluster: object<DesiredServing>({
    id: deploymentId,
    kind: oneOf('InferenceCluster'),
    name: text,
    target: targetRef,
    spec: SPEC_SHAPES.InferenceCluster,
    replicas: mapOf(whole),
  }),
  TrainingPlacement: object<DesiredPlacement>({
    id: deploymentId,
    kind: oneOf('TrainingPlacement'),
    name: text,
    target: targetRef,
    spec: SPEC_SHAPES.TrainingPlacement,
    placement: listOf(object<DesiredPlacement['placement'][number]>({ node: text, device: text })),
    edges: listOf(object<DesiredPlacement['edges'][number]>({ from: text, to: text, bytes: number })),
    ops: mapOf(trusted<Readonly<Record<string, unknown>>>((value) => (isObject(value) ? undefined : 'is no object'))),
    profile: optional(knownModule),
    predictedForwardUs: number,
    predictedBackwardUs: nullable(number),
  }),
  Federation: object<DesiredFederation>({
    id: deploymentId,
    kind: oneOf('Federation'),
    name: text,
    target: targetRef,
    spec: SPEC_SHAPES.Federation,
    rounds: listOf(listOf(listOf(whole))),
    rhoSchedule: listOf(number),
  }),
});

export const origin: Shape<Origin> = object<Origin>({ repository: nullable(text), path: text, document: text });
export const particulars: Shape<Particulars> = mapOf(text);
export const wanted: Shape<Wanted> = object<Wanted>({ desired, origin, particulars });

const statusBase = {
  id: deploymentId,
  name: text,
  revision: whole,
  phase,
  summary: text,
  at: number,
  faults: listOf(fault),
};

/** What a training run tells of a step, and a federation of a round. */
export const trainingStep: Shape<PlacementStatus['history'][number]> = object<PlacementStatus['history'][number]>({
  step: number,
  loss: number,
  stepMs: number,
});
export const federationRound: Shape<FederationStatus['history'][number]> = object<FederationStatus['history'][number]>({
  round: number,
  accuracy: number,
  seconds: number,
  digest: text,
});

export const status: Shape<Status> = taggedBy<Status, 'kind'>('kind', {
  InferenceCluster: object<ServingStatus>({
    ...statusBase,
    kind: oneOf('InferenceCluster'),
    jobs: listOf(
      object<ServingStatus['jobs'][number]>({
        name: text,
        endpoint: optional(text),
        desiredReplicas: number,
        readyReplicas: number,
        requestsPerSecond: nullable(number),
        queueLength: nullable(number),
        meanMs: nullable(number),
        p99Ms: nullable(number),
        sloMs: number,
        violationRate: nullable(number),
        requests: nullable(number),
        refused: nullable(number),
        restarts: nullable(number),
        wakesInMs: optional(number),
      }),
    ),
    metricsUrl: optional(text),
  }),
  TrainingPlacement: object<PlacementStatus>({
    ...statusBase,
    kind: oneOf('TrainingPlacement'),
    step: number,
    steps: number,
    loss: nullable(number),
    accuracy: nullable(number),
    predictedForwardMs: number,
    measuredForwardMs: nullable(number),
    predictedStepMs: nullable(number),
    measuredStepMs: nullable(number),
    devices: listOf(
      object<PlacementStatus['devices'][number]>({
        name: text,
        nodes: number,
        busyMsPerStep: nullable(number),
        bytesSentPerStep: nullable(number),
        peakBytes: optional(nullable(number)),
      }),
    ),
    history: listOf(trainingStep),
  }),
  Federation: object<FederationStatus>({
    ...statusBase,
    kind: oneOf('Federation'),
    round: number,
    rounds: number,
    sites: listOf(
      object<FederationStatus['sites'][number]>({
        name: text,
        state: oneOf('starting', 'training', 'averaging', 'waiting', 'done', 'lost'),
        accuracy: nullable(number),
        bytesSent: number,
        digest: nullable(text),
      }),
    ),
    history: listOf(federationRound),
  }),
});

export const revisionEntry: Shape<Revision> = object<Revision>({
  revision: whole,
  hash: text,
  at: number,
  cause: oneOf('apply', 'rollback'),
});
const reads: Shape<readonly ObjectRead[]> = listOf(object<ObjectRead>({ object: text, version: text }));
const drift: Shape<readonly Drift[]> = listOf(object<Drift>({ path: text, text }));

export const live: Shape<Live> = object<Live>({
  ownership: oneOf('ours'),
  id: deploymentId,
  target: targetRef,
  desired,
  origin,
  particulars,
  revision: whole,
  hash: text,
  status,
  revisions: listOf(revisionEntry),
  reads,
  drift,
  reached: truth,
  complete: truth,
});

export const liveOrUnowned: Shape<Live | Unowned> = (value) =>
  isObject(value) && value.ownership === 'ours'
    ? live(value)
    : object<Unowned>({
        ownership: oneOf('foreign', 'unreadable'),
        id: deploymentId,
        target: targetRef,
        detail: text,
        reads,
      })(value);

const change: Shape<Change> = object<Change>({
  action: oneOf('create', 'update', 'delete'),
  path: text,
  before: optional(text),
  after: optional(text),
  text,
  disruption: optional(text),
  final: optional(truth),
});

const planFields = {
  deployment: deploymentId,
  target: targetRef,
  action: oneOf('create', 'update', 'delete', 'none'),
  live: nullable(object<{ revision: number; hash: string }>({ revision: whole, hash: text })),
  cause: oneOf('apply', 'rollback', 'delete'),
  changes: listOf(change),
  unchanged: whole,
};

export const planContent: Shape<PlanContent> = object<PlanContent>({
  ...planFields,
  format: oneOf(PLAN_FORMAT),
  identity: nullable(object<TargetIdentity>({ uid: text, name: text })),
  reads,
  origin,
  particulars,
  desired: nullable(desired),
  drift,
  steps: listOf(object<Step>({ path: text, text, reason: oneOf('change', 'drift', 'unfinished'), reversible: truth })),
});

/** What a desired state said of its home before that was told apart from it. */
export interface FormerHome {
  readonly source: string;
  readonly folder: string;
}

export type FormerDesired = Desired & FormerHome;

export const formerDesired: Shape<FormerDesired> = (value) =>
  desired(value) ?? object<FormerHome>({ source: text, folder: text })(value);

export type FormerPlanContent = Pick<PlanContent, keyof typeof planFields> & {
  readonly desired: FormerDesired | null;
};

export const formerPlanContent: Shape<FormerPlanContent> = object<FormerPlanContent>({
  ...planFields,
  desired: nullable(formerDesired),
});

export const applyEvent: Shape<ApplyEvent> = taggedBy<ApplyEvent, 'type'>('type', {
  accepted: object<Extract<ApplyEvent, { type: 'accepted' }>>({ type: oneOf('accepted') }),
  step: object<Extract<ApplyEvent, { type: 'step' }>>({ type: oneOf('step'), text, done: number, total: number }),
  fault: object<Extract<ApplyEvent, { type: 'fault' }>>({ type: oneOf('fault'), fault }),
  done: object<Extract<ApplyEvent, { type: 'done' }>>({
    type: oneOf('done'),
    revision: whole,
    status: nullable(status),
  }),
  cancelled: object<Extract<ApplyEvent, { type: 'cancelled' }>>({
    type: oneOf('cancelled'),
    done: listOf(text),
    left: listOf(text),
  }),
});

export const logLine: Shape<LogLine> = object<LogLine>({ at: number, subject: nullable(text), text });
