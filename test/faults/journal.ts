/** What the processes of one run wrote down of themselves, see `inject.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process is to a deployment. The routers are the agent's. */
export type Role = 'agent' | 'replica' | 'device' | 'site' | 'trainer' | 'other';

/** The fault that is to happen: the first process of the role that comes to the step is killed there. */
export interface Fault {
  readonly role: Role;
  /** Counted from the moment at which the fault was laid out; from 1. */
  readonly step: number;
  /** In the middle of the step, where it writes: so much of it was written. */
  readonly torn: boolean;
  readonly share: number;
}

export interface StepEntry {
  readonly step: number;
  readonly role: Role;
  readonly what: string;
}

/** What happened on the disk. A file is known by the number of its inode, which `held/` keeps from being used again. */
export type DiskEntry =
  | { readonly disk: 'create'; readonly path: string; readonly ino: number }
  | { readonly disk: 'empty'; readonly ino: number }
  | { readonly disk: 'sync'; readonly ino: number; readonly size: number }
  | { readonly disk: 'mkdir' | 'sync-folder' | 'unlink' | 'rmdir'; readonly path: string }
  | { readonly disk: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly disk: 'port'; readonly port: number };

export type JournalEntry = (StepEntry | DiskEntry) & {
  /** Nanoseconds, by the clock that all processes of the machine share. */
  readonly at: number;
};

/** Where, and as what, a process was killed. */
export interface Fired {
  readonly role: Role;
  readonly pid: number;
  readonly step: number;
  readonly what: string;
}

/** All that was written down, in the order in which it happened. */
export function readJournal(folder: string): readonly JournalEntry[] {
  return readdirSync(join(folder, 'journal'))
    .flatMap((name) => readFileSync(join(folder, 'journal', name), 'utf8').split('\n'))
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as JournalEntry] : []))
    .sort((a, b) => a.at - b.at);
}

/** The process that was killed; undefined as long as the fault has not happened. */
export function readFired(folder: string): Fired | undefined {
  const path = join(folder, 'fired');
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return text === '' ? undefined : (JSON.parse(text) as Fired);
}

/** The steps that one process took at most, of each role: where faults can be laid. */
export function mostSteps(entries: readonly JournalEntry[]): ReadonlyMap<Role, number> {
  const most = new Map<Role, number>();
  for (const entry of entries)
    if ('step' in entry) most.set(entry.role, Math.max(most.get(entry.role) ?? 0, entry.step));
  return most;
}
