/**
 * From a plan to what runs. What is accepted is written into the record first, which lets one of two through; then it is put, and from then
 * on Ray is at it by itself. Whoever applied only looks on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Unowned, Wanted } from '../../live.ts';
import { contentHash } from '../../plan/content-hash.ts';
import { splitSteps } from '../../plan/steps.ts';
import { problemError, ProblemError } from '../../../spec/problems/problem-error.ts';
import type { ApplyOptions } from '../../target.ts';
import type { DeploymentId, DesiredServing, Plan } from '../../types.ts';
import { applicationConfig, applicationName } from './application.ts';
import type { ApplicationConfig } from './application.ts';
import { exchange } from './applications.ts';
import type { Dashboard } from './dashboard.ts';
import type { ServeState } from './heard.ts';
import { contentOf, forget, isSucceeded, readLedgers, writeEntry } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { applicationsOf, liveOf, missingOf } from './standing.ts';
import type { Standing } from './standing.ts';
import { faultsOf } from './status.ts';

const LOOK_MS = 200;
/** How long a dashboard that fell silent in the middle is asked again, ms. */
const PATIENCE_MS = 5000;

type Find = (signal?: AbortSignal) => Promise<Standing | Unowned | undefined>;

/** @throws as `DeployTarget.apply` says. */
export async function applyPlan(
  dashboard: Dashboard,
  plan: Plan,
  find: Find,
  { signal, onEvent }: ApplyOptions,
): Promise<void> {
  const id = plan.deployment;
  const before = await find(signal);
  if (before && 'ownership' in before)
    throw problemError('BERTH5042', { id, ownership: before.ownership, detail: before.detail });
  const live = before && liveOf(before, plan.target);
  if (contentHash(live?.reads ?? []) !== contentHash(plan.reads))
    throw problemError('BERTH5004', { id, detail: movedSince(plan, before) });
  if (plan.action === 'none') {
    onEvent({ type: 'accepted' });
    onEvent({ type: 'done', revision: live?.revision ?? 0, status: live?.status ?? null });
    return;
  }
  const last = await lastSequence(dashboard, id, before, signal);
  const wanted = plan.desired && (wantedOf(plan) as Wanted<DesiredServing>);
  const isNew =
    wanted !== null &&
    (!live || contentHash(wanted.desired) !== live.hash || plan.cause === 'rollback' || isMoved(live, wanted));
  const entry =
    wanted === null
      ? ({ event: 'deleted' } as const)
      : isNew
        ? ({ event: 'accepted', wanted, revision: nextRevision(plan, live?.revision ?? 0) } as const)
        : ({ event: 'resumed' } as const);
  const sequence = await writeEntry(dashboard, id, last, entry, signal);
  if (sequence === undefined)
    throw problemError('BERTH5004', { id, detail: 'somebody else applied at the same moment' });
  try {
    await exchange(dashboard, wanted ? towards(wanted.desired, before) : away(id), signal);
  } catch (error) {
    // What Ray did not take is no revision; of what was cut off nobody knows, and a second apply finishes it.
    if (isNew && error instanceof ProblemError && error.code !== 'BERTH5500')
      await writeEntry(dashboard, id, sequence, { event: 'withdrawn' }).catch(() => undefined);
    throw error;
  }
  onEvent({ type: 'accepted' });
  if (wanted) await untilReached(dashboard, plan, sequence, find, { ...(signal && { signal }), onEvent });
  else await untilGone(dashboard, plan, sequence, find, { ...(signal && { signal }), onEvent });
}

/** @returns false where nothing was under way. */
export async function cancelApply(dashboard: Dashboard, find: Find, signal?: AbortSignal): Promise<boolean> {
  for (;;) {
    const standing = await find(signal);
    if (!standing || 'ownership' in standing || !standing.isUnderWay) return false;
    const { ledger, wanted } = standing;
    const written = await writeEntry(dashboard, ledger.id, ledger.sequence, { event: 'cancelled' }, signal);
    if (written === undefined) continue;
    const [former] = ledger.revisions.slice(-2, -1);
    const earlier = former && (await contentOf(ledger, former.revision));
    await exchange(dashboard, back(standing, wanted.desired, earlier?.desired as DesiredServing | undefined), signal);
    return true;
  }
}

/** Applications of a wanted state; how many replicas each has now is kept where nothing asks for another number. */
function towards(desired: DesiredServing, before: Standing | undefined): (state: ServeState) => Exchanged {
  return (state) => {
    const put = desired.spec.jobs.map((job) => {
      const name = applicationName(desired.id, job.name);
      const asked = desired.replicas[job.name]!;
      const known = state.applications[name]?.deployments[job.serve!.deployment!]?.target_num_replicas;
      const isAsBefore = before?.ledger.event !== 'cancelled' && before?.wanted.desired.replicas[job.name] === asked;
      const keeps = isAsBefore && typeof known === 'number' && known >= job.replicas.min && known <= job.replicas.max;
      return applicationConfig(desired, job, keeps ? known : asked);
    });
    const names = new Set(put.map(({ name }) => name));
    const leave = applicationsOf(desired.id, state).flatMap(({ name }) => (names.has(name) ? [] : [name]));
    return { put, leave };
  };
}

interface Exchanged {
  readonly put: readonly ApplicationConfig[];
  readonly leave: readonly string[];
}

function away(id: DeploymentId): (state: ServeState) => Exchanged {
  return (state) => ({ put: [], leave: applicationsOf(id, state).map(({ name }) => name) });
}

/** What was not reached yet is as it was before; what had no before goes. */
function back(
  { jobs }: Standing,
  desired: DesiredServing,
  earlier: DesiredServing | undefined,
): (state: ServeState) => Exchanged {
  return () => {
    const put: ApplicationConfig[] = [];
    const leave: string[] = [];
    for (const { job, app, target, running, unsettled } of jobs) {
      const former = earlier?.spec.jobs.find(({ name }) => name === job.name);
      if (app?.status === 'RUNNING' && unsettled === 0) put.push(applicationConfig(desired, job, target ?? running));
      else if (former) put.push(applicationConfig(earlier!, former, earlier!.replicas[job.name]!));
      else leave.push(applicationName(desired.id, job.name));
    }
    return { put, leave };
  };
}

/** Looks on until all of it runs. */
async function untilReached(
  dashboard: Dashboard,
  plan: Plan,
  sequence: number,
  find: Find,
  { signal, onEvent }: ApplyOptions,
): Promise<void> {
  const id = plan.deployment;
  const told = new Set<string>();
  for await (const standing of looks(dashboard, plan, sequence, find, { ...(signal && { signal }), onEvent })) {
    if (!standing) throw problemError('BERTH5023', { action: `Apply to ${id}` });
    const settled = standing.jobs.filter(({ app, running, target }) => app?.status === 'RUNNING' && running === target);
    for (const { job, running } of settled) {
      if (told.has(job.name)) continue;
      told.add(job.name);
      onEvent({
        type: 'step',
        text: `${job.name}: ${running} of ${running} replicas answer`,
        done: told.size,
        total: standing.jobs.length,
      });
    }
    for (const fault of faultsOf(standing)) {
      if (told.has(fault.message)) continue;
      told.add(fault.message);
      onEvent({ type: 'fault', fault: { ...fault, at: Date.now() } });
      if (fault.code === 'BERTH5507') throw new ProblemError(fault);
    }
    if (!standing.isReached) continue;
    const { revision, status } = liveOf(standing, plan.target);
    onEvent({ type: 'done', revision, status });
    return;
  }
}

/** Looks on until nothing is left, and tidies up. */
async function untilGone(
  dashboard: Dashboard,
  plan: Plan,
  sequence: number,
  find: Find,
  { signal, onEvent }: ApplyOptions,
): Promise<void> {
  const id = plan.deployment;
  for await (const standing of looks(dashboard, plan, sequence, find, { ...(signal && { signal }), onEvent })) {
    if (standing) continue;
    const ledger = (await readLedgers(dashboard, signal)).get(id);
    // The entry that says that it is gone goes last: until then it is not taken for there.
    if (ledger && !('unreadable' in ledger)) await forget(dashboard, ledger.jobs.slice(0, -1), signal);
    onEvent({ type: 'done', revision: plan.live?.revision ?? 0, status: null });
    return;
  }
}

/** How it stands, again and again. @throws ProblemError BERTH5023 once somebody else has ended or overtaken it. */
async function* looks(
  dashboard: Dashboard,
  plan: Plan,
  sequence: number,
  find: Find,
  { signal, onEvent }: ApplyOptions,
): AsyncGenerator<Standing | undefined, void> {
  const id = plan.deployment;
  let silentSince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const standing = await find(signal);
      silentSince = undefined;
      if (standing && 'ownership' in standing)
        throw problemError('BERTH5042', { id, ownership: standing.ownership, detail: standing.detail });
      if (await isSucceeded(dashboard, id, sequence, signal)) {
        const now = await find(signal);
        const isCancelled = now && !('ownership' in now) && now.ledger.event === 'cancelled';
        if (isCancelled) onEvent({ type: 'cancelled', ...splitSteps(plan.steps, missingOf(now)) });
        throw problemError('BERTH5023', { action: `${isCancelled ? 'Apply' : 'The earlier apply'} to ${id}` });
      }
      yield standing;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'BERTH5500') throw error;
      silentSince ??= performance.now();
      if (performance.now() - silentSince > PATIENCE_MS) throw error;
    }
    await delay(LOOK_MS, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

async function lastSequence(
  dashboard: Dashboard,
  id: DeploymentId,
  before: Standing | undefined,
  signal?: AbortSignal,
): Promise<number> {
  if (before) return before.ledger.sequence;
  // Of what was deleted a last entry stays.
  const ledger = (await readLedgers(dashboard, signal)).get(id);
  return ledger && !('unreadable' in ledger) ? ledger.sequence : 0;
}

function wantedOf({ desired, origin, particulars }: Plan): Wanted {
  return { desired: desired!, origin, particulars };
}

function isMoved(live: Wanted, wanted: Wanted): boolean {
  return contentHash(live.origin) !== contentHash(wanted.origin);
}

function nextRevision(plan: Plan, last: number): Ledger['revisions'][number] {
  const cause = plan.cause === 'rollback' ? 'rollback' : 'apply';
  return { revision: last + 1, hash: contentHash(plan.desired), at: Date.now(), cause };
}

function movedSince(plan: Plan, now: Standing | undefined): string {
  const last = now?.ledger.revisions.at(-1);
  if (!last) return plan.live === null ? 'something of it is there now' : 'it was deleted since';
  if (last.revision !== plan.live?.revision) return `revision ${last.revision} was applied since`;
  return 'an application of it has another config now';
}
