/**
 * A target without processes and without a disk: what is deployed are entries of maps in this process. It shows that the interface
 * needs neither, and differs from `local` where it may: it has no daemon and no change feed, it goes on with nothing after a crash by
 * itself, and what it lost stays lost until somebody applies.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { problemError } from '../../server/src/spec/problems/problem-error.ts';
import type { Drift, Live, ObjectRead, Revision, Unowned, Wanted } from '../../server/src/deploy/live.ts';
import { contentHash } from '../../server/src/deploy/plan/content-hash.ts';
import { splitSteps } from '../../server/src/deploy/plan/steps.ts';
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
} from '../../server/src/deploy/target.ts';
import { targetKey, type TargetIdentity } from '../../server/src/deploy/target-ref.ts';
import type {
  DeploymentId,
  Desired,
  DesiredServing,
  Phase,
  Plan,
  PlanContent,
  Status,
} from '../../server/src/deploy/types.ts';

/** One thing that runs, e.g. a replica: what it was started from. */
interface Part {
  readonly path: string;
  readonly text: string;
  readonly content: string;
}

interface Kept {
  wanted: Wanted;
  hash: string;
  revisions: Revision[];
  /** By revision. */
  readonly wishes: Map<number, Wanted>;
  /** What runs, by name. */
  readonly parts: Map<string, Part>;
  version: number;
  readonly lines: LogLine[];
  work: Work | undefined;
}

/** An apply under way. */
interface Work {
  readonly plan: Plan;
  state: 'going' | 'cancelled' | 'overtaken';
  readonly over: Promise<void>;
  readonly end: () => void;
}

/** What lies behind the target: it lives on when those who use it have gone. */
export class MemoryPlatform {
  readonly identity: TargetIdentity;
  readonly #kept = new Map<DeploymentId, Kept>();
  readonly #foreign = new Map<DeploymentId, string>();
  readonly #listeners = new Set<() => void>();
  /** Counts its lives: what was under way in an earlier one is not gone on with. */
  #life = 1;
  #isDown = false;
  #silentSince: number | undefined;
  /** Every step of an apply passes it. */
  #gate: Promise<void> = Promise.resolve();

  constructor(uid: string) {
    this.identity = { uid, name: `memory ${uid}` };
  }

  /** Every further step of an apply waits until it is released. */
  hold(): () => void {
    const { passed, open } = latch();
    this.#gate = passed;
    return open;
  }

  crash(): void {
    this.#isDown = true;
    this.#life += 1;
    for (const kept of this.#kept.values()) {
      kept.work?.end();
      kept.work = undefined;
    }
    this.#notify();
  }

  restart(): void {
    this.#isDown = false;
    this.#notify();
  }

  /** Answers no longer tell anything new to those who watch. */
  fallSilent(): void {
    this.#silentSince = Date.now();
    this.#notify();
  }

  speakAgain(): void {
    this.#silentSince = undefined;
    this.#notify();
  }

  /** Loses one thing that runs, as if somebody had removed it. @returns its name. */
  lose(id: DeploymentId): string {
    const kept = this.#kept.get(id);
    const [name] = kept?.parts.keys() ?? [];
    if (!kept || name === undefined) throw new Error(`nothing of ${id} runs`);
    kept.parts.delete(name);
    this.#moved(kept);
    return name;
  }

  plantForeign(id: DeploymentId, content: string): void {
    this.#foreign.set(id, content);
  }

  foreign(id: DeploymentId): string | undefined {
    return this.#foreign.get(id);
  }

  write(id: DeploymentId, subject: string | null, text: string): void {
    this.#keptOf(id).lines.push({ at: Date.now(), subject, text });
    this.#notify();
  }

  /** How many things run, of all deployments. */
  get running(): number {
    return [...this.#kept.values()].reduce((sum, { parts }) => sum + parts.size, 0);
  }

  async reached({ signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    await turn();
    signal?.throwIfAborted();
    if (this.#isDown) throw problemError('BERTH5001', { detail: 'it does not run' });
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  get silentSince(): number | undefined {
    return this.#silentSince;
  }

  ids(): readonly DeploymentId[] {
    return [...this.#kept.keys()];
  }

  kept(id: DeploymentId): Kept | undefined {
    return this.#kept.get(id);
  }

  /** Settles with the next change, or when the signal fires. */
  async change(signal?: AbortSignal): Promise<void> {
    const { passed, open } = latch();
    this.#listeners.add(open);
    signal?.addEventListener('abort', open, { once: true });
    if (!signal?.aborted) await passed;
    this.#listeners.delete(open);
  }

  live(id: DeploymentId): Live | Unowned | undefined {
    const foreign = this.#foreign.get(id);
    if (foreign !== undefined)
      return {
        ownership: 'foreign',
        id,
        target: 'local',
        detail: `it is "${foreign}"`,
        reads: [{ object: id, version: foreign }],
      };
    const kept = this.#kept.get(id);
    if (!kept) return undefined;
    const drift = kept.work === undefined ? missing(kept) : [];
    return {
      ownership: 'ours',
      id,
      target: kept.wanted.desired.target,
      ...kept.wanted,
      revision: kept.revisions.at(-1)!.revision,
      hash: kept.hash,
      status: statusOf(kept),
      revisions: kept.revisions,
      reads: readsOf(id, kept),
      drift,
      reached: kept.work === undefined && drift.length === 0,
      complete: true,
    };
  }

  /** Takes a plan and begins with it. @throws ProblemError where it is not taken. */
  accept(plan: Plan): Work {
    if (plan.identity !== null && plan.identity.uid !== this.identity.uid)
      throw problemError('BERTH5040', {
        target: targetKey(plan.target),
        made: plan.identity.name,
        here: this.identity.name,
      });
    const id = plan.deployment;
    if (this.#foreign.has(id))
      throw problemError('BERTH5042', { id, ownership: 'foreign', detail: `it is "${this.#foreign.get(id)!}"` });
    const kept = this.#kept.get(id);
    const now = kept ? readsOf(id, kept) : [];
    if (contentHash(now) !== contentHash(plan.reads))
      throw problemError('BERTH5004', { id, detail: 'what it was made from has another version now' });
    if (kept?.work) {
      kept.work.state = 'overtaken';
      kept.work.end();
    }
    const { passed, open } = latch();
    const work: Work = { plan, state: 'going', over: passed, end: open };
    if (plan.desired === null) {
      if (kept) kept.work = work;
      return work;
    }
    const wanted: Wanted = { desired: plan.desired, origin: plan.origin, particulars: plan.particulars };
    const hash = contentHash(plan.desired);
    const next: Kept = kept ?? {
      wanted,
      hash,
      revisions: [],
      wishes: new Map(),
      parts: new Map(),
      version: 0,
      lines: [],
      work,
    };
    next.work = work;
    if (!kept || plan.action === 'update') {
      const isNew = next.revisions.length === 0 || hash !== next.hash || plan.cause === 'rollback';
      if (isNew) {
        const revision = (next.revisions.at(-1)?.revision ?? 0) + 1;
        const cause = plan.cause === 'rollback' ? 'rollback' : 'apply';
        next.revisions = [...next.revisions, { revision, hash, at: Date.now(), cause }];
        next.wishes.set(revision, wanted);
      }
      next.wanted = wanted;
      next.hash = hash;
    }
    this.#kept.set(id, next);
    this.#moved(next);
    return work;
  }

  /** Does a plan that was accepted, one step after the other, with or without anybody who listens. */
  async carryOut(work: Work, onStep: (text: string, done: number, total: number) => void): Promise<void> {
    const { plan } = work;
    const life = this.#life;
    const kept = this.#kept.get(plan.deployment);
    const goesOn = async (): Promise<boolean> => {
      await turn();
      await Promise.race([this.#gate, work.over]);
      return work.state === 'going' && life === this.#life;
    };
    const wanted = plan.desired === null ? new Map<string, Part>() : partsOf(plan.desired);
    const steps = kept
      ? [
          ...[...kept.parts.keys()].filter((name) => !wanted.has(name)).map((name) => ({ name, part: undefined })),
          ...[...wanted]
            .filter(([name, part]) => kept.parts.get(name)?.content !== part.content)
            .map(([name, part]) => ({ name, part })),
        ]
      : [];
    for (const [i, { name, part }] of steps.entries()) {
      if (!(await goesOn())) return;
      if (part) kept!.parts.set(name, part);
      else kept!.parts.delete(name);
      kept!.lines.push({ at: Date.now(), subject: name, text: part ? 'started' : 'ended' });
      onStep(`${name} ${part ? 'runs' : 'has ended'}`, i + 1, steps.length);
      this.#notify();
    }
    if (!kept || !(await goesOn())) return;
    kept.work = undefined;
    if (plan.desired === null) this.#kept.delete(plan.deployment);
    this.#moved(kept);
    work.end();
  }

  cancel(id: DeploymentId): boolean {
    const kept = this.#kept.get(id);
    if (!kept?.work) return false;
    kept.work.state = 'cancelled';
    kept.work.end();
    kept.work = undefined;
    this.#moved(kept);
    return true;
  }

  missing(id: DeploymentId): readonly Drift[] {
    const kept = this.#kept.get(id);
    return kept ? missing(kept) : [];
  }

  #keptOf(id: DeploymentId): Kept {
    const kept = this.#kept.get(id);
    if (!kept) throw problemError('BERTH5021', { id, known: this.ids() });
    return kept;
  }

  #moved(kept: Kept): void {
    kept.version += 1;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** One who uses the platform; another one of the same platform is another person's. */
export class MemoryTarget implements DeployTarget {
  readonly ref = 'local';
  readonly #platform: MemoryPlatform;

  constructor(platform: MemoryPlatform) {
    this.#platform = platform;
  }

  async identify(options: CallOptions = {}): Promise<TargetIdentity> {
    await this.#platform.reached(options);
    return this.#platform.identity;
  }

  async probe({ signal }: CallOptions = {}): Promise<Probe> {
    signal?.throwIfAborted();
    return this.#platform.isDown ? { state: 'unreachable', why: 'it does not run' } : { state: 'ready' };
  }

  async abilities(options: CallOptions = {}): Promise<Abilities> {
    await this.#platform.reached(options);
    return { kinds: ['InferenceCluster'], actions: [], followLogs: true };
  }

  async list(options: CallOptions = {}): Promise<readonly Live[]> {
    await this.#platform.reached(options);
    return this.#platform
      .ids()
      .map((id) => this.#platform.live(id))
      .filter((live) => live?.ownership === 'ours');
  }

  async read(id: DeploymentId, options: CallOptions = {}): Promise<Live | Unowned | undefined> {
    await this.#platform.reached(options);
    return this.#platform.live(id);
  }

  async revision(id: DeploymentId, revision: number, options: CallOptions = {}): Promise<Wanted | undefined> {
    await this.#platform.reached(options);
    return this.#platform.kept(id)?.wishes.get(revision);
  }

  async check({ desired }: PlanContent, options: CallOptions = {}): Promise<readonly Refusal[]> {
    await this.#platform.reached(options);
    if (desired?.kind !== 'InferenceCluster') return [];
    return Object.entries(desired.replicas)
      .filter(([, replicas]) => replicas > MOST_REPLICAS)
      .map(([job]) => ({
        path: `jobs.${job}.replicas`,
        detail: `it keeps ${MOST_REPLICAS} replicas of a job at most`,
      }));
  }

  async apply(plan: Plan, { signal, onEvent }: ApplyOptions): Promise<void> {
    await this.#platform.reached({ ...(signal && { signal }) });
    const work = this.#platform.accept(plan);
    const { promise: left, reject } = Promise.withResolvers<never>();
    left.catch(() => {}); // the call may have ended before
    const leave = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    let isHere = true;
    const done = this.#platform.carryOut(work, (text, done, total) => {
      if (isHere) onEvent({ type: 'step', text, done, total });
    });
    onEvent({ type: 'accepted' });
    try {
      await Promise.race([done, left]);
    } finally {
      isHere = false;
      signal?.removeEventListener('abort', leave);
    }
    const id = plan.deployment;
    if (work.state === 'cancelled') {
      onEvent({ type: 'cancelled', ...splitSteps(plan.steps, this.#platform.missing(id)) });
      throw problemError('BERTH5023', { action: `Apply to ${id}` });
    }
    if (work.state === 'overtaken') throw problemError('BERTH5023', { action: `The earlier apply to ${id}` });
    if (this.#platform.isDown) throw problemError('BERTH5001', { detail: 'it ended in the middle' });
    const live = this.#platform.live(id);
    const status = live?.ownership === 'ours' ? live.status : null;
    onEvent({ type: 'done', revision: status?.revision ?? plan.live?.revision ?? 0, status });
  }

  async cancel(id: DeploymentId, options: CallOptions = {}): Promise<boolean> {
    await this.#platform.reached(options);
    return this.#platform.cancel(id);
  }

  async *watch(id: DeploymentId, { signal }: CallOptions = {}): AsyncGenerator<Watched, void> {
    let status: Status | null = null;
    let heard = Date.now();
    let told = '';
    while (!signal?.aborted) {
      const since = this.#platform.silentSince;
      const next: Watched = this.#platform.isDown
        ? { status, freshness: { state: 'lost', since: heard, why: 'it does not run' } }
        : since === undefined
          ? { status, freshness: { state: 'fresh' } }
          : { status, freshness: { state: 'stale', since } };
      if (next.freshness.state === 'fresh') {
        const live = this.#platform.live(id);
        if (live?.ownership !== 'ours') return;
        status = live.status;
        heard = Date.now();
      }
      const news = { ...next, status };
      const text = JSON.stringify({ ...news, status: { ...status, at: 0 } });
      if (text !== told) yield news;
      told = text;
      await this.#platform.change(signal);
    }
  }

  async *logs(id: DeploymentId, options: LogOptions = {}): AsyncGenerator<LogLine, void> {
    const { signal, subject, since = 0, tail = Infinity, follow = false } = options;
    await this.#platform.reached({ ...(signal && { signal }) });
    const kept = this.#platform.kept(id);
    if (!kept) throw problemError('BERTH5021', { id, known: this.#platform.ids() });
    const fits = (line: LogLine): boolean => line.at >= since && (subject === undefined || line.subject === subject);
    let seen = kept.lines.length;
    const there = kept.lines.filter(fits);
    yield* tail === Infinity ? there : there.slice(Math.max(0, there.length - tail));
    while (follow && !signal?.aborted && this.#platform.kept(id) === kept) {
      await this.#platform.change(signal);
      const news = kept.lines.slice(seen);
      seen += news.length;
      yield* news.filter(fits);
    }
  }
}

/** A promise that is settled from outside. */
function latch(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** More of one job than this, and `check` refuses. */
export const MOST_REPLICAS = 6;

function partsOf(desired: Desired): Map<string, Part> {
  const { replicas, spec } = desired as DesiredServing;
  const parts = spec.jobs.flatMap(({ name, serve }) =>
    Array.from({ length: replicas[name] ?? 0 }, (_, i): [string, Part] => [
      `${name}/${i}`,
      { path: `jobs.${name}`, text: `${name}/${i} does not run`, content: contentHash(serve ?? {}) },
    ]),
  );
  return new Map(parts);
}

/** What should run and does not, or runs and should not. */
function missing({ wanted, parts }: Kept): readonly Drift[] {
  const wished = partsOf(wanted.desired);
  const absent = [...wished].filter(([name, part]) => parts.get(name)?.content !== part.content);
  const extra = [...parts].filter(([name]) => !wished.has(name));
  return [
    ...absent.map(([, { path, text }]) => ({ path, text })),
    ...extra.map(([name, { path }]) => ({ path, text: `${name} runs` })),
  ];
}

function readsOf(id: DeploymentId, { version }: Kept): readonly ObjectRead[] {
  return [{ object: id, version: String(version) }];
}

function statusOf(kept: Kept): Status {
  const { desired } = kept.wanted;
  const { replicas, spec } = desired as DesiredServing;
  const lacking = missing(kept).length;
  const phase: Phase = kept.work ? 'starting' : lacking > 0 ? 'degraded' : 'running';
  return {
    id: desired.id,
    kind: 'InferenceCluster',
    name: desired.name,
    revision: kept.revisions.at(-1)!.revision,
    phase,
    summary: `${phase}: ${kept.parts.size} replicas`,
    at: Date.now(),
    faults: [],
    jobs: spec.jobs.map(({ name, slo }) => ({
      name,
      desiredReplicas: replicas[name] ?? 0,
      readyReplicas: [...kept.parts.keys()].filter((part) => part.startsWith(`${name}/`)).length,
      requestsPerSecond: 0,
      queueLength: 0,
      meanMs: null,
      p99Ms: null,
      sloMs: slo.latency,
      violationRate: null,
      requests: 0,
      refused: 0,
      restarts: 0,
    })),
  };
}
