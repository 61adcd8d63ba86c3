/**
 * What there is of a kind, kept up to date: listed in pages, then watched from there on. A watch that ends, falls silent or is refused goes
 * on from the last version that was seen; where the cluster has forgotten it (410), all is listed anew and compared.
 *
 * Invariant: of an object only its projection is kept. Invariant: no change is missed and none told twice, whatever the connection does.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Problem } from '../../../../spec/problems/problem.ts';
import { problemError, ProblemError } from '../../../../spec/problems/problem-error.ts';
import { checkShape, object, text, type Shape } from '../../../shape.ts';
import { BackOff, type BackOffLimits } from './back-off.ts';
import { unreachable, type ApiServer } from './connection.ts';
import { pagesOf, pathOf, queryOf, type Resource } from './objects.ts';
import { refusal, statusOf } from './refusal.ts';
import { linesOf, readWatchEvent, type WatchEvent } from './watch-events.ts';

export interface Identified {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

export interface ListWatchOptions<T extends Identified, P> {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labels?: string | undefined;
  readonly shape: Shape<T>;
  /** What is kept of an object. */
  readonly project: (object: T) => P;
  readonly pageSize?: number;
  /** Milliseconds without a byte after which a watch is given up: a server sends a bookmark about each minute. */
  readonly silenceMs?: number;
  readonly backOff?: BackOffLimits;
  readonly random?: () => number;
}

export type Change<P> =
  /** All that there is has been read: what is told from here on is new. */
  | { readonly kind: 'listed' }
  | { readonly kind: 'present'; readonly uid: string; readonly now: P }
  | { readonly kind: 'gone'; readonly uid: string; readonly before: P }
  /** What is known may be old from now on, until `live` comes. */
  | { readonly kind: 'lost'; readonly problem: Problem; readonly retryMs: number }
  /** A watch is open. */
  | { readonly kind: 'live' };

const SILENCE_MS = 90_000;
/** Soon enough that a server which is back is found within five seconds. */
const BACK_OFF: BackOffLimits = { first: 250, most: 4000 };
/** Seconds after which a server ends a watch by itself, so that watches move to servers that are new. */
const WATCH_SECONDS = 300;

const versioned = object<{ metadata: { resourceVersion: string } }>({
  metadata: object<{ resourceVersion: string }>({ resourceVersion: text }),
});

interface Kept<P> {
  readonly version: string;
  readonly projection: P;
}

export class ListWatch<T extends Identified, P> {
  readonly #connection: ApiServer;
  readonly #options: ListWatchOptions<T, P>;
  #kept = new Map<string, Kept<P>>();
  #version: string | undefined;

  constructor(connection: ApiServer, options: ListWatchOptions<T, P>) {
    this.#connection = connection;
    this.#options = options;
  }

  /** What is there, by uid. */
  get present(): ReadonlyMap<string, P> {
    return new Map([...this.#kept].map(([uid, { projection }]) => [uid, projection]));
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Tells every change until the signal fires; then it ends quietly. */
  async run(tell: (change: Change<P>) => void, signal: AbortSignal): Promise<void> {
    const { backOff = BACK_OFF, random = Math.random } = this.#options;
    const waits = new BackOff(backOff, random);
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list(tell, signal);
        await this.#watch(tell, signal, () => waits.succeeded());
        // It ended as it should; one that ends before it told anything must not be asked for without a pause.
        await delay(waits.next(), undefined, { signal }).catch(() => {});
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ProblemError)) throw error;
        // What is forgotten, or was not understood, is read anew.
        if (error.code === 'BERTH5631' || error.code === 'BERTH5627') this.#version = undefined;
        const retryMs = waits.next();
        tell({ kind: 'lost', problem: error.problem, retryMs });
        await delay(retryMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Lists all, and tells in what that differs from what was known. */
  async #list(tell: (change: Change<P>) => void, signal: AbortSignal): Promise<void> {
    const { resource, namespace, labels, shape, project, pageSize = 500 } = this.#options;
    const seen = new Set<string>();
    let version = '';
    for await (const page of pagesOf(this.#connection, resource, shape, { namespace, labels, pageSize, signal })) {
      version = page.resourceVersion;
      for (const item of page.items) {
        seen.add(item.metadata.uid);
        this.#keep(item, project, tell);
      }
    }
    for (const uid of [...this.#kept.keys()]) if (!seen.has(uid)) this.#drop(uid, tell);
    this.#version = version;
    tell({ kind: 'listed' });
  }

  #keep(item: T, project: (object: T) => P, tell: (change: Change<P>) => void): void {
    const { uid, resourceVersion } = item.metadata;
    if (this.#kept.get(uid)?.version === resourceVersion) return;
    const now = project(item);
    this.#kept.set(uid, { version: resourceVersion, projection: now });
    tell({ kind: 'present', uid, now });
  }

  #drop(uid: string, tell: (change: Change<P>) => void): void {
    const before = this.#kept.get(uid);
    if (before === undefined) return;
    this.#kept.delete(uid);
    tell({ kind: 'gone', uid, before: before.projection });
  }

  /** One watch, until it ends. */
  async #watch(tell: (change: Change<P>) => void, signal: AbortSignal, onSuccess: () => void): Promise<void> {
    const { resource, namespace, labels, silenceMs = SILENCE_MS } = this.#options;
    const query = queryOf({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      labelSelector: labels,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const path = `${pathOf(resource, namespace)}?${query}`;
    const { server } = this.#connection;
    const stream = await this.#connection.stream({ method: 'GET', path, signal });
    tell({ kind: 'live' });
    const silent = setTimeout(() => {
      stream.destroy(problemError('BERTH5630', { server, seconds: Math.ceil(silenceMs / 1000) }));
    }, silenceMs);
    const cancel = (): void => void stream.destroy();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const line of linesOf(stream, server, () => silent.refresh())) {
        this.#take(readWatchEvent(line, server), tell);
        onSuccess();
      }
      mustBeWhole(stream);
    } catch (error) {
      throw signal.aborted ? error : unreachable(server, error);
    } finally {
      clearTimeout(silent);
      signal.removeEventListener('abort', cancel);
      stream.destroy();
    }
  }

  #take({ type, object: value }: WatchEvent, tell: (change: Change<P>) => void): void {
    const { server } = this.#connection;
    if (type === 'ERROR') throw refusal(server, statusOf(value).code ?? 500, value);
    const checked = checkShape(type === 'BOOKMARK' ? versioned : this.#options.shape, value);
    if (!checked.ok) throw problemError('BERTH5627', { server, detail: `an event of its watch: ${checked.detail}` });
    if (type === 'DELETED') this.#drop((checked.value as T).metadata.uid, tell);
    else if (type !== 'BOOKMARK') this.#keep(checked.value as T, this.#options.project, tell);
    this.#version = checked.value.metadata.resourceVersion;
  }
}

/** A stream that was cut on the way ends like one that the server ended; only its last chunk tells. */
function mustBeWhole(stream: IncomingMessage): void {
  if (!stream.complete) throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
}
