/**
 * The one agent of a state folder.
 *
 * Each agent that ever ran took a numbered lock file, `agent.lock.7`, which names its process. The highest number is the holder;
 * whoever finds its process gone takes the next number. The file comes into being complete (by `link`), so only one of two who
 * try at once gets it, and the highest file is never deleted, so a lock left by kill -9 needs no removal, which is where lock
 * files usually go wrong.
 */
import {
  linkSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkShape, object, optional, text, whole } from '../../../shape.ts';
import { localIdentity } from './local-identity.ts';
import { isSameProcess, processIdentity } from './process-identity.ts';

const PREFIX = 'agent.lock.';

/** For how long a holder is believed to live after a sign of life where its process cannot be looked at, and how often it gives one. */
export const BELIEVED_MS = Number(process.env.BERTH_AGENT_BELIEVED_MS) || 12_000;
const SIGN_MS = BELIEVED_MS / 6;

export interface LockHolder {
  readonly pid: number;
  readonly identity: string;
  /** Where its process can be looked at; the first holders did not say it. */
  readonly machine?: string;
  /** For people. */
  readonly host?: string;
}

/** It means the same in every version: by it they keep out of each other's way. */
export const lockHolderShape = object<LockHolder>({
  pid: whole,
  identity: text,
  machine: optional(text),
  host: optional(text),
});

export type LockResult =
  | { readonly state: 'held'; readonly lock: AgentLock }
  | { readonly state: 'taken'; readonly by: LockHolder }
  /** By a process of another machine, or of another container, that has given a sign of life lately. */
  | { readonly state: 'elsewhere'; readonly by: LockHolder };

/** What a lock is after a while: `removed` with the state folder or by hand, `overtaken` by an agent that took this one for dead. */
export type LockState = 'held' | 'removed' | 'overtaken';

export class AgentLock {
  readonly number: number;
  readonly #folder: string;
  readonly #file: number;
  readonly #inode: string;
  readonly #end: number;
  #signedAt = performance.now();

  constructor(folder: string, number: number) {
    this.#folder = folder;
    this.number = number;
    const path = join(folder, PREFIX + number);
    this.#file = openSync(path, 'r+');
    const { dev, ino, size } = statSync(path);
    this.#inode = `${dev} ${ino}`;
    this.#end = size;
  }

  /** To be asked about every second: looks whether the lock is still held, and shows others that its holder lives. */
  look(): LockState {
    let numbers: readonly number[];
    try {
      const { dev, ino } = statSync(join(this.#folder, PREFIX + this.number));
      numbers = `${dev} ${ino}` === this.#inode ? lockNumbers(this.#folder) : [];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A disk that does not answer for once has taken nothing away.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return 'held';
      numbers = existingNumbers(this.#folder);
    }
    if (Math.max(0, ...numbers) > this.number) return 'overtaken';
    if (!numbers.includes(this.number)) return 'removed';
    this.#sign();
    return 'held';
  }

  /** One byte, the same each time, behind what is read: the time of the file is then by the clock of whoever keeps it. */
  #sign(): void {
    if (performance.now() - this.#signedAt < SIGN_MS) return;
    this.#signedAt = performance.now();
    try {
      writeSync(this.#file, ' ', this.#end);
    } catch {
      // a disk that is full or read-only: whoever can look at the process needs no sign
    }
  }
}

/** Takes the lock of a state folder for this process, or says who holds it. */
export function takeLock(folder: string): LockResult {
  const identity = processIdentity(process.pid);
  if (identity === undefined) throw new Error('the agent cannot tell when it was started itself');
  const draft = join(folder, `lock-${process.pid}-${randomBytes(4).toString('hex')}.part`);
  const self: LockHolder = { pid: process.pid, identity, machine: machineName(), host: hostname() };
  writeFileSync(draft, JSON.stringify(self), {
    mode: 0o600,
    flag: 'wx',
  });
  try {
    for (;;) {
      const highest = highestLock(folder);
      const holder = highest === 0 ? undefined : readHolder(folder, highest);
      if (holder && lives(holder)) return { state: 'taken', by: holder };
      if (
        holder &&
        isElsewhere(holder) &&
        Math.abs(changedAt(draft) - changedAt(join(folder, PREFIX + highest))) < BELIEVED_MS
      )
        return { state: 'elsewhere', by: holder };
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
      clearDrafts(folder);
      return { state: 'held', lock: new AgentLock(folder, number) };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Who holds the lock now; undefined where nobody does. */
export function lockHolder(folder: string): LockHolder | undefined {
  const highest = Math.max(0, ...existingNumbers(folder));
  const holder = highest === 0 ? undefined : readHolder(folder, highest);
  return holder && lives(holder) ? holder : undefined;
}

/** What those left who were killed while they tried; who is still trying needs its own. */
function clearDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^lock-(\d+)-[0-9a-f]{8}\.part$/.exec(name)?.[1];
    if (pid !== undefined && processIdentity(Number(pid)) === undefined) rmSync(join(folder, name), { force: true });
  }
}

function lockNumbers(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(PREFIX) && /^\d+$/.test(name.slice(PREFIX.length)))
    .map((name) => Number(name.slice(PREFIX.length)));
}

function existingNumbers(folder: string): readonly number[] {
  try {
    return lockNumbers(folder);
  } catch {
    return []; // gone with its folder
  }
}

function lives(holder: LockHolder): boolean {
  return !isElsewhere(holder) && isSameProcess(holder.pid, holder.identity);
}

function isElsewhere({ machine }: LockHolder): boolean {
  return machine !== undefined && machine !== machineName();
}

let machine: string | undefined;

/** Tells apart where process ids mean different processes: machines, and containers that share a folder. */
function machineName(): string {
  machine ??= createHash('sha256')
    .update(`${localIdentity('').uid} ${hostname()} ${processIds()}`)
    .digest('hex')
    .slice(0, 16);
  return machine;
}

function processIds(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // only Linux has several
  }
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return -Infinity; // cleared away meanwhile
  }
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
