/** What a process has used so far, children included that it was started with; from Linux's `/proc`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Use {
  /** Seconds of CPU, its own and the system's on its behalf. */
  readonly cpuSeconds: number;
  /** Bytes in memory now; what processes share is counted for each. */
  readonly rss: number;
}

/** @returns undefined on other systems. */
export function useOf(pids: readonly number[]): Use | undefined {
  if (process.platform !== 'linux') return undefined;
  let [cpuSeconds, rss] = [0, 0];
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); // from the third on: proc(5)
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
    rss += Number(fields[21]) * pageBytes();
  }
  return { cpuSeconds, rss };
}

/** Processes that this one has started. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

const known = new Map<string, number>();
const ticksPerSecond = (): number => setting('CLK_TCK');
const pageBytes = (): number => setting('PAGESIZE');

function setting(name: string): number {
  if (!known.has(name)) known.set(name, Number(execFileSync('getconf', [name], { encoding: 'utf8' })));
  return known.get(name)!;
}
