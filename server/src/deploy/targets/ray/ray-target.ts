/** The target `ray`: applications of Ray Serve, by the REST interface of a cluster's dashboard. There is no agent: Ray itself brings about what was put. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Live, Unowned, Wanted } from '../../live.ts';
import type {
  Abilities,
  ApplyOptions,
  CallOptions,
  DeployTarget,
  LogLine,
  LogOptions,
  Probe,
  Refusal,
  Watched,
} from '../../target.ts';
import type { Target } from '../../../spec/types.ts';
import type { TargetIdentity } from '../../target-ref.ts';
import type { DeploymentId, DesiredServing, Plan, PlanContent, Status } from '../../types.ts';
import { isDeploymentId } from '../../shapes.ts';
import { problemError, ProblemError } from '../../../spec/problems/problem-error.ts';
import { readServe } from './applications.ts';
import { Dashboard } from './dashboard.ts';
import type { DashboardLimits } from './dashboard.ts';
import { rayVersion } from './heard.ts';
import { contentOf, readLedgers } from './ledger.ts';
import type { Ledger, Unreadable } from './ledger.ts';
import { followLines, linesOf } from './logs.ts';
import type { ReplicaLog } from './logs.ts';
import { applyPlan, cancelApply } from './rollout.ts';
import { applicationsOf, foreignOf, liveOf, standingOf, unowned } from './standing.ts';
import type { Standing } from './standing.ts';

const ABILITIES: Abilities = { kinds: ['InferenceCluster'], actions: [], followLogs: true };

export interface RayTargetOptions {
  readonly limits?: Partial<DashboardLimits>;
  /** How often a watch asks, ms. */
  readonly watchMs?: number;
  /** After so many milliseconds without an answer a watch says so. */
  readonly staleAfterMs?: number;
}

export class RayTarget implements DeployTarget {
  readonly ref: Exclude<Target, string>;
  readonly #dashboard: Dashboard;
  readonly #watchMs: number;
  readonly #staleAfterMs: number;

  constructor(ref: Exclude<Target, string>, { limits, watchMs = 500, staleAfterMs = 5000 }: RayTargetOptions = {}) {
    this.ref = ref;
    this.#dashboard = new Dashboard(ref.ray.address, limits);
    this.#watchMs = watchMs;
    this.#staleAfterMs = staleAfterMs;
  }

  /** A cluster has a new session with each life of its head, unless that keeps its state elsewhere. */
  async identify({ signal }: CallOptions = {}): Promise<TargetIdentity> {
    const call = { method: 'GET', path: '/api/version', what: 'say its version' } as const;
    const { ray_version: version, session_name: session } = await this.#dashboard.ask(call, rayVersion, signal);
    return { uid: session, name: `Ray ${version} at ${this.#dashboard.address} (${session})` };
  }

  async probe({ signal }: CallOptions = {}): Promise<Probe> {
    try {
      await this.identify({ ...(signal && { signal }) });
      return { state: 'ready' };
    } catch (error) {
      if (error instanceof ProblemError) return { state: 'unreachable', why: error.message };
      throw error;
    }
  }

  async abilities(): Promise<Abilities> {
    return ABILITIES;
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Live[]> {
    const [ledgers, serve] = await Promise.all([
      readLedgers(this.#dashboard, signal),
      readServe(this.#dashboard, signal),
    ]);
    const standings = await Promise.all(
      [...ledgers.values()].map(async (ledger) => {
        if ('unreadable' in ledger || foreignOf(ledger.id, serve).length > 0) return [];
        const wanted = await newest(ledger);
        if (!wanted || isGone(ledger, serve)) return [];
        return [liveOf(standingOf(ledger, wanted, serve), this.ref)];
      }),
    );
    return standings.flat();
  }

  async read(id: DeploymentId, { signal }: CallOptions = {}): Promise<Live | Unowned | undefined> {
    signal?.throwIfAborted();
    if (!isDeploymentId(id)) return undefined;
    const found = await this.#find(id, signal);
    return found && ('ownership' in found ? found : liveOf(found, this.ref));
  }

  async revision(id: DeploymentId, revision: number, { signal }: CallOptions = {}): Promise<Wanted | undefined> {
    const ledger = (await readLedgers(this.#dashboard, signal)).get(id);
    return ledger && !('unreadable' in ledger) ? contentOf(ledger, revision) : undefined;
  }

  surroundings(): readonly string[] {
    return [
      `on the Ray cluster at ${this.#dashboard.address}, as whoever runs it`,
      'reached through the cluster’s own proxy: Ray turns requests away at a full queue, and sheds none by itself',
    ];
  }

  async check({ desired: planned }: PlanContent, { signal }: CallOptions = {}): Promise<readonly Refusal[]> {
    signal?.throwIfAborted();
    if (planned === null) return [];
    const desired = planned as DesiredServing; // it runs no other kind
    const serve = await readServe(this.#dashboard, signal);
    const routes = new Map(
      Object.values(serve.applications).flatMap(({ name, route_prefix: route }) => (route ? [[route, name]] : [])),
    );
    return desired.spec.jobs.flatMap(({ name, replicas: { min } }): Refusal[] => {
      const holder = routes.get(`/${desired.name}/${name}`);
      const isTaken = holder !== undefined && !applicationsOf(desired.id, serve).some((app) => app.name === holder);
      return [
        ...(min === 0
          ? [{ path: `jobs.${name}.replicas.min`, detail: 'Ray keeps one replica of a deployment at least' }]
          : []),
        ...(isTaken
          ? [{ path: `jobs.${name}`, detail: `the route /${desired.name}/${name} is taken`, manager: holder }]
          : []),
      ];
    });
  }

  async apply(plan: Plan, options: ApplyOptions): Promise<void> {
    options.signal?.throwIfAborted();
    const identity = await this.identify({ ...(options.signal && { signal: options.signal }) });
    if (plan.identity !== null && plan.identity.uid !== identity.uid)
      throw problemError('BERTH5040', {
        target: `ray at ${this.#dashboard.address}`,
        made: plan.identity.name,
        here: identity.name,
      });
    await applyPlan(this.#dashboard, plan, (signal) => this.#find(plan.deployment, signal), options);
  }

  async cancel(id: DeploymentId, { signal }: CallOptions = {}): Promise<boolean> {
    return cancelApply(this.#dashboard, () => this.#find(id, signal), signal);
  }

  async *watch(id: DeploymentId, { signal }: CallOptions = {}): AsyncGenerator<Watched, void> {
    let status: Status | null = null;
    let heardAt = Date.now();
    let told = '';
    while (!signal?.aborted) {
      const next = await this.#look(id, signal);
      if (next === 'aborted') return;
      if (next === 'gone') return;
      if ('status' in next) {
        status = next.status;
        heardAt = Date.now();
      }
      const freshness = 'status' in next ? ({ state: 'fresh' } as const) : { ...next, since: heardAt };
      const text = JSON.stringify({ freshness, status: { ...status, at: 0 } });
      if (text !== told) yield { status, freshness };
      told = text;
      await delay(this.#watchMs, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
  }

  async *logs(id: DeploymentId, options: LogOptions = {}): AsyncGenerator<LogLine, void> {
    const { signal, subject, follow = false } = options;
    const replicas = async (until = signal): Promise<readonly ReplicaLog[] | undefined> => {
      const found = await this.#find(id, until);
      return found && !('ownership' in found) ? replicaLogs(found, subject) : undefined;
    };
    const now = await replicas();
    if (!now) {
      const known = (await this.list({ ...(signal && { signal }) })).map((live) => live.id);
      throw problemError('BERTH5021', { id, known });
    }
    if (follow) yield* followLines(this.#dashboard, replicas, options);
    else yield* await linesOf(this.#dashboard, now, options);
  }

  /** How it stands now; undefined where there is nothing of it. */
  async #find(id: DeploymentId, signal?: AbortSignal): Promise<Standing | Unowned | undefined> {
    const [ledgers, serve] = await Promise.all([
      readLedgers(this.#dashboard, signal),
      readServe(this.#dashboard, signal),
    ]);
    const ledger = ledgers.get(id);
    if (ledger && 'unreadable' in ledger) return unreadable(ledger, this.ref);
    const [foreign] = foreignOf(id, serve);
    if (foreign) return unowned(id, this.ref, foreign);
    const wanted = ledger && (await newest(ledger));
    if (wanted) return isGone(ledger, serve) ? undefined : standingOf(ledger, wanted, serve);
    const [orphan] = applicationsOf(id, serve).filter(({ status }) => status !== 'DELETING');
    if (!orphan) return undefined;
    return unreadable({ id, unreadable: `the application "${orphan.name}" runs, and its record is gone` }, this.ref);
  }

  /** One look of a watch: what is there, or why nothing new is known. */
  async #look(
    id: DeploymentId,
    signal?: AbortSignal,
  ): Promise<
    | { readonly status: Status }
    | { readonly state: 'stale' }
    | { readonly state: 'lost'; readonly why: string }
    | 'gone'
    | 'aborted'
  > {
    const limit = AbortSignal.timeout(this.#staleAfterMs);
    try {
      const live = await this.read(id, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
      return live?.ownership === 'ours' ? { status: live.status } : 'gone';
    } catch (error) {
      if (signal?.aborted) return 'aborted';
      if (limit.aborted) return { state: 'stale' };
      if (error instanceof ProblemError) return { state: 'lost', why: error.message };
      throw error;
    }
  }
}

/** The state that was accepted last; undefined where nothing is. */
async function newest(ledger: Ledger): Promise<Wanted<DesiredServing> | undefined> {
  const last = ledger.revisions.at(-1);
  const wanted = last && (await contentOf(ledger, last.revision));
  return wanted as Wanted<DesiredServing> | undefined; // the record of an InferenceCluster holds no other kind
}

/** Whether it was deleted, and nothing of it is left. */
function isGone(ledger: Ledger, serve: Parameters<typeof applicationsOf>[1]): boolean {
  return ledger.event === 'deleted' && applicationsOf(ledger.id, serve).length === 0;
}

function unreadable({ id, unreadable: detail }: Unreadable, target: Target): Unowned {
  return { ownership: 'unreadable', id, target, detail, reads: [] };
}

function replicaLogs({ jobs }: Standing, subject?: string): readonly ReplicaLog[] {
  return jobs
    .flatMap(({ job, deployment }) =>
      (deployment?.replicas ?? []).flatMap(({ replica_id: replica, node_id: node, log_file_path: file }) =>
        node && file ? [{ subject: `${job.name}/${replica}`, job: job.name, node, file }] : [],
      ),
    )
    .filter((log) => subject === undefined || log.subject === subject || log.job === subject);
}
