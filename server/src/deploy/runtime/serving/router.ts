/**
 * The door of one job: takes its requests on a port of its own, lets them wait in one queue (first come, first served), and hands each to
 * a replica that is idle, in turn. A replica has one request at a time; who would have to wait behind fifty others is told 503 at once,
 * and where the policy sheds, who has waited so long that it would be late. As the policy says, late ones wait for all others once the
 * queue has been full (as the simulator's waiting room has it).
 */
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { RouterSettings } from '../../../faro/control/scaling-policy.ts';
import type { Clock } from './clock.ts';
import type { JobMetrics } from './job-metrics.ts';
import { listenAgain } from './listen.ts';
import { PROMETHEUS_CONTENT_TYPE } from './prometheus-text.ts';

/** Requests that may wait. */
export const QUEUE_LIMIT = 50;
/** Sent to a replica with every request, so that it can refuse callers other than its router. */
export const TOKEN_HEADER = 'x-berth-token';
/** A replica that sends nothing for so long is stuck. */
const SILENCE_LIMIT_MS = 120_000;
/** The body of an answer nobody waits for any more is read to its end, so that the replica is idle in truth, but not for ever. */
const ABANDONED_LIMIT_MS = 30_000;

const LATE = 'the answer would be late';

/** What is counted for a request whose sender gave up; the customary number, never sent. */
const GAVE_UP = 499;

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  TOKEN_HEADER,
];

/** A replica as the router sees it. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

interface Seat {
  readonly backend: Backend;
  busy: boolean;
  /** Called once it is idle, when it is to leave. */
  onIdle: (() => void) | undefined;
}

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly arrived: number;
}

/** What the policy decides of a router that always gives a replica one request at a time. */
export type Admission = Pick<
  RouterSettings,
  'acceptRate' | 'lateAfterSeconds' | 'shedShare' | 'expectedPerMinute' | 'lateLast'
>;

/** Service times that are kept for whoever asks for them. */
const SERVED_KEPT = 10_000;

export interface RouterOptions {
  readonly job: string;
  readonly metrics: JobMetrics;
  readonly clock: Clock;
  /** The text of this job's `/metrics`. */
  readonly scrape: () => string;
  /** True where no replica is up and none is on its way: nobody is left waiting then. */
  readonly hopeless: () => boolean;
  /** Whether a replica is well, asked after a request of its failed. */
  readonly probe: (backend: Backend) => Promise<boolean>;
  /** A replica takes no connection, or sent nothing for two minutes while it had a request. It gets no more requests. */
  readonly onSick: (backend: Backend) => void;
  readonly silenceLimitMs?: number;
}

export class Router {
  readonly #options: RouterOptions;
  readonly #server: Server;
  readonly #queue: Waiting[] = [];
  readonly #seats: Seat[] = [];
  #turn = 0;
  #admission: Admission = {};
  /** Since a newcomer found the queue full, until it is empty; where late requests come last. */
  #isOverrun = false;
  /** Requests that were shed in a minute of the metrics. */
  #shed = { minute: -1, count: 0 };
  #served: number[] = [];

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#take(request, response));
    // The body of a request that waits is not read, which must not count as slowness of its sender.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    });
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  /** Sets what is let in; fields that are absent stay as they are. */
  admit(admission: Admission): void {
    this.#admission = { ...this.#admission, ...admission };
  }

  /** How long replicas worked on each request that was answered since the last call, in seconds; the latest of them. */
  takeServedSeconds(): readonly number[] {
    return this.#served.splice(0);
  }

  /** Listens on the port of before, or a free one where there was none or it is taken. */
  listen(host: string, before?: number): Promise<{ readonly port: number; readonly moved: boolean }> {
    return listenAgain(this.#server, host, before);
  }

  add(backend: Backend): void {
    this.#seats.push({ backend, busy: false, onIdle: undefined });
    this.#serve();
  }

  /** Gives it no more requests; settles when the one it has is answered. */
  drain(backend: Backend): Promise<void> {
    const seat = this.#leave(backend);
    if (!seat?.busy) return Promise.resolve();
    return new Promise((idle) => (seat.onIdle = idle));
  }

  /** Forgets a replica that has ended; its connection, and with it the request it had, fails by itself. */
  drop(backend: Backend): void {
    this.#leave(backend);
    if (this.#seats.length === 0 && this.#options.hopeless()) this.refuseWaiting();
  }

  /** Turns away whoever waits: there is nobody to wait for. */
  refuseWaiting(): void {
    for (const waiting of this.#queue.splice(0)) this.#refuse(waiting, 'no replica is up');
  }

  async close(): Promise<void> {
    this.refuseWaiting();
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed; // at once with an error where it never listened, which is as good
  }

  #leave(backend: Backend): Seat | undefined {
    const index = this.#seats.findIndex((seat) => seat.backend === backend);
    if (index < 0) return undefined;
    if (index < this.#turn) this.#turn -= 1;
    return this.#seats.splice(index, 1)[0];
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET' && request.url?.split('?')[0] === '/metrics') {
      response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(this.#options.scrape());
      return;
    }
    this.#options.metrics.arrived();
    const waiting: Waiting = { request, response, arrived: this.#options.clock.now() };
    // A connection that breaks is seen again where it matters; without a listener it would end this process.
    request.on('error', () => {});
    response.on('error', () => {});
    if (this.#seats.length === 0 && this.#options.hopeless()) this.#refuse(waiting, 'no replica is up');
    else if (Math.random() >= (this.#admission.acceptRate ?? 1)) this.#refuse(waiting, 'some requests are dropped');
    else if (this.#queue.length === 0 && this.#idle()) this.#dispatch(waiting);
    else if (this.#queue.length >= QUEUE_LIMIT && !this.#makesRoom())
      this.#refuse(waiting, `${QUEUE_LIMIT} requests wait already`);
    else {
      if (this.#queue.length === 0) this.#isOverrun = false;
      this.#queue.push(waiting);
      response.once('close', () => {
        const index = this.#queue.indexOf(waiting);
        if (index < 0) return;
        this.#queue.splice(index, 1);
        this.#count(waiting, GAVE_UP, false);
      });
    }
  }

  #idle(): Seat | undefined {
    for (let step = 0; step < this.#seats.length; step++) {
      const seat = this.#seats[(this.#turn + step) % this.#seats.length]!;
      if (!seat.busy) return seat;
    }
    return undefined;
  }

  #serve(): void {
    while (this.#queue.length > 0 && this.#idle()) {
      const inTime = this.#isOverrun ? this.#queue.findIndex((each) => !this.#isLate(each)) : 0;
      const waiting = this.#queue.splice(Math.max(0, inTime), 1)[0]!;
      if (!this.#isOverrun && this.#sheds(waiting)) this.#refuse(waiting, LATE);
      else this.#dispatch(waiting);
    }
  }

  /** Who has waited longest makes room for a newcomer, if it is late anyway and such come last. */
  #makesRoom(): boolean {
    this.#isOverrun = this.#admission.lateLast ?? false;
    const [longest] = this.#queue;
    if (!this.#isOverrun || !longest || !this.#isLate(longest)) return false;
    this.#queue.shift();
    this.#refuse(longest, LATE);
    return true;
  }

  #isLate({ arrived }: Waiting): boolean {
    return this.#options.clock.now() - arrived > 1000 * (this.#admission.lateAfterSeconds ?? Infinity);
  }

  /** Whether a request is late, and its minute has not lost its share yet; it is counted then. */
  #sheds(waiting: Waiting): boolean {
    const { shedShare = 1, expectedPerMinute = 0 } = this.#admission;
    const { metrics } = this.#options;
    if (!this.#isLate(waiting)) return false;
    if (this.#shed.minute !== metrics.minute) this.#shed = { minute: metrics.minute, count: 0 };
    const requests = Math.max(metrics.arrivalsPerMinute().at(-1)!, expectedPerMinute);
    if (this.#shed.count + 1 > shedShare * requests) return false;
    this.#shed.count += 1;
    return true;
  }

  #dispatch(waiting: Waiting): void {
    const seat = this.#idle()!;
    this.#turn = (this.#seats.indexOf(seat) + 1) % this.#seats.length;
    seat.busy = true;
    const began = this.#options.clock.now();
    const { request, response } = waiting;
    const upstream = httpRequest({
      host: seat.backend.host,
      port: seat.backend.port,
      method: request.method!,
      path: request.url!,
      headers: {
        ...forwarded(request.headers),
        ...(request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
        [TOKEN_HEADER]: seat.backend.token,
        connection: 'close',
      },
      // A connection for each request: one that is kept may be closed by the replica in the moment it is used again.
      agent: false,
    });
    let begun = false;
    let over = false;
    const free = (): void => {
      if (over) return;
      over = true;
      seat.busy = false;
      seat.onIdle?.();
      this.#serve();
    };
    upstream.setTimeout(this.#options.silenceLimitMs ?? SILENCE_LIMIT_MS, () => {
      this.#fail(waiting, 504, 'the replica gave no sign of life');
      this.#leave(seat.backend);
      this.#options.onSick(seat.backend);
      upstream.destroy();
    });
    upstream.on('socket', (socket) => {
      socket.once('connect', () => {
        begun = true;
        request.pipe(upstream);
      });
    });
    upstream.on('response', (answer) => {
      answer.once('end', () => this.#worked(began));
      this.#answer(waiting, answer, free, () => this.#doubt(seat, free));
    });
    upstream.on('error', () => {
      if (begun) {
        this.#fail(waiting, 502, 'the replica ended while it had the request');
        this.#doubt(seat, free);
      } else {
        // Nothing of the request was sent, so another replica can have it, before those that came later.
        this.#leave(seat.backend);
        this.#options.onSick(seat.backend);
        if (!response.destroyed) this.#queue.unshift(waiting);
        free();
      }
    });
    response.once('close', () => {
      if (response.writableFinished || over) return;
      if (request.complete) setTimeout(() => upstream.destroy(), ABANDONED_LIMIT_MS).unref();
      else upstream.destroy(); // the rest of its body will never come
    });
  }

  #worked(began: number): void {
    if (this.#served.length >= SERVED_KEPT) this.#served.shift();
    this.#served.push((this.#options.clock.now() - began) / 1000);
  }

  #answer(waiting: Waiting, answer: IncomingMessage, free: () => void, doubt: () => void): void {
    const { response } = waiting;
    const code = answer.statusCode ?? 502;
    if (!response.destroyed && !response.headersSent)
      response.writeHead(code, answer.statusMessage, forwarded(answer.headers));
    answer.on('error', () => response.destroy()); // broken off midway: so is what its sender gets
    answer.once('end', () => {
      this.#count(waiting, response.destroyed && !response.writableFinished ? GAVE_UP : code, false);
      free();
    });
    answer.once('close', () => {
      if (answer.complete) return free();
      this.#count(waiting, 502, false);
      response.destroy();
      doubt();
    });
    if (response.destroyed) answer.resume();
    else {
      answer.pipe(response);
      response.once('close', () => answer.resume());
    }
  }

  /** A replica that dies takes connections for a moment yet, which would cost the next request too: it gets none before it said that it is well. */
  #doubt(seat: Seat, free: () => void): void {
    void this.#options.probe(seat.backend).then((well) => {
      if (!well && this.#leave(seat.backend)) this.#options.onSick(seat.backend);
      free();
    });
  }

  #refuse(waiting: Waiting, why: string): void {
    const { response } = waiting;
    if (!response.destroyed) reply(response, 503, why, { 'retry-after': '1' });
    this.#count(waiting, 503, true);
  }

  #fail(waiting: Waiting, code: 502 | 504, why: string): void {
    const { response } = waiting;
    const abandoned = response.destroyed;
    if (response.headersSent) response.destroy();
    else if (!abandoned) reply(response, code, why, {});
    this.#count(waiting, abandoned ? GAVE_UP : code, false);
  }

  readonly #counted = new WeakSet<Waiting>();

  #count(waiting: Waiting, code: number, refused: boolean): void {
    if (this.#counted.has(waiting)) return;
    this.#counted.add(waiting);
    this.#options.metrics.answered({ code, latencyMs: this.#options.clock.now() - waiting.arrived, refused });
  }
}

function reply(response: ServerResponse, code: number, why: string, headers: OutgoingHttpHeaders): void {
  response.writeHead(code, { 'content-type': 'application/json', connection: 'close', ...headers });
  response.end(`${JSON.stringify({ error: why })}\n`);
}

/** Headers without those that are about one connection only. */
function forwarded(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
  );
}
