/**
 * One request with one replica, whatever that one answers. It ends exactly once, in one of five ways, each of which says what may be done
 * with the replica; the answer itself is passed on as it comes.
 */
import { request as httpRequest, STATUS_CODES } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { AnswerSink } from './answer-sink.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import type { Spool, SpoolRoom } from './spool.ts';
import { tunnel } from './tunnel.ts';

/** Sent to a replica with every request, so that it can refuse callers other than its router. */
export const TOKEN_HEADER = 'x-berth-token';

/** A replica as the router sees it. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** A request that is whole. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Spool | undefined;
  /** The connection of a sender that wants to speak another protocol, with what it has sent of it. */
  readonly upgrade?: { readonly socket: Duplex; take(): Buffer };
}

export type Ending =
  /** Answered: the replica is idle. */
  | { readonly kind: 'answered'; readonly code: number }
  /** The replica took no connection, and nothing of the request was sent. */
  | { readonly kind: 'untaken' }
  /** This process has no connections or ports left. */
  | { readonly kind: 'short' }
  /** The request cannot be passed on. */
  | { readonly kind: 'unfit' }
  /** The replica broke off, or answered what is no HTTP, or was left in the middle of its answer. */
  | { readonly kind: 'broken'; readonly why: string }
  /** The replica gave no sign of life. */
  | { readonly kind: 'silent' };

export interface ExchangeOptions {
  readonly room: SpoolRoom;
  /** Until a connection is taken. */
  readonly connectLimitMs: number;
  /** Until the head of the answer is there, and between two pieces of its body. */
  readonly silenceLimitMs: number;
  /** How long the answer is read to its end when nobody waits for it any more, so that the replica is idle in truth. */
  readonly abandonedLimitMs: number;
  readonly stallLimitMs: number;
  readonly tunnelSilenceMs: number;
  /** The replica has taken over a connection (101); the exchange ends when that is closed. */
  readonly onTunnel: () => void;
}

const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']);
/** What the router says of these itself: the body is whole, and its length known. */
const NOT_ASKED = new Set([TOKEN_HEADER, 'content-length', 'expect']);
const NOT_ANSWERED = new Set([TOKEN_HEADER]);
/** Methods without a body, unless one is there. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** Sends a request to a replica and its answer back. @param onEnd called exactly once. */
export function exchange(
  call: Call,
  backend: Backend,
  options: ExchangeOptions,
  onEnd: (ending: Ending) => void,
): void {
  new Exchange(call, backend, options, onEnd).begin();
}

class Exchange {
  readonly #call: Call;
  readonly #backend: Backend;
  readonly #options: ExchangeOptions;
  readonly #onEnd: (ending: Ending) => void;
  #upstream: ClientRequest | undefined;
  #answer: IncomingMessage | undefined;
  #connecting: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #abandoned: NodeJS.Timeout | undefined;
  #isSent = false;
  #isTunnel = false;
  #isOver = false;
  readonly #left = (): void => this.#abandon();

  constructor(call: Call, backend: Backend, options: ExchangeOptions, onEnd: (ending: Ending) => void) {
    this.#call = call;
    this.#backend = backend;
    this.#options = options;
    this.#onEnd = onEnd;
  }

  begin(): void {
    const { request, response } = this.#call;
    let upstream: ClientRequest;
    try {
      upstream = this.#upstream = httpRequest({
        host: this.#backend.host,
        port: this.#backend.port,
        method: request.method!,
        path: request.url!,
        headers: this.#headers(),
        // A connection for each request: one that is kept may be closed by the replica in the moment it is used again.
        createConnection: () => connect({ host: this.#backend.host, port: this.#backend.port, noDelay: true }),
      });
    } catch {
      return this.#end({ kind: 'unfit' }); // e.g. a control character in a header
    }
    this.#connecting = setTimeout(() => this.#waited(), this.#options.connectLimitMs);
    response.once('close', this.#left);
    upstream.once('socket', (socket) => {
      socket.once('connect', () => this.#send(upstream));
    });
    upstream.on('information', (information) => this.#inform(information));
    upstream.once('response', (answer) => this.#take(answer));
    upstream.once('upgrade', (answer, socket, head) => this.#join(answer, socket, head));
    upstream.on('error', (error: NodeJS.ErrnoException) => this.#failed(error.code));
    upstream.once('close', () => this.#failed(undefined));
  }

  #headers(): string[] {
    const { request, body, upgrade } = this.#call;
    const headers = forwardedHeaders(request.rawHeaders, NOT_ASKED);
    const length = body?.length ?? 0;
    if (length > 0 || !BODILESS.has(request.method!)) headers.push('Content-Length', String(length));
    headers.push(TOKEN_HEADER, this.#backend.token);
    if (request.headers.host === undefined) headers.push('Host', `${this.#backend.host}:${this.#backend.port}`);
    if (upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade!);
    else headers.push('Connection', 'close');
    return headers;
  }

  #send(upstream: ClientRequest): void {
    this.#isSent = true;
    this.#lives();
    const { body } = this.#call;
    const chunks = body?.inMemory;
    if (!body) return void upstream.end();
    if (chunks) return void upstream.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    const stream = Readable.from(body.chunks());
    stream.on('data', () => this.#lives());
    stream.once('error', () => upstream.destroy());
    upstream.once('close', () => stream.destroy());
    stream.pipe(upstream);
  }

  /** What the replica says before its answer; of that, hints are worth passing on. */
  #inform({
    statusCode,
    headers,
  }: {
    readonly statusCode: number;
    readonly headers: NodeJS.Dict<string | string[]>;
  }): void {
    const { request, response, upgrade } = this.#call;
    if (statusCode !== 103 || headers.link === undefined || request.httpVersion === '1.0' || upgrade) return;
    if (response.destroyed || response.headersSent) return;
    try {
      response.writeEarlyHints({ link: headers.link });
    } catch {
      // A hint that is none helps nobody.
    }
  }

  #take(answer: IncomingMessage): void {
    if (this.#isOver) return;
    this.#answer = answer;
    const { response } = this.#call;
    const code = answer.statusCode ?? 0;
    answer.on('error', () => this.#failed(undefined));
    if (code < 200) return this.#break('the replica answered what is no HTTP');
    if (!response.destroyed)
      try {
        response.writeHead(code, reasonPhrase(answer), forwardedHeaders(answer.rawHeaders, NOT_ANSWERED));
      } catch {
        return this.#break('the replica answered what is no HTTP');
      }
    this.#lives();
    const sink = new AnswerSink(answer, response, this.#options.room, this.#options.stallLimitMs);
    answer.on('data', (chunk: Buffer) => {
      this.#lives();
      sink.write(chunk);
    });
    answer.once('end', () => {
      if (!answer.complete || this.#isOver) return;
      this.#addTrailers(answer);
      sink.end();
      this.#end({ kind: 'answered', code });
      this.#upstream!.destroy(); // what it has not read of the request, or says beyond its answer, is of no use
    });
    answer.once('close', () => this.#failed(undefined));
    if (response.destroyed) this.#abandon();
    // A head without a body yet, as of a stream of events, is news as well.
    else if (answer.headers['content-length'] === undefined)
      setImmediate(() => {
        if (!this.#isOver && !response.destroyed) response.flushHeaders();
      });
  }

  #addTrailers({ rawTrailers }: IncomingMessage): void {
    if (rawTrailers.length === 0) return;
    const pairs: [string, string][] = [];
    for (let i = 0; i < rawTrailers.length; i += 2) pairs.push([rawTrailers[i]!, rawTrailers[i + 1]!]);
    try {
      this.#call.response.addTrailers(pairs);
    } catch {
      // The answer is whole without them.
    }
  }

  #join(answer: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { response, upgrade } = this.#call;
    if (this.#isOver || !upgrade || upgrade.socket.destroyed) {
      socket.destroy();
      return this.#break('the replica changed the protocol unasked');
    }
    this.#isTunnel = true;
    clearTimeout(this.#silence);
    response.off('close', this.#left);
    const client = upgrade.socket;
    response.detachSocket(client as Parameters<ServerResponse['detachSocket']>[0]);
    const lines = [`HTTP/1.1 101 ${reasonPhrase(answer)}`, 'Connection: Upgrade', `Upgrade: ${answer.headers.upgrade}`];
    const headers = forwardedHeaders(answer.rawHeaders, NOT_ANSWERED);
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (head.length > 0) client.write(head);
    const said = upgrade.take();
    if (said.length > 0) socket.write(said);
    this.#options.onTunnel();
    tunnel(client, socket, this.#options.tunnelSilenceMs, () => this.#end({ kind: 'answered', code: 101 }));
  }

  /** Whoever asked has left. */
  #abandon(): void {
    if (this.#isOver || this.#abandoned) return;
    const endless = this.#answer?.headers['content-type']?.startsWith('text/event-stream') ?? false;
    if (endless || this.#call.upgrade) return this.#break('nobody listens any more');
    this.#abandoned = setTimeout(() => this.#break('nobody waits any more'), this.#options.abandonedLimitMs).unref();
  }

  #waited(): void {
    if (this.#isOver) return;
    if (this.#isSent && this.#answer?.isPaused()) return this.#lives(); // it is we who do not listen
    this.#end(this.#isSent ? { kind: 'silent' } : { kind: 'untaken' });
    this.#upstream!.destroy();
  }

  #failed(code: string | undefined): void {
    if (this.#isOver || this.#isTunnel) return;
    // What is wrong beyond a whole answer takes nothing from it: its end is yet to be read.
    if (this.#answer?.complete && !this.#answer.destroyed) return;
    if (code !== undefined && SHORTAGES.has(code)) this.#end({ kind: 'short' });
    else if (!this.#isSent) this.#end({ kind: 'untaken' });
    else this.#break('the replica ended while it had the request');
  }

  #break(why: string): void {
    this.#end({ kind: 'broken', why });
    this.#upstream!.destroy();
  }

  /** A sign of life. */
  #lives(): void {
    if (this.#isOver) return;
    if (this.#silence) return void this.#silence.refresh();
    clearTimeout(this.#connecting);
    this.#silence = setTimeout(() => this.#waited(), this.#options.silenceLimitMs);
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#connecting);
    clearTimeout(this.#silence);
    clearTimeout(this.#abandoned);
    this.#call.response.off('close', this.#left);
    this.#onEnd(ending);
  }
}

/** The words behind a status code, or the usual ones where those cannot be passed on. */
function reasonPhrase({ statusCode, statusMessage }: IncomingMessage): string {
  if (statusMessage !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(statusMessage)) return statusMessage;
  return STATUS_CODES[statusCode ?? 0] ?? '';
}
