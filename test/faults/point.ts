/** One fault: a deployment is brought to where it comes, it comes, and after the next command everything must be as it should. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { applyUntilCancelled } from '../../server/src/deploy/apply-until-cancelled.ts';
import type { Live } from '../../server/src/deploy/live.ts';
import { readAndPlanApply, readAndPlanDelete, readAndPlanRollback } from '../../server/src/deploy/plan/plan.ts';
import type { PlanResult } from '../../server/src/deploy/plan/plan.ts';
import { seededRandom } from '../../server/src/deploy/runtime/training/random.ts';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { deploymentFolder } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import { wanted } from '../fixtures/wanted.ts';
import { berth } from '../integration/berth-command.ts';
import { bringFaults, leaveAlone } from './bring.ts';
import { SUBJECTS, type Ground, type Subject, type SubjectName, type Version } from './deployments.ts';
import { Disk } from './disk.ts';
import { mostSteps, readFired, readJournal, type Fault, type Fired, type JournalEntry, type Role } from './journal.ts';
import { commandOf, contentOf, isReleased, lives, processesOf } from './processes.ts';

/** What is under way when the fault comes; `recover` is an agent that goes on where one was killed. */
export const OPERATIONS = ['apply', 'update', 'rollback', 'delete', 'steady', 'recover'] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * `kill`: the process alone is ended. `power`: all are, and what was not flushed is lost in part. `cut`: all are, and the file that was flushed last is
 * cut off all the same.
 */
export type Mode = 'kill' | 'power' | 'cut';

export interface Point {
  readonly subject: SubjectName;
  readonly operation: Operation;
  readonly role: Role;
  readonly mode: Mode;
  readonly step: number;
  /** Decides where in a write it is broken off, and what a disk keeps. */
  readonly seed: number;
}

export interface Outcome {
  /** Undefined where the operation took fewer steps: then the agent was ended after the last one. */
  readonly fired: Fired | undefined;
  /** What was lost, half made, left over or held. */
  readonly flaws: readonly string[];
}

/** Everything must be as it should within this. */
const LIMIT_MS = 90_000;

export function pointText({ subject, operation, role, mode, step, seed }: Point): string {
  return [subject, operation, role, mode, step, seed].join('/');
}

export function pointOf(text: string): Point {
  const [subject, operation, role, mode, step, seed] = text.split('/');
  if (!(subject! in SUBJECTS) || !OPERATIONS.includes(operation as Operation) || Number.isNaN(Number(seed)))
    throw new Error(`"${text}" is no point: SUBJECT/OPERATION/ROLE/MODE/STEP/SEED`);
  return {
    subject: subject as SubjectName,
    operation: operation as Operation,
    role: role as Role,
    mode: mode as Mode,
    step: Number(step),
    seed: Number(seed),
  };
}

/** How many steps an operation takes, by what takes them, where no fault comes. */
export async function countSteps(subject: SubjectName, operation: Operation): Promise<ReadonlyMap<Role, number>> {
  await using run = new Run(SUBJECTS[subject], operation);
  await run.prepare();
  await run.operate({ role: 'other', step: Number.MAX_SAFE_INTEGER, torn: false, share: 0 });
  return mostSteps(readJournal(run.first));
}

export async function runPoint(point: Point): Promise<Outcome> {
  await using run = new Run(SUBJECTS[point.subject], point.operation);
  try {
    return { fired: await run.fault(point), flaws: await run.flaws(point) };
  } catch (error) {
    return { fired: readFired(run.first), flaws: [(error as Error).stack ?? String(error)] };
  }
}

/** What the one who gave the order was told before the fault. */
interface Heard {
  accepted: boolean;
  done: boolean;
  problem: Error | undefined;
}

class Run implements AsyncDisposable, Ground {
  readonly #root = mkdtempSync(join(tmpdir(), 'berth-fault-'));
  readonly #disk = join(this.#root, 'disk');
  readonly #state = join(this.#disk, 'state');
  /** For the fault and the journal. */
  readonly first = this.#faultFolder();
  readonly #target = new LocalTarget({ stateFolder: this.#state });
  readonly #subject: Subject;
  readonly #operation: Operation;
  #heard: Heard = { accepted: false, done: false, problem: undefined };
  /** Its own state as it was certainly on the disk. */
  #kept: unknown;
  #addresses: readonly string[] = [];
  /** The file that was cut off. */
  #cut: string | undefined;

  constructor(subject: Subject, operation: Operation) {
    this.#subject = subject;
    this.#operation = operation;
    mkdirSync(this.#disk);
  }

  /** Brings about what the operation begins from. */
  async prepare(): Promise<void> {
    bringFaults(this.#state, this.first);
    if (this.#operation === 'apply') return;
    await this.#apply(1);
    if (this.#operation === 'rollback') await this.#apply(2);
    const live = await this.#target.read(this.#subject.id);
    if (live?.ownership === 'ours' && live.status.kind === 'InferenceCluster')
      this.#addresses = live.status.jobs.map(({ endpoint }) => endpoint!);
    if (this.#operation === 'recover') await this.#end('agent');
  }

  /** Lays the fault out, and does what it is to come into. */
  async operate(fault: Fault): Promise<void> {
    const planned = this.#operation === 'apply' || this.#operation === 'recover' ? undefined : await this.#plan();
    writeFileSync(join(this.first, 'fault.json'), JSON.stringify(fault));
    try {
      switch (this.#operation) {
        case 'apply':
          await this.#apply(1);
          break;
        case 'recover':
          await this.#target.list();
          await this.#subject.use(this);
          break;
        case 'steady':
          await this.#subject.use(this);
          break;
        case 'update':
        case 'rollback':
        case 'delete':
          await this.#bringAbout(planned!);
      }
    } catch (error) {
      this.#heard.problem = error as Error;
    }
  }

  /** The whole of a fault, up to the moment at which all that should be dead is. */
  async fault(point: Point): Promise<Fired | undefined> {
    await this.prepare();
    const random = seededRandom(point.seed);
    this.#heard = { accepted: false, done: false, problem: undefined };
    const fault: Fault = { role: point.role, step: point.step, torn: random() < 0.5, share: random() };
    const operated = this.operate(fault).then(() => 'over' as const);
    const fell = until(() => readFired(this.first) !== undefined, 'the fault', Infinity).then(() => 'fell' as const);
    const isPower = point.mode !== 'kill';
    const first = await Promise.race([operated, fell]);
    const fired = readFired(this.first);
    if (first === 'over' && !fired) {
      writeFileSync(join(this.first, 'fired'), JSON.stringify({ role: 'agent', pid: 0, step: 0, what: 'the end' }));
      await this.#end(isPower ? 'all' : 'agent');
    } else if (isPower) await this.#end('all');
    await operated;
    // Whoever waited for the operation may have started another agent meanwhile.
    if (isPower) await this.#end('all');
    if (isPower || point.role === 'agent' || !fired) await this.#isDead(isPower ? 'all' : 'agent', fired);
    leaveAlone(this.#state);
    if (point.mode === 'power') this.#losePower(random);
    else this.#kept = this.ownState();
    if (point.mode === 'cut') this.#cut = this.#cutLastFile(random);
    // A checkpoint that is damaged gives way to the one before, and steps are taken again.
    if (this.#cut?.includes('/checkpoints/') === true) this.#kept = undefined;
    return fired;
  }

  /** What is wrong after the next commands. */
  async flaws(point: Point): Promise<readonly string[]> {
    const { id } = this.#subject;
    const survived = point.mode === 'kill' && lockHolder(this.#state) !== undefined;
    const found: string[] = [];
    if (survived && this.#heard.problem !== undefined)
      found.push(`the agent lives, and yet said: ${this.#heard.problem.message}`);
    found.push(...(await this.#flawsOfStatus(point.seed)));

    const live = await this.#settled();
    const version = this.#version(live);
    if (typeof version === 'string') return [...found, version];
    found.push(...(await this.#flawsOfNext(version)));
    if (this.#operation !== 'delete') {
      const then = this.#operation === 'update' || this.#operation === 'apply' ? this.#aim() : (version ?? 1);
      await this.#apply(then);
      found.push(...(await this.#flawsOf(await this.#over(), then)));
    }
    if (await this.#target.read(id)) await this.#bringAbout(await readAndPlanDelete(this.#target, id));
    return [...found, ...(await this.#flawsOfNothing())];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    leaveAlone(this.#state);
    await this.#end('all');
    rmSync(this.#root, { recursive: true, force: true });
  }

  #faultFolder(): string {
    const folder = join(this.#root, 'faults');
    for (const inside of ['journal', 'held']) mkdirSync(join(folder, inside), { recursive: true });
    // Whoever asks for an agent makes the state folder, in a process that keeps no journal.
    const made: JournalEntry = { at: 0, disk: 'mkdir', path: this.#state };
    writeFileSync(join(folder, 'journal', 'client.jsonl'), `${JSON.stringify(made)}\n`);
    return folder;
  }

  async #plan(): Promise<PlanResult> {
    const { id } = this.#subject;
    switch (this.#operation) {
      case 'delete':
        return readAndPlanDelete(this.#target, id);
      case 'rollback':
        return readAndPlanRollback(this.#target, id, 1);
      default:
        return this.#planned(this.#aim());
    }
  }

  #planned(version: Version): Promise<PlanResult> {
    const { desired, folder } = this.#subject;
    return readAndPlanApply(this.#target, wanted(desired(version), { folder }));
  }

  async #apply(version: Version): Promise<void> {
    await this.#bringAbout(await this.#planned(version));
  }

  async #bringAbout(result: PlanResult): Promise<void> {
    if (!result.ok) throw result.problem;
    await applyUntilCancelled(this.#target, result.plan, {
      cancel: AbortSignal.timeout(LIMIT_MS),
      onEvent: ({ type }) => {
        if (type === 'accepted') this.#heard.accepted = true;
        if (type === 'done') this.#heard.done = true;
      },
    });
  }

  /** The version that stands once the operation is through. */
  #aim(): Version {
    return this.#operation === 'update' ? 2 : 1;
  }

  #processes(which: 'all' | 'agent' | 'others'): readonly number[] {
    return processesOf(this.#state, which);
  }

  async #end(which: 'all' | 'agent'): Promise<void> {
    for (;;) {
      const left = this.#processes(which);
      if (left.length === 0) return;
      for (const pid of left)
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it has just ended
        }
      await delay(5);
    }
  }

  async #isDead(which: 'all' | 'agent', fired: Fired | undefined): Promise<void> {
    await until(() => (!fired || !lives(fired.pid)) && this.#processes(which).length === 0, 'what was killed is dead');
  }

  #losePower(random: () => number): void {
    const disk = new Disk(this.#disk, join(this.first, 'held'), readJournal(this.first));
    const path = deploymentFolder('state', this.#subject.id);
    this.#kept = parsed(disk.after().entries.get(join(path, 'workload.json'))?.toString());
    disk.restore(disk.after(random));
  }

  /** Where its routers listen. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Whether the fault has happened. */
  get fell(): boolean {
    return readFired(this.first) !== undefined;
  }

  /** @returns its path in the state folder. */
  #cutLastFile(random: () => number): string | undefined {
    const files = readdirSync(this.#state, { recursive: true, encoding: 'utf8' });
    const paths = new Map(files.map((path) => [statSync(join(this.#state, path)).ino, path]));
    for (const entry of readJournal(this.first).toReversed()) {
      const path = 'disk' in entry && entry.disk === 'sync' ? paths.get(entry.ino) : undefined;
      if (path === undefined || path.endsWith('.part')) continue;
      truncateSync(join(this.#state, path), Math.floor(random() * statSync(join(this.#state, path)).size));
      return path;
    }
    return undefined;
  }

  ownState(): unknown {
    return parsed(contentOf(join(deploymentFolder(this.#state, this.#subject.id), 'workload.json')));
  }

  /** The first command after the fault, now and then the real one in a process of its own. */
  async #flawsOfStatus(seed: number): Promise<readonly string[]> {
    if (seed % 8 === 0) {
      const { code, err } = await berth({ folder: this.#root, state: this.#state }, 'status');
      return code === null || /BERTH(?:5001|5024)/.test(err) ? [`berth status says ${code}: ${err}`] : [];
    }
    await this.#target.list();
    return [];
  }

  /** As it is when it has come to rest: reached, or gone. */
  async #settled(): Promise<Live | undefined> {
    let live: Live | undefined;
    await until(
      async () => {
        const read = await this.#target.read(this.#subject.id);
        if (read !== undefined && read.ownership !== 'ours') throw new Error(`it cannot be read: ${read.detail}`);
        live = read;
        return !live || isReached(live);
      },
      () => `it comes to rest: ${live?.status.summary} ${JSON.stringify(live?.status.faults)}`,
    );
    return live;
  }

  /** As it is when its work is done. */
  async #over(): Promise<Live> {
    for (;;) {
      const live = await this.#settled();
      if (!live) throw new Error('it is gone');
      if (this.#subject.isOver(live)) return live;
      await delay(20);
    }
  }

  /** Which of the versions stands, undefined where nothing does; a text where it is one that may not stand. */
  #version(live: Live | undefined): Version | undefined | string {
    const { accepted } = this.#heard;
    const causes = (live?.revisions ?? []).map(({ cause }) => cause).join(' ');
    switch (this.#operation) {
      case 'apply':
        if (!live) return accepted ? 'lost: it was accepted, and is gone' : undefined;
        return causes === 'apply' ? 1 : `it has other revisions than were accepted: ${causes}`;
      case 'delete':
        if (!live) return undefined;
        return accepted ? 'half made: its deletion was accepted, and it is there again' : 1;
      case 'update':
        if (causes === 'apply' && !accepted) return 1;
        return causes === 'apply apply' ? 2 : `lost: of its revisions it has "${causes}"`;
      case 'rollback':
        if (causes === 'apply apply' && !accepted) return 2;
        return causes === 'apply apply rollback' ? 1 : `lost: of its revisions it has "${causes}"`;
      case 'steady':
      case 'recover':
        return causes === 'apply' ? 1 : `lost: of its revisions it has "${causes}"`;
    }
  }

  /** Before anything else is asked for. */
  async #flawsOfNext(version: Version | undefined): Promise<readonly string[]> {
    const found = (await this.#target.notices())
      .filter(this.#counts)
      .map(({ code, message }) => `notice: ${code} ${message}`);
    if (version === undefined) return [...found, ...(await this.#flawsOfProcesses(0))];
    return [...found, ...(await this.#flawsOf(await this.#over(), version))];
  }

  async #flawsOf(live: Live, version: Version): Promise<readonly string[]> {
    const found = live.status.faults
      .filter(({ code }) => ['BERTH5002', 'BERTH5017', 'BERTH5024', 'BERTH5031'].includes(code))
      .filter(this.#counts)
      .map(({ code, message }) => `${code} ${message}`);
    if (!isSame(live.desired, this.#subject.desired(version))) found.push(`it is not revision ${version} that stands`);
    found.push(...(await this.#subject.flaws(live, version, this.#kept, this)));
    found.push(...(await this.#flawsOfProcesses(this.#subject.processes(version))));
    return [...found, ...this.#leftFiles()];
  }

  async #flawsOfProcesses(count: number): Promise<readonly string[]> {
    try {
      await until(() => this.#processes('others').length === count && this.#processes('agent').length <= 1, 'x', 5000);
      return [];
    } catch {
      const texts = this.#processes('all').map(commandOf);
      return [`of ${count} processes and one agent there are: ${texts.join('; ')}`];
    }
  }

  /** That a file was cut off is to be said. */
  #counts = ({ code }: { readonly code: string }): boolean => this.#cut === undefined || code !== 'BERTH5017';

  #leftFiles(): readonly string[] {
    return readdirSync(this.#state, { recursive: true, encoding: 'utf8' })
      .filter((path) => this.#cut === undefined || !path.endsWith('.damaged'))
      .filter((path) => /\.part$|\.damaged$|\/berth-[-0-9a-f]{36}$/.test(path))
      .map((path) => `left over: ${path}`);
  }

  /** After the deletion nothing is left, and after the agent's end nobody listens any more. */
  async #flawsOfNothing(): Promise<readonly string[]> {
    const found = [...(await this.#flawsOfProcesses(0)), ...this.#leftFiles()];
    for (const name of readdirSync(join(this.#state, 'deployments'))) found.push(`left over: deployments/${name}`);
    await this.#target.daemon.stop();
    const known = /^(?:agent\.log(?:\.1)?|agent\.lock\.\d+|agent\.sock|agent-start\.log|deployments|metrics\.json)$/;
    for (const name of readdirSync(this.#state)) if (!known.test(name)) found.push(`left over: ${name}`);
    if (lockHolder(this.#state)) found.push('the lock is held');
    const ports = new Set(
      readJournal(this.first).flatMap((entry) => ('disk' in entry && entry.disk === 'port' ? [entry.port] : [])),
    );
    await until(() => this.#processes('all').length === 0, 'all processes end');
    for (const port of ports) if (!(await isReleased(port, this.#subject.folder))) found.push(`port ${port} is held`);
    return found;
  }
}

function isReached(live: Awaited<ReturnType<LocalTarget['read']>>): boolean {
  return live?.ownership === 'ours' && live.reached && live.complete && live.status.phase !== 'stopping';
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function parsed(text: string | undefined): unknown {
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as unknown);
}

async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  limitMs = LIMIT_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`not within ${limitMs / 1000} s: ${typeof what === 'string' ? what : what()}`);
    await delay(10);
  }
}
