/** The target `local`: processes on this machine, kept by the agent. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { deployProblem, DeployProblem } from '../../deploy-problem.ts';
import type { ApplyEvent, DeployTarget, DeploymentId, Desired, Fault, Live, Plan, Status } from '../../types.ts';
import { AgentClient } from './agent/agent-client.ts';
import { lockHolder } from './agent/agent-lock.ts';
import type { AgentInfo, ApplyLine, WatchLine } from './agent/agent-protocol.ts';
import { isDeploymentId, stateFolder } from './agent/state-folder.ts';

/** Between two attempts to cancel an apply that has perhaps not been accepted yet, and to watch an agent that has ended. */
const AGAIN_MS = 250;

export interface LocalTargetOptions {
  /** Default: `BERTH_STATE`, else `berth` in the user's state home. */
  readonly stateFolder?: string;
}

export class LocalTarget implements DeployTarget {
  readonly name = 'local';
  readonly #client: AgentClient;

  constructor(options: LocalTargetOptions = {}) {
    this.#client = new AgentClient(stateFolder(options.stateFolder));
  }

  async list(): Promise<readonly Live[]> {
    if (this.#isUntouched()) return [];
    return this.#client.ask({ method: 'GET', path: '/deployments' });
  }

  async read(id: DeploymentId): Promise<Live | undefined> {
    if (this.#isUntouched() || !isDeploymentId(id)) return undefined;
    return orUndefined(this.#client.ask<Live>({ method: 'GET', path: pathOf(id) }), 'BERTH5021');
  }

  async revision(id: DeploymentId, revision: number): Promise<Desired | undefined> {
    if (this.#isUntouched() || !isDeploymentId(id)) return undefined;
    return orUndefined(
      this.#client.ask<Desired>({ method: 'GET', path: `${pathOf(id)}/revisions/${revision}` }),
      'BERTH5011',
      'BERTH5021',
    );
  }

  async apply(
    plan: Plan,
    { signal, onEvent }: { signal: AbortSignal; onEvent: (event: ApplyEvent) => void },
  ): Promise<void> {
    if (signal.aborted) throw deployProblem('BERTH5023', { action: `Apply to ${plan.deployment}` });
    const over = new AbortController();
    const cancel = (): void => void this.#cancel(plan.deployment, over.signal);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const line of this.#client.stream<ApplyLine>(
        { method: 'POST', path: '/apply', body: plan },
        over.signal,
      )) {
        if ('problem' in line) throw new DeployProblem(line.problem);
        onEvent(line.event);
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      over.abort();
    }
  }

  async *watch(id: DeploymentId, signal: AbortSignal): AsyncGenerator<Status, void> {
    while (!signal.aborted && !this.#isUntouched()) {
      try {
        for await (const line of this.#client.stream<WatchLine>({ method: 'GET', path: `${pathOf(id)}/watch` }, signal))
          yield line.status;
        return; // deleted
      } catch (error) {
        if (!(error instanceof DeployProblem) || error.code !== 'BERTH5001') throw error;
        await pause(AGAIN_MS, signal); // the agent has ended: the next one goes on, and so do we
      }
    }
  }

  async logs(id: DeploymentId, { tail }: { tail: number }): Promise<readonly string[]> {
    if (this.#isUntouched() || !isDeploymentId(id)) throw deployProblem('BERTH5021', { id, known: [] });
    return this.#client.ask({ method: 'GET', path: `${pathOf(id)}/logs?tail=${tail}` });
  }

  async notices(): Promise<readonly Fault[]> {
    if (this.#isUntouched()) return [];
    return this.#client.ask({ method: 'GET', path: '/notices' });
  }

  /** Yields at once, then whenever anything deployed may have changed, at most a few times a second, until the signal fires or the agent ends. */
  async *changes(signal: AbortSignal): AsyncGenerator<void, void> {
    try {
      for await (const _line of this.#client.stream<object>({ method: 'GET', path: '/watch' }, signal)) yield;
    } catch (error) {
      if (!(error instanceof DeployProblem) || error.code !== 'BERTH5001') throw error;
    }
  }

  /** The agent that runs, if one does; never starts one. */
  async agent(): Promise<AgentInfo | undefined> {
    return this.#client.running();
  }

  /** Ends the agent with all processes; the next command that needs one starts it, and it goes on with all that is deployed. */
  async stopAgent(): Promise<void> {
    await this.#client.stop();
  }

  /** True where nothing was ever deployed and no agent runs: then nothing is started just to learn that nothing is there. */
  #isUntouched(): boolean {
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

  async #cancel(id: DeploymentId, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      // Until it is accepted there is nothing to cancel; afterwards the stream ends with the cancellation.
      await this.#client.ask({ method: 'POST', path: `${pathOf(id)}/cancel`, body: {} }).catch(() => {});
      await pause(AGAIN_MS, over);
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
    if (error instanceof DeployProblem && codes.includes(error.code)) return undefined;
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((next) => {
    const go = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      next();
    };
    const timer = setTimeout(go, ms);
    signal.addEventListener('abort', go);
  });
}
