/**
 * The one agent of a state folder.
 *
 * Each agent that ever ran took a numbered lock file, `agent.lock.7`, which names its process. The highest number is the holder;
 * whoever finds its process gone takes the next number. The file comes into being complete (by `link`), so only one of two who
 * try at once gets it, and the highest file is never deleted, so a lock left by kill -9 needs no removal, which is where lock
 * files usually go wrong.
 */
import { linkSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { checkShape, object, text, whole } from '../../../shape.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

const PREFIX = 'agent.lock.';

export interface LockHolder {
  readonly pid: number;
  readonly identity: string;
}

/** It means the same in every version: by it they keep out of each other's way. */
export const lockHolderShape = object<LockHolder>({ pid: whole, identity: text });

export type LockResult =
  { readonly state: 'held'; readonly number: number } | { readonly state: 'taken'; readonly by: LockHolder };

/** Takes the lock of a state folder for this process, or says who holds it. */
export function takeLock(folder: string): LockResult {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('the agent cannot tell when it was started itself');
  const draft = join(folder, `lock-${process.pid}-${randomBytes(4).toString('hex')}.part`);
  writeFileSync(draft, JSON.stringify({ pid: process.pid, identity } satisfies LockHolder), {
    mode: 0o600,
    flag: 'wx',
  });
  try {
    for (;;) {
      const highest = highestLock(folder);
      const holder = highest === 0 ? undefined : readHolder(folder, highest);
      if (holder && isSameProcess(holder.pid, holder.identity)) return { state: 'taken', by: holder };
      const number = highest + 1;
      try {
        linkSync(draft, join(folder, PREFIX + number));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // another was quicker: look who it is
        throw error;
      }
      // An agent that came and went meanwhile may have cleared the numbers below its own away, this one among them.
      if (highestLock(folder) > number) {
        rmSync(join(folder, PREFIX + number), { force: true });
        continue;
      }
      for (const old of lockNumbers(folder)) if (old < number) rmSync(join(folder, PREFIX + old), { force: true });
      return { state: 'held', number };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who holds the lock now; undefined where nobody does. */
export function lockHolder(folder: string): LockHolder | undefined {
  const highest = highestLock(folder);
  const holder = highest === 0 ? undefined : readHolder(folder, highest);
  return holder && isSameProcess(holder.pid, holder.identity) ? holder : undefined;
}

function lockNumbers(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX) && /^\d+$/.test(name.slice(PREFIX.length)))
    .map((name) => Number(name.slice(PREFIX.length)));
}

function highestLock(folder: string): number {
  return Math.max(0, ...lockNumbers(folder));
}

function readHolder(folder: string, number: number): LockHolder | undefined {
  try {
    const checked = checkShape(lockHolderShape, JSON.parse(readFileSync(join(folder, PREFIX + number), 'utf8')));
    return checked.ok ? checked.value : undefined;
  } catch {
    return undefined; // emptied by a full disk or a crash of the machine: nobody can be named, so nobody holds it
  }
}
