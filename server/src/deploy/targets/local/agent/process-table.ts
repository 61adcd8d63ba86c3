/**
 * The processes of one deployment. Each is recorded on disk before anything else happens, with the time at which it began, so
 * that an agent that comes after a crash knows which processes are its own, and which only carry a number that one of them had.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, statSync, unlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { problemOf } from '../../../deploy-problem.ts';
import { checkShape, listOf, mapOf, object, text, truth, whole } from '../../../shape.ts';
import { readStoredJson, setAside, writeFileAtomicSync } from './atomic-file.ts';
import { OutputFile } from './output-file.ts';
import { sacrificeFirst } from './process-memory.ts';
import { commandEnvironment, findProgram } from './process-environment.ts';
import {
  groupLives,
  isSameProcess,
  OWNER_VARIABLE,
  processIdentity,
  processesOwnedBy,
  signalGroup,
} from './process-identity.ts';
import type { Leftover, ManagedProcess, SpawnRequest } from '../workload.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';

const GRACE_MS = 3000;
/** How long output may still come in after a process has ended: its children may hold the pipe open. */
const LAST_WORDS_MS = 500;

/** Of `processes.json`. */
export const PROCESSES_FORMAT = 1;

/** Looking through all processes of a machine takes some milliseconds: it is done no more often than this. */
const STRAYS_FOR_MS = 2000;

interface ProcessRecord extends Leftover {
  readonly identity: string;
  readonly survives: boolean;
  /** In its mark and in that of all its descendants. */
  readonly start: string;
}

export interface ProcessTableOptions {
  /** The deployment's folder: holds `processes.json` and the output of processes that survive. */
  readonly folder: string;
  /** Marks the processes of this deployment, see `OWNER_VARIABLE`. */
  readonly owner: string;
  readonly log: (line: string) => void;
}

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export class ProcessTable {
  readonly #options: ProcessTableOptions;
  readonly #path: string;
  readonly #running = new Map<number, { readonly record: ProcessRecord; readonly process: ManagedProcess }>();
  #left: ProcessRecord[];
  #strays: readonly number[] = [];
  #straysAt = -Infinity;
  /** Where the record was damaged, the path it was set aside to. */
  readonly damaged: string | undefined;

  constructor(options: ProcessTableOptions) {
    this.#options = options;
    this.#path = join(options.folder, 'processes.json');
    mkdirSync(join(options.folder, 'output'), { recursive: true, mode: 0o700 });
    const stored = readStoredJson(this.#path);
    const checked = stored.state === 'present' ? checkShape(processesFile, stored.value) : undefined;
    if (stored.state === 'corrupt' || checked?.ok === false) this.damaged = setAside(this.#path);
    const records = checked?.ok === true ? checked.value.processes : [];
    this.#left = records.filter((record) => isSameProcess(record.pid, record.identity));
  }

  /** Processes of an earlier agent that still live and may be adopted. */
  get leftovers(): readonly Leftover[] {
    return this.#left.filter((record) => record.survives);
  }

  get size(): number {
    return this.#running.size;
  }

  /** @throws ProblemError where there is no such program, the record cannot be written (the process is ended again), or the system refuses. */
  spawn(request: SpawnRequest): ManagedProcess {
    const start = randomBytes(6).toString('hex');
    const environment = commandEnvironment({
      ...electronAsNode(request.command),
      ...request.env,
      [OWNER_VARIABLE]: `${this.#options.owner}/${start}`,
    });
    const program = findProgram(request.command, request.cwd, environment);
    if (!program || !isFolder(request.cwd))
      throw problemError('BERTH5005', {
        command: program ? request.cwd : request.command,
        owner: `"${request.label}"`,
      });
    const output = request.survives ? this.#outputPath(request.label) : undefined;
    const file = output === undefined ? undefined : newFile(output);
    let child: ChildProcess;
    try {
      child = spawn(program, request.args, {
        cwd: request.cwd,
        env: environment,
        // Its own group, so that it can be ended with all its children, and a Ctrl-C at the terminal does not reach it.
        detached: process.platform !== 'win32',
        windowsHide: true,
        stdio: file === undefined ? ['pipe', 'pipe', 'pipe'] : ['ignore', file, file],
      });
    } catch (error) {
      throw problemOf(error, program);
    } finally {
      if (file !== undefined) closeSync(file);
    }
    child.on('error', (error) => this.#options.log(`${request.label}: ${error.message}`));
    if (child.pid === undefined)
      throw problemError('BERTH5024', { detail: `the system would not start "${request.command}"` });
    sacrificeFirst(child.pid);
    if (request.background) yieldToOthers(child.pid);
    const record: ProcessRecord = {
      label: request.label,
      pid: child.pid,
      // A process that has ended already has no identity; its exit event is on the way.
      identity: processIdentity(child.pid) ?? '',
      survives: request.survives ?? false,
      start,
      facts: request.facts ?? {},
    };
    try {
      this.#write([...this.#records(), record]);
    } catch (error) {
      signalGroup(child.pid, 'SIGKILL');
      throw problemOf(error, this.#path);
    }
    return this.#keep(
      record,
      output
        ? this.#watchFile(child, output, request)
        : watchPipes(child, (line, stream) => this.#say(request, line, stream)),
      child,
    );
  }

  adopt(leftover: Leftover, onLine?: SpawnRequest['onLine']): ManagedProcess {
    const record = this.#left.find((candidate) => candidate.pid === leftover.pid);
    if (!record) throw new Error(`process ${leftover.pid} is not a leftover of this deployment`);
    this.#left = this.#left.filter((candidate) => candidate !== record);
    const output = new OutputFile(
      this.#outputPath(record.label),
      (line) => this.#say({ label: record.label, ...(onLine && { onLine }) }, line, 'stdout'),
      'end',
    );
    const exited = new Promise<Exit>((done) => {
      // Not our child, so nobody tells us when it ends: look.
      const timer = setInterval(() => {
        if (isSameProcess(record.pid, record.identity)) return;
        clearInterval(timer);
        output.close();
        done({ code: null, signal: null });
      }, 200);
    });
    return this.#keep(record, exited);
  }

  /** Ends what an earlier agent left and nobody adopted: by pid and start time, and by the mark in the environment. */
  async endLeftovers(which: 'all' | 'those that do not survive' = 'all'): Promise<void> {
    const ending = this.#left.filter((record) => which === 'all' || !record.survives);
    this.#left = this.#left.filter((record) => !ending.includes(record));
    await Promise.all(
      ending.map((record) => endGroup(record.pid, GRACE_MS, () => isSameProcess(record.pid, record.identity))),
    );
    if (which === 'all') {
      const deadline = performance.now() + GRACE_MS;
      for (this.endStrays(); this.#unknown().length > 0 && performance.now() < deadline; this.endStrays())
        await delay(20);
    }
    if (ending.length > 0) this.#write(this.#records());
  }

  /** Processes that carry our mark and descend from none that we know of, as they were found at most `STRAYS_FOR_MS` ago. */
  get strays(): readonly number[] {
    if (performance.now() - this.#straysAt > STRAYS_FOR_MS) {
      this.#strays = this.#unknown();
      this.#straysAt = performance.now();
    }
    return this.#strays;
  }

  /** Ends what carries our mark and descends from no process that we know of. */
  endStrays(): void {
    this.#straysAt = -Infinity;
    for (const pid of this.#unknown()) {
      this.#options.log(`process ${pid} is ours and in no table: ended`);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it has just ended
      }
    }
  }

  #unknown(): readonly number[] {
    const known = new Set(this.#records().map((record) => record.start));
    return processesOwnedBy(this.#options.owner)
      .filter(({ start }) => !known.has(start))
      .map(({ pid }) => pid);
  }

  /** Ends every process; settles when none is left. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ process }) => process.end()));
    await this.endLeftovers();
  }

  #keep(record: ProcessRecord, exit: Promise<Exit>, child?: ChildProcess): ManagedProcess {
    const exited = exit.then((how) => {
      this.#running.delete(record.pid);
      try {
        this.#write(this.#records());
      } catch (error) {
        // A record too many is harmless: its start time no longer fits any process.
        this.#options.log(problemOf(error, this.#path).message);
      }
      return how;
    });
    const managed: ManagedProcess = {
      pid: record.pid,
      exited,
      write(data) {
        if (child?.stdin?.writable) child.stdin.write(data);
      },
      async end(graceMs = GRACE_MS) {
        let over = false;
        void exited.then(() => (over = true));
        await endGroup(
          record.pid,
          graceMs,
          () => !over && (child !== undefined || isSameProcess(record.pid, record.identity)),
        );
        await exited;
      },
    };
    this.#running.set(record.pid, { record, process: managed });
    return managed;
  }

  #watchFile(child: ChildProcess, path: string, request: SpawnRequest): Promise<Exit> {
    const output = new OutputFile(path, (line) => this.#say(request, line, 'stdout'));
    return new Promise((done) => {
      child.once('exit', (code, signal) => {
        signalGroup(child.pid!, 'SIGKILL'); // what it left behind
        output.close();
        done({ code, signal });
      });
      child.unref(); // it shall not keep an agent alive that is about to end
    });
  }

  #say(request: Pick<SpawnRequest, 'label' | 'onLine'>, line: string, stream: 'stdout' | 'stderr'): void {
    if (request.onLine) request.onLine(line, stream);
    else this.#options.log(`${request.label} | ${line}`);
  }

  #records(): readonly ProcessRecord[] {
    return [...this.#left, ...[...this.#running.values()].map(({ record }) => record)];
  }

  #write(records: readonly ProcessRecord[]): void {
    writeFileAtomicSync(this.#path, JSON.stringify({ format: PROCESSES_FORMAT, processes: records }));
  }

  #outputPath(label: string): string {
    return join(this.#options.folder, 'output', `${label.replace(/[^a-zA-Z0-9-]/g, '.')}.log`);
  }
}

function watchPipes(child: ChildProcess, onLine: (line: string, stream: 'stdout' | 'stderr') => void): Promise<Exit> {
  for (const stream of ['stdout', 'stderr'] as const)
    createInterface({ input: child[stream]!, crlfDelay: Infinity }).on('line', (line) => onLine(line, stream));
  child.stdin!.on('error', () => {}); // it stopped listening: its end will be told
  return new Promise((done) => {
    child.once('exit', (code, signal) => {
      signalGroup(child.pid!, 'SIGKILL');
      const late = setTimeout(() => done({ code, signal }), LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(late);
        done({ code, signal });
      });
    });
  });
}

/** SIGTERM, then SIGKILL; settles when no process of the group is left. `ours` is asked again before each signal. */
async function endGroup(pid: number, graceMs: number, ours: () => boolean): Promise<void> {
  if (!ours()) return;
  signalGroup(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (ours() && performance.now() < deadline) await delay(20);
  // The leader's own end is told apart from its group's: while a member lives, the number cannot have been given to another.
  if (ours() || groupLives(pid)) signalGroup(pid, 'SIGKILL');
  while (ours()) await delay(20);
}

/** The agent inside VS Code runs on Electron, which is a Node only when told so. */
function electronAsNode(command: string): Record<string, string> {
  return command === process.execPath && process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {};
}

/** A file of its own, whoever may still write to the one before. @throws as `unlink` and `open` do: `rm` does not tell why it could not. */
function newFile(path: string): number {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openSync(path, 'a', 0o600);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export const processesFile = object<{ processes: readonly ProcessRecord[] }>({
  processes: listOf(
    object<ProcessRecord>({
      label: text,
      pid: whole,
      identity: text,
      survives: truth,
      start: text,
      facts: mapOf<string | number>((value) => (typeof value === 'number' ? undefined : text(value))),
    }),
  ),
});

/** Its children and threads begin with its priority. */
function yieldToOthers(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // it has ended already, or the system does not allow it: it runs as others do
  }
}
