/**
 * One deployment in the agent: takes plans in, keeps the accepted state on the disk, and has the workload bring it about.
 *
 * Invariants: a plan is checked against what is live and written down as one act, so of two plans made from the same state only the
 * first is taken; the newest accepted revision is what is brought about, by this agent or the one after a crash; one operation runs
 * at a time, and a newer plan ends the one before.
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problemOf } from '../../../deploy-problem.ts';
import type { Drift, Live, Wanted } from '../../../live.ts';
import { isSameRevision } from '../../../plan/former.ts';
import { OWNER_PATH } from '../../../plan/diff.ts';
import { isSameOwner, originText } from '../../../plan/origin.ts';
import { splitSteps } from '../../../plan/steps.ts';
import type { LogLine } from '../../../target.ts';
import type { ApplyEvent, DeploymentId, Desired, Fault, Plan, Status } from '../../../types.ts';
import { DeploymentRecord } from './deployment-record.ts';
import { LineLog } from './line-log.ts';
import type { LogQuery } from './line-log.ts';
import { ProcessTable } from './process-table.ts';
import { removeDeployment } from './removal.ts';
import { workloadState } from './workload-state.ts';
import type { AdoptingContext, Local, Workload, WorkloadStatus } from '../workload.ts';
import type { Kind } from '../../../../spec/types.ts';
import { inDeployment } from '../../../kinds.ts';
import { problemError, type ProblemError } from '../../../../spec/problems/problem-error.ts';

const FAULTS_KEPT = 20;

/** Makes the workload of a desired state; the kinds are told apart in one place only. */
export type WorkloadMaker = (desired: Local, context: AdoptingContext) => Promise<Workload>;

export interface DeploymentOptions {
  readonly folder: string;
  /** Name of the state folder, part of the mark that processes carry. */
  readonly state: string;
  readonly makeWorkload: WorkloadMaker;
  readonly log: (line: string) => void;
  readonly onChange: () => void;
}

export type OnEvent = (event: ApplyEvent) => void;

export interface ApplyRequest {
  readonly plan: Plan;
  readonly onEvent: OnEvent;
  /** Whether the one who asked has left before the plan was accepted. */
  readonly withdrawn: () => boolean;
}

interface Operation {
  readonly controller: AbortController;
  readonly settled: Promise<void>;
}

export class Deployment {
  readonly #record: DeploymentRecord;
  readonly #options: DeploymentOptions;
  readonly #table: ProcessTable;
  readonly #log: LineLog;
  readonly #watchers = new Set<() => void>();
  #faults: Fault[] = [];
  #workload: Workload | undefined;
  /** True once the workload's `start` settled well. */
  #started = false;
  /** Why there is no workload, where it cannot even be made. */
  #unmakeable: ProblemError | undefined;
  #accepting: Promise<unknown> = Promise.resolve();
  #operation: Operation | undefined;
  /** Of the operation that a person cancelled: unlike one that was overtaken, it leaves a mark. */
  #cancelled: AbortSignal | undefined;
  /** The newest revision was tried and failed; it may still recover. */
  #failed = false;
  #gone = false;

  constructor(record: DeploymentRecord, options: DeploymentOptions, damage: readonly ProblemError[] = []) {
    this.#record = record;
    this.#options = options;
    this.#log = new LineLog(join(options.folder, 'deployment.log'));
    mkdirSync(join(options.folder, 'work'), { recursive: true, mode: 0o700 });
    this.#table = new ProcessTable({
      folder: options.folder,
      owner: `${options.state}:${record.id}`,
      log: (line) => this.#log.write(line),
    });
    for (const problem of damage) this.#fault(problem.problem);
    if (this.#table.damaged)
      this.#fault(
        problemError('BERTH5017', { path: this.#table.damaged, detail: 'it is not what Berth wrote' }).problem,
      );
  }

  get id(): DeploymentId {
    return this.#record.id;
  }

  /** False before the first revision was written and after the deletion. */
  get exists(): boolean {
    return !this.#gone && this.#record.accepted > 0;
  }

  /** True while something of it runs or is to run. */
  get active(): boolean {
    return (
      this.exists &&
      (this.#operation !== undefined || (this.#workload !== undefined && this.#workload.status().phase !== 'completed'))
    );
  }

  live(): Live {
    const { accepted, hash, wanted, revisions } = this.#record;
    const drift = this.#drift();
    return {
      ownership: 'ours',
      id: this.id,
      target: 'local',
      ...wanted!,
      revision: accepted,
      hash: hash!,
      status: this.status(),
      revisions,
      reads: [{ object: this.id, version: `${accepted} ${hash!}` }],
      drift: drift ?? [],
      reached: this.#stood && (drift ?? []).length === 0,
      complete: drift !== undefined,
    };
  }

  /** True where the newest revision was brought about once, and nobody cancelled it since. */
  get #stood(): boolean {
    return this.#record.reached === this.#record.accepted && !this.#record.cancelled;
  }

  /** What is live and differs from the newest revision since that was reached; undefined while an agent that has just begun looks what there is. */
  #drift(): readonly Drift[] | undefined {
    if (!this.#stood) return [];
    if (this.#started && this.#workload) return [...this.#workload.drift(), ...this.#strays()];
    if (this.#operation) return undefined;
    if (this.#workload) return this.#workload.missing();
    return [{ path: '', text: `nothing of it runs: ${this.#unmakeable?.message ?? 'it could not be started'}` }];
  }

  #strays(): readonly Drift[] {
    return this.#table.strays.map((pid) => ({ path: '', text: `process ${pid} of it runs unattended` }));
  }

  status(): Status {
    const { desired } = this.#record.wanted!;
    const { id, kind, name } = desired;
    const rest = this.#workload?.status() ?? this.#atRest(desired);
    const deleting = this.#record.deleting ? { phase: 'stopping' as const, summary: 'stopping: being deleted' } : {};
    return {
      ...rest,
      ...deleting,
      id,
      kind,
      name,
      revision: this.#record.accepted,
      at: Date.now(),
      faults: this.#faults,
    } as Status;
  }

  revision(number: number): Wanted | undefined {
    return this.#record.revision(number);
  }

  get revisionNumbers(): readonly number[] {
    return this.#record.revisions.map(({ revision }) => revision);
  }

  logs(query: LogQuery): readonly LogLine[] {
    return this.#log.lines(query);
  }

  /** Calls back with every line that comes. @returns how to stop that. */
  watchLog(subject: string | undefined, onLine: (line: LogLine) => void): () => void {
    return this.#log.watch(subject, onLine);
  }

  /** Calls back whenever the status may have changed, and at the end of its existence. @returns how to stop that. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /**
   * Takes a plan and brings it about.
   *
   * @throws ProblemError when the plan does not fit what is live (then nothing has changed), when it was cancelled or overtaken by a
   *   newer one, or when the workload could not reach it (then it is what the next apply goes on with).
   */
  async apply({ plan, onEvent, withdrawn }: ApplyRequest): Promise<void> {
    const accepted = this.#accepting.then(() => {
      if (withdrawn()) throw problemError('BERTH5023', { action: `Apply to ${this.id}` });
      return this.#accept(plan);
    });
    this.#accepting = accepted.catch(() => {});
    await accepted;
    onEvent({ type: 'accepted' });
    this.#changed();
    const overtaken = problemError('BERTH5023', {
      action: `The earlier apply to ${this.id}, overtaken by a newer one,`,
    });
    await this.#operate(overtaken, (signal) =>
      plan.action === 'delete' ? this.#teardown() : this.#converge(signal, onEvent, plan.steps),
    );
    onEvent({ type: 'done', revision: this.#record.accepted, status: this.#gone ? null : this.status() });
  }

  /** Goes on where an earlier agent was interrupted: to the last accepted revision, or with a deletion. */
  async recover(): Promise<void> {
    const neverStood = this.#record.cancelled && this.#record.reached === 0;
    try {
      await this.#operate(undefined, async (signal) => {
        if (this.#record.deleting) await this.#teardown();
        else if (neverStood) await this.#table.endLeftovers();
        else await this.#converge(signal, () => {}, []);
      });
    } catch (error) {
      this.#options.log(`${this.id}: ${problemOf(error).message}`);
    }
  }

  /** Cancels the apply under way, or about to be. @returns false where there was none, or one that went through all the same. */
  async cancel(): Promise<boolean> {
    await this.#accepting;
    const operation = this.#operation;
    if (!operation) return false;
    this.#cancelled = operation.controller.signal;
    operation.controller.abort(problemError('BERTH5023', { action: `Apply to ${this.id}` }));
    await operation.settled;
    return this.exists && this.#record.cancelled;
  }

  /** Ends all processes and keeps the state: for an agent that ends. */
  async halt(): Promise<void> {
    this.#operation?.controller.abort(problemError('BERTH5001', { detail: 'it was told to end' }));
    await this.#operation?.settled;
    await this.#workload?.stop();
    await this.#table.endAll();
  }

  /** As `halt`, but what answers without an agent goes on answering, for the next one to adopt. */
  async handOver(): Promise<void> {
    this.#operation?.controller.abort(problemError('BERTH5001', { detail: 'another one takes over' }));
    await this.#operation?.settled;
    if (this.#workload?.handOver) await this.#workload.handOver();
    else await this.#workload?.stop();
  }

  async #accept(plan: Plan): Promise<void> {
    this.#refuseWhereStale(plan);
    try {
      if (plan.action === 'delete') await this.#record.markDeleting();
      else await this.#acceptRevision(plan);
    } catch (error) {
      throw problemOf(error);
    }
    this.#faults = []; // what still holds will be found again
    this.#failed = false;
    this.#log.write(`plan ${plan.id.slice(0, 19)} accepted: ${plan.action}, revision ${this.#record.accepted}`);
  }

  async #acceptRevision({ desired, origin, particulars, cause }: Plan): Promise<void> {
    const wanted: Wanted = { desired: desired!, origin, particulars };
    const present = this.#record.wanted;
    if (present && isSameRevision(present, wanted) && isSameOwner(present, wanted)) await this.#record.resume();
    else await this.#record.accept(wanted, cause === 'rollback' ? 'rollback' : 'apply');
  }

  #refuseWhereStale(plan: Plan): void {
    const stale = (detail: string): ProblemError => problemError('BERTH5004', { id: this.id, detail });
    if (this.#gone || this.#record.deleting) throw stale('it is being deleted');
    const { accepted, hash, wanted } = this.#record;
    if (!plan.live && accepted > 0) throw stale(`it was deployed meanwhile, at revision ${accepted}`);
    if (plan.live && accepted === 0) throw stale('it is not deployed any more');
    if (plan.live && (plan.live.revision !== accepted || plan.live.hash !== hash))
      throw stale(`it was made from revision ${plan.live.revision}, and revision ${accepted} is live`);
    const versions = new Map(accepted > 0 ? this.live().reads.map(({ object, version }) => [object, version]) : []);
    const moved = plan.reads.find(({ object, version }) => versions.get(object) !== version);
    if (moved) throw stale(`${moved.object} has changed since`);
    // Another file may take a deployment over only by a plan that says so.
    if (wanted && plan.desired && !isSameOwner(wanted, plan) && !plan.changes.some(({ path }) => path === OWNER_PATH))
      throw problemError('BERTH5010', { id: this.id, owner: originText(wanted.origin) });
  }

  /** Ends the operation before, then runs this one. */
  async #operate(reason: ProblemError | undefined, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const before = this.#operation;
    const controller = new AbortController();
    before?.controller.abort(reason);
    const result = (before?.settled ?? Promise.resolve()).then(() => run(controller.signal));
    const operation: Operation = { controller, settled: result.catch(() => {}) };
    this.#operation = operation;
    try {
      await result;
    } finally {
      if (this.#operation === operation) this.#operation = undefined;
      this.#changed();
    }
  }

  async #converge(signal: AbortSignal, onEvent: OnEvent, steps: Plan['steps']): Promise<void> {
    const desired = localOf(this.#record.wanted!);
    const step = (text: string, done: number, total: number): void => {
      onEvent({ type: 'step', text, done, total });
      this.#changed();
    };
    try {
      signal.throwIfAborted(); // it may have waited for the one before
      if (this.#started) this.#table.endStrays();
      if (this.#workload && (this.#started || this.#workload.mends)) await this.#workload.update(desired, signal, step);
      else await this.#begin(desired, signal, step);
      signal.throwIfAborted();
      this.#started = true;
      await this.#record.markReached();
    } catch (error) {
      const problem = problemOf(signal.aborted ? signal.reason : error);
      if (problem.code === 'BERTH5024') this.#options.log(`${this.id}: ${(error as Error).stack ?? String(error)}`);
      if (signal.aborted && signal !== this.#cancelled) throw problem; // a newer plan, or the end of the agent: no fault of this one
      const known = this.#faults.find((fault) => fault.code === problem.code && fault.message === problem.message);
      if (!known) this.#fault(problem.problem);
      if (signal.aborted) {
        await this.#stopAfterCancel();
        onEvent({ type: 'cancelled', ...splitSteps(steps, this.#workload?.missing() ?? NOTHING_STANDS) });
      } else {
        this.#failed = true;
        onEvent({ type: 'fault', fault: known ?? this.#faults[0]! });
      }
      throw problem;
    }
  }

  /** Of a deployment that never stood nothing is left running; of one that did, all goes on as it is, in part changed. */
  async #stopAfterCancel(): Promise<void> {
    await this.#record.markCancelled();
    if (this.#record.reached > 0) return;
    await this.#workload?.stop();
    await this.#table.endAll();
    this.#workload = undefined;
  }

  async #begin(desired: Local, signal: AbortSignal, step: Parameters<Workload['start']>[1]): Promise<void> {
    await this.#workload?.stop();
    this.#workload = undefined;
    this.#unmakeable = undefined;
    // Without survivors among them, also what no table knows is ended.
    await this.#table.endLeftovers(this.#table.leftovers.length === 0 ? 'all' : 'those that do not survive');
    try {
      this.#workload = await this.#options.makeWorkload(desired, this.#context());
    } catch (error) {
      this.#unmakeable = problemOf(error);
      throw this.#unmakeable;
    }
    await this.#workload.start(signal, step);
  }

  /** A deletion that was accepted is never taken back: what is left of it would be nobody's. */
  async #teardown(): Promise<void> {
    await this.#workload?.stop();
    await this.#table.endAll();
    this.#gone = true;
    removeDeployment(this.#options.folder);
  }

  #context(): AdoptingContext {
    const table = this.#table;
    return {
      folder: join(this.#options.folder, 'work'),
      spawn: (request) => table.spawn(request),
      get leftovers() {
        return table.leftovers;
      },
      adopt: (leftover, onLine) => table.adopt(leftover, onLine),
      endLeftovers: () => table.endLeftovers(),
      log: (line) => this.#log.write(line),
      fault: (fault) => this.#fault(fault),
      resolve: (code, subject) => this.#resolve(code, subject),
      changed: () => this.#changed(),
      state: workloadState(this.#options.folder, ({ problem }) => this.#fault(problem)),
    };
  }

  #fault(fault: Omit<Fault, 'at'>): void {
    const { code, severity, message, hint, subject } = fault;
    this.#resolve(code, subject);
    this.#faults = [
      { code, severity, message, hint, ...(subject !== undefined && { subject }), at: Date.now() },
      ...this.#faults,
    ].slice(0, FAULTS_KEPT);
    this.#log.write(`${code} ${message}`);
    this.#changed();
  }

  #resolve(code: string, subject?: string): void {
    this.#faults = this.#faults.filter((fault) => fault.code !== code || fault.subject !== subject);
  }

  #changed(): void {
    if (this.#failed && !this.#operation && this.#workload) {
      // What failed at first has recovered, e.g. a program that was installed meanwhile.
      const { phase } = this.#workload.status();
      if (phase === 'running' || phase === 'completed') {
        this.#failed = false;
        void this.#record.markReached().catch(() => {});
      }
    }
    for (const watcher of [...this.#watchers]) watcher();
    this.#options.onChange();
  }

  #atRest(desired: Desired): WorkloadStatus {
    const particular = inDeployment<Kind>(desired.kind).atRest(desired);
    if (this.#unmakeable) return { ...particular, phase: 'failed', summary: `failed: ${this.#unmakeable.message}` };
    if (this.#record.cancelled)
      return { ...particular, phase: 'failed', summary: 'cancelled: nothing runs; apply again to go on' };
    return { ...particular, phase: 'starting', summary: 'starting' };
  }
}

const NOTHING_STANDS: readonly Drift[] = [{ path: '', text: 'nothing of it runs' }];

/** What the target `local` was told of where commands run, with the state itself. */
function localOf({ desired, particulars, origin }: Wanted): Local {
  const { folder = dirname(origin.path), python } = particulars;
  return { ...desired, folder, ...(python !== undefined && { python }) };
}
