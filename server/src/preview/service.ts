/**
 * Previews for an editor: computed in worker threads, cancellable, cached by content.
 *
 * Two lanes, so that a hover never waits for a trace that is being replayed: the quick one answers what would happen, the
 * slow one replays. A lane is a thread of its own that starts with the first job and ends after a while without any.
 */
import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { entryUrl } from '../host/entry.ts';
import type { PreviewJob, PreviewOutcome } from './compute.ts';

type Lane = 'quick' | 'replay';

/** What a lane's thread looks at between its steps. */
export const STOP = { no: 0, nobodyWaits: 1, enough: 2 } as const;

/** A message to a lane's thread. `stop[0]` is one of `STOP`. */
export interface LaneRequest {
  readonly id: number;
  readonly job: PreviewJob;
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** Warming up loads the layout engine while nobody waits; a job that comes first does it by itself. */
export type LaneMessage = LaneRequest | 'warm-up';

export type LaneAnswer =
  | { readonly id: number; readonly outcome: PreviewOutcome }
  /** What is known so far; more follows. */
  | { readonly id: number; readonly sofar: PreviewOutcome }
  | { readonly id: number; readonly stopped: true }
  | { readonly id: number; readonly error: string };

interface Entry {
  readonly promise: Promise<PreviewOutcome>;
  readonly stop: Int32Array<SharedArrayBuffer>;
  waiting: number;
  settled: boolean;
  /** What is known so far of an answer that takes long. */
  sofar?: PreviewOutcome;
  readonly onMore: Set<() => void>;
}

const KEPT_OUTCOMES = 24;
/** Room for young objects. Left alone it grows to 32 MB while ELK is loaded, and is kept by a thread that rests: V8 shrinks it only by collecting. */
const YOUNG_MB = 8;
const IDLE_LANE_MS: Readonly<Record<Lane, number>> = { quick: 2 * 60_000, replay: 20_000 };

export class PreviewService {
  readonly #lanes = new Map<Lane, LaneThread>();
  readonly #entries = new Map<string, Entry>();
  #disposed = false;

  /**
   * What a document would do.
   *
   * @param onMore called whenever {@link known} has more of an answer that takes long than before.
   * @throws DOMException `AbortError` once the signal fires and nobody else waits for the same answer.
   */
  async compute(job: PreviewJob, signal?: AbortSignal, onMore?: () => void): Promise<PreviewOutcome> {
    signal?.throwIfAborted();
    const key = contentKey(job);
    const entry = this.#entries.get(key) ?? this.#begin(key, job);
    // The most recently asked comes last, so that the least recently asked is forgotten first.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.waiting++;
    if (onMore) entry.onMore.add(onMore);
    try {
      return await untilAborted(entry.promise, signal);
    } finally {
      if (onMore) entry.onMore.delete(onMore);
      entry.waiting--;
      if (entry.waiting === 0 && !entry.settled) this.#abandon(key, entry);
    }
  }

  /** The answer if it is there already, or as much of it as is known so far; nothing is started. */
  known(job: PreviewJob): Promise<PreviewOutcome> | undefined {
    const entry = this.#entries.get(contentKey(job));
    if (entry?.settled) return entry.promise;
    return entry?.sofar && Promise.resolve(entry.sofar);
  }

  /** Tells what is still computed that what it has found by now will do. */
  enough(): void {
    for (const { settled, stop } of this.#entries.values())
      if (!settled) Atomics.compareExchange(stop, 0, STOP.no, STOP.enough);
  }

  /** Starts the quick lane and its layout engine, while there is nothing else to do. */
  warmUp(): void {
    this.#lane('quick').warmUp();
  }

  dispose(): void {
    this.#disposed = true;
    for (const lane of this.#lanes.values()) lane.end();
    this.#lanes.clear();
    this.#entries.clear();
  }

  #begin(key: string, job: PreviewJob): Entry {
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const promise = this.#lane(job.replay ? 'replay' : 'quick').run(job, stop, (sofar) => {
      entry.sofar = sofar;
      for (const onMore of entry.onMore) onMore();
    });
    const entry: Entry = { promise, stop, waiting: 0, settled: false, onMore: new Set() };
    promise.then(
      () => (entry.settled = true),
      () => this.#entries.delete(key),
    );
    this.#entries.set(key, entry);
    for (const [oldest, old] of this.#entries) {
      if (this.#entries.size <= KEPT_OUTCOMES) break;
      if (old.waiting === 0 && oldest !== key) this.#entries.delete(oldest);
    }
    return entry;
  }

  #abandon(key: string, entry: Entry): void {
    Atomics.store(entry.stop, 0, STOP.nobodyWaits);
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #lane(name: Lane): LaneThread {
    if (this.#disposed) throw new Error('the preview service has ended');
    let lane = this.#lanes.get(name);
    if (!lane?.alive) {
      lane = new LaneThread(IDLE_LANE_MS[name]);
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}

/** Who waits for an answer of a thread. */
interface Waiting {
  readonly resolve: (outcome: PreviewOutcome) => void;
  readonly reject: (error: Error) => void;
  readonly onMore: (sofar: PreviewOutcome) => void;
}

/** One worker thread and the jobs it has been given. A thread that dies takes only its jobs with it: the next job starts another. */
class LaneThread {
  alive = true;
  readonly #worker = new Worker(entryUrl('preview-worker'), {
    resourceLimits: { stackSizeMb: 16, maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: 2048 },
  });
  readonly #waiting = new Map<number, Waiting>();
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
    this.#worker.unref();
    this.#worker.on('message', (answer: LaneAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('the preview thread ended')));
    this.#restWhenIdle();
  }

  run(
    job: PreviewJob,
    stop: Int32Array<SharedArrayBuffer>,
    onMore: (sofar: PreviewOutcome) => void,
  ): Promise<PreviewOutcome> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, onMore });
      this.#worker.ref();
      const message: LaneMessage = { id, job, stop };
      this.#worker.postMessage(message);
    });
  }

  warmUp(): void {
    const message: LaneMessage = 'warm-up';
    this.#worker.postMessage(message);
  }

  end(): void {
    this.alive = false;
    clearTimeout(this.#idle);
    void this.#worker.terminate();
  }

  #settle(answer: LaneAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if ('sofar' in answer) {
      waiting?.onMore(answer.sofar);
      return;
    }
    this.#waiting.delete(answer.id);
    if ('outcome' in answer) waiting?.resolve(answer.outcome);
    else if ('stopped' in answer) waiting?.reject(new DOMException('nobody waits for this preview', 'AbortError'));
    else waiting?.reject(new Error(answer.error));
    if (this.#waiting.size === 0) this.#restWhenIdle();
  }

  #restWhenIdle(): void {
    this.#worker.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end(), this.#idleMs);
    this.#idle.unref();
  }

  #fail(error: Error): void {
    this.alive = false;
    clearTimeout(this.#idle);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Jobs with equal keys have equal answers. A file counts by its version, not by its megabytes. */
function contentKey({ graph, ...job }: PreviewJob): string {
  const content = JSON.stringify([job, graph === undefined ? null : [graph.path, graph.version]]);
  return createHash('sha1').update(content).digest('base64');
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
