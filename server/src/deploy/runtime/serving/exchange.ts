/**
 * One request with one replica, whatever that one answers. It ends exactly once, in one of five ways, each of which says what may be done
 * with the replica; the answer itself is passed on as it comes.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AnswerReader, BadAnswer } from './answer-reader.ts';
import type { AnswerHead, AnswerListener } from './answer-reader.ts';
import { AnswerSink } from './answer-sink.ts';
import { forwardedHeaders } from './forwarded-headers.ts';
import type { ConnectionUser, ReplicaConnection, ReplicaConnections } from './replica-connections.ts';
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
const ENDED = 'the replica ended while it had the request';
/** Methods without a body, unless one is there. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** What is longer is not copied to be written together with the head. */
const ONE_WRITE_BYTES = 2 ** 14;
/** What no line of a head may hold, or a target of a request (as Node's client has it). */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/;
const UNFIT_TARGET = /[^\x21-\xff]/;

/** Sends a request to a replica and its answer back. @param onEnd called exactly once. */
export function exchange(
  call: Call,
  backend: Backend,
  connections: ReplicaConnections,
  options: ExchangeOptions,
  onEnd: (ending: Ending) => void,
): void {
  new Exchange(call, backend, connections, options, onEnd).begin();
}

class Exchange implements ConnectionUser, AnswerListener {
  readonly #call: Call;
  readonly #backend: Backend;
  readonly #connections: ReplicaConnections;
  readonly #options: ExchangeOptions;
  readonly #onEnd: (ending: Ending) => void;
  #connection: ReplicaConnection | undefined;
  #reader: AnswerReader;
  #requestHead = '';
  #answer: AnswerHead | undefined;
  #sink: AnswerSink | undefined;
  #connecting: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #abandoned: NodeJS.Timeout | undefined;
  #isSent = false;
  /** Everything of the request was given to the connection, and in one piece. */
  #isWritten = false;
  #isOnePiece = false;
  /** Something of an answer has come. */
  #isHeard = false;
  #isTunnel = false;
  #isOver = false;
  readonly #left = (): void => this.#abandon();

  constructor(
    call: Call,
    backend: Backend,
    connections: ReplicaConnections,
    options: ExchangeOptions,
    onEnd: (ending: Ending) => void,
  ) {
    this.#call = call;
    this.#backend = backend;
    this.#connections = connections;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#reader = new AnswerReader(call.request.method!, this);
  }

  begin(): void {
    const { upgrade, response } = this.#call;
    const head = this.#head();
    if (head === undefined) return this.#end({ kind: 'unfit' });
    this.#requestHead = head;
    response.once('close', this.#left);
    this.#use(upgrade ? this.#connections.fresh(this, true) : this.#connections.take(this));
  }

  #use(connection: ReplicaConnection): void {
    this.#connection = connection;
    if (connection.isReused) this.#send();
    else this.#connecting = setTimeout(() => this.#waited(), this.#options.connectLimitMs);
  }

  /** @returns undefined where it cannot be passed on, e.g. for a control character in a header. */
  #head(): string | undefined {
    const { request, body, upgrade } = this.#call;
    if (UNFIT_TARGET.test(request.url!)) return undefined;
    const headers = forwardedHeaders(request.rawHeaders, NOT_ASKED);
    const length = body?.length ?? 0;
    if (length > 0 || !BODILESS.has(request.method!)) headers.push('Content-Length', String(length));
    headers.push(TOKEN_HEADER, this.#backend.token);
    if (request.headers.host === undefined) headers.push('Host', `${this.#backend.host}:${this.#backend.port}`);
    if (upgrade) headers.push('Connection', 'Upgrade', 'Upgrade', request.headers.upgrade!);
    let head = `${request.method} ${request.url} HTTP/1.1\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      const line = `${headers[i]}: ${headers[i + 1]}`;
      if (UNFIT.test(line)) return undefined;
      head += `${line}\r\n`;
    }
    return `${head}\r\n`;
  }

  onConnect(): void {
    this.#send();
  }

  #send(): void {
    this.#isSent = true;
    this.#lives();
    const { body } = this.#call;
    const { socket } = this.#connection!;
    const chunks = body?.inMemory ?? [];
    this.#isWritten = !body || chunks.length > 0;
    this.#isOnePiece = this.#isWritten && (body?.length ?? 0) <= ONE_WRITE_BYTES;
    if (this.#isOnePiece) {
      let text = this.#requestHead;
      for (const chunk of chunks) text += chunk.toString('latin1');
      socket.write(text, 'latin1');
      return;
    }
    socket.write(this.#requestHead, 'latin1');
    for (const chunk of chunks) socket.write(chunk);
    if (body && !this.#isWritten) void this.#pump(body, this.#connection!);
  }

  /** Sends a body that lies on the disk. */
  async #pump(body: Spool, connection: ReplicaConnection): Promise<void> {
    try {
      for await (const chunk of body.chunks()) {
        if (this.#isOver || connection.socket.destroyed) return;
        connection.socket.write(chunk);
        await connection.drained();
        this.#lives();
      }
      this.#isWritten = true;
    } catch {
      this.#break('the body of the request was lost');
    }
  }

  onRead(bytes: Buffer): void {
    this.#isHeard = true;
    let rest: Buffer | undefined;
    try {
      rest = this.#reader.push(bytes);
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      return this.#break('the replica answered what is no HTTP');
    }
    if (this.#isOver || !this.#reader.isDone) return;
    if (this.#answer!.code === 101) this.#join(rest);
    else this.#finish(this.#reader.keeps && rest === undefined && !this.#call.upgrade);
  }

  onReadEnd(): void {
    if (this.#isOver) return;
    if (this.#reader.end()) return this.#finish(false);
    if (!this.#connection!.isReused || this.#isHeard) return this.#break(ENDED);
    this.#connections.closes();
    if (!this.#isOnePiece) return this.#break(ENDED);
    void this.#connection!.cameTooLate().then((isTooLate) => {
      if (this.#isOver) return;
      if (isTooLate) this.#again();
      else this.#break(ENDED);
    });
  }

  onClose(error: NodeJS.ErrnoException | undefined): void {
    if (this.#isOver || this.#isTunnel) return;
    const { isReused } = this.#connection!;
    if (isReused && !this.#isHeard) this.#connections.closes();
    if (error?.code !== undefined && SHORTAGES.has(error.code)) this.#end({ kind: 'short' });
    else if (!this.#isSent) this.#end({ kind: 'untaken' });
    else if (isReused && !this.#isHeard && this.#isOnePiece && error?.syscall === 'write') this.#again();
    else this.#break(ENDED);
  }

  /** The replica had closed its connection before the request came: nothing of it was read, so it can have it once more. */
  #again(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#connection!.destroy();
    this.#isSent = this.#isWritten = this.#isOnePiece = false;
    this.#use(this.#connections.fresh(this));
  }

  /** What the replica says before its answer; of that, hints are worth passing on. */
  onInformation({ code, headers }: AnswerHead): void {
    const { request, response, upgrade } = this.#call;
    if (code !== 103 || request.httpVersion === '1.0' || upgrade) return;
    if (response.destroyed || response.headersSent) return;
    const link = headers.filter((_, i) => i % 2 === 1 && headers[i - 1]!.toLowerCase() === 'link');
    if (link.length === 0) return;
    try {
      response.writeEarlyHints({ link: link.join(', ') });
    } catch {
      // A hint that is none helps nobody.
    }
  }

  onHead(head: AnswerHead): void {
    if (this.#isOver) return;
    this.#answer = head;
    const { response } = this.#call;
    if (head.code === 101) return;
    if (!response.destroyed)
      response.writeHead(head.code, reasonPhrase(head), forwardedHeaders(head.headers, NOT_ANSWERED));
    this.#lives();
    this.#sink = new AnswerSink(this.#connection!.socket, response, this.#options.room, this.#options.stallLimitMs);
    if (response.destroyed) this.#abandon();
    // A head without a body yet, as of a stream of events, is news as well.
    else
      setImmediate(() => {
        if (!this.#isOver && !response.destroyed) response.flushHeaders();
      });
  }

  onBody(chunk: Buffer, isLast: boolean): void {
    if (this.#isOver) return;
    this.#lives();
    if (isLast) this.#sink!.end(chunk);
    else this.#sink!.write(chunk);
  }

  /** The answer is whole. What the replica has not read of the request, or says beyond its answer, is of no use. */
  #finish(keeps: boolean): void {
    const connection = this.#connection!;
    this.#addTrailers(this.#reader.trailers);
    this.#sink!.end();
    if (keeps && this.#isWritten && connection.socket.writableLength === 0) this.#connections.giveBack(connection);
    else connection.destroy();
    this.#end({ kind: 'answered', code: this.#answer!.code });
  }

  #addTrailers(raw: readonly string[]): void {
    if (raw.length === 0) return;
    const pairs: [string, string][] = [];
    for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i]!, raw[i + 1]!]);
    try {
      this.#call.response.addTrailers(pairs);
    } catch {
      // The answer is whole without them.
    }
  }

  #join(head: Buffer | undefined): void {
    const { response, upgrade } = this.#call;
    const { headers } = this.#answer!;
    const protocol = headers.find((_, i) => i % 2 === 1 && headers[i - 1]!.toLowerCase() === 'upgrade');
    if (!upgrade || upgrade.socket.destroyed || protocol === undefined)
      return this.#break('the replica changed the protocol unasked');
    this.#isTunnel = true;
    clearTimeout(this.#silence);
    response.off('close', this.#left);
    const socket = this.#connection!.release();
    const client = upgrade.socket;
    response.detachSocket(client as Parameters<ServerResponse['detachSocket']>[0]);
    const lines = [`HTTP/1.1 101 ${reasonPhrase(this.#answer!)}`, 'Connection: Upgrade', `Upgrade: ${protocol}`];
    const forwarded = forwardedHeaders(headers, NOT_ANSWERED);
    for (let i = 0; i < forwarded.length; i += 2) lines.push(`${forwarded[i]}: ${forwarded[i + 1]}`);
    client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (head) client.write(head);
    const said = upgrade.take();
    if (said.length > 0) socket.write(said);
    this.#options.onTunnel();
    tunnel(client, socket, this.#options.tunnelSilenceMs, () => this.#end({ kind: 'answered', code: 101 }));
  }

  /** Whoever asked has left. */
  #abandon(): void {
    if (this.#isOver || this.#abandoned) return;
    const headers = this.#answer?.headers ?? [];
    const endless = headers.some(
      (value, i) =>
        i % 2 === 1 && value.startsWith('text/event-stream') && headers[i - 1]!.toLowerCase() === 'content-type',
    );
    if (endless || this.#call.upgrade) return this.#break('nobody listens any more');
    this.#abandoned = setTimeout(() => this.#break('nobody waits any more'), this.#options.abandonedLimitMs).unref();
  }

  #waited(): void {
    if (this.#isOver) return;
    if (this.#isSent && this.#connection!.socket.isPaused()) return this.#lives(); // it is we who do not listen
    this.#connection!.destroy();
    this.#end(this.#isSent ? { kind: 'silent' } : { kind: 'untaken' });
  }

  #break(why: string): void {
    if (this.#isOver) return;
    this.#connection!.destroy();
    this.#end({ kind: 'broken', why });
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
function reasonPhrase({ code, reason }: AnswerHead): string {
  return reason !== '' && !UNFIT.test(reason) ? reason : (STATUS_CODES[code] ?? '');
}
