/** The client's end of the control socket: starts the agent when it is needed, and tells what it answers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { entryUrl } from '../../../../host/entry.ts';
import { problemOf } from '../../../deploy-problem.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { checkShape, object } from '../../../shape.ts';
import type { Shape } from '../../../shape.ts';
import { problemShape } from '../../../shapes.ts';
import { VERSION } from '../../../../host/version.ts';
import { agentFlags } from './agent-flags.ts';
import { AGENT_PROTOCOL, agentBuild, agentInfo, berthName, startLine } from './agent-protocol.ts';
import type { AgentInfo } from './agent-protocol.ts';
import { lockHolder } from './agent-lock.ts';
import { commandEnvironment } from './process-environment.ts';
import { prepareFolder, socketPath } from './state-folder.ts';
import { problemError, ProblemError } from '../../../../spec/problems/problem-error.ts';

const ANSWER_LIMIT_MS = 20_000;
const START_LIMIT_MS = 30_000;
/** Ending all processes of all deployments may take their grace. */
const STOP_LIMIT_MS = 60_000;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** No agent listens: none was started, or it has just ended. */
class NoAgent extends Error {
  /** Nobody took the call up, so that it can be made once more. */
  readonly unheard: boolean;

  constructor({ message, code }: NodeJS.ErrnoException) {
    super(message);
    this.unheard = code === 'ENOENT' || code === 'ECONNREFUSED';
  }
}

export class AgentClient {
  readonly folder: string;
  #ready: Promise<AgentInfo> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The agent that runs, without starting one. */
  async running(signal?: AbortSignal): Promise<AgentInfo | undefined> {
    try {
      return await this.#ask({ method: 'GET', path: '/agent' }, agentInfo, signal);
    } catch (error) {
      if (error instanceof NoAgent) return undefined;
      throw error;
    }
  }

  /** Asks the agent, which is started where none runs. @throws ProblemError as the agent tells it, or BERTH5001 where it does not answer. */
  async ask<T>(call: Call, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      await this.#ensure(signal);
      try {
        return await this.#ask(call, shape, signal);
      } catch (error) {
        if (!(error instanceof NoAgent)) throw error;
        this.#ready = undefined;
        if (attempt > 0) throw problemError('BERTH5001', { detail: error.message }, { cause: error });
      }
    }
  }

  /**
   * A stream of values, which ends when the agent ends it, and quietly when the signal fires.
   *
   * @throws ProblemError as the agent tells it; BERTH5001 where the stream breaks off.
   */
  async *stream<T>(call: Call, shape: Shape<T>, signal: AbortSignal): AsyncGenerator<T, void> {
    let response: IncomingMessage | undefined;
    for (let attempt = 0; !response; attempt++) {
      try {
        await this.#ensure(signal);
        response = await this.#open(call, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#ready = undefined;
        if (!(error instanceof NoAgent)) throw error;
        // The one that was there before has ended since, by itself or with its folder: another is started.
        if (attempt > 0 || !error.unheard) throw problemError('BERTH5001', { detail: error.message }, { cause: error });
      }
    }
    try {
      for await (const line of createInterface({ input: response, crlfDelay: Infinity }))
        if (line !== '') yield understood(line, shape);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError) throw error;
      throw problemError('BERTH5001', { detail: (error as Error).message }, { cause: error });
    } finally {
      response.destroy();
    }
    if (signal.aborted) return;
    if (!response.complete) {
      this.#ready = undefined;
      throw problemError('BERTH5001', { detail: 'it ended in the middle of its answer' });
    }
  }

  /** Ends the agent and all its processes; what is deployed stays written down, and the next agent goes on with it. */
  async stop(signal?: AbortSignal): Promise<void> {
    await this.#end('/agent/stop', signal);
  }

  /**
   * Has the agent that runs give way to one of this version, which takes over what runs: replicas go on meanwhile.
   *
   * @returns the new one; undefined where none ran. @throws ProblemError BERTH5016 where the one that runs knows no such thing.
   */
  async restart(signal?: AbortSignal): Promise<AgentInfo | undefined> {
    const info = await this.running(signal);
    if (!info) return undefined;
    if (info.handsOver !== true) throw otherVersion(info);
    await this.#end('/agent/hand-over', signal);
    await this.#ensure(signal);
    return this.running(signal);
  }

  async #end(path: '/agent/stop' | '/agent/hand-over', signal?: AbortSignal): Promise<void> {
    this.#ready = undefined;
    try {
      await this.#ask({ method: 'POST', path, body: {} }, object<object>({}), signal, STOP_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof NoAgent)) throw error;
    }
    const deadline = performance.now() + STOP_LIMIT_MS;
    while (lockHolder(this.folder) !== undefined) {
      if (performance.now() > deadline) throw problemError('BERTH5001', { detail: 'it does not end' });
      await delay(20, undefined, { signal });
    }
  }

  /** Whoever does not wait any longer leaves the start to others who do. */
  async #ensure(signal?: AbortSignal): Promise<void> {
    const ready = (this.#ready ??= this.#meet().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
    if (!signal) {
      await ready;
      return;
    }
    signal.throwIfAborted();
    const left = new AbortController();
    try {
      await Promise.race([ready, once(signal, 'abort', { signal: left.signal }).then(() => signal.throwIfAborted())]);
    } finally {
      left.abort();
    }
  }

  /** Finds or starts an agent that this client understands. */
  async #meet(): Promise<AgentInfo> {
    prepareFolder(this.folder);
    const deadline = performance.now() + START_LIMIT_MS;
    let started = false;
    for (;;) {
      const info = await this.running();
      if (info) {
        const same = info.protocol === AGENT_PROTOCOL && info.build === agentBuild();
        if (same || (info.protocol === AGENT_PROTOCOL && (info.active || info.others > 0))) return info;
        if (!info.active)
          await this.stop(); // one that does nothing makes room for ours
        else if (info.protocol < AGENT_PROTOCOL && info.handsOver === true) await this.#end('/agent/hand-over');
        else throw otherVersion(info);
        started = false;
      }
      // One that is about to end has its lock still, and takes nobody in: the next comes after it.
      const isHeld = lockHolder(this.folder) !== undefined;
      if (!isHeld || !started) {
        started = true;
        await this.#start();
      } else await delay(25);
      if (performance.now() > deadline + (isHeld ? STOP_LIMIT_MS : 0))
        throw problemError('BERTH5001', { detail: `no answer in ${START_LIMIT_MS / 1000} s` });
    }
  }

  /** Starts an agent of its own, which lives on when this process ends. Two that are started at once agree by their lock on who stays. */
  async #start(): Promise<void> {
    const lastWords = join(this.folder, 'agent-start.log');
    let stderr: number;
    try {
      stderr = openSync(lastWords, 'w', 0o600);
    } catch (error) {
      throw problemOf(error, lastWords);
    }
    const child = spawn(process.execPath, [...agentFlags(), fileURLToPath(entryUrl('agent-process')), this.folder], {
      cwd: this.folder,
      env: agentEnvironment(),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', stderr],
    });
    closeSync(stderr);
    child.unref();
    const output = child.stdout!;
    const said = await new Promise<string>((done, fail) => {
      let text = '';
      child.once('error', (error) => fail(problemError('BERTH5001', { detail: error.message }, { cause: error })));
      output.setEncoding('utf8');
      output.on('data', (chunk: string) => (text += chunk));
      output.once('close', () => done(text));
    });
    output.destroy();
    if (said === '') throw problemError('BERTH5001', { detail: lastLine(lastWords) ?? 'it ended at once' });
    const line = understood(said, startLine);
    if (line.problem) throw new ProblemError(line.problem);
  }

  async #ask<T>(call: Call, shape: Shape<T>, signal?: AbortSignal, limitMs = ANSWER_LIMIT_MS): Promise<T> {
    const limit = AbortSignal.timeout(limitMs);
    try {
      const response = await this.#open(call, signal ? AbortSignal.any([signal, limit]) : limit);
      return understood(await textOf(response), shape);
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted)
        throw problemError('BERTH5001', { detail: `no answer in ${limitMs / 1000} s` }, { cause: error });
      throw error;
    }
  }

  /** Sends a request. @returns the answer where it is a good one. */
  #open(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const request = httpRequest(
        { socketPath: socketPath(this.folder), method: call.method, path: call.path, agent: false, signal },
        (response) => {
          if (response.statusCode === 200) done(response);
          else
            void textOf(response)
              .then((text) => fail(new ProblemError(understood(text, problemShape))))
              .catch(fail);
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        const nobody = ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
        fail(
          nobody ? new NoAgent(error) : error.name === 'AbortError' ? error : problemOf(error, socketPath(this.folder)),
        );
      });
      request.end(body);
    });
  }
}

function otherVersion(info: AgentInfo): ProblemError {
  const here = { version: VERSION, protocol: AGENT_PROTOCOL };
  const newer = info.protocol > AGENT_PROTOCOL;
  return problemError('BERTH5016', { agent: berthName(info), here: berthName(here), newer });
}

/** A daemon outlives the terminal or editor that started it, so it takes nothing along that is theirs. */
function agentEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && (name.startsWith('BERTH_AGENT_') || name === 'XDG_STATE_HOME'),
  );
  const electron = process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {};
  return commandEnvironment({ ...(Object.fromEntries(own) as Record<string, string>), ...electron });
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return text;
}

function lastLine(path: string): string | undefined {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.find((line) => /^\w*Error/.test(line)) ?? lines.findLast((line) => line.trim() !== '');
}

/** What was said, as what it should be. @throws ProblemError BERTH5044 where it is something else. */
export function understood<T>(said: string, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(said);
  } catch (error) {
    throw problemError(
      'BERTH5044',
      { what: 'The answer of the agent', detail: (error as Error).message },
      { cause: error },
    );
  }
  const checked = checkShape(shape, value);
  if (checked.ok) return checked.value;
  throw problemError('BERTH5044', { what: 'The answer of the agent', detail: checked.detail });
}
