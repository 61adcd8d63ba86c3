/** Plans, applies and watches for the editor; the server keeps what the target last said, so that lenses and hovers can show it. */
import { setInterval as every, setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { applyUntilCancelled } from '../deploy/apply-until-cancelled.ts';
import type { DesiredResult } from '../deploy/plan/desired-result.ts';
import { problemOf } from '../deploy/deploy-problem.ts';
import {
  readAndPlanApply,
  readAndPlanDelete,
  readAndPlanRollback,
  wantedFrom,
  type PlanResult,
} from '../deploy/plan/plan.ts';
import { checkPlan } from '../deploy/plan/plan-file.ts';
import { whatRuns } from '../deploy/plan/what-runs.ts';
import { logText } from '../deploy/log-text.ts';
import { Targets } from '../deploy/registry.ts';
import type { DeployTarget } from '../deploy/target.ts';
import { addressKey, targetKey } from '../deploy/target-ref.ts';
import type { DeploymentAddress, TargetRef } from '../deploy/target-ref.ts';
import type { Live } from '../deploy/live.ts';
import type { Plan, Status } from '../deploy/types.ts';
import { entryUrl } from '../host/entry.ts';
import { explain, type InText, type Problem } from '../spec/problems/catalogue.ts';
import { TARGETS } from '../spec/types.ts';
import type { ClientAbilities } from './client-abilities.ts';
import { LensRenewal } from './lens-renewal.ts';
import type { PlanTask } from './plan-worker.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Previewer } from './previewer.ts';
import type { Result } from './protocol.ts';
import { failed, onRequest, problemsIn, settledDocument, signalOf } from './requests.ts';
import type { Workspace } from './workspace.ts';
import { stackOf } from '../host/stack-of.ts';

/** Between two attempts to hear from a target that does not answer now: an agent may be started by another window. */
const LISTEN_AGAIN_MS = 2000;
/** How often a target is asked that does not tell by itself when something changes. */
const ASK_AGAIN_MS = 5000;

interface DeploymentNeeds {
  readonly previewer: Pick<Previewer, 'judge'>;
  readonly diagnostics: Pick<Diagnostics, 'problems'>;
}

export class Deployments {
  readonly #server: Workspace;
  readonly #needs: DeploymentNeeds;
  #targets = new Targets();
  /** Targets that are listened to, by key. */
  readonly #known = new Map<string, TargetRef>();
  /** What each of them said last. */
  readonly #live = new Map<string, readonly Live[]>();
  /** By address; a watch brings them up to date before the rest is. */
  readonly #statuses = new Map<string, Status>();
  /** What the lenses say, so that they are renewed when it is another. */
  #said = '';
  /** What is deployed, by revision and phase, as the client was notified last. */
  #notified = '';
  readonly lenses: LensRenewal;
  readonly #watches = new Map<string, AbortController>();
  readonly #ended = new AbortController();
  #started = false;

  constructor(server: Workspace, needs: DeploymentNeeds) {
    this.#server = server;
    this.#needs = needs;
    this.lenses = new LensRenewal(() => void server.abilities().refreshLenses(server.connection));
  }

  /** The targets of this workspace, once the client has said where the state of `local` lies. */
  configure({ stateFolder }: ClientAbilities): void {
    this.#targets = new Targets(stateFolder === undefined ? {} : { local: { stateFolder } });
  }

  statusOf(address: DeploymentAddress): Status | undefined {
    this.#meet(address.target);
    return this.#statuses.get(addressKey(address));
  }

  /** Listens to what is live, in a trusted workspace; nothing is ever started for it. */
  start(): void {
    this.#started = true;
    this.#known.set(targetKey(TARGETS[0]), TARGETS[0]);
    if (this.#server.abilities().trusted) for (const ref of this.#known.values()) void this.#listen(ref);
  }

  #meet(ref: TargetRef): void {
    if (this.#known.has(targetKey(ref))) return;
    this.#known.set(targetKey(ref), ref);
    if (this.#started && this.#server.abilities().trusted) void this.#listen(ref);
  }

  dispose(): void {
    this.#ended.abort();
    this.lenses.dispose();
    for (const watch of this.#watches.values()) watch.abort();
  }

  register(): void {
    const server = this.#server;
    onRequest(server, 'berth/plan', (ref, token) =>
      this.#answer('Planning', async () => {
        const found = await settledDocument(server, ref, signalOf(token));
        if (!found) return failed(explain('BERTH1027', { what: 'spec', path: ref.uri, detail: 'it is not open' }));
        const { open, part } = found;
        // What the engines have to say counts too: a federation that leaks is an error, and is not deployed.
        const shown = await this.#needs.previewer.judge(open, part, signalOf(token), true);
        const errors = problemsIn(this.#needs.diagnostics, open, part).filter(
          (problem) => problem.severity === 'error',
        );
        const { spec } = part;
        if (errors.length > 0 || !spec) return failed(invalid(errors), open);
        const task: PlanTask = { spec, source: open.path, ...shown };
        const desired = await desiredInWorker(task, signalOf(token));
        if (!desired.ok) {
          const problems = desired.problems.map((problem) => ({ ...problem, range: part.at(problem.path) }));
          const [only] = problems;
          return failed(only && problems.length === 1 ? only : invalid(problems), open);
        }
        const target = this.#targets.get(spec.target);
        const { reader } = server.files;
        const wanted = await wantedFrom(target, desired.desired, open.path, reader, signalOf(token));
        return planned(await readAndPlanApply(target, wanted, { signal: signalOf(token) }));
      }),
    );
    onRequest(server, 'berth/planRollback', ({ target, id, revision }, token) =>
      this.#answer('Rolling back', async () =>
        planned(await readAndPlanRollback(this.#targets.get(target), id, revision, { signal: signalOf(token) })),
      ),
    );
    onRequest(server, 'berth/planDelete', ({ target, id }, token) =>
      this.#answer('Deleting', async () =>
        planned(await readAndPlanDelete(this.#targets.get(target), id, { signal: signalOf(token) })),
      ),
    );
    onRequest(server, 'berth/whatRuns', ({ plan }) =>
      this.#answer('Planning', async () => {
        const checked = checkPlan(plan);
        if (!checked.ok) return failed(checked.problem.problem);
        return { ok: true, value: whatRuns(checked.plan, this.#targets.get(checked.plan.target)) };
      }),
    );
    onRequest(server, 'berth/apply', ({ plan, token: progress }, token) =>
      this.#answer('Applying', async () => {
        const checked = checkPlan(plan);
        if (!checked.ok) return failed(checked.problem.problem);
        let revision = plan.live?.revision ?? 0;
        await applyUntilCancelled(this.#targets.get(checked.plan.target), checked.plan, {
          cancel: signalOf(token),
          onEvent: (event) => {
            if (event.type === 'done') revision = event.revision;
            void server.connection.sendNotification('berth/applyEvent', { token: progress, event });
          },
        });
        return { ok: true, value: { revision } };
      }),
    );
    onRequest(server, 'berth/live', (_, token) =>
      this.#answer('Showing what is deployed', async () => {
        const lists = [...this.#known.values()].map((ref) => this.#targets.get(ref).list({ signal: signalOf(token) }));
        const results = await Promise.allSettled(lists);
        // A target that does not answer takes nothing from what the others say.
        const silent = results.find((result) => result.status === 'rejected');
        const value = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
        if (silent && value.length === 0) throw silent.reason;
        return { ok: true, value };
      }),
    );
    onRequest(server, 'berth/logs', ({ target, id, tail }, token) =>
      this.#answer('Reading logs', async () => {
        const lines: string[] = [];
        const signal = signalOf(token);
        for await (const line of this.#targets.get(target).logs(id, { tail, signal })) lines.push(logText(line));
        return { ok: true, value: lines };
      }),
    );
    onRequest(server, 'berth/watch', ({ on, ...address }) => {
      if (!server.abilities().trusted) return failed(explain('BERTH5009', { action: 'Watching' }));
      if (on) void this.#watch(address);
      else this.#unwatch(addressKey(address));
      return { ok: true, value: null };
    });
  }

  /** Runs what touches the target: only in a trusted workspace, and whatever goes wrong becomes words for people. */
  async #answer<T>(action: string, run: () => Promise<Result<T>>): Promise<Result<T>> {
    if (!this.#server.abilities().trusted) return failed(explain('BERTH5009', { action }));
    try {
      return await run();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === 'BERTH5024') this.#server.connection.console.error(stackOf(error));
      return failed(problem.problem);
    }
  }

  async #watch({ target, id }: DeploymentAddress): Promise<void> {
    const key = addressKey({ target, id });
    if (this.#watches.has(key)) return;
    const watch = new AbortController();
    this.#watches.set(key, watch);
    try {
      for await (const { status, freshness } of this.#targets.get(target).watch(id, { signal: watch.signal })) {
        if (status) this.#statuses.set(key, status);
        if (this.#server.abilities().berth)
          void this.#server.connection.sendNotification('berth/status', { target, id, status, freshness });
      }
    } catch (error) {
      this.#server.connection.console.warn(`watch ${key}: ${problemOf(error).message}`);
    } finally {
      this.#unwatch(key);
    }
  }

  #unwatch(key: string): void {
    this.#watches.get(key)?.abort();
    this.#watches.delete(key);
  }

  /** Follows what is live for as long as the server runs; lenses and the client's tree are renewed when it changes. */
  async #listen(ref: TargetRef): Promise<void> {
    const { signal } = this.#ended;
    const target = this.#targets.get(ref);
    while (!signal.aborted) {
      try {
        if ((await target.probe({ signal })).state === 'ready') {
          for await (const _ of changesOf(target, signal)) await this.#read(ref, target);
          await this.#read(ref, target);
        }
      } catch (error) {
        if (!signal.aborted) this.#server.connection.console.warn(`live state: ${problemOf(error).message}`);
      }
      await delay(LISTEN_AGAIN_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #read(ref: TargetRef, target: DeployTarget): Promise<void> {
    const { signal } = this.#ended;
    const ready = (await target.probe({ signal })).state === 'ready';
    this.#live.set(targetKey(ref), ready ? await target.list({ signal }) : []);
    const live = [...this.#live.values()].flat();
    this.#statuses.clear();
    for (const entry of live) this.#statuses.set(addressKey(entry), entry.status);
    // What runs says so with every step, and who watches it hears that as `berth/status`: this is for what comes, goes or turns.
    const notified = JSON.stringify(
      live.map(({ target: where, id, revision, reached, drift, status: { phase } }) => [
        where,
        id,
        revision,
        reached,
        drift,
        phase,
      ]),
    );
    if (notified !== this.#notified && this.#server.abilities().berth)
      void this.#server.connection.sendNotification('berth/liveChanged', {});
    this.#notified = notified;
    const said = JSON.stringify(live.map((entry) => [addressKey(entry), entry.status.summary]));
    if (said === this.#said) return;
    this.#said = said;
    this.lenses.renew();
  }
}

/** Whenever something deployed may have changed: as the target tells it, else every so often. */
function changesOf(target: DeployTarget, signal: AbortSignal): AsyncIterable<void> {
  return target.changes?.({ signal }) ?? every(ASK_AGAIN_MS, undefined, { signal });
}

/** What is said of a document with errors: how many there are, at the place of the first. */
function invalid(errors: readonly Problem<Pick<InText, 'range'>>[]): Problem<Partial<Pick<InText, 'range'>>> {
  const [first] = errors;
  const problem = explain('BERTH5013', { errors: errors.length, first: first?.message ?? 'it is empty' });
  return first ? { ...problem, range: first.range } : problem;
}

function planned(result: PlanResult): Result<Plan> {
  return result.ok ? { ok: true, value: result.plan } : failed(result.problem.problem);
}

function desiredInWorker(task: PlanTask, signal: AbortSignal): Promise<DesiredResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entryUrl('plan-worker'), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: 2048 },
    });
    const abort = (): void => void worker.terminate();
    signal.addEventListener('abort', abort, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      signal.removeEventListener('abort', abort);
      reject(new DOMException('the plan was cancelled', 'AbortError')); // without effect once a message has come
    });
  });
}
