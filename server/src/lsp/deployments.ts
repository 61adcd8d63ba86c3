/** Plans, applies and watches for the editor; the server keeps what the target last said, so that lenses and hovers can show it. */
import { Worker } from 'node:worker_threads';
import type { DesiredResult } from '../deploy/plan/desired-result.ts';
import { problemOf } from '../deploy/deploy-problem.ts';
import { readAndPlanApply, readAndPlanDelete, readAndPlanRollback, type PlanResult } from '../deploy/plan/plan.ts';
import { checkPlan } from '../deploy/plan/plan-file.ts';
import { LocalTarget } from '../deploy/targets/local/local-target.ts';
import type { DeploymentId, Plan, Status } from '../deploy/types.ts';
import { entryUrl } from '../host/entry.ts';
import { explain } from '../spec/problems/catalogue.ts';
import type { ClientAbilities } from './client-abilities.ts';
import { LensRenewal } from './lens-renewal.ts';
import { documentOf, failed, onRequest, problemsIn, signalOf } from './panel.ts';
import type { PlanTask } from './plan-worker.ts';
import type { Result } from './protocol.ts';
import type { Server } from './server.ts';

/** Between two attempts to hear from an agent that is not running: it may be started by another window. */
const LISTEN_AGAIN_MS = 2000;

export class Deployments {
  readonly #server: Server;
  #target = new LocalTarget();
  readonly #statuses = new Map<string, Status>();
  /** What the lenses say, so that they are renewed when it is another; a watch may have brought the statuses up to date before. */
  #told = '';
  /** What is deployed, by revision and phase, as the client was told last. */
  #known = '';
  readonly lenses: LensRenewal;
  readonly #watches = new Map<DeploymentId, AbortController>();
  readonly #ended = new AbortController();

  constructor(server: Server) {
    this.#server = server;
    this.lenses = new LensRenewal(() => void server.abilities().refreshLenses(server.connection));
  }

  /** The target of this workspace, once the client has said where its state lies. */
  configure({ stateFolder }: ClientAbilities): void {
    this.#target = new LocalTarget(stateFolder === undefined ? {} : { stateFolder });
  }

  statusOf(id: string): Status | undefined {
    return this.#statuses.get(id);
  }

  /** Listens to what is live, in a trusted workspace; an agent is never started for it. */
  start(): void {
    if (this.#server.abilities().trusted) void this.#listen();
  }

  trust(): void {
    this.#server.abilities().trusted = true;
    this.start();
  }

  dispose(): void {
    this.#ended.abort();
    this.lenses.dispose();
    for (const watch of this.#watches.values()) watch.abort();
  }

  register(): void {
    const server = this.#server;
    server.connection.onNotification('berth/trustGranted', () => this.trust());
    onRequest(server, 'berth/plan', (ref, token) =>
      this.#answer('Planning', async () => {
        const found = documentOf(server, ref);
        if (!found) return failed(explain('BERTH1027', { what: 'spec', path: ref.uri, detail: 'it is not open' }));
        const { open, part } = found;
        // What the engines have to say counts too: a federation that leaks is an error, and is not deployed.
        await server.previewer.judge(open, part, signalOf(token));
        const errors = problemsIn(server, open, part).filter((problem) => problem.severity === 'error');
        const { spec } = part;
        if (errors.length > 0 || !spec) {
          const [first] = errors;
          const params = { errors: errors.length, first: first?.message ?? 'it is empty' };
          return failed({ ...explain('BERTH5013', params), ...(first ? { range: first.range } : {}) }, open);
        }
        const path = spec.kind === 'TrainingPlacement' ? spec.graphPath : undefined;
        const graph = path === undefined ? undefined : server.files.read(path);
        const task: PlanTask = {
          spec,
          source: open.path,
          graph: graph && path !== undefined ? { path, ...graph } : null,
        };
        const desired = await desiredInWorker(task, signalOf(token));
        if (!desired.ok) {
          const [first] = desired.problems;
          return failed({ ...first!, range: part.at(first!.path) }, open);
        }
        return planned(await readAndPlanApply(this.#target, desired.desired));
      }),
    );
    onRequest(server, 'berth/planRollback', ({ id, revision }) =>
      this.#answer('Rolling back', async () => planned(await readAndPlanRollback(this.#target, id, revision))),
    );
    onRequest(server, 'berth/planDelete', ({ id }) =>
      this.#answer('Deleting', async () => planned(await readAndPlanDelete(this.#target, id))),
    );
    onRequest(server, 'berth/apply', ({ plan, token: progress }, token) =>
      this.#answer('Applying', async () => {
        const checked = checkPlan(plan);
        if (!checked.ok) return failed(checked.problem);
        let revision = plan.live?.revision ?? 0;
        await this.#target.apply(checked.plan, {
          signal: signalOf(token),
          onEvent: (event) => {
            if (event.type === 'done') revision = event.revision;
            void server.connection.sendNotification('berth/applyEvent', { token: progress, event });
          },
        });
        return { ok: true, value: { revision } };
      }),
    );
    onRequest(server, 'berth/live', () =>
      this.#answer('Showing what is deployed', async () => ({ ok: true, value: await this.#target.list() })),
    );
    onRequest(server, 'berth/logs', ({ id, tail }) =>
      this.#answer('Reading logs', async () => ({ ok: true, value: await this.#target.logs(id, { tail }) })),
    );
    onRequest(server, 'berth/watch', ({ id, on }) => {
      if (!server.abilities().trusted) return failed(explain('BERTH5009', { action: 'Watching' }));
      if (on) void this.#watch(id);
      else this.#unwatch(id);
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
      if (problem.code === 'BERTH5024')
        this.#server.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return failed(problem);
    }
  }

  async #watch(id: DeploymentId): Promise<void> {
    if (this.#watches.has(id)) return;
    const watch = new AbortController();
    this.#watches.set(id, watch);
    try {
      for await (const status of this.#target.watch(id, watch.signal)) {
        this.#statuses.set(id, status);
        if (this.#server.abilities().berth) void this.#server.connection.sendNotification('berth/status', { status });
      }
    } catch (error) {
      this.#server.connection.console.warn(`watch ${id}: ${problemOf(error).message}`);
    } finally {
      this.#unwatch(id);
    }
  }

  #unwatch(id: DeploymentId): void {
    this.#watches.get(id)?.abort();
    this.#watches.delete(id);
  }

  /** Follows what is live for as long as the server runs; lenses and the client's tree are told when it changes. */
  async #listen(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        if (await this.#target.agent()) {
          for await (const _ of this.#target.changes(signal)) await this.#takeIn();
          await this.#takeIn();
        }
      } catch (error) {
        this.#server.connection.console.warn(`live state: ${problemOf(error).message}`);
      }
      await pause(LISTEN_AGAIN_MS, signal);
    }
  }

  async #takeIn(): Promise<void> {
    const live = (await this.#target.agent()) ? await this.#target.list() : [];
    this.#statuses.clear();
    for (const { id, status } of live) this.#statuses.set(id, status);
    // What runs says so with every step, and who watches it hears that as `berth/status`: this is for what comes, goes or turns.
    const known = JSON.stringify(
      live.map(({ id, revision, reached, status: { phase } }) => [id, revision, reached, phase]),
    );
    if (known !== this.#known && this.#server.abilities().berth)
      void this.#server.connection.sendNotification('berth/liveChanged', {});
    this.#known = known;
    const told = JSON.stringify(live.map(({ id, status }) => [id, status.summary]));
    if (told === this.#told) return;
    this.#told = told;
    this.lenses.renew();
  }
}

function planned(result: PlanResult): Result<Plan> {
  return result.ok ? { ok: true, value: result.plan } : failed(result.problem);
}

function desiredInWorker(task: PlanTask, signal: AbortSignal): Promise<DesiredResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entryUrl('plan-worker'), { workerData: task });
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
