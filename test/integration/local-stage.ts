/** A private state folder with the real target `local` over it: real agent, real processes, nothing shared with the user's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyUntilCancelled } from '../../server/src/deploy/apply-until-cancelled.ts';
import type { Live } from '../../server/src/deploy/live.ts';
import { readAndPlanApply, readAndPlanDelete } from '../../server/src/deploy/plan/plan.ts';
import type { PlanOptions } from '../../server/src/deploy/plan/plan.ts';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { processesOwnedBy } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import { logText } from '../../server/src/deploy/log-text.ts';
import type { ApplyEvent, Desired, DesiredServing, Plan, ServingStatus } from '../../server/src/deploy/types.ts';
import { FIXTURES } from '../fixtures/serving-sketch.ts';
import { wanted, type Home } from '../fixtures/wanted.ts';

export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'berth-'));
  readonly target = new LocalTarget({ stateFolder: this.folder });

  async plan(desired: Desired, options: PlanOptions & Home = {}): Promise<Plan> {
    const result = await readAndPlanApply(this.target, wanted(desired, { folder: FIXTURES, ...options }), options);
    if (!result.ok) throw result.problem;
    return result.plan;
  }

  async apply(desired: DesiredServing): Promise<readonly ApplyEvent[]> {
    return this.run(await this.plan(desired));
  }

  async run(plan: Plan, signal: AbortSignal = new AbortController().signal): Promise<readonly ApplyEvent[]> {
    const events: ApplyEvent[] = [];
    await applyUntilCancelled(this.target, plan, { cancel: signal, onEvent: (event) => events.push(event) });
    return events;
  }

  async delete(desired: DesiredServing): Promise<void> {
    const result = await readAndPlanDelete(this.target, desired.id);
    if (!result.ok) throw result.problem;
    await this.run(result.plan);
  }

  async live(desired: DesiredServing): Promise<Live & { readonly status: ServingStatus }> {
    const live = await this.target.read(desired.id);
    if (live?.ownership !== 'ours' || live.status.kind !== 'InferenceCluster')
      throw new Error(`${desired.id} is not deployed`);
    return live as Live & { readonly status: ServingStatus };
  }

  async endpoint(desired: DesiredServing, job: string): Promise<string> {
    const { status } = await this.live(desired);
    return status.jobs.find((candidate) => candidate.name === job)!.endpoint!;
  }

  /** The last lines of its log, as they are shown. */
  async logs(desired: DesiredServing, tail = 1000): Promise<readonly string[]> {
    return (await all(this.target.logs(desired.id, { tail }))).map(logText);
  }

  /** All processes of a deployment, by the mark that they carry. */
  processes(id: string): readonly number[] {
    return processesOwnedBy(`${stateName(this.folder)}:${id}`).map(({ pid }) => pid);
  }

  agentPid(): number {
    const holder = lockHolder(this.folder);
    if (!holder) throw new Error('no agent runs');
    return holder.pid;
  }

  /** kill -9, and waits until it is gone. */
  async killAgent(): Promise<void> {
    process.kill(this.agentPid(), 'SIGKILL');
    await until(() => lockHolder(this.folder) === undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (lockHolder(this.folder)) await this.target.daemon.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Said {
  readonly job: string;
  readonly replica: number;
  readonly pid: number;
  readonly version: string;
  readonly most: number;
  readonly body: string;
}

export async function ask(endpoint: string, ms = 0): Promise<Said> {
  const response = await fetch(`${endpoint}?ms=${ms}`);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Said;
}

export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** Waits for a condition, never for a time. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come true within ${limitMs / 1000} s: ${condition}`);
    await new Promise((next) => setTimeout(next, 25));
  }
}

export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
