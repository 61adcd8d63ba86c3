/**
 * Reads one answer of a replica as its bytes come, and strictly: what could be read in two ways is no answer. Node's own client reads HTTP as
 * well, and costs more than everything else that a router does to a request.
 */

/** A head, and the trailers, may be so long, in bytes; as Node has it. */
const HEAD_LIMIT = 2 ** 14;

const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: ([^\0\n]*))?$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,15}$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

/** It is no HTTP, or breaks a rule of it that tells where an answer ends. */
export class BadAnswer extends Error {}

export interface AnswerHead {
  readonly code: number;
  readonly reason: string;
  /** Name, value, name, value …, as they came. */
  readonly headers: readonly string[];
}

export interface AnswerListener {
  /** What comes before an answer (1xx), but for a change of protocol. */
  onInformation(head: AnswerHead): void;
  onHead(head: AnswerHead): void;
  /** @param isLast the answer has no more bytes; not said of all that are the last. */
  onBody(chunk: Buffer, isLast: boolean): void;
}

type State = 'head' | 'length' | 'close' | 'size' | 'chunk' | 'chunk end' | 'trailers' | 'done';

export class AnswerReader {
  readonly #isForHead: boolean;
  readonly #listener: AnswerListener;
  #state: State = 'head';
  /** What has come of a head, or of a line between chunks. */
  #held: Buffer | undefined;
  /** Bytes of the body, or of its chunk, that are yet to come. */
  #left = 0;
  #keeps = false;
  #trailers: string[] = [];

  /** @param method of the request that is answered. */
  constructor(method: string, listener: AnswerListener) {
    this.#isForHead = method === 'HEAD';
    this.#listener = listener;
  }

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Whether the connection may carry another request, as far as this answer says, which is whole. */
  get keeps(): boolean {
    return this.#keeps;
  }

  get trailers(): readonly string[] {
    return this.#trailers;
  }

  /** @returns bytes beyond the end of the answer. @throws BadAnswer */
  push(chunk: Buffer): Buffer | undefined {
    let rest: Buffer | undefined = chunk;
    while (rest && rest.length > 0 && this.#state !== 'done') rest = this.#step(rest);
    return rest && rest.length > 0 ? rest : undefined;
  }

  /** The replica ends the connection. @returns whether the answer is whole thereby. */
  end(): boolean {
    if (this.#state === 'close') this.#state = 'done';
    return this.#state === 'done';
  }

  /** Takes some of it. @returns what is left. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#upTo('\r\n\r\n', bytes, (text) => this.#head(text));
      case 'length':
      case 'chunk': {
        const isAll = bytes.length >= this.#left;
        const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
        this.#left -= part.length;
        const isLast = isAll && this.#state === 'length';
        if (isAll) this.#state = isLast ? 'done' : 'chunk end';
        this.#listener.onBody(part, isLast);
        return bytes.length > part.length ? bytes.subarray(part.length) : undefined;
      }
      case 'close':
        this.#listener.onBody(bytes, false);
        return undefined;
      case 'size':
        return this.#upTo('\r\n', bytes, (text) => {
          const size = CHUNK_SIZE.exec(text)?.[1];
          if (size === undefined) throw new BadAnswer('a chunk without a size');
          this.#left = parseInt(size, 16);
          this.#state = this.#left === 0 ? 'trailers' : 'chunk';
        });
      case 'chunk end':
        return this.#upTo('\r\n', bytes, (text) => {
          if (text !== '') throw new BadAnswer('a chunk longer than its size');
          this.#state = 'size';
        });
      case 'trailers':
        return this.#upTo('\r\n', bytes, (text) => {
          if (text === '') this.#state = 'done';
          else if (this.#trailers.length > 2 * 100) throw new BadAnswer('too many trailers');
          else this.#field(text, this.#trailers);
        });
      case 'done':
        return bytes;
    }
  }

  /** Waits for the end of a head or a line. */
  #upTo(end: '\r\n\r\n' | '\r\n', bytes: Buffer, take: (text: string) => void): Buffer | undefined {
    const before = this.#held?.length ?? 0;
    const all = this.#held ? Buffer.concat([this.#held, bytes]) : bytes;
    const at = all.indexOf(end, Math.max(0, before - end.length + 1), 'latin1');
    if ((at < 0 ? all.length : at) > HEAD_LIMIT) throw new BadAnswer('a head without end');
    if (at < 0) {
      this.#held = all;
      return undefined;
    }
    this.#held = undefined;
    take(all.toString('latin1', 0, at));
    const from = at + end.length;
    return from < all.length ? all.subarray(from) : undefined;
  }

  #head(text: string): void {
    const [first, ...lines] = text.split('\r\n');
    const [, minor, digits, reason = ''] = STATUS_LINE.exec(first!) ?? [];
    if (digits === undefined) throw new BadAnswer('no status line');
    const headers: string[] = [];
    for (const line of lines) this.#field(line, headers);
    const head: AnswerHead = { code: Number(digits), reason, headers };
    if (head.code < 200 && head.code !== 101) return this.#listener.onInformation(head);
    this.#frame(head, minor!);
    this.#listener.onHead(head);
  }

  /** Finds out where the answer ends (RFC 9112, section 6.3). */
  #frame({ code, headers }: AnswerHead, minor: string): void {
    let length: string | undefined;
    let coding: string | undefined;
    let closes = minor === '0';
    for (let i = 0; i < headers.length; i += 2) {
      const value = headers[i + 1]!;
      switch (headers[i]!.toLowerCase()) {
        case 'content-length':
          if (length !== undefined || !LENGTH.test(value)) throw new BadAnswer('no single length');
          length = value;
          break;
        case 'transfer-encoding':
          if (coding !== undefined || value.toLowerCase() !== 'chunked') throw new BadAnswer('not in plain chunks');
          coding = value;
          break;
        case 'connection':
          closes ||= /(?:^|,)[ \t]*(?:close|upgrade)[ \t]*(?:,|$)/i.test(value);
      }
    }
    if (length !== undefined && coding !== undefined) throw new BadAnswer('a length and chunks');
    this.#left = Number(length ?? 0);
    if (code === 101 || code === 204 || code === 304 || this.#isForHead) this.#state = 'done';
    else if (coding !== undefined) this.#state = 'size';
    else if (length === undefined) this.#state = 'close';
    else this.#state = this.#left === 0 ? 'done' : 'length';
    this.#keeps = !closes && code !== 101 && this.#state !== 'close';
  }

  #field(line: string, into: string[]): void {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1);
    if (!NAME.test(name) || !VALUE.test(value)) throw new BadAnswer('no header');
    into.push(name, trimmed(value));
  }
}

/** Without the spaces and tabs around it, and no others: `trim` takes a no-break space as well. */
function trimmed(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && isBlank(value.charCodeAt(from))) from += 1;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
