/** Files that are either the old or the new content, never half of one: after a crash, a kill -9 or a full disk. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../../runtime/durable-file.ts';
import { jsonOf } from '../../../json-text.ts';

/** Writes beside, flushes, renames over, and flushes the folder, so that the name too is on the disk. */
export async function writeFileAtomic(path: string, text: string): Promise<void> {
  const beside = besideOf(path);
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * As `writeFileAtomic`, for what could not be found again: first a copy beside it, then the file itself. Whatever becomes of the one that was written
 * last, the other is whole.
 */
export async function writeFileTwice(path: string, text: string): Promise<void> {
  await writeFileAtomic(copyOf(path), text);
  await writeFileAtomic(path, text);
}

/** Where the copy of a file lies: `deployment.copy.json`. */
export function copyOf(path: string): string {
  return path.replace(/\.json$/, '.copy.json');
}

/** The same at once: for what must be on the disk before the next line runs, such as the record of a process just started. */
export function writeFileAtomicSync(path: string, text: string): void {
  const beside = besideOf(path);
  try {
    const file = openSync(beside, 'wx', 0o600);
    try {
      let bytes: Uint8Array = Buffer.from(text);
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(file, bytes));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

export type StoredJson =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly value: unknown }
  /** There, but not what was written: the caller sets it aside and says so. */
  | { readonly state: 'corrupt'; readonly reason: string };

/** Reads a JSON file; a file that cannot be read for another reason than its content (EACCES, EIO) throws. */
export function readStoredJson(path: string): StoredJson {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  try {
    return { state: 'present', value: jsonOf(text) };
  } catch (error) {
    return { state: 'corrupt', reason: (error as Error).message };
  }
}

/** Moves a file that cannot be used out of the way without losing it. @returns its new path. */
export function setAside(path: string): string {
  const aside = `${path}.${new Date().toISOString().replace(/[:.]/g, '-')}.damaged`;
  renameSync(path, aside);
  return aside;
}

function besideOf(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
}

/** Removes what was being written beside its place when an agent before was killed. Only the one who holds the lock may. */
export function clearDrafts(folder: string): void {
  for (const name of readdirSync(folder))
    if (/\.\d+-[0-9a-f]{8}\.part$/.test(name)) rmSync(join(folder, name), { force: true });
}
