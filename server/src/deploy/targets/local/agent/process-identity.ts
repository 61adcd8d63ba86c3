/**
 * Which process a number means. Process ids are used again, so a pid alone never says that a process is ours: the agent
 * also remembers when the process began, and touches nothing whose beginning differs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { platform } from 'node:os';

/** The environment variable by which the agent knows its own again, children of children too. */
export const OWNER_VARIABLE = 'BERTH_OWNER';

/**
 * A text that no other process with this pid has ever had or will have; undefined where there is no such process,
 * or one that has ended and only waits to be reaped.
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (platform() === 'linux') return linuxIdentity(pid);
  return platform() === 'win32' ? windowsIdentity(pid) : posixIdentity(pid);
}

export function isSameProcess(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity;
}

let boot: string | undefined;

/** Start time counts from the boot, so the boot belongs to it. */
function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot = '';
  }
  return boot;
}

function linuxIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may hold anything: count from its end. Then state is 0, threads 17, start time 19.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // While other threads of it end, the first one is a zombie already, and the files and ports of the process are still open.
  const ended = /[ZX]/.test(fields[0]!) && Number(fields[17]) <= 1;
  return ended ? undefined : `${bootId()}:${fields[19]}`;
}

function posixIdentity(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const line = stdout?.trim() ?? '';
  if (status !== 0 || line === '' || line.startsWith('Z')) return undefined;
  return line.replace(/^\S+\s+/, '').replace(/\s+/g, ' ');
}

function windowsIdentity(pid: number): string | undefined {
  const { status, stdout } = spawnSync(
    'powershell.exe',
    ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.Ticks`],
    { encoding: 'utf8', windowsHide: true },
  );
  const ticks = stdout?.trim() ?? '';
  return status === 0 && ticks !== '' ? ticks : undefined;
}

export interface MarkedProcess {
  readonly pid: number;
  /** The start that it descends from: what stands behind the owner in its mark. */
  readonly start: string;
}

/**
 * Processes that carry an owner's mark, `BERTH_OWNER=<owner>/<start>`, in their environment: also those that left their group, and
 * those started in the instant before an agent died, which no table knows. Only Linux can tell; elsewhere the list is empty.
 */
export function processesOwnedBy(owner: string): readonly MarkedProcess[] {
  if (platform() !== 'linux') return [];
  const mark = `${OWNER_VARIABLE}=${owner}/`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), mark: environmentOf(Number(name)).find((text) => text.startsWith(mark)) }))
    .filter(
      (found) => found.mark !== undefined && found.pid !== process.pid && processIdentity(found.pid) !== undefined,
    )
    .map((found) => ({ pid: found.pid, start: found.mark!.slice(mark.length) }));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // ended meanwhile, or another user's
  }
}

/** True while some process of the group lives. */
export function groupLives(pid: number): boolean {
  try {
    process.kill(platform() === 'win32' ? pid : -pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Signals a whole process group (on Windows: ends the tree); a group that is gone is no error. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (platform() === 'win32') {
    spawnSync('taskkill', ['/PID', String(pid), '/T', ...(signal === 'SIGKILL' ? ['/F'] : [])], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // no such group any more
  }
}
