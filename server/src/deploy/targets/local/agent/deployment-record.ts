/**
 * What is on the disk of one deployment: `deployment.json`, a few lines that say which revision counts, and `revisions/N.json`, each
 * the whole desired state, so that what was accepted once can be brought about, or gone back to, without the workspace it came from.
 *
 * A revision is written before `deployment.json` names it. Whatever the moment of a crash, the old or the new one counts.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHash } from '../../../plan/content-hash.ts';
import type { Revision, Wanted } from '../../../live.ts';
import { wantedOfFormer } from '../../../plan/former.ts';
import { checkShape, formatOf, isObject, listOf, object, oneOf, truth, whole } from '../../../shape.ts';
import { deploymentId, formerDesired, revisionEntry, wanted as wantedShape } from '../../../shapes.ts';
import type { DeploymentId } from '../../../types.ts';
import { syncFolder } from '../../../runtime/durable-file.ts';
import { clearDrafts, copyOf, readStoredJson, setAside, writeFileAtomicSync, writeFileTwice } from './atomic-file.ts';
import { PROCESSES_FORMAT } from './process-table.ts';
import { makeFolder } from './state-folder.ts';
import { WORKLOAD_FORMAT } from './workload-state.ts';
import { problemError, type ProblemError } from '../../../../spec/problems/problem-error.ts';

/** Of `deployment.json`. Until 1 a revision was a desired state with the absolute paths of its workspace in it; since 2 these stand beside it. Both are read. */
export const RECORD_FORMAT = 2;
/** Of `revisions/N.json`: until 2 it did not say its format, and was as the record's format says. */
export const REVISION_FORMAT = 2;
/** Revisions that can be gone back to. */
const REVISIONS_KEPT = 20;

interface RecordFile {
  readonly format: 1 | typeof RECORD_FORMAT;
  readonly id: DeploymentId;
  readonly revisions: readonly Revision[];
  /** The last revision that was brought about; 0 before the first. */
  readonly reached: number;
  /** The newest revision was cancelled. */
  readonly cancelled: boolean;
  /** It is being deleted: what is left of it goes. */
  readonly deleting: boolean;
}

export interface OpenedRecord {
  readonly record: DeploymentRecord | undefined;
  /** What was found damaged and set aside. */
  readonly damage: readonly ProblemError[];
  /** A newer Berth wrote it, in this format: it is sound, but not for us to read or to touch. */
  readonly newerFormat?: number;
}

const recordFile = object<RecordFile>({
  format: oneOf(1, RECORD_FORMAT),
  id: deploymentId,
  revisions: listOf(revisionEntry),
  reached: whole,
  cancelled: truth,
  deleting: truth,
});

export class DeploymentRecord {
  readonly folder: string;
  #file: RecordFile;
  #wanted: Wanted | undefined;

  private constructor(folder: string, file: RecordFile, wanted: Wanted | undefined) {
    this.folder = folder;
    this.#file = file;
    this.#wanted = wanted;
  }

  static create(folder: string, id: DeploymentId): DeploymentRecord {
    makeFolder(join(folder, 'revisions'));
    return new DeploymentRecord(
      folder,
      { format: RECORD_FORMAT, id, revisions: [], reached: 0, cancelled: false, deleting: false },
      undefined,
    );
  }

  /** Reads what is there. A damaged `deployment.json` is made anew from the revisions; a damaged revision gives way to the one before. */
  static open(folder: string): OpenedRecord {
    const damage: ProblemError[] = [];
    const newerFormat = newerFormatIn(folder);
    if (newerFormat !== undefined) return { record: undefined, damage, newerFormat };
    const path = join(folder, 'deployment.json');
    const stored = readStoredJson(path);
    let file: RecordFile | undefined;
    if (stored.state === 'corrupt') damage.push(damaged(setAside(path), stored.reason));
    if (stored.state === 'present') {
      const checked = checkShape(recordFile, stored.value);
      if (checked.ok) file = checked.value;
      else damage.push(damaged(setAside(path), checked.detail));
    }
    file ??= wasRecorded(folder) ? recordInCopy(folder) : undefined;
    file ??= rebuild(folder, damage);
    if (file) clearRemains(folder, file);
    while (file && file.revisions.length > 0) {
      const newest = file.revisions.at(-1)!;
      const revision = readRevision(folder, newest.revision);
      if (revision.state === 'sound') return { record: new DeploymentRecord(folder, file, revision.wanted), damage };
      if (revision.state === 'damaged') damage.push(damaged(revision.path, revision.reason));
      file = { ...file, revisions: file.revisions.slice(0, -1), reached: Math.min(file.reached, newest.revision - 1) };
    }
    return { record: undefined, damage };
  }

  get id(): DeploymentId {
    return this.#file.id;
  }

  get revisions(): readonly Revision[] {
    return this.#file.revisions;
  }

  /** The newest accepted revision; 0 before the first. */
  get accepted(): number {
    return this.#file.revisions.at(-1)?.revision ?? 0;
  }

  get hash(): string | undefined {
    return this.#file.revisions.at(-1)?.hash;
  }

  /** The newest accepted revision itself. */
  get wanted(): Wanted | undefined {
    return this.#wanted;
  }

  get reached(): number {
    return this.#file.reached;
  }

  get cancelled(): boolean {
    return this.#file.cancelled;
  }

  get deleting(): boolean {
    return this.#file.deleting;
  }

  /** Makes a desired state the newest revision. On failure nothing has changed. */
  async accept({ desired, origin, particulars }: Wanted, cause: Revision['cause']): Promise<void> {
    const revision = this.accepted + 1;
    const wanted: Wanted = { desired, origin, particulars };
    await writeFileTwice(this.#revisionPath(revision), JSON.stringify({ format: REVISION_FORMAT, ...wanted }));
    const entry: Revision = { revision, hash: contentHash(desired), at: Date.now(), cause };
    const revisions = [...this.#file.revisions, entry];
    // The folder itself got its name with the first revision.
    if (this.accepted === 0) await syncFolder(dirname(this.folder));
    await this.#write({ ...this.#file, revisions: revisions.slice(-REVISIONS_KEPT), cancelled: false });
    this.#wanted = wanted;
    for (const old of revisions.slice(0, -REVISIONS_KEPT))
      for (const path of [this.#revisionPath(old.revision), copyOf(this.#revisionPath(old.revision))])
        rmSync(path, { force: true });
  }

  /** Says again that the newest revision is to be brought about. */
  async resume(): Promise<void> {
    if (this.cancelled) await this.#write({ ...this.#file, cancelled: false });
  }

  async markReached(): Promise<void> {
    if (this.reached !== this.accepted || this.cancelled)
      await this.#write({ ...this.#file, reached: this.accepted, cancelled: false });
  }

  async markCancelled(): Promise<void> {
    await this.#write({ ...this.#file, cancelled: true });
  }

  async markDeleting(): Promise<void> {
    await this.#write({ ...this.#file, deleting: true });
  }

  /** An earlier revision; undefined where it is not kept. */
  revision(number: number): Wanted | undefined {
    if (!this.#file.revisions.some((entry) => entry.revision === number)) return undefined;
    const found = readRevision(this.folder, number);
    return found.state === 'sound' ? found.wanted : undefined;
  }

  #revisionPath(revision: number): string {
    return join(this.folder, 'revisions', `${revision}.json`);
  }

  async #write(file: RecordFile): Promise<void> {
    const present: RecordFile = { ...file, format: RECORD_FORMAT };
    await writeFileTwice(join(this.folder, 'deployment.json'), JSON.stringify(present));
    this.#file = present;
  }
}

/** The record as its copy has it; undefined where that knows less than the revisions tell, since another version keeps none. */
function recordInCopy(folder: string): RecordFile | undefined {
  const stored = readStoredJson(copyOf(join(folder, 'deployment.json')));
  const checked = stored.state === 'present' ? checkShape(recordFile, stored.value) : undefined;
  if (checked?.ok !== true) return undefined;
  const newest = Math.max(0, ...revisionNumbers(folder));
  return (checked.value.revisions.at(-1)?.revision ?? 0) >= newest ? checked.value : undefined;
}

/** Removes what a crash left beside the record: drafts, a revision that was written and not accepted, one too old to be kept. */
function clearRemains(folder: string, file: RecordFile): void {
  const revisions = join(folder, 'revisions');
  if (!existsSync(revisions)) return;
  for (const place of [folder, revisions]) clearDrafts(place);
  const kept = new Set(file.revisions.flatMap(({ revision }) => [`${revision}.json`, `${revision}.copy.json`]));
  for (const name of readdirSync(revisions))
    if (/^\d+(?:\.copy)?\.json$/.test(name) && !kept.has(name)) rmSync(join(revisions, name), { force: true });
}

function damaged(path: string, detail: string): ProblemError {
  return problemError('BERTH5017', { path, detail });
}

function revisionNumbers(folder: string): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync(join(folder, 'revisions'));
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}

/** Whether there was a record once: a damaged one lies beside its place. */
function wasRecorded(folder: string): boolean {
  return readdirSync(folder).some((name) => /^deployment\.json\..*\.damaged$/.test(name));
}

type FoundRevision =
  | { readonly state: 'sound'; readonly wanted: Wanted }
  | { readonly state: 'damaged'; readonly path: string; readonly reason: string }
  | { readonly state: 'absent' };

/** A revision that is damaged is mended from its copy. */
function readRevision(folder: string, number: number): FoundRevision {
  const path = join(folder, 'revisions', `${number}.json`);
  const found = revisionIn(path);
  if (found.state !== 'damaged') return found;
  const copy = revisionIn(copyOf(path));
  if (copy.state !== 'sound') return { ...found, path: setAside(path) };
  writeFileAtomicSync(path, readFileSync(copyOf(path), 'utf8'));
  return copy;
}

function revisionIn(path: string): FoundRevision {
  const stored = readStoredJson(path);
  if (stored.state === 'absent') return stored;
  if (stored.state === 'corrupt') return { state: 'damaged', path, reason: stored.reason };
  // A desired state of format 1 has a kind of its own; since then it stands inside.
  if (isObject(stored.value) && 'kind' in stored.value) {
    const former = checkShape(formerDesired, stored.value);
    return former.ok
      ? { state: 'sound', wanted: wantedOfFormer(former.value) }
      : { state: 'damaged', path, reason: former.detail };
  }
  const checked = checkShape(wantedShape, stored.value);
  return checked.ok
    ? { state: 'sound', wanted: wantedIn(checked.value) }
    : { state: 'damaged', path, reason: checked.detail };
}

/** Without what the file says of itself. */
function wantedIn({ desired, origin, particulars }: Wanted): Wanted {
  return { desired, origin, particulars };
}

/** The format of the first file of a deployment that a newer version wrote; undefined where none is. Then nothing of it is for us to touch. */
function newerFormatIn(folder: string): number | undefined {
  const newest = revisionNumbers(folder).at(-1);
  const known: readonly (readonly [file: string, format: number])[] = [
    ['deployment.json', RECORD_FORMAT],
    ['deployment.copy.json', RECORD_FORMAT],
    ['processes.json', PROCESSES_FORMAT],
    ['workload.json', WORKLOAD_FORMAT],
    ...(newest === undefined ? [] : [[`revisions/${newest}.json`, REVISION_FORMAT] as const]),
  ];
  for (const [file, format] of known) {
    const stored = readStoredJson(join(folder, file));
    if (stored.state === 'present' && formatOf(stored.value) > format) return formatOf(stored.value);
  }
  return undefined;
}

/** The record as the revisions tell it. Whether the newest was reached is unknown, so it is brought about again, which is harmless. */
function rebuild(folder: string, damage: ProblemError[]): RecordFile | undefined {
  const found = revisionNumbers(folder).flatMap((revision) => {
    const read = readRevision(folder, revision);
    if (read.state === 'damaged') damage.push(damaged(read.path, read.reason));
    return read.state === 'sound' ? { revision, desired: read.wanted.desired } : [];
  });
  const newest = found.at(-1);
  // The first revision alone, and no record that could have named it: it was written, and never accepted.
  if (!newest || (newest.revision === 1 && !wasRecorded(folder))) return undefined;
  const revisions = found.map(({ revision, desired }): Revision => ({
    revision,
    hash: contentHash(desired),
    at: Date.now(),
    cause: 'apply',
  }));
  return {
    format: RECORD_FORMAT,
    id: newest.desired.id,
    revisions,
    reached: newest.revision - 1,
    cancelled: false,
    deleting: false,
  };
}
