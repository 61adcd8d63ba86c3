/** Live and desired state → plan: what would change, sealed, and good only for the live state it was made from. */
import { contentHash } from './content-hash.ts';
import { deployProblem } from '../deploy-problem.ts';
import type { DeployProblem } from '../deploy-problem.ts';
import { diff } from './diff.ts';
import { sealPlan } from './plan-file.ts';
import type { Change, DeployTarget, DeploymentId, Desired, Live, Plan } from '../types.ts';

export type PlanResult =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problem: DeployProblem };

export interface PlanOptions {
  /** Lets this file take over what another file deployed; the plan then says so as a change. */
  readonly takeOver?: boolean;
}

/** The plan that brings a desired state about. @param live undefined where nothing of that name is deployed. */
export function planApply(
  live: Live | undefined,
  desired: Desired,
  { takeOver = false }: PlanOptions = {},
): PlanResult {
  if (live && live.desired.source !== desired.source && !takeOver)
    return { ok: false, problem: deployProblem('BERTH5010', { id: desired.id, owner: live.desired.source }) };
  return { ok: true, plan: towards(live, desired, 'apply') };
}

/** The plan that goes back to the desired state of an earlier revision, which becomes the newest one. */
export function planRollback(live: Live, desired: Desired): Plan {
  return towards(live, desired, 'rollback');
}

export function planDelete(live: Live): Plan {
  const change: Change = {
    action: 'delete',
    path: '',
    text: `- ${live.desired.kind} ${live.desired.name} on ${live.desired.target}`,
    disruption: 'Everything of it ends, and its revisions and results are removed.',
  };
  return sealPlan({
    deployment: live.id,
    target: live.desired.target,
    action: 'delete',
    live: { revision: live.revision, hash: live.hash },
    desired: null,
    cause: 'delete',
    changes: [change],
    unchanged: 0,
  });
}

/** Reads what is live and plans. The three that follow are all that an editor or a command needs. */
export async function readAndPlanApply(
  target: DeployTarget,
  desired: Desired,
  options: PlanOptions = {},
): Promise<PlanResult> {
  return planApply(await target.read(desired.id), desired, options);
}

export async function readAndPlanDelete(target: DeployTarget, id: DeploymentId): Promise<PlanResult> {
  const live = await target.read(id);
  return live ? { ok: true, plan: planDelete(live) } : absent(target, id);
}

export async function readAndPlanRollback(
  target: DeployTarget,
  id: DeploymentId,
  revision: number,
): Promise<PlanResult> {
  const live = await target.read(id);
  if (!live) return absent(target, id);
  const desired = await target.revision(id, revision);
  if (desired) return { ok: true, plan: planRollback(live, desired) };
  return {
    ok: false,
    problem: deployProblem('BERTH5011', { id, revision, known: live.revisions.map((entry) => entry.revision) }),
  };
}

async function absent(target: DeployTarget, id: DeploymentId): Promise<PlanResult> {
  const known = (await target.list()).map((live) => live.id);
  return { ok: false, problem: deployProblem('BERTH5021', { id, known }) };
}

function towards(live: Live | undefined, desired: Desired, cause: 'apply' | 'rollback'): Plan {
  const { changes, unchanged } = diff(live?.desired, desired);
  const unfinished = live?.reached === false;
  const same = live !== undefined && (changes.length === 0 || live.hash === contentHash(desired));
  const finish: Change = {
    action: 'update',
    path: '',
    text: `finish revision ${live?.revision ?? 0}, which has not been reached`,
  };
  return sealPlan({
    deployment: desired.id,
    target: desired.target,
    action: live === undefined ? 'create' : same && !unfinished ? 'none' : 'update',
    live: live ? { revision: live.revision, hash: live.hash } : null,
    // Where only what means nothing differs, what is live stays as it is.
    desired: same ? live.desired : desired,
    cause,
    changes: same && unfinished ? [finish] : changes,
    unchanged,
  });
}
