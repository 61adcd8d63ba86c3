/** The site processes of one federation: started and started again, introduced to one another, asked all at once. */
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { makeFolderDurably } from '../../../runtime/durable-file.ts';
import { join } from 'node:path';
import { aggregationWeights } from '../../../../securedfl/admm.ts';
import { clearDrafts } from '../../../runtime/sites/drafts.ts';
import { SITE_ORDERS_VERSION, type SiteReady } from '../../../runtime/sites/messages.ts';
import type { DesiredFederation, FederationStatus } from '../../../types.ts';
import { LOOPBACK } from '../loopback.ts';
import type { Local, WorkloadContext } from '../workload.ts';
import { FederationFailure, refusedFault, SiteFailure } from './federation-faults.ts';
import { SiteHandle } from './site-handle.ts';

/** Where all trainers start from; an experiment is repeated with the same one. */
const SEED = 1;

type SiteState = FederationStatus['sites'][number]['state'];

/** The last round that counted. */
export interface FinishedRound {
  readonly round: number;
  readonly digest: string;
}

export interface SiteGroupOptions {
  readonly desired: Local<DesiredFederation>;
  readonly context: WorkloadContext;
  readonly trainerSilenceMs: number;
  readonly siteSilenceMs: number;
  readonly onState: (site: string, state: SiteState) => void;
  /** Bytes that a site's process has sent since it began; 0 when it is started again. */
  readonly onTraffic: (site: string, bytes: number) => void;
}

export class SiteGroup {
  readonly #options: SiteGroupOptions;
  readonly names: readonly string[];
  #sites: SiteHandle[] = [];
  #ready: SiteReady[] = [];
  #ended = false;

  constructor(options: SiteGroupOptions) {
    this.#options = options;
    this.names = options.desired.spec.sites.map(({ name }) => name);
  }

  /**
   * Starts every site that has no process, and tells all sites where all sites are.
   *
   * @throws AggregateError of SiteFailures; FederationFailure where no restart would help.
   */
  async startMissing(last: FinishedRound | null): Promise<void> {
    const lives = (name: string) => this.#sites.some((site) => site.name === name && site.failure === undefined);
    const missing = this.names.filter((name) => !lives(name));
    if (missing.length === 0) return;
    for (const name of missing) {
      await makeFolderDurably(this.#folderOf(name), this.#options.context.folder);
      await clearDrafts(this.#folderOf(name));
    }
    if (last !== null) await this.#provideAverage(missing, last);
    if (this.#ended) throw new FederationFailure('it was stopped');
    const before = this.#sites;
    this.#sites = this.names.map((name) =>
      missing.includes(name) ? this.#startSite(name) : before.find((site) => site.name === name)!,
    );
    await this.onEach(async (site) => {
      if (missing.includes(site.name)) this.#ready[this.names.indexOf(site.name)] = await this.#setUp(site, last);
    });
    const members = this.#ready.map(({ port, fingerprint }, index) => ({
      name: this.names[index]!,
      host: LOOPBACK,
      port,
      fingerprint,
    }));
    await this.onEach(async (site) => {
      await site.ask({ type: 'join', members }, 'joined');
    });
  }

  /** All sites must train the same tensors and start from the same weights. @throws FederationFailure naming the first that differs. */
  compareStarts(): void {
    const [first, ...others] = this.#ready;
    for (const [index, ready] of others.entries()) {
      const name = this.names[index + 1]!;
      const differs = (what: string) => new FederationFailure(`"${name}" ${what} than "${this.names[0]!}"`, name);
      if (ready.manifest !== first!.manifest) throw differs('trains other tensors');
      if (ready.digest !== first!.digest) throw differs('starts from other weights, not from BERTH_SEED alone,');
    }
    this.#options.desired.spec.sites.forEach(({ name, samples }, index) => {
      const held = this.#ready[index]!.samples;
      if (held === samples) return;
      this.#options.context.log(`${name} holds ${held} samples and is weighed by the ${samples} of the spec`);
    });
  }

  /** Runs `act` for all sites at once; throws an AggregateError of their SiteFailures after all have settled. */
  async onEach(act: (site: SiteHandle) => Promise<void>): Promise<void> {
    const outcomes = await Promise.allSettled(this.#sites.map(act));
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    for (const reason of reasons) if (!(reason instanceof SiteFailure)) throw reason;
    if (reasons.length > 0) throw new AggregateError(reasons);
  }

  /** Gives an attempt up at all sites; those that have ended it already do not mind. */
  abort(attempt: number): void {
    for (const site of this.#sites) site.tell({ type: 'abort', attempt });
  }

  /** Sees to it that of the sites that failed no process is left. @returns their names. */
  async clearLost(): Promise<readonly string[]> {
    const lost = this.#sites.filter((site) => site.failure !== undefined);
    for (const { name } of lost) this.#options.onState(name, 'lost');
    await Promise.all(lost.map((site) => site.end()));
    return lost.map(({ name }) => name);
  }

  /** Ends every site; none is started any more. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#sites.map((site) => site.end()));
  }

  #startSite(name: string): SiteHandle {
    const { context, desired, siteSilenceMs, onState, onTraffic } = this.#options;
    onState(name, 'starting');
    onTraffic(name, 0);
    return new SiteHandle({
      context,
      name,
      cwd: desired.folder,
      silenceMs: siteSilenceMs,
      onTraffic: (bytes) => onTraffic(name, bytes),
      onRefused: (who, why) => context.fault(refusedFault(name, who, why)),
    });
  }

  async #setUp(site: SiteHandle, last: FinishedRound | null): Promise<SiteReady> {
    const { desired, context, trainerSilenceMs, onState } = this.#options;
    const { spec, rounds, rhoSchedule, folder, id } = desired;
    const ready = await site.ask(
      {
        type: 'setup',
        version: SITE_ORDERS_VERSION,
        host: LOOPBACK,
        job: id,
        site: this.names.indexOf(site.name),
        names: this.names,
        rounds,
        rho: rhoSchedule,
        weights: aggregationWeights(spec.sites.map(({ samples }) => samples)),
        command: spec.training!.command,
        cwd: folder,
        folder: this.#folderOf(site.name),
        seed: SEED,
        trainerSilenceMs,
        resume: last,
      },
      'ready',
    );
    context.log(`${site.name} listens on ${LOOPBACK}:${ready.port}, ${ready.fingerprint}`);
    onState(site.name, 'waiting');
    return ready;
  }

  /** The average of the last round is no secret among the members: a site that lacks it, or joins, gets it from another's folder. */
  async #provideAverage(missing: readonly string[], { round, digest }: FinishedRound): Promise<void> {
    const { context } = this.#options;
    const file = (name: string) => join(this.#folderOf(name), `average-${round}.f32`);
    const holds = async (name: string) => (await digestOfFile(file(name))) === digest;
    for (const name of missing) {
      if (await holds(name)) continue;
      let source: string | undefined;
      // Also folders of sites that are members no more, which the agent before may have known.
      for (const other of await readdir(join(context.folder, 'sites'))) {
        if (source === undefined && (await holds(other))) source = other;
      }
      if (source === undefined) throw new FederationFailure(`no site has the average of round ${round} any more`);
      await copyFile(file(source), file(name));
    }
  }

  #folderOf(name: string): string {
    return join(this.#options.context.folder, 'sites', name);
  }
}

async function digestOfFile(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    return createHash('sha256').update(bytes).digest('hex');
  } catch {
    return undefined;
  }
}
