/**
 * One site of a federation, wherever it runs: it keeps the site's key and weights, runs its trainer, and averages with the other sites over
 * mutually authenticated connections, sending and taking only what the pattern provides for. A target brings it orders and takes its
 * reports.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPlan, type AggregationPlan, type SiteMessage } from '../../../securedfl/aggregation-plan.ts';
import { SiteAggregation } from './aggregation.ts';
import { encodeSiteMessage, sha256, SiteFrameError, SiteFrameReader, type FrameScope } from './frame.ts';
import { siteIdentity } from './identity.ts';
import { SiteLinks } from './links.ts';
import type { SiteOrder, SiteReport, SiteSetup } from './messages.ts';
import { manifestLength, Trainer } from './trainer.ts';
import { readWeights, writeWeights } from './weights-file.ts';

/** Messages of an attempt that has not begun here yet: of its first iteration only, from mates and from the other groups. */
const EARLY_LIMIT = 4096;

/** How a site is heard. */
export interface SiteVoice {
  readonly report: (message: SiteReport) => void;
  /** What ends the site: its trainer's failure, or the machine's. */
  readonly fail: (error: unknown) => void;
}

export class Site {
  readonly #setup: SiteSetup;
  readonly #report: (message: SiteReport) => void;
  readonly #fail: (error: unknown) => void;
  readonly #plan: AggregationPlan;
  readonly #scope: FrameScope;
  readonly #trainer: Trainer;
  readonly #links: SiteLinks;
  readonly #readers = new WeakMap<object, SiteFrameReader>();
  #aggregation: SiteAggregation | undefined;
  #early: SiteMessage[] = [];
  /** The weights that training goes on from when no average is newer: the initial ones, then those of the last round. */
  #average: string;
  #own: string | undefined;
  #abortedAttempt = 0;

  private constructor(
    setup: SiteSetup,
    voice: SiteVoice,
    plan: AggregationPlan,
    trainer: Trainer,
    links: (self: () => Site) => SiteLinks,
    average: string,
  ) {
    this.#setup = setup;
    this.#report = voice.report;
    this.#fail = voice.fail;
    this.#plan = plan;
    this.#trainer = trainer;
    this.#average = average;
    this.#links = links(() => this);
    // What all sites must agree on; every site computes it for itself, and every message carries it.
    const agreed = JSON.stringify([
      setup.names,
      plan.pattern.rounds,
      plan.rho,
      plan.weights,
      plan.length,
      plan.precision,
    ]);
    this.#scope = { job: sha256(setup.job), plan: sha256(agreed), length: plan.length, precision: plan.precision };
  }

  /** Makes the site's identity, starts its trainer and listens; then it is `ready`. */
  static async open(setup: SiteSetup, voice: SiteVoice): Promise<Site> {
    const { report, fail } = voice;
    const { folder, names, site, resume } = setup;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const identity = await siteIdentity(folder, names[site]!);
    const trainer = new Trainer(
      {
        command: setup.command,
        cwd: setup.cwd,
        env: {
          BERTH_SITE: names[site]!,
          BERTH_SITE_INDEX: String(site),
          BERTH_SITES: String(names.length),
          BERTH_SEED: String(setup.seed),
        },
        silenceMs: setup.trainerSilenceMs,
        log: (line) => report({ type: 'log', line }),
      },
      fail,
    );
    const manifest = await trainer.ask({ type: 'init', folder });
    const plan: AggregationPlan = {
      pattern: { name: 'of the plan', n: names.length, rounds: setup.rounds },
      rho: setup.rho,
      weights: setup.weights,
      length: manifestLength(manifest),
      precision: 'float32',
    };
    const fault = checkPlan(plan);
    if (fault !== undefined)
      throw new Error(`the plan is not one that a site may take part in: ${JSON.stringify(fault)}`);
    const average = resume === null ? manifest.weightsFile : averageFile(folder, resume.round);
    const weights = await readWeights(average, plan.length);
    const links = (self: () => Site) =>
      new SiteLinks(identity, {
        onData: (connection, from, bytes) => self().#receive(connection, from, bytes),
        onRefused: (who, why) => report({ type: 'refused', who, why }),
        onLost: (member, why) => self().#aggregation?.abort(`${names[member]} is out of reach: ${why}`),
      });
    const opened = new Site(setup, voice, plan, trainer, links, average);
    report({
      type: 'ready',
      port: await opened.#links.listen(setup.host),
      fingerprint: identity.fingerprint,
      manifest: sha256(JSON.stringify(manifest.tensors.map(({ name, shape }) => [name, shape]))).toString('hex'),
      digest: digestOf(weights),
      samples: manifest.samples,
    });
    return opened;
  }

  async obey(order: Exclude<SiteOrder, SiteSetup>): Promise<void> {
    const { folder } = this.#setup;
    switch (order.type) {
      case 'join':
        this.#links.join(order.members);
        this.#report({ type: 'joined' });
        return;
      case 'train': {
        const weightsFile = order.from === 'own' && this.#own !== undefined ? this.#own : this.#average;
        const { round, attempt, epochs } = order;
        const trained = await this.#trainer.ask({ type: 'train', round, attempt, weightsFile, epochs });
        // Kept under a name of ours: the next training must not overwrite what took part in an attempt.
        this.#own = join(folder, 'trained.f32');
        await writeWeights(this.#own, await readWeights(trained.weightsFile, this.#plan.length));
        this.#report({ type: 'trained', round, loss: trained.loss, samples: trained.samples });
        return;
      }
      case 'average':
        await this.#begin(order.round, order.attempt);
        return;
      case 'abort':
        this.#abortedAttempt = order.attempt;
        if (this.#aggregation?.attempt === order.attempt) this.#aggregation.abort('the round was given up');
        return;
      case 'commit':
        this.#average = averageFile(folder, order.round);
        for (const name of await readdir(folder)) {
          const round = /^average-(\d+)\.f32$/.exec(name)?.[1];
          if (round !== undefined && Number(round) < order.round) await rm(join(folder, name));
        }
        this.#report({ type: 'committed', round: order.round });
        return;
      case 'evaluate': {
        const { correct, total } = await this.#trainer.ask({ type: 'evaluate', weightsFile: this.#average });
        this.#report({ type: 'evaluated', round: order.round, correct, total });
      }
    }
  }

  async #begin(round: number, attempt: number): Promise<void> {
    const { site, folder } = this.#setup;
    const w = await readWeights(this.#own!, this.#plan.length);
    const aggregation = new SiteAggregation({
      plan: this.#plan,
      site,
      round,
      attempt,
      w,
      send: (message) => this.#links.send(message.to, encodeSiteMessage(message, this.#scope)),
      onEnd: (end) => {
        w.fill(0);
        this.#report({ type: 'traffic', bytesSent: this.#links.bytesSent });
        if (end.kind === 'averaged') {
          writeWeights(averageFile(folder, round), end.z).then(
            () => this.#report({ type: 'averaged', attempt, digest: end.digest }),
            this.#fail,
          );
        } else {
          const waitingFor = aggregation.waitingFor().map((other) => this.#setup.names[other]!);
          this.#report({ type: 'aborted', attempt, why: end.why, waitingFor });
        }
      },
    });
    this.#aggregation = aggregation;
    const early = this.#early;
    this.#early = [];
    if (attempt <= this.#abortedAttempt) {
      aggregation.abort('the round was given up');
      return;
    }
    aggregation.start();
    for (const message of early) {
      try {
        this.#deliver(message);
      } catch (error) {
        this.#report({
          type: 'refused',
          who: this.#setup.names[message.from]!,
          why: `it sent ${(error as Error).message}`,
        });
      }
    }
  }

  #receive(connection: object, from: number, bytes: Buffer): void {
    let reader = this.#readers.get(connection);
    if (reader === undefined) this.#readers.set(connection, (reader = new SiteFrameReader(this.#scope, from)));
    for (const message of reader.push(bytes)) this.#deliver(message);
  }

  #deliver(message: SiteMessage): void {
    const present = this.#aggregation;
    const newer = present === undefined || message.attempt > present.attempt;
    if (newer) {
      if (this.#early.length >= EARLY_LIMIT) throw new SiteFrameError('more messages than an attempt can begin with');
      this.#early.push(message);
      return;
    }
    if (message.attempt < present.attempt) return; // of an attempt that was given up
    const refusal = present.receive(message);
    if (refusal !== undefined) throw new SiteFrameError(`a message that the pattern does not allow (${refusal})`);
  }
}

function averageFile(folder: string, round: number): string {
  return join(folder, `average-${round}.f32`);
}

function digestOf(weights: Float32Array): string {
  return sha256(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength)).toString('hex');
}
