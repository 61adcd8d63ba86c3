import * as vscode from 'vscode';
import type {
  DeploymentAddress,
  Freshness,
  Live,
  Notifications,
  AtSpan,
  Problem,
} from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { answered } from '../problem.ts';
import { keyOf } from './address.ts';

/**
 * What is live, as the target last said: read through the server, kept in memory only, renewed by its notifications. Every deployment
 * is watched for as long as something looks at it (the tree, the panel); nothing is read in an untrusted workspace.
 */
export class LiveStore implements vscode.Disposable {
  readonly #server: BerthServer;
  /** By target and id. */
  readonly #lives = new Map<string, Live>();
  readonly #watched = new Map<string, DeploymentAddress>();
  readonly #freshness = new Map<string, Freshness>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly onChange = this.#changed.event;
  #lookers = 0;
  #reading: Promise<void> | undefined;
  #again = false;
  problem: Problem<AtSpan> | undefined;
  /** False until the target was asked for the first time. */
  known = false;

  constructor(server: BerthServer) {
    this.#server = server;
    this.#subscriptions.push(
      server.on('berth/liveChanged', () => void this.refresh()),
      server.on('berth/status', (heard) => this.#renew(heard)),
      server.onState((state) => {
        if (state !== 'running') return;
        // A new server watches nothing yet.
        this.#watched.clear();
        if (this.#lookers > 0) void this.refresh();
      }),
    );
  }

  get all(): readonly Live[] {
    return [...this.#lives.values()].sort((a, b) => a.id.localeCompare(b.id));
  }

  get(address: DeploymentAddress): Live | undefined {
    return this.#lives.get(keyOf(address));
  }

  /** How old what is known of a deployment may be: what no watch has said anything against is fresh. */
  freshness(address: DeploymentAddress): Freshness {
    return this.#freshness.get(keyOf(address)) ?? { state: 'fresh' };
  }

  /** Keeps deployments watched until the result is disposed of. */
  look(): vscode.Disposable {
    this.#lookers++;
    void this.refresh();
    let over = false;
    return new vscode.Disposable(() => {
      if (over) return;
      over = true;
      this.#lookers--;
      if (this.#lookers === 0) void this.#watchAll();
    });
  }

  /** Asks the target what is live. Calls while one is under way share one more. */
  async refresh(): Promise<void> {
    if (!vscode.workspace.isTrusted || this.#server.state !== 'running') return;
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = (async () => {
      do {
        this.#again = false;
        await this.#read();
      } while (this.#again);
    })();
    try {
      await this.#reading;
    } finally {
      this.#reading = undefined;
    }
  }

  async #read(): Promise<void> {
    const result = await answered(this.#server.request('berth/live', {}));
    if (result === undefined) return;
    this.known = true;
    this.problem = result.ok ? undefined : result.problem;
    if (result.ok) {
      this.#lives.clear();
      for (const live of result.value) this.#lives.set(keyOf(live), live);
      await this.#watchAll();
    }
    this.#changed.fire();
  }

  async #watchAll(): Promise<void> {
    const wanted = new Map(this.#lookers > 0 ? this.#lives : []);
    const switches: Promise<unknown>[] = [];
    for (const [key, { target, id }] of wanted) {
      // Asked for anew each time: a watch ends with the agent, and asking twice is asking once.
      this.#watched.set(key, { target, id });
      switches.push(answered(this.#server.request('berth/watch', { target, id, on: true })));
    }
    for (const [key, address] of [...this.#watched]) {
      if (wanted.has(key)) continue;
      this.#watched.delete(key);
      this.#freshness.delete(key);
      if (this.#server.state === 'running')
        switches.push(answered(this.#server.request('berth/watch', { ...address, on: false })));
    }
    await Promise.all(switches);
  }

  #renew({ target, id, status, freshness }: Notifications['berth/status']): void {
    const key = keyOf({ target, id });
    this.#freshness.set(key, freshness);
    const live = this.#lives.get(key);
    if (status !== null && live?.revision !== status.revision) {
      // A deployment or revision that is new to us: its desired state and its revisions have to be read.
      void this.refresh();
      return;
    }
    if (live && status) this.#lives.set(key, { ...live, status });
    this.#changed.fire();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}
