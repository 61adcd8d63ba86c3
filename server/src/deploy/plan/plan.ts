/** Live and wanted state → plan: what would change, sealed, and good only for the live state it was made from. */
import { contentHash } from './content-hash.ts';
import { diff, diffHome } from './diff.ts';
import { isSameOwner, originBy, originText } from './origin.ts';
import { sealPlan } from './plan-file.ts';
import { stepsOf } from './steps.ts';
import type { FileReader } from '../../host/file-reader.ts';
import type { Live, Unowned, Wanted } from '../live.ts';
import type { CallOptions, DeployTarget } from '../target.ts';
import { targetKey } from '../target-ref.ts';
import type { TargetIdentity } from '../target-ref.ts';
import { PLAN_FORMAT } from '../types.ts';
import type { Change, DeploymentId, Desired, Plan, PlanContent } from '../types.ts';
import { problemError, type ProblemError } from '../../spec/problems/problem-error.ts';

export type PlanResult<P = Plan> =
  { readonly ok: true; readonly plan: P } | { readonly ok: false; readonly problem: ProblemError };

export interface PlanOptions extends CallOptions {
  /** Lets this file take over what another file deployed; the plan then says so as a change. */
  readonly takeOver?: boolean;
}

/** The plan that brings a desired state about. @param live undefined where nothing of that name is deployed. */
export function planApply(
  live: Live | undefined,
  wanted: Wanted,
  identity: TargetIdentity,
  options: PlanOptions = {},
): PlanResult {
  return sealed(applyContent(live, wanted, identity, options));
}

/** The plan that goes back to an earlier revision, which becomes the newest one. */
export function planRollback(live: Live, wanted: Wanted, identity: TargetIdentity): Plan {
  return sealPlan(towards(live, wanted, identity, 'rollback'));
}

export function planDelete(live: Live, identity: TargetIdentity): Plan {
  return sealPlan(deleteContent(live, identity));
}

/** Resolves whose a desired state is and what the target adds to it. @param source absolute path of the spec file. */
export async function wantedFrom(
  target: DeployTarget,
  desired: Desired,
  source: string,
  reader: FileReader,
  signal?: AbortSignal,
): Promise<Wanted> {
  const origin = await originBy(reader, source, desired.name, signal);
  return { desired, origin, particulars: (await target.particulars?.(source, desired, { reader, signal })) ?? {} };
}

/** Reads what is live and plans. The three that follow are all that an editor or a command needs. */
export async function readAndPlanApply(
  target: DeployTarget,
  wanted: Wanted,
  options: PlanOptions = {},
): Promise<PlanResult> {
  const { desired } = wanted;
  const { kinds } = await target.abilities(options);
  if (!kinds.includes(desired.kind))
    return refused(problemError('BERTH5041', { kind: desired.kind, target: targetKey(target.ref), kinds }));
  const identity = await target.identify(options);
  const live = ours(await target.read(desired.id, options));
  if (!live.ok) return live;
  return checked(target, applyContent(live.live, wanted, identity, options), options);
}

export async function readAndPlanDelete(
  target: DeployTarget,
  id: DeploymentId,
  options: CallOptions = {},
): Promise<PlanResult> {
  const identity = await target.identify(options);
  const live = ours(await target.read(id, options));
  if (!live.ok) return live;
  if (!live.live) return absent(target, id, options);
  return checked(target, { ok: true, plan: deleteContent(live.live, identity) }, options);
}

export async function readAndPlanRollback(
  target: DeployTarget,
  id: DeploymentId,
  revision: number,
  options: CallOptions = {},
): Promise<PlanResult> {
  const identity = await target.identify(options);
  const read = ours(await target.read(id, options));
  if (!read.ok) return read;
  const { live } = read;
  if (!live) return absent(target, id, options);
  const wanted = await target.revision(id, revision, options);
  if (wanted) return checked(target, { ok: true, plan: towards(live, wanted, identity, 'rollback') }, options);
  const known = live.revisions.map((entry) => entry.revision);
  return refused(problemError('BERTH5011', { id, revision, known }));
}

function applyContent(
  live: Live | undefined,
  wanted: Wanted,
  identity: TargetIdentity,
  { takeOver = false }: PlanOptions,
): PlanResult<PlanContent> {
  if (live && !isSameOwner(live, wanted) && !takeOver)
    return refused(problemError('BERTH5010', { id: wanted.desired.id, owner: originText(live.origin) }));
  return { ok: true, plan: towards(live, wanted, identity, 'apply') };
}

function deleteContent(live: Live, identity: TargetIdentity): PlanContent {
  const change: Change = {
    action: 'delete',
    path: '',
    text: `- ${live.desired.kind} ${live.desired.name} on ${targetKey(live.target)}`,
    disruption: 'Everything of it ends, and its revisions and results are removed.',
    final: true,
  };
  return {
    format: PLAN_FORMAT,
    deployment: live.id,
    target: live.target,
    identity,
    action: 'delete',
    live: { revision: live.revision, hash: live.hash },
    reads: live.reads,
    origin: live.origin,
    particulars: live.particulars,
    desired: null,
    cause: 'delete',
    changes: [change],
    drift: [],
    steps: stepsOf([change], [], false),
    unchanged: 0,
  };
}

function towards(
  live: Live | undefined,
  wanted: Wanted,
  identity: TargetIdentity,
  cause: 'apply' | 'rollback',
): PlanContent {
  const { desired } = wanted;
  const state = diff(live?.desired, desired);
  const changes = [...(live ? diffHome(live, wanted) : []), ...state.changes];
  // What is not known is no drift and asks for nothing.
  const drift = live?.drift ?? [];
  const unfinished = live?.reached === false && drift.length === 0;
  const same = live !== undefined && (changes.length === 0 || isSame(live, wanted));
  const finish: Change = {
    action: 'update',
    path: '',
    text: `finish revision ${live?.revision ?? 0}, which has not been reached`,
  };
  const listed = same ? (unfinished ? [finish] : []) : changes;
  return {
    format: PLAN_FORMAT,
    deployment: desired.id,
    target: desired.target,
    identity,
    action: live === undefined ? 'create' : listed.length + drift.length === 0 ? 'none' : 'update',
    live: live ? { revision: live.revision, hash: live.hash } : null,
    reads: live?.reads ?? [],
    // Where only what means nothing differs, what is live stays as it is.
    ...(same ? { origin: live.origin, particulars: live.particulars } : originAndParticulars(wanted)),
    desired: same ? live.desired : desired,
    cause,
    changes: listed,
    drift,
    steps: stepsOf(listed, drift, same && unfinished),
    unchanged: state.unchanged,
  };
}

function originAndParticulars({ origin, particulars }: Wanted): Omit<Wanted, 'desired'> {
  return { origin, particulars };
}

function isSame(live: Live, wanted: Wanted): boolean {
  return contentHash(live.desired) === contentHash(wanted.desired) && diffHome(live, wanted).length === 0;
}

function ours(
  read: Live | Unowned | undefined,
): { readonly ok: true; readonly live: Live | undefined } | { readonly ok: false; readonly problem: ProblemError } {
  if (read === undefined || read.ownership === 'ours') return { ok: true, live: read };
  return refused(problemError('BERTH5042', { id: read.id, ownership: read.ownership, detail: read.detail }));
}

/** Asks the target what it would not take, then seals. */
async function checked(
  target: DeployTarget,
  content: PlanResult<PlanContent>,
  options: CallOptions,
): Promise<PlanResult> {
  if (!content.ok || content.plan.action === 'none') return sealed(content);
  const refusals = (await target.check?.(content.plan, options)) ?? [];
  if (refusals.length === 0) return sealed(content);
  return refused(problemError('BERTH5043', { target: targetKey(target.ref), refusals }));
}

function sealed(content: PlanResult<PlanContent>): PlanResult {
  return content.ok ? { ok: true, plan: sealPlan(content.plan) } : content;
}

function refused(problem: ProblemError): { readonly ok: false; readonly problem: ProblemError } {
  return { ok: false, problem };
}

async function absent(target: DeployTarget, id: DeploymentId, options: CallOptions): Promise<PlanResult> {
  const known = (await target.list(options)).map((live) => live.id);
  return refused(problemError('BERTH5021', { id, known }));
}
