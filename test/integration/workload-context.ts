/** A WorkloadContext over a temporary folder with real processes, for workloads that are tested without the agent. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkShape, type Shape } from '../../server/src/deploy/shape.ts';
import type { Fault } from '../../server/src/deploy/types.ts';
import type { ManagedProcess, SpawnRequest, WorkloadContext } from '../../server/src/deploy/targets/local/workload.ts';

export interface Started {
  readonly label: string;
  readonly pid: number;
}

export class TestContext implements WorkloadContext {
  readonly folder: string;
  readonly started: Started[] = [];
  readonly faults: Omit<Fault, 'at'>[] = [];
  readonly lines: string[] = [];
  #state: string | null = null;
  #listeners = new Set<() => void>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<TestContext> {
    return new TestContext(await mkdtemp(join(tmpdir(), 'berth-workload-')));
  }

  spawn({ label, command, args, cwd, env, onLine }: SpawnRequest): ManagedProcess {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(command, args, {
      cwd,
      env: { PATH, HOME, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const pid = child.pid!;
    this.started.push({ label, pid });
    child.stdin.on('error', () => {}); // it ended while something was written to it
    createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line, 'stdout'));
    createInterface({ input: child.stderr }).on('line', (line) => onLine?.(line, 'stderr'));
    const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
      child.on('exit', () => signalGroup(pid, 'SIGKILL')); // whatever of the group outlives its leader
    });
    return {
      pid,
      exited,
      write: (data) => void child.stdin.write(data),
      end: async (graceMs = 5000) => {
        signalGroup(pid, 'SIGTERM');
        const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
        await exited;
        clearTimeout(timer);
      },
    };
  }

  log(line: string): void {
    this.lines.push(line);
  }

  fault(fault: Omit<Fault, 'at'>): void {
    this.faults.push(fault);
    this.changed();
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  readonly state = {
    read: <T>(shape: Shape<T>): T | null => {
      const checked = this.#state === null ? null : checkShape(shape, JSON.parse(this.#state));
      return checked?.ok === true ? checked.value : null;
    },
    write: (value: unknown): Promise<void> => {
      this.#state = JSON.stringify(value);
      return Promise.resolve();
    },
  };

  /** Settles when the condition holds, looked at whenever the workload says that something changed. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** The processes of this test that still run. */
  running(): Started[] {
    return this.started.filter(({ pid }) => isRunning(pid));
  }

  async remove(): Promise<void> {
    for (const { pid } of this.running()) signalGroup(pid, 'SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** False also for a process that has ended and waits to be reaped. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  return status.slice(status.lastIndexOf(')') + 2)[0] !== 'Z';
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // none of the group is left
  }
}
