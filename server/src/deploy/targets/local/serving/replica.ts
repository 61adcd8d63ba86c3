/** One replica: a process of the user's command that answers HTTP on a loopback port of its own. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Backend } from '../../../runtime/serving/router.ts';
import { freePort, LOOPBACK } from '../loopback.ts';
import type { AdoptingContext, Leftover, ManagedProcess } from '../workload.ts';
import { isReady } from './replica-health.ts';

const LAST_LINES = 5;

export interface ReplicaCommand {
  readonly command: readonly string[];
  /** Folder in which it runs. */
  readonly folder: string;
}

export type ReplicaState = 'starting' | 'ready' | 'draining' | 'ended';

/** The same text for the same command in the same folder: tells replicas of this revision from those of another. */
export function commandKey({ command, folder }: ReplicaCommand): string {
  return JSON.stringify([folder, ...command]);
}

export class Replica {
  readonly index: number;
  readonly backend: Backend;
  readonly key: string;
  readonly process: ManagedProcess;
  state: ReplicaState = 'starting';
  readonly startedAt: number;
  readyAt: number | undefined;
  /** What it took of memory when it was ended for that. */
  outgrew: { readonly took: number; readonly limit: number } | undefined;
  #toEnd = false;
  /** The last lines that it wrote, oldest first: what a fault quotes. */
  readonly lastLines: string[];

  private constructor(
    index: number,
    backend: Backend,
    key: string,
    process: ManagedProcess,
    lastLines: string[],
    now: number,
  ) {
    this.index = index;
    this.backend = backend;
    this.key = key;
    this.process = process;
    this.lastLines = lastLines;
    this.startedAt = now;
  }

  /** @throws ProblemError where the command cannot be started. */
  static async start(
    job: string,
    index: number,
    what: ReplicaCommand,
    context: AdoptingContext,
    now: () => number,
  ): Promise<Replica> {
    const backend: Backend = { host: LOOPBACK, port: await freePort(), token: randomBytes(16).toString('hex') };
    const [command = '', ...args] = what.command;
    const key = commandKey(what);
    const label = `${job}/${index}`;
    const lastLines: string[] = [];
    const process = context.spawn({
      label,
      command,
      args,
      cwd: what.folder,
      env: {
        HOST: LOOPBACK,
        PORT: String(backend.port),
        BERTH_JOB: job,
        BERTH_REPLICA: String(index),
        BERTH_TOKEN: backend.token,
      },
      survives: true,
      facts: { job, index, key, port: backend.port, token: backend.token },
      onLine: listener(label, lastLines, context),
    });
    return new Replica(index, backend, key, process, lastLines, now());
  }

  /** Takes over what an earlier agent started; undefined where the record is not of a replica. */
  static adopt(leftover: Leftover, context: AdoptingContext, now: () => number): Replica | undefined {
    const { index, key, port, token } = leftover.facts;
    if (typeof index !== 'number' || typeof key !== 'string' || typeof port !== 'number' || typeof token !== 'string')
      return undefined;
    const lastLines: string[] = [];
    const process = context.adopt(leftover, listener(leftover.label, lastLines, context));
    return new Replica(index, { host: LOOPBACK, port, token }, key, process, lastLines, now());
  }

  /** True once Berth has told it to end. */
  get toEnd(): boolean {
    return this.#toEnd;
  }

  end(graceMs?: number): Promise<void> {
    this.#toEnd = true;
    return this.process.end(graceMs);
  }

  /** Asks until it answers; false when it ended, was told to end, or the limit passed. */
  async becomesReady(limitMs: number, now: () => number): Promise<boolean> {
    const deadline = now() + limitMs;
    let waitMs = 20;
    while (this.state === 'starting' && now() < deadline) {
      if (await isReady(this.backend)) return this.state === 'starting';
      await pause(waitMs);
      waitMs = Math.min(250, waitMs * 1.5);
    }
    return false;
  }
}

function listener(label: string, lastLines: string[], context: AdoptingContext): (line: string) => void {
  return (line) => {
    context.log(`${label} | ${line}`);
    if (line.trim() === '') return;
    lastLines.push(line.slice(0, 300));
    if (lastLines.length > LAST_LINES) lastLines.shift();
  };
}
