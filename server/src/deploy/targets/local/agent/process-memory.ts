/** What a process and all that it started take of the machine's memory, and who goes first where the machine has none left. */
import { readFileSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';

/** More than any agent, editor or shell has: of all processes the system ends one of ours first, and never the agent in its place. */
const FIRST_TO_GO = 500;

/**
 * Bytes that the process and its descendants hold for themselves: what is also in a file, such as mapped weights, can be had again and does
 * not count, and what several of them share counts once.
 *
 * @param limit beyond it is looked exactly, which costs some milliseconds for a large process. @returns 0 where it has ended or the system does not tell.
 */
export function memoryOf(pid: number, limit: number): number {
  if (platform() !== 'linux') return 0;
  const family = familyOf(pid);
  const atMost =
    family.reduce((sum, one) => sum + kibibytesIn(`/proc/${one}/status`, ['RssAnon', 'RssShmem']), 0) * 1024;
  if (atMost <= limit) return atMost;
  return (
    family.reduce((sum, one) => sum + kibibytesIn(`/proc/${one}/smaps_rollup`, ['Pss_Anon', 'Pss_Shmem']), 0) * 1024
  );
}

/** To be said of each process that is started for somebody: where memory runs out, the system ends it before the agent. */
export function sacrificeFirst(pid: number): void {
  if (platform() !== 'linux') return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(FIRST_TO_GO));
  } catch {
    // it has ended already, or the system does not allow it: then the system chooses
  }
}

function familyOf(pid: number): readonly number[] {
  const family = [pid];
  for (const one of family) family.push(...childrenOf(one)); // grows while it is gone through
  return family;
}

function childrenOf(pid: number): readonly number[] {
  const listed = read(`/proc/${pid}/task/${pid}/children`).trim();
  return listed === '' ? [] : listed.split(' ').map(Number);
}

function kibibytesIn(path: string, keys: readonly string[]): number {
  const text = read(path);
  return keys.reduce((sum, key) => sum + Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0), 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}
