/** The target `local`: processes on this machine, kept by the agent. */
import { readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Live, Particulars, Unowned, Wanted } from '../../live.ts';
import { listOf, object, truth } from '../../shape.ts';
import { fault, isDeploymentId, live, liveOrUnowned, logLine, wanted } from '../../shapes.ts';
import type {
  Abilities,
  ApplyOptions,
  CallOptions,
  Daemon,
  DeployTarget,
  LogLine,
  LogOptions,
  Look,
  Probe,
  Watched,
} from '../../target.ts';
import type { TargetIdentity } from '../../target-ref.ts';
import type { DeploymentId, Desired, Fault, Plan, PlanContent, Status } from '../../types.ts';
import { KINDS } from '../../../spec/types.ts';
import { kindParticulars } from './kinds.ts';
import { LOOPBACK } from './loopback.ts';
import { AgentClient } from './agent/agent-client.ts';
import { lockHolder } from './agent/agent-lock.ts';
import { applyLine, SIGN_OF_LIFE_MS, watchLine } from './agent/agent-protocol.ts';
import { localIdentity } from './agent/local-identity.ts';
import { stateFolder } from './agent/state-folder.ts';
import { problemError, ProblemError } from '../../../spec/problems/problem-error.ts';

/** Before a watch looks for the next agent where one has ended. */
const AGAIN_MS = 250;

export interface LocalTargetOptions {
  /** Default: `BERTH_STATE`, else `berth` in the user's state home. */
  readonly stateFolder?: string;
  /** After so many milliseconds without a sign of life a watch says so. */
  readonly staleAfterMs?: number;
}

const ABILITIES: Abilities = { kinds: KINDS, actions: [], followLogs: true };

export class LocalTarget implements DeployTarget {
  readonly ref = 'local';
  readonly #client: AgentClient;
  readonly #staleAfterMs: number;
  readonly daemon: Daemon;

  constructor(options: LocalTargetOptions = {}) {
    const client = new AgentClient(stateFolder(options.stateFolder));
    this.#client = client;
    this.#staleAfterMs = options.staleAfterMs ?? 5 * SIGN_OF_LIFE_MS;
    this.daemon = {
      running: ({ signal } = {}) => client.running(signal),
      stop: ({ signal } = {}) => client.stop(signal),
      restart: ({ signal } = {}) => client.restart(signal),
    };
  }

  async identify({ signal }: CallOptions = {}): Promise<TargetIdentity> {
    signal?.throwIfAborted();
    return localIdentity(this.#client.folder);
  }

  async probe({ signal }: CallOptions = {}): Promise<Probe> {
    try {
      return { state: (await this.#client.running(signal)) ? 'ready' : 'idle' };
    } catch (error) {
      if (error instanceof ProblemError) return { state: 'unreachable', why: error.message };
      throw error;
    }
  }

  async abilities(): Promise<Abilities> {
    return ABILITIES;
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Live[]> {
    if (this.#isUntouched(signal)) return [];
    return this.#client.ask({ method: 'GET', path: '/deployments' }, listOf(live), signal);
  }

  async read(id: DeploymentId, { signal }: CallOptions = {}): Promise<Live | Unowned | undefined> {
    if (this.#isUntouched(signal) || !isDeploymentId(id)) return undefined;
    return orUndefined(this.#client.ask({ method: 'GET', path: pathOf(id) }, liveOrUnowned, signal), 'BERTH5021');
  }

  async revision(id: DeploymentId, revision: number, { signal }: CallOptions = {}): Promise<Wanted | undefined> {
    if (this.#isUntouched(signal) || !isDeploymentId(id)) return undefined;
    const path = `${pathOf(id)}/revisions/${revision}`;
    return orUndefined(this.#client.ask({ method: 'GET', path }, wanted, signal), 'BERTH5011', 'BERTH5021');
  }

  /** Commands run in the spec file's folder. */
  async particulars(source: string, desired: Desired, look: Look): Promise<Particulars> {
    const folder = dirname(source);
    return { folder, ...(await kindParticulars(desired, folder, look)) };
  }

  surroundings({ particulars: { folder }, origin }: PlanContent): readonly string[] {
    return [
      `as ${userName()} on this machine, in ${folder ?? dirname(origin.path)}`,
      `listening at ${LOOPBACK} alone: programs of this machine can reach it, others cannot`,
    ];
  }

  async apply(plan: Plan, { signal, onEvent }: ApplyOptions): Promise<void> {
    signal?.throwIfAborted();
    const call = { method: 'POST', path: '/apply', body: plan } as const;
    for await (const line of this.#client.stream(call, applyLine, signal ?? new AbortController().signal)) {
      if (line.problem) throw new ProblemError(line.problem);
      if (line.event) onEvent(line.event);
    }
    signal?.throwIfAborted();
  }

  async cancel(id: DeploymentId, { signal }: CallOptions = {}): Promise<boolean> {
    if (this.#isUntouched(signal) || !isDeploymentId(id)) return false;
    const call = { method: 'POST', path: `${pathOf(id)}/cancel`, body: {} } as const;
    const answer = this.#client.ask(call, object<{ cancelled: boolean }>({ cancelled: truth }), signal);
    return (await orUndefined(answer, 'BERTH5021'))?.cancelled ?? false;
  }

  async *watch(id: DeploymentId, options: CallOptions = {}): AsyncGenerator<Watched, void> {
    const over = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
    let status: Status | null = null;
    let heardAt = Date.now();
    try {
      while (!signal.aborted && !this.#isUntouched()) {
        try {
          for await (const line of this.#lines(id, signal)) {
            if (line === 'silence') {
              yield { status, freshness: { state: 'stale', since: heardAt } };
              continue;
            }
            heardAt = Date.now();
            status = line.status ?? status;
            if (line.status !== undefined || line.wasStale) yield { status, freshness: { state: 'fresh' } };
          }
          return; // deleted, or the signal fired
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          if (error.code === 'BERTH5021' && status !== null) return; // deleted while nobody answered
          if (error.code !== 'BERTH5001') throw error;
          // The agent has ended: the next one goes on, and so do we.
          yield { status, freshness: { state: 'lost', since: heardAt, why: error.message } };
          await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
        }
      }
    } finally {
      over.abort();
    }
  }

  async *logs(id: DeploymentId, options: LogOptions = {}): AsyncGenerator<LogLine, void> {
    if (this.#isUntouched() || !isDeploymentId(id)) throw problemError('BERTH5021', { id, known: [] });
    const { signal = new AbortController().signal, subject, since, tail, follow } = options;
    const query = new URLSearchParams();
    if (subject !== undefined) query.set('subject', subject);
    if (since !== undefined) query.set('since', String(since));
    if (tail !== undefined) query.set('tail', String(tail));
    if (follow === true) query.set('follow', '1');
    yield* this.#client.stream({ method: 'GET', path: `${pathOf(id)}/logs?${query.toString()}` }, logLine, signal);
  }

  async notices({ signal }: CallOptions = {}): Promise<readonly Fault[]> {
    if (this.#isUntouched(signal)) return [];
    return this.#client.ask({ method: 'GET', path: '/notices' }, listOf(fault), signal);
  }

  async *changes({ signal = new AbortController().signal }: CallOptions = {}): AsyncGenerator<void, void> {
    try {
      for await (const _line of this.#client.stream({ method: 'GET', path: '/watch' }, object<object>({}), signal))
        yield;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'BERTH5001') throw error;
    }
  }

  /** The lines of a watch, and `silence` once where none comes for too long; the line after that says so. */
  async *#lines(
    id: DeploymentId,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly status?: Status; readonly wasStale: boolean } | 'silence', void> {
    const lines = this.#client.stream({ method: 'GET', path: `${pathOf(id)}/watch` }, watchLine, signal);
    for (;;) {
      const next = lines.next();
      next.catch(() => {}); // whoever has left by then is not told
      const heard = new AbortController();
      const silence = delay(this.#staleAfterMs, 'silence' as const, { signal: heard.signal }).catch(() => undefined);
      const first = await Promise.race([next, silence]);
      heard.abort();
      if (first === 'silence') yield 'silence';
      const { done, value } = await next;
      if (done === true) return;
      yield { ...value, wasStale: first === 'silence' };
    }
  }

  /** True where nothing was ever deployed and no agent runs: then nothing is started just to learn that nothing is there. */
  #isUntouched(signal?: AbortSignal): boolean {
    signal?.throwIfAborted();
    const { folder } = this.#client;
    try {
      return readdirSync(join(folder, 'deployments')).length === 0 && lockHolder(folder) === undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return false;
    }
    try {
      return lockHolder(folder) === undefined;
    } catch {
      return true;
    }
  }
}

function pathOf(id: DeploymentId): string {
  return `/deployments/${id}`;
}

async function orUndefined<T>(answer: Promise<T>, ...codes: readonly string[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProblemError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** Whoever runs this runs the agent and all that it starts. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`; // one without an entry in the system's list
  }
}
