/**
 * What was accepted, kept at the cluster itself: each entry is the metadata of a job that does nothing and has ended. An entry is numbered
 * by its job's name, and Ray takes no two jobs of one name: of two who write the next entry at once, one is refused. Nothing restarts for it.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { jsonOf } from '../../json-text.ts';
import type { Revision, Wanted } from '../../live.ts';
import { checkShape, oneOf } from '../../shape.ts';
import { isDeploymentId, wanted as wantedShape } from '../../shapes.ts';
import type { DeploymentId } from '../../types.ts';
import { problemError } from '../../../spec/problems/problem-error.ts';
import type { Dashboard } from './dashboard.ts';
import { rayJob, rayJobs } from './heard.ts';
import type { RayJob } from './heard.ts';

/** Goes up when an entry changes its form. */
export const LEDGER_FORMAT = 1;

/** What a revision may weigh unpacked, bytes: whoever unpacks it does not believe what it says of itself. */
const MOST_UNPACKED = 2 ** 26;

export type LedgerEvent =
  /** A revision was accepted. */
  | 'accepted'
  /** The newest revision is gone on with: what was missing is put again. */
  | 'resumed'
  /** The newest revision was not taken by Ray, and is none. */
  | 'withdrawn'
  | 'cancelled'
  /** Everything of it goes; a later entry begins anew. */
  | 'deleted';
const ledgerEvent = oneOf('accepted', 'resumed', 'withdrawn', 'cancelled', 'deleted');

/** What is known of a deployment by its entries. */
export interface Ledger {
  readonly id: DeploymentId;
  /** Number of the newest entry. */
  readonly sequence: number;
  readonly event: LedgerEvent;
  /** Since it was created, oldest first. */
  readonly revisions: readonly Revision[];
  /** By revision, packed. */
  readonly contents: ReadonlyMap<number, string>;
  /** Names of all its jobs. */
  readonly jobs: readonly string[];
}

/** Why entries cannot be read. */
export interface Unreadable {
  readonly id: DeploymentId;
  readonly unreadable: string;
}

export interface NewEntry {
  readonly event: LedgerEvent;
  /** Of an accepted one. */
  readonly revision?: Revision;
  readonly wanted?: Wanted;
}

const PREFIX = 'berth.';

function entryName(id: DeploymentId, sequence: number): string {
  return `${PREFIX}${id.replace('/', '.')}.${sequence}`;
}

/** All deployments of which there are entries. */
export async function readLedgers(
  dashboard: Dashboard,
  signal?: AbortSignal,
): Promise<ReadonlyMap<DeploymentId, Ledger | Unreadable>> {
  const jobs = await dashboard.ask({ method: 'GET', path: '/api/jobs/', what: 'list its jobs' }, rayJobs, signal);
  return ledgersOf(jobs);
}

/** @param jobs all of a cluster, in any order. */
export function ledgersOf(jobs: readonly RayJob[]): ReadonlyMap<DeploymentId, Ledger | Unreadable> {
  const entries = new Map<DeploymentId, { readonly sequence: number; readonly job: RayJob }[]>();
  for (const job of jobs) {
    const [, kind, name, sequence] = /^berth\.(\w+)\.([a-z0-9-]+)\.(\d{1,9})$/.exec(job.submission_id ?? '') ?? [];
    const id = `${kind}/${name}`;
    if (!isDeploymentId(id)) continue;
    const known = entries.get(id) ?? [];
    known.push({ sequence: Number(sequence), job });
    entries.set(id, known);
  }
  return new Map(
    [...entries].map(
      ([id, found]) =>
        [
          id,
          ledgerOf(
            id,
            found.sort((a, b) => a.sequence - b.sequence),
          ),
        ] as const,
    ),
  );
}

function ledgerOf(
  id: DeploymentId,
  entries: readonly { readonly sequence: number; readonly job: RayJob }[],
): Ledger | Unreadable {
  let revisions: Revision[] = [];
  const contents = new Map<number, string>();
  let event: LedgerEvent = 'deleted';
  let before: LedgerEvent = 'deleted';
  for (const { sequence, job } of entries) {
    const { berth, event: said = '', revision, hash, at, cause, content } = job.metadata ?? {};
    if (isHollow(job)) continue;
    if (berth !== String(LEDGER_FORMAT)) {
      const detail = berth === undefined ? 'has no mark of Berth' : `was written by a newer Berth, in format ${berth}`;
      return { id, unreadable: `the job "${entryName(id, sequence)}", its record, ${detail}` };
    }
    const checked = checkShape(ledgerEvent, said);
    if (!checked.ok) return { id, unreadable: `the job "${entryName(id, sequence)}", its record, says "${said}"` };
    if (checked.value === 'accepted') {
      before = event;
      // What was deleted is known until something new is of its name.
      if (event === 'deleted') {
        revisions = [];
        contents.clear();
      }
    }
    event = checked.value;
    if (event === 'withdrawn') {
      const last = revisions.pop();
      if (last) contents.delete(last.revision);
      event = before;
    } else if (event === 'accepted') {
      const number = Number(revision);
      if (!Number.isSafeInteger(number) || hash === undefined || content === undefined)
        return { id, unreadable: `the job "${entryName(id, sequence)}", its record, is damaged` };
      revisions.push({
        revision: number,
        hash,
        at: Number(at) || 0,
        cause: cause === 'rollback' ? 'rollback' : 'apply',
      });
      contents.set(number, content);
    }
  }
  const jobs = entries.map(({ sequence }) => entryName(id, sequence));
  return { id, sequence: entries.at(-1)!.sequence, event, revisions, contents, jobs };
}

/** What was accepted as a revision. @throws ProblemError BERTH5042 where it cannot be read. */
export async function contentOf(ledger: Ledger, revision: number): Promise<Wanted | undefined> {
  const packed = ledger.contents.get(revision);
  if (packed === undefined) return undefined;
  const wrong = await unpacked(packed);
  if ('wanted' in wrong) return wrong.wanted;
  const detail = `revision ${revision} in its record is damaged: ${wrong.detail}`;
  throw problemError('BERTH5042', { id: ledger.id, ownership: 'unreadable', detail });
}

/** @param packed as `packedContent` made it. */
export async function unpacked(packed: string): Promise<{ readonly wanted: Wanted } | { readonly detail: string }> {
  try {
    const bytes = await promisify(gunzip)(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_UNPACKED });
    const checked = checkShape(wantedShape, jsonOf(bytes.toString('utf8')));
    return checked.ok ? { wanted: checked.value } : { detail: checked.detail };
  } catch (error) {
    return { detail: (error as Error).message };
  }
}

export async function packedContent(wanted: Wanted): Promise<string> {
  return (await promisify(gzip)(JSON.stringify(wanted))).toString('base64');
}

/**
 * Writes the next entry after the one of a number.
 *
 * @returns its number; undefined where somebody else wrote one there first.
 */
export async function writeEntry(
  dashboard: Dashboard,
  id: DeploymentId,
  last: number,
  { event, revision, wanted }: NewEntry,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const metadata = {
    berth: String(LEDGER_FORMAT),
    event,
    ...(revision && {
      revision: String(revision.revision),
      hash: revision.hash,
      at: String(revision.at),
      cause: revision.cause,
    }),
    ...(wanted && { content: await packedContent(wanted) }),
  };
  for (let sequence = last + 1; ; sequence++) {
    const body = { entrypoint: ':', submission_id: entryName(id, sequence), metadata };
    const call = { method: 'POST', path: '/api/jobs/', body, what: 'keep a record' } as const;
    const { status, said } = await dashboard.answer(call, signal);
    if (status === 200) return sequence;
    if (!said.includes('already exists')) throw dashboard.refusal(call, status, said);
    const there = await entryAt(dashboard, id, sequence, signal);
    if (!there || !isHollow(there)) return undefined;
  }
}

/** Whether there is an entry after the one of that number. */
export async function isSucceeded(
  dashboard: Dashboard,
  id: DeploymentId,
  last: number,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let sequence = last + 1; ; sequence++) {
    const next = await entryAt(dashboard, id, sequence, signal);
    if (!next) return false;
    if (!isHollow(next)) return true;
  }
}

async function entryAt(
  dashboard: Dashboard,
  id: DeploymentId,
  sequence: number,
  signal?: AbortSignal,
): Promise<RayJob | undefined> {
  const path = `/api/jobs/${entryName(id, sequence)}`;
  return dashboard.find({ method: 'GET', path, what: 'find a record' }, rayJob, signal);
}

/** What Ray writes of a job that was forgotten in the moment in which it ended: its name is taken, and nothing is in it. */
function isHollow({ metadata }: RayJob): boolean {
  return Object.keys(metadata ?? {}).length === 0;
}

/** Removes what is not needed any more. A job that has not ended yet stays; the next who deletes finds it. */
export async function forget(dashboard: Dashboard, jobs: readonly string[], signal?: AbortSignal): Promise<void> {
  for (const job of jobs)
    await dashboard.answer({ method: 'DELETE', path: `/api/jobs/${job}`, what: 'forget a record' }, signal);
}
