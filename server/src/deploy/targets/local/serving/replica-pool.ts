/**
 * The replicas of one job: as many as are wanted, of the command that is wanted, with as little interruption as possible.
 *
 * One function, `#reconcile`, looks at what is there and takes the next step; it runs whenever something changed, so that a start,
 * a crash, a new number, a new command and a restart of the agent are all the same case. Replicas of an earlier command count until
 * as many of the present one answer: one more than wanted is started, and for each that answers an old one is drained.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { deployFault, problemOf } from '../../../deploy-problem.ts';
import type { Clock } from '../../../runtime/serving/clock.ts';
import type { JobMetrics } from '../../../runtime/serving/job-metrics.ts';
import type { Backend, Router } from '../../../runtime/serving/router.ts';
import type { AdoptingContext, Leftover } from '../workload.ts';
import { memoryOf } from '../agent/process-memory.ts';
import { written } from '../../../plan/spec-words.ts';
import { commandKey, Replica } from './replica.ts';
import type { ReplicaCommand } from './replica.ts';
import { problemError, ProblemError } from '../../../../spec/problems/problem-error.ts';

export interface PoolTiming {
  /** How long a replica may take until it answers. */
  readonly startLimitMs: number;
  /** A replica that ended earlier than this after it answered first was no success. */
  readonly soundAfterMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** How long a replica that is to go may take for the request it has. */
  readonly drainLimitMs: number;
}

export const POOL_TIMING: PoolTiming = {
  startLimitMs: 60_000,
  soundAfterMs: 10_000,
  firstBackoffMs: 250,
  longestBackoffMs: 30_000,
  drainLimitMs: 60_000,
};

/** How often it is looked what replicas take of memory. */
const LOOK_MS = 500;
/** A replica that took longer than this to outgrow its limit is not one that cannot live within it. */
const SLOW_GROWTH_MS = 10 * 60_000;

/** After so many failures in a row it is a fault that people are told of; it is tried again all the same. */
const FAILURES_UNTIL_FAULT = 3;

export interface PoolOptions {
  readonly job: string;
  readonly context: AdoptingContext;
  readonly router: Router;
  readonly metrics: JobMetrics;
  readonly clock: Clock;
  readonly timing: PoolTiming;
  /** Whether the cluster has room for one more replica of this job; `surplus` is asked for the one too many of a change of command. */
  readonly room: (surplus: boolean) => boolean;
  /** Something about the replicas changed: their number, or whether they answer. */
  readonly onChange: () => void;
}

export class ReplicaPool {
  readonly #options: PoolOptions;
  readonly #replicas: Replica[] = [];
  #command: ReplicaCommand;
  #key: string;
  #desired: number;
  #starting = 0;
  #failures = 0;
  #problem: ProblemError | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  /** Bytes that a replica may take; undefined where the spec does not say. */
  #memoryLimit: number | undefined;
  #memoryTimer: NodeJS.Timeout | undefined;
  #startLimitMs: number;
  /** Replicas in a row that outgrew their memory soon after they were started. */
  #outgrown = 0;
  /** Nothing is started or ended before all that survived is adopted. */
  #awake = false;
  #stopped = false;
  /** All that are wanted have answered at once since that number or their command was last changed. */
  #complete = false;
  readonly #listeners = new Set<() => void>();

  constructor(command: ReplicaCommand, desired: number, options: PoolOptions) {
    this.#command = command;
    this.#key = commandKey(command);
    this.#desired = desired;
    this.#options = options;
    this.#startLimitMs = options.timing.startLimitMs;
  }

  get desired(): number {
    return this.#desired;
  }

  get ready(): number {
    return this.#replicas.filter((replica) => replica.state === 'ready').length;
  }

  /** Replicas that take resources: also those that start, drain, or are about to be started. */
  get occupied(): number {
    return this.#replicas.length + this.#starting;
  }

  /** Why replicas cannot be had at present; undefined where nothing is wrong. */
  get problem(): ProblemError | undefined {
    return this.#problem;
  }

  /** True where what is missing was there before, or was tried and failed; false while it is on its way for the first time. */
  get stood(): boolean {
    return this.#complete || this.#problem !== undefined;
  }

  /** True where no replica answers and those that were tried failed again and again. */
  get hopeless(): boolean {
    return this.#stopped || (this.ready === 0 && this.#problem !== undefined);
  }

  /** Takes over a replica that outlived the agent, whatever its command: one of an earlier command answers until it is replaced. */
  adopt(leftover: Leftover): void {
    const replica = Replica.adopt(leftover, this.#options.context, () => this.#now());
    if (replica) this.#watch(replica, 5000);
  }

  setDesired(count: number): void {
    if (count === this.#desired) return;
    this.#desired = count;
    this.#complete = false;
    this.#changed();
  }

  setCommand(command: ReplicaCommand): void {
    const key = commandKey(command);
    if (key === this.#key) return;
    this.#command = command;
    this.#key = key;
    this.#complete = false;
    this.#succeeded();
    this.#changed();
  }

  /** @param bytes that a replica may take; undefined for all that there is. */
  setMemoryLimit(bytes: number | undefined): void {
    if (bytes === this.#memoryLimit) return;
    this.#memoryLimit = bytes;
    this.#outgrown = 0;
    clearInterval(this.#memoryTimer);
    if (bytes !== undefined) this.#memoryTimer = setInterval(() => this.#lookAtMemory(bytes), LOOK_MS).unref();
  }

  /** @param ms that a replica may take until it answers. */
  setStartLimit(ms: number): void {
    this.#startLimitMs = ms;
  }

  /** Looks whether something is to be done, since room may have come free. */
  lookAgain(): void {
    this.#reconcile();
  }

  /** Begins to bring about what is wanted. */
  wake(): void {
    this.#awake = true;
    this.#reconcile();
  }

  /** Forgets earlier failures and tries at once. */
  retry(): void {
    this.#awake = true;
    this.#outgrown = 0;
    this.#succeeded();
    this.#changed();
  }

  /** A replica that the router could not use. */
  sick(backend: Backend): void {
    const replica = this.#replicas.find((candidate) => candidate.backend === backend);
    if (replica && replica.state === 'ready') {
      this.#options.context.log(`${this.#label(replica)} does not answer: ended`);
      void replica.end();
    }
  }

  /**
   * Settles when exactly the wanted replicas answer and no other is left.
   *
   * @throws ProblemError where the command cannot be started or its replicas keep failing; the signal's reason when it fires.
   */
  async settled(signal: AbortSignal, onProgress: () => void): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      onProgress();
      const current = this.#replicas.filter((replica) => replica.key === this.#key);
      const reached =
        this.#replicas.length === this.#desired && this.#starting === 0 && current.length === this.#desired;
      if (reached && current.every((replica) => replica.state === 'ready')) return;
      if (this.#problem) throw this.#problem;
      await this.#nextChange(signal);
    }
  }

  /** Drains all replicas, for a job that is no longer wanted. */
  async retire(): Promise<void> {
    this.setDesired(0);
    while (this.occupied > 0) await this.#nextChange();
    await this.stop();
  }

  /** Starts and ends nothing any more, and leaves the replicas that there are to another agent. */
  leave(): void {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#memoryTimer);
  }

  /** Ends all replicas at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#memoryTimer);
    while (this.#starting > 0) await this.#nextChange();
    await Promise.all(this.#replicas.map((replica) => replica.end()));
  }

  #nextChange(signal?: AbortSignal): Promise<void> {
    return new Promise((next) => {
      const go = (): void => {
        this.#listeners.delete(go);
        signal?.removeEventListener('abort', go);
        next();
      };
      this.#listeners.add(go);
      signal?.addEventListener('abort', go);
    });
  }

  #reconcile(): void {
    if (this.#stopped || !this.#awake) return;
    const active = this.#replicas.filter((replica) => replica.state === 'starting' || replica.state === 'ready');
    const old = active.filter((replica) => replica.key !== this.#key);
    const current = active.filter((replica) => replica.key === this.#key);
    const ready = current.filter((replica) => replica.state === 'ready');
    const wanted = this.#desired;

    if (ready.length + old.length > wanted && old.length > 0) {
      // Those that do not answer yet go first: their going is not noticed.
      this.#drain(old.find((replica) => replica.state === 'starting') ?? old.at(-1)!);
      return;
    }
    if (old.length === 0 && current.length > wanted) {
      this.#drain(current.findLast((replica) => replica.state === 'starting') ?? current.at(-1)!);
      return;
    }
    if (this.#starting > 0) return; // one at a time, so that each gets an index of its own; the next follows in a moment
    const coming = current.length - ready.length;
    const missing = current.length + old.length < wanted;
    const replacing = old.length > 0 && coming === 0 && current.length < wanted;
    if ((missing || replacing) && this.#retryTimer === undefined && this.#options.room(!missing)) void this.#start();
  }

  async #start(): Promise<void> {
    this.#starting += 1;
    try {
      const replica = await Replica.start(
        this.#options.job,
        this.#freeIndex(),
        this.#command,
        this.#options.context,
        () => this.#now(),
      );
      this.#starting -= 1;
      this.#watch(replica, this.#startLimitMs);
    } catch (error) {
      this.#starting -= 1;
      const problem = problemOf(error);
      this.#problem = problem;
      this.#failures += 1;
      this.#options.context.fault({ ...problem.problem, subject: this.#options.job });
      this.#putOff();
      this.#changed();
      return;
    }
    this.#changed();
  }

  #watch(replica: Replica, limitMs: number): void {
    this.#replicas.push(replica);
    void replica.process.exited.then(({ code, signal }) => this.#ended(replica, howEnded(replica, code, signal)));
    void replica
      .becomesReady(limitMs, () => this.#now())
      .then((ready) => {
        if (ready) {
          replica.state = 'ready';
          replica.readyAt = this.#now();
          this.#options.router.add(replica.backend);
          if (replica.key === this.#key) this.#problem = undefined;
          this.#changed();
        } else if (replica.state === 'starting') {
          replica.lastLines.push(`it did not answer within ${Math.round(limitMs / 1000)} s`);
          void replica.end();
        }
      });
    // A replica that stays up was started well, whatever came before.
    setTimeout(() => {
      if (replica.state === 'ready' && replica.key === this.#key) this.#succeeded();
    }, this.#options.timing.soundAfterMs).unref();
    this.#reconcile();
  }

  #ended(replica: Replica, how: string): void {
    const expected = replica.state === 'draining' || this.#stopped;
    const wasCurrent = replica.key === this.#key;
    const sound = replica.readyAt !== undefined && this.#now() - replica.readyAt >= this.#options.timing.soundAfterMs;
    replica.state = 'ended';
    this.#replicas.splice(this.#replicas.indexOf(replica), 1);
    this.#options.context.log(`${this.#label(replica)} ended with ${how}${expected ? '' : ', which nobody asked for'}`);
    if (!expected) {
      this.#options.metrics.restarts += 1;
      if (sound) this.#succeeded();
      if (replica.outgrew !== undefined) this.#outgrew(replica, replica.outgrew);
      else if (wasCurrent) this.#failed(replica, how);
    }
    this.#options.router.drop(replica.backend);
    this.#changed();
  }

  #failed(replica: Replica, how: string): void {
    this.#failures += 1;
    if (this.#failures >= FAILURES_UNTIL_FAULT) {
      const params = { job: this.#options.job, times: this.#failures, detail: [how, ...replica.lastLines].join('; ') };
      this.#problem = problemError('BERTH5008', params);
      this.#options.context.fault(deployFault('BERTH5008', params, this.#options.job));
    }
    // The first one is replaced at once: it may have had bad luck.
    if (this.#failures > 1) this.#putOff();
  }

  /** Nobody else shall pay for what one replica takes: it is ended before the machine's memory is. */
  #lookAtMemory(limit: number): void {
    for (const replica of this.#replicas) {
      if (replica.outgrew !== undefined || replica.state === 'ended') continue;
      const took = memoryOf(replica.process.pid, limit);
      if (took <= limit) continue;
      replica.outgrew = { took, limit };
      this.#options.context.log(`${this.#label(replica)} takes ${took} bytes and may take ${limit}: ended`);
      void replica.end(0);
    }
  }

  /** One that leaks over days may be started at once; one that does not fit is tried ever more slowly, however well it answered meanwhile. */
  #outgrew(replica: Replica, { took, limit }: { readonly took: number; readonly limit: number }): void {
    this.#outgrown = this.#now() - replica.startedAt < SLOW_GROWTH_MS ? this.#outgrown + 1 : 1;
    const { job } = this.#options;
    const params = { replica: this.#label(replica), took: sizeText(took), limit: sizeText(limit) };
    this.#options.context.fault(deployFault('BERTH5053', params, job));
    if (this.#outgrown >= FAILURES_UNTIL_FAULT) this.#problem = problemError('BERTH5053', params);
    this.#putOff();
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#problem = undefined;
    if (this.#outgrown > 0) return; // whoever outgrew its memory waits its time
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    for (const code of ['BERTH5005', 'BERTH5008', 'BERTH5003', 'BERTH5015', 'BERTH5024', 'BERTH5054'])
      this.#options.context.resolve(code, this.#options.job);
  }

  #putOff(): void {
    const { firstBackoffMs, longestBackoffMs } = this.#options.timing;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = undefined;
        this.#changed();
      },
      Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(20, Math.max(this.#failures, this.#outgrown))),
    );
  }

  #drain(replica: Replica): void {
    const wasReady = replica.state === 'ready';
    replica.state = 'draining';
    void (async () => {
      if (wasReady) {
        const limit = pause(this.#options.timing.drainLimitMs, undefined, { ref: false });
        await Promise.race([this.#options.router.drain(replica.backend), limit]);
      }
      await replica.end();
    })();
    this.#changed();
  }

  #changed(): void {
    this.#complete ||= this.ready >= this.#desired;
    this.#reconcile();
    for (const listener of [...this.#listeners]) listener();
    this.#options.onChange();
  }

  #freeIndex(): number {
    const taken = new Set(this.#replicas.map((replica) => replica.index));
    let index = 0;
    while (taken.has(index)) index += 1;
    return index;
  }

  #label(replica: Replica): string {
    return `${this.#options.job}/${replica.index}`;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

/** What nobody of ours ended is most often ended by the system, which says so to nobody. */
function howEnded(replica: Replica, code: number | null, signal: string | null): string {
  if (signal === 'SIGKILL' && !replica.toEnd)
    return 'SIGKILL, which Berth did not send: systems do where memory runs out';
  return signal ?? (code === null ? 'unknown cause' : `code ${code}`);
}

function sizeText(bytes: number): string {
  return written('memory', bytes);
}
