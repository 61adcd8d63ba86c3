/**
 * Federations of the local target: one process per site, each with its trainer and its key, which train and average round after round.
 *
 * Rules for attempts (SecureD-FL notes, section 7.4), as they are kept here: every attempt has a number of its own and fresh duals, no
 * attempt is taken up again, and the numbers survive the agent. When a site is lost after the averaging of an attempt began, the attempt is
 * given up everywhere and every site makes at least one more local epoch before the next one, so that no weights are ever averaged
 * twice. A round counts once every site has the same average on its disk; until then nobody uses it.
 */
import { listOf, mapOf, natural, nullable, number, object, text } from '../../shape.ts';
import { federationRound } from '../../shapes.ts';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably } from '../../runtime/durable-file.ts';
import { clearDrafts } from '../../runtime/sites/drafts.ts';
import type { Drift } from '../../live.ts';
import type { DesiredFederation, Fault, FederationStatus, Phase } from '../../types.ts';
import { FederationFailure, federationFault, SiteFailure, siteFault } from './federation/federation-faults.ts';
import { SiteGroup, type FinishedRound } from './federation/site-group.ts';
import type { Local, MendingContext, StepText, Workload, WorkloadFactory, WorkloadStatus } from './workload.ts';
import { ProblemError } from '../../../spec/problems/problem-error.ts';

export interface FederationOptions {
  /** Without a line of output for so long a trainer that owes an answer is taken to hang. */
  readonly trainerSilenceMs: number;
  /** A site process that says nothing at all for so long is taken to be lost. */
  readonly siteSilenceMs: number;
  /** How long one averaging may take. */
  readonly averageMs: number;
  /** How often a round is tried again. */
  readonly retries: number;
}

const DEFAULTS: FederationOptions = {
  trainerSilenceMs: 300_000,
  siteSilenceMs: 60_000,
  averageMs: 120_000,
  retries: 3,
};

type SiteStatus = FederationStatus['sites'][number];
type HistoryEntry = FederationStatus['history'][number];
/** On disk. */
interface SavedFederation {
  /** Hash of the training command: another command has other weights. */
  readonly key: string;
  /** The last finished round and the digest of its average; 0 and null before the first. */
  readonly round: number;
  readonly digest: string | null;
  /** Attempts ever begun. */
  readonly attempts: number;
  readonly history: readonly HistoryEntry[];
  readonly accuracy: Readonly<Record<string, number>>;
  readonly bytesSent: Readonly<Record<string, number>>;
}

export const savedFederation = object<SavedFederation>({
  key: text,
  round: natural,
  digest: nullable(text),
  attempts: natural,
  history: listOf(federationRound),
  accuracy: mapOf(number),
  bytesSent: mapOf(natural),
});

export interface FederationWorkload extends Workload<DesiredFederation> {
  status(): WorkloadStatus<FederationStatus>;
}

export function createFederationWorkload(
  options: Partial<FederationOptions> = {},
): (desired: Local<DesiredFederation>, context: MendingContext) => FederationWorkload {
  return (desired, context) => new FederationRun(desired, context, { ...DEFAULTS, ...options });
}

export const federationWorkload: WorkloadFactory<DesiredFederation> = createFederationWorkload();

class FederationRun implements FederationWorkload {
  #desired: Local<DesiredFederation>;
  readonly #context: MendingContext;
  readonly #options: FederationOptions;
  #phase: Phase = 'starting';
  #saved: SavedFederation;
  #group: SiteGroup | undefined;
  readonly #state = new Map<string, SiteStatus['state']>();
  readonly #bytesSent = new Map<string, { before: number; now: number }>();
  #failure: Omit<Fault, 'at'> | undefined;
  /** Faults that are mended once a round counts again. */
  readonly #mending: Omit<Fault, 'at'>[] = [];
  #loop: Promise<void> = Promise.resolve();
  #stopping = false;
  /** The last round is done and the sites are being ended: too late to add rounds. */
  #closing = false;

  constructor(desired: Local<DesiredFederation>, context: MendingContext, options: FederationOptions) {
    this.#desired = desired;
    this.#context = context;
    this.#options = options;
    this.#saved = nothingSaved(federationKey(desired));
  }

  async start(signal: AbortSignal, step: StepText): Promise<void> {
    const saved = this.#context.state.read(savedFederation);
    const key = federationKey(this.#desired);
    this.#saved = saved?.key === key ? saved : nothingSaved(key);
    await this.#tidy();
    for (const [name, before] of Object.entries(this.#saved.bytesSent)) this.#bytesSent.set(name, { before, now: 0 });
    const { training, sites } = this.#desired.spec;
    for (const { name } of sites) this.#state.set(name, 'starting');
    this.#stopping = false;
    this.#closing = false;
    this.#failure = undefined;
    if (training === undefined || (this.#saved.round >= training.rounds && this.#evaluated())) {
      this.#finish();
      step(training === undefined ? 'nothing to train' : 'all rounds are done', 2, 2);
      return;
    }
    this.#enter('starting');
    step(`starting ${sites.length} sites`, 0, 2);
    const begun = new Promise<void>((resolve) => {
      this.#loop = this.#run(resolve).finally(resolve);
    });
    const abort = () => void this.stop();
    signal.addEventListener('abort', abort, { once: true });
    await begun;
    signal.removeEventListener('abort', abort);
    if (signal.aborted) {
      await this.#loop;
      throw signal.reason as Error;
    }
    if (this.#failure !== undefined) throw new ProblemError(this.#failure);
    step('the sites know one another and train', 2, 2);
  }

  async update(desired: Local<DesiredFederation>, signal: AbortSignal, step: StepText): Promise<void> {
    const everythingElse = ({ spec, folder, rounds, rhoSchedule }: Local<DesiredFederation>) =>
      JSON.stringify([spec.sites, spec.training?.command, spec.training?.localEpochs, folder, rounds, rhoSchedule]);
    const onlyRounds = everythingElse(desired) === everythingElse(this.#desired) && desired.spec.training !== undefined;
    if (onlyRounds && this.#phase === 'running' && !this.#closing) {
      this.#desired = desired; // the loop reads the number of rounds before each one
      this.#context.changed();
      return;
    }
    step('ending the round that runs', 0, 2);
    await this.stop();
    this.#desired = desired;
    await this.start(signal, step);
  }

  status(): WorkloadStatus<FederationStatus> {
    const { sites, training } = this.#desired.spec;
    const { round, digest, history, accuracy } = this.#saved;
    const rounds = training?.rounds ?? 0;
    const last = history.at(-1);
    const figures = last === undefined ? '' : `, accuracy ${(last.accuracy * 100).toFixed(1)} %`;
    return {
      phase: this.#phase,
      summary: training === undefined ? 'nothing to train' : `${this.#phase}: round ${round}/${rounds}${figures}`,
      round,
      rounds,
      sites: sites.map(({ name }) => {
        const bytes = this.#bytesSent.get(name);
        return {
          name,
          state: this.#state.get(name) ?? 'starting',
          accuracy: accuracy[name] ?? null,
          bytesSent: bytes === undefined ? 0 : bytes.before + bytes.now,
          digest,
        };
      }),
      history,
    };
  }

  missing(): readonly Drift[] {
    if (this.#phase === 'running' || this.#phase === 'completed') return [];
    const lost = [...this.#state].filter(([, state]) => state === 'lost').map(([name]) => name);
    if (this.#phase === 'degraded' && lost.length > 0)
      return lost.map((name) => ({ path: `sites.${name}`, text: `${name}: the site is lost` }));
    return [
      {
        path: '',
        text: `the federation does not run: it ${this.#phase === 'failed' ? 'has failed' : 'is to go on'} after round ${this.#saved.round}`,
      },
    ];
  }

  drift(): readonly Drift[] {
    return this.#phase === 'failed' || this.#phase === 'degraded' ? this.missing() : [];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#phase === 'running' || this.#phase === 'starting' || this.#phase === 'degraded') this.#enter('stopping');
    await this.#group?.end();
    await this.#loop;
  }

  /** Also what lies in folders of sites that are not started, because all is done or they are members no more. */
  async #tidy(): Promise<void> {
    const sites = join(this.#context.folder, 'sites');
    await makeFolderDurably(sites, this.#context.folder);
    for (const name of await readdir(sites)) await clearDrafts(join(sites, name));
  }

  /** Round after round until the last. Never rejects. */
  async #run(begun: () => void): Promise<void> {
    const group = this.#newGroup();
    try {
      await this.#reviving(group, 0, async () => {
        await group.startMissing(this.#last());
        group.compareStarts();
      });
      this.#enter('running');
      begun();
      // The agent before may have ended just after a round counted.
      const { round } = this.#saved;
      if (!this.#evaluated())
        await this.#reviving(group, round, () => this.#commitAndEvaluate(group, round, performance.now()));
      while (this.#saved.round < this.#desired.spec.training!.rounds) await this.#round(group, this.#saved.round + 1);
      this.#closing = true;
      await group.end();
      this.#finish();
    } catch (error) {
      await group.end();
      if (this.#stopping) return;
      this.#failure ??= faultOfEnd(error);
      this.#context.fault(this.#failure);
      this.#enter('failed');
    }
  }

  async #round(group: SiteGroup, round: number): Promise<void> {
    const begin = performance.now();
    const { localEpochs } = this.#desired.spec.training!;
    /** Sites that must train before the next attempt, and from where. */
    const untrained = new Map<string, 'average' | 'own'>(group.names.map((name) => [name, 'average']));
    await this.#reviving(group, round, async (lost) => {
      for (const name of lost) untrained.set(name, 'average');
      await group.startMissing(this.#last());
      const attempt = this.#saved.attempts + 1;
      await this.#save({ attempts: attempt });
      await group.onEach(async (site) => {
        const from = untrained.get(site.name);
        if (from === undefined) return;
        this.#mark(site.name, 'training');
        await site.ask({ type: 'train', round, attempt, from, epochs: localEpochs }, 'trained');
        untrained.delete(site.name);
        this.#mark(site.name, 'waiting');
      });
      // From here on shares of these weights leave the sites: should the attempt fail, they are trained further before they are used again.
      for (const name of group.names) untrained.set(name, 'own');
      const digest = await this.#average(group, round, attempt);
      await this.#save({ round, digest });
    });
    await this.#reviving(group, round, () => this.#commitAndEvaluate(group, round, begin));
  }

  /** @returns the digest of the average, the same at every site. */
  async #average(group: SiteGroup, round: number, attempt: number): Promise<string> {
    const abortAll = () => group.abort(attempt);
    const late = setTimeout(abortAll, this.#options.averageMs);
    const digests = new Map<string, string>();
    try {
      await group.onEach(async (site) => {
        this.#mark(site.name, 'averaging');
        try {
          const answer = await site.ask({ type: 'average', round, attempt }, 'averaged', 'aborted');
          if (answer.type === 'aborted') {
            throw new SiteFailure(
              site.name,
              'aborted',
              [answer.why, ...answer.waitingFor.map((name) => `waited for ${name}`)].join('; '),
            );
          }
          digests.set(site.name, answer.digest);
          this.#mark(site.name, 'waiting');
        } catch (error) {
          abortAll();
          throw error;
        }
      });
    } finally {
      clearTimeout(late);
    }
    const [digest, ...others] = new Set(digests.values());
    if (others.length > 0) throw new FederationFailure('the sites computed different averages');
    return digest!;
  }

  async #commitAndEvaluate(group: SiteGroup, round: number, begin: number): Promise<void> {
    await group.startMissing(this.#last());
    const digest = this.#saved.digest!;
    const results = new Map<string, { correct: number; total: number }>();
    await group.onEach(async (site) => {
      await site.ask({ type: 'commit', round, digest }, 'committed');
      results.set(site.name, await site.ask({ type: 'evaluate', round }, 'evaluated'));
    });
    const sum = (pick: 'correct' | 'total') => [...results.values()].reduce((all, result) => all + result[pick], 0);
    const accuracy = sum('total') === 0 ? 0 : sum('correct') / sum('total');
    const perSite = [...results].map(
      ([name, { correct, total }]) => [name, total === 0 ? 0 : correct / total] as const,
    );
    const bytesSent = Object.fromEntries([...this.#bytesSent].map(([name, { before, now }]) => [name, before + now]));
    const entry: HistoryEntry = { round, accuracy, seconds: (performance.now() - begin) / 1000, digest };
    await this.#save({ history: [...this.#saved.history, entry], accuracy: Object.fromEntries(perSite), bytesSent });
    for (const { code, subject } of this.#mending.splice(0)) this.#context.resolve?.(code, subject);
    this.#enter('running');
  }

  /**
   * Does something with all sites; while sites fail, reports them and does it again with those that are left, up to the limit.
   *
   * @param act is told which sites' processes ended in the try before; it starts them again itself.
   */
  async #reviving(group: SiteGroup, round: number, act: (lost: readonly string[]) => Promise<void>): Promise<void> {
    let lost: readonly string[] = [];
    for (let failures = 0; ; failures++) {
      try {
        await act(lost);
        return;
      } catch (error) {
        if (this.#stopping || !(error instanceof AggregateError)) throw error;
        const reported = reportable(error.errors as SiteFailure[]);
        // A program that is not there will not be there the next time.
        const goesOn = failures < this.#options.retries && !reported.some(({ reason }) => reason === 'not-found');
        const settings = {
          command: this.#desired.spec.training!.command,
          trainerSilenceMs: this.#options.trainerSilenceMs,
        };
        for (const failure of reported) {
          const fault = siteFault(failure, settings, goesOn);
          this.#context.fault(fault);
          this.#mending.push(fault);
          if (!goesOn) this.#failure = fault;
        }
        if (!goesOn) throw new FederationFailure(`round ${round} failed ${failures + 1} times`);
        this.#enter('degraded');
        lost = await group.clearLost();
      }
    }
  }

  #newGroup(): SiteGroup {
    this.#group = new SiteGroup({
      desired: this.#desired,
      context: this.#context,
      trainerSilenceMs: this.#options.trainerSilenceMs,
      siteSilenceMs: this.#options.siteSilenceMs,
      onState: (name, state) => this.#mark(name, state),
      onTraffic: (name, bytes) => {
        const { before, now } = this.#bytesSent.get(name) ?? { before: 0, now: 0 };
        this.#bytesSent.set(name, bytes === 0 ? { before: before + now, now: 0 } : { before, now: bytes });
        this.#context.changed();
      },
    });
    return this.#group;
  }

  #last(): FinishedRound | null {
    const { round, digest } = this.#saved;
    return digest === null ? null : { round, digest };
  }

  #evaluated(): boolean {
    return (this.#saved.history.at(-1)?.round ?? 0) === this.#saved.round;
  }

  #mark(name: string, state: SiteStatus['state']): void {
    this.#state.set(name, state);
    this.#context.changed();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#context.changed();
  }

  #finish(): void {
    for (const { name } of this.#desired.spec.sites) this.#state.set(name, 'done');
    this.#enter('completed');
  }

  async #save(change: Partial<SavedFederation>): Promise<void> {
    this.#saved = { ...this.#saved, ...change };
    await this.#context.state.write(this.#saved);
  }
}

function nothingSaved(key: string): SavedFederation {
  return { key, round: 0, digest: null, attempts: 0, history: [], accuracy: {}, bytesSent: {} };
}

function federationKey({ spec, folder }: Local<DesiredFederation>): string {
  return createHash('sha256')
    .update(JSON.stringify([spec.training?.command, folder]))
    .digest('hex');
}

/** Sites that gave up because another was lost are not worth a word, unless there is no other. */
function reportable(failures: readonly SiteFailure[]): readonly SiteFailure[] {
  const causes = failures.filter(({ reason }) => reason !== 'aborted');
  return causes.length > 0 ? causes : failures.slice(0, 1);
}

/** What stopped the federation: a problem that has its own words, or whatever else it was. */
function faultOfEnd(error: unknown): Omit<Fault, 'at'> {
  if (error instanceof ProblemError) return error.problem;
  return federationFault(error instanceof FederationFailure ? error : new FederationFailure((error as Error).message));
}
