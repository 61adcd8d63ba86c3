/**
 * The door of one job: takes its requests on a port of its own, lets those that are whole wait in one queue (first come, first served), and
 * hands each to a replica that is idle, in turn. A replica has one request at a time; who would have to wait behind fifty others is told 503 at once
 * (see `HoldUps` for when it is not), and where the policy sheds, who has waited so long that it would be late. As the policy says, late ones wait for all others once the
 * queue has been full (as the simulator's waiting room has it).
 */
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { RouterSettings } from '../../../faro/control/scaling-policy.ts';
import type { Clock } from './clock.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { answerControl } from './control-access.ts';
import { exchange } from './exchange.ts';
import type { Backend, Call, Ending, ExchangeOptions } from './exchange.ts';
import { HoldUps } from './hold-ups.ts';
import type { JobMetrics } from './job-metrics.ts';
import { listenAgain } from './listen.ts';
import { PROMETHEUS_CONTENT_TYPE } from './prometheus-text.ts';
import { hasBody, isTooLarge, receiveBody } from './request-body.ts';
import type { Incomplete } from './request-body.ts';
import { ReplicaConnections } from './replica-connections.ts';
import { ROUTER_LIMITS } from './router-limits.ts';
import type { RouterLimits } from './router-limits.ts';
import { Spool, SpoolRoom } from './spool.ts';
import { upgradeOffer } from './upgrade-offer.ts';

export { TOKEN_HEADER } from './exchange.ts';
export type { Backend } from './exchange.ts';

/** Requests that may wait. */
export const QUEUE_LIMIT = 50;
/** And so many more at most, where this process was held up. */
const HELD_UP_LIMIT = 1000;
/** The weight of the newest in the mean time that replicas work on a request. */
const NEWEST = 0.05;

const LATE = 'the answer would be late';
const NONE_UP = 'no replica is up';

/** What is counted for a request whose sender gave up; the customary number, never sent. */
const GAVE_UP = 499;

interface Seat {
  readonly backend: Backend;
  readonly connections: ReplicaConnections;
  busy: boolean;
  /** Called once it is idle, when it is to leave. */
  onIdle: (() => void) | undefined;
}

interface Waiting extends Call {
  /** When its body was whole. */
  readonly arrived: number;
  /** It came while there was no replica: it waits for one to start, and is not late for that. */
  cameToNone: boolean;
  isCounted: boolean;
}

/** What the policy decides of a router that always gives a replica one request at a time. */
export type Admission = Pick<
  RouterSettings,
  'acceptRate' | 'lateAfterSeconds' | 'shedShare' | 'expectedPerMinute' | 'lateLast'
>;

/** What is wrong with what is no request, by the parser's code. */
const BAD_REQUESTS = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

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
  /** Somebody waits, and there is no replica. */
  readonly onUnserved?: () => void;
  /** Whether a replica is well, asked after a request of its failed. */
  readonly probe: (backend: Backend) => Promise<boolean>;
  /** A replica takes no connection, or sent nothing for two minutes while it had a request. It gets no more requests. */
  readonly onSick: (backend: Backend) => void;
  readonly limits?: Partial<RouterLimits>;
  /** Where long bodies are kept, instead of the system's folder for what is temporary. */
  readonly spoolFolder?: string;
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
  /** How long replicas work on a request, in ms, the latest ones above all. */
  #meanWorkMs: number | undefined;
  readonly #holdUps: HoldUps;

  #limits: RouterLimits;
  readonly #room: SpoolRoom;
  readonly #connections: ConnectionLimit;
  readonly #upgraded = new Set<Duplex>();

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#limits = { ...ROUTER_LIMITS, ...options.limits };
    this.#room = new SpoolRoom(this.#limits.spool, options.spoolFolder);
    this.#holdUps = new HoldUps(options.clock);
    this.#server = createServer(
      {
        // Of the protocols that a client may offer, the router passes on this one; what else is offered is an ordinary request.
        shouldUpgradeCallback: ({ method, headers }) =>
          method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && headers['content-length'] === undefined,
        connectionsCheckingInterval: 5000,
      },
      (request, response) => this.#take(request, response),
    );
    this.#connections = new ConnectionLimit(this.#server);
    this.#server.keepAliveTimeout = 65_000;
    this.#server.on('checkContinue', (request, response) => {
      if (!isTooLarge(request, this.#limits.body)) response.writeContinue();
      this.#take(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => this.#takeUpgrade(request, socket, head));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status = BAD_REQUESTS.get(error.code ?? '') ?? '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy());
      else socket.destroy();
    });
  }

  /** Replicas that have a request now. */
  get busy(): number {
    return this.#seats.filter((seat) => seat.busy).length;
  }

  /** Bytes of bodies that are kept now. */
  get held(): { readonly memory: number; readonly disk: number } {
    return this.#room.held;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  /** Bears other limits from the next request on; what is not said is as at first. */
  bear(limits: Partial<RouterLimits>): void {
    this.#limits = { ...ROUTER_LIMITS, ...this.#options.limits, ...limits };
    this.#room.limits = this.#limits.spool;
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
    const connections = new ReplicaConnections(backend, this.#limits);
    this.#seats.push({ backend, connections, busy: false, onIdle: undefined });
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
    for (const waiting of this.#queue.splice(0)) this.#refuse(waiting, NONE_UP);
  }

  /** Takes no further connection, and ends when all who were there are answered, or after the limit. */
  async finish(limitMs: number): Promise<void> {
    const answered = new Promise<void>((done) => this.#server.close(() => done()));
    const over = new AbortController();
    await Promise.race([answered, delay(limitMs, undefined, { signal: over.signal }).catch(() => {})]);
    over.abort();
    await this.close();
  }

  async close(): Promise<void> {
    this.refuseWaiting();
    const closed = new Promise((done) => this.#server.close(done));
    this.#server.closeAllConnections();
    for (const socket of this.#upgraded) socket.destroy();
    for (const { connections } of this.#seats) connections.close();
    await closed; // at once with an error where it never listened, which is as good
  }

  #leave(backend: Backend): Seat | undefined {
    const index = this.#seats.findIndex((seat) => seat.backend === backend);
    if (index < 0) return undefined;
    if (index < this.#turn) this.#turn -= 1;
    const [seat] = this.#seats.splice(index, 1);
    seat!.connections.close();
    return seat;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET' && request.url?.split('?')[0] === '/metrics')
      return answerControl(request, response, PROMETHEUS_CONTENT_TYPE, this.#options.scrape);
    const { socket } = request;
    this.#holdUps.watch();
    response.once('close', () => this.#connections.answered(socket));
    // A connection that breaks is seen again where it matters; without a listener it would end this process.
    request.on('error', () => {});
    response.on('error', () => {});
    this.#options.metrics.arrived();
    const refusal = this.#refusal();
    if (refusal !== undefined) this.#refuse(this.#call({ request, response, body: undefined }), refusal);
    else if (!hasBody(request)) this.#enter(this.#call({ request, response, body: undefined }));
    else
      receiveBody(request, this.#room, this.#limits.body, (body) => {
        if (body instanceof Spool) this.#enter(this.#call({ request, response, body }));
        else this.#giveUp(request, response, body);
      });
  }

  #takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { response, upgrade } = upgradeOffer(request, socket, head);
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    this.#options.metrics.arrived();
    const waiting = this.#call({ request, response, body: undefined, upgrade });
    const refusal = this.#refusal();
    if (refusal === undefined) this.#enter(waiting);
    else this.#refuse(waiting, refusal);
  }

  #call(call: Call): Waiting {
    return { ...call, arrived: this.#options.clock.now(), cameToNone: false, isCounted: false };
  }

  /** Why no request is let in at present, its body read or not. */
  #refusal(): string | undefined {
    if (this.#seats.length === 0 && this.#options.hopeless()) return NONE_UP;
    return Math.random() >= (this.#admission.acceptRate ?? 1) ? 'some requests are dropped' : undefined;
  }

  /** A request is whole: only now it can take a seat. */
  #enter(waiting: Waiting): void {
    this.#connections.asked(waiting.request.socket);
    if (waiting.response.destroyed) this.#count(waiting, GAVE_UP, false);
    else if (this.#seats.length === 0 && this.#options.hopeless()) this.#refuse(waiting, NONE_UP);
    else if (this.#queue.length === 0 && this.#idle()) this.#dispatch(waiting);
    else if (this.#queue.length >= QUEUE_LIMIT && !this.#hasMissedTurns() && !this.#makesRoom())
      this.#refuse(waiting, `${QUEUE_LIMIT} requests wait already`);
    else {
      if (this.#queue.length === 0) this.#isOverrun = false;
      this.#queue.push(waiting);
      this.#watch(waiting);
      if (this.#seats.length === 0) this.#waitForReplica(waiting);
    }
  }

  /** Has a replica asked for, and waits for it within the limit. */
  #waitForReplica(waiting: Waiting): void {
    waiting.cameToNone = true;
    const { wakeMs } = this.#limits;
    if (wakeMs < Infinity) {
      const limit = setTimeout(() => {
        const index = this.#queue.indexOf(waiting);
        if (index < 0 || this.#seats.length > 0) return;
        this.#queue.splice(index, 1);
        this.#refuse(waiting, 'no replica came up in time');
      }, wakeMs).unref();
      waiting.response.once('close', () => clearTimeout(limit));
    }
    this.#options.onUnserved?.();
  }

  /** Forgets a request that waits when its sender leaves. */
  #watch(waiting: Waiting): void {
    waiting.response.once('close', () => {
      const index = this.#queue.indexOf(waiting);
      if (index < 0) return;
      this.#queue.splice(index, 1);
      this.#count(waiting, GAVE_UP, false);
    });
  }

  /** A request that never became whole: no replica heard of it. */
  #giveUp(request: IncomingMessage, response: ServerResponse, { code, why }: Incomplete): void {
    this.#options.metrics.neverWhole(code ?? GAVE_UP);
    if (code !== undefined && !response.destroyed) this.#reply(request, response, code, why, {});
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

  /**
   * Whether fewer than may wait would, had this process not been held up: the requests that lie before it came one after the other, and the
   * replicas could have served some meanwhile.
   */
  #hasMissedTurns(): boolean {
    if (this.#meanWorkMs === undefined) return false;
    const missed = (this.#holdUps.recentMs * this.#seats.length) / this.#meanWorkMs;
    return this.#queue.length < QUEUE_LIMIT + Math.min(HELD_UP_LIMIT, Math.floor(missed));
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

  #isLate({ arrived, cameToNone }: Waiting): boolean {
    return !cameToNone && this.#options.clock.now() - arrived > 1000 * (this.#admission.lateAfterSeconds ?? Infinity);
  }

  /** Whether a request is late, and its minute has not lost its share yet; it is counted then. */
  #sheds(waiting: Waiting): boolean {
    const { shedShare = 1, expectedPerMinute = 0 } = this.#admission;
    const { metrics } = this.#options;
    if (!this.#isLate(waiting)) return false;
    if (this.#shed.minute !== metrics.minute) this.#shed = { minute: metrics.minute, count: 0 };
    const requests = Math.max(metrics.arrivedNow, expectedPerMinute);
    if (this.#shed.count + 1 > shedShare * requests) return false;
    this.#shed.count += 1;
    return true;
  }

  #dispatch(waiting: Waiting): void {
    const seat = this.#idle()!;
    this.#turn = (this.#seats.indexOf(seat) + 1) % this.#seats.length;
    seat.busy = true;
    const began = this.#options.clock.now();
    const { connectMs, silenceMs, abandonedMs, stallMs, tunnelSilenceMs } = this.#limits;
    const options: ExchangeOptions = {
      room: this.#room,
      connectLimitMs: connectMs,
      silenceLimitMs: silenceMs,
      abandonedLimitMs: abandonedMs,
      stallLimitMs: stallMs,
      tunnelSilenceMs,
      onTunnel: () => this.#count(waiting, 101, false),
    };
    exchange(waiting, seat.backend, seat.connections, options, (ending) => this.#ended(seat, waiting, began, ending));
  }

  #ended(seat: Seat, waiting: Waiting, began: number, ending: Ending): void {
    const { response } = waiting;
    const hasLeft = response.destroyed && !response.writableFinished;
    switch (ending.kind) {
      case 'answered':
        this.#worked(began);
        this.#count(waiting, hasLeft ? GAVE_UP : ending.code, false);
        return this.#free(seat);
      case 'untaken':
        // Nothing of the request was sent, so another replica can have it, before those that came later.
        this.#putOut(seat);
        if (hasLeft) this.#count(waiting, GAVE_UP, false);
        else if (this.#seats.length === 0 && this.#options.hopeless()) this.#refuse(waiting, NONE_UP);
        else {
          this.#queue.unshift(waiting);
          this.#watch(waiting);
        }
        return this.#free(seat);
      case 'short':
        this.#refuse(waiting, 'the router has no connection left');
        return this.#free(seat);
      case 'unfit':
        this.#fail(waiting, 400, 'the request cannot be passed on');
        return this.#free(seat);
      case 'silent':
        this.#fail(waiting, 504, 'the replica gave no sign of life');
        this.#putOut(seat);
        return this.#free(seat);
      case 'broken':
        this.#fail(waiting, 502, ending.why);
        return this.#doubt(seat);
    }
  }

  #free(seat: Seat): void {
    seat.busy = false;
    seat.onIdle?.();
    this.#serve();
  }

  /** It gets no more requests. */
  #putOut({ backend }: Seat): void {
    if (this.#leave(backend)) this.#options.onSick(backend);
  }

  #worked(began: number): void {
    if (this.#served.length >= SERVED_KEPT) this.#served.shift();
    const ms = this.#options.clock.now() - began;
    this.#served.push(ms / 1000);
    this.#meanWorkMs = this.#meanWorkMs === undefined ? ms : (1 - NEWEST) * this.#meanWorkMs + NEWEST * ms;
  }

  /** A replica that dies takes connections for a moment yet, which would cost the next request too: it gets none before it said that it is well. */
  #doubt(seat: Seat): void {
    let isSettled = false;
    const settle = (well: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(limit);
      if (!well) this.#putOut(seat);
      this.#free(seat);
    };
    const limit = setTimeout(() => settle(false), this.#limits.probeMs).unref();
    this.#options.probe(seat.backend).then(settle, () => settle(false));
  }

  #refuse(waiting: Waiting, why: string): void {
    const { request, response } = waiting;
    if (!response.destroyed) this.#reply(request, response, 503, why, { 'retry-after': '1' });
    this.#count(waiting, 503, true);
  }

  #fail(waiting: Waiting, code: 400 | 502 | 504, why: string): void {
    const { request, response } = waiting;
    const abandoned = response.destroyed;
    if (response.headersSent) response.destroy();
    else if (!abandoned) this.#reply(request, response, code, why, {});
    this.#count(waiting, abandoned ? GAVE_UP : code, false);
  }

  /** Answers for the router itself. */
  #reply(
    request: IncomingMessage,
    response: ServerResponse,
    code: number,
    why: string,
    more: OutgoingHttpHeaders,
  ): void {
    const text = `${JSON.stringify({ error: why })}\n`;
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...more };
    if (!request.complete) {
      // A connection that is closed while its sender still writes is reset, and the answer lost with it.
      request.resume();
      const { socket } = request;
      const limit = setTimeout(() => socket.destroy(), this.#limits.lingerMs).unref();
      request.once('end', () => clearTimeout(limit)).once('close', () => clearTimeout(limit));
    }
    response.writeHead(code, headers).end(text);
  }

  /** A request is over: counted once, its body let go. */
  #count(waiting: Waiting, code: number, refused: boolean): void {
    if (waiting.isCounted) return;
    waiting.isCounted = true;
    waiting.body?.release();
    this.#options.metrics.answered({ code, latencyMs: this.#options.clock.now() - waiting.arrived, refused });
  }
}
