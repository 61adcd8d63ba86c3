/**
 * The REST interface of a Ray dashboard. Whoever answers there is not believed: an answer has a size and a time that it may take, is of the
 * type that was asked for, and of the shape; what Ray says in words is quoted as one line.
 */
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { jsonOf } from '../../json-text.ts';
import { checkShape } from '../../shape.ts';
import type { Shape } from '../../shape.ts';
import { problemError, ProblemError } from '../../../spec/problems/problem-error.ts';

export interface RayCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below the address, with its query: `/api/version`. */
  readonly path: string;
  readonly body?: unknown;
  /** What it is about, as in "when asked to … ". */
  readonly what: string;
}

export interface DashboardLimits {
  /** Until an answer is whole, ms. */
  readonly answerMs: number;
  /** The largest answer that is read, bytes. */
  readonly answerBytes: number;
  /** The longest line of a stream, bytes; what is longer is cut. */
  readonly lineBytes: number;
}

/** Thousands of replicas make an answer of some megabytes. */
export const DASHBOARD_LIMITS: DashboardLimits = { answerMs: 20_000, answerBytes: 2 ** 26, lineBytes: 2 ** 16 };

export class Dashboard {
  /** Without a slash at its end. */
  readonly address: string;
  readonly #limits: DashboardLimits;

  /** @param address `http://head:8265`, where need be with a path before the interface's own. */
  constructor(address: string, limits: Partial<DashboardLimits> = {}) {
    this.address = address.replace(/\/+$/, '');
    this.#limits = { ...DASHBOARD_LIMITS, ...limits };
  }

  /** @throws ProblemError BERTH5500, BERTH5501 or BERTH5502, and what the signal says. */
  async ask<T>(call: RayCall, shape: Shape<T>, signal?: AbortSignal): Promise<T> {
    return this.understood(call, await this.text(call, signal), shape);
  }

  /** As `ask`, and undefined where Ray answers that there is no such thing. */
  async find<T>(call: RayCall, shape: Shape<T>, signal?: AbortSignal): Promise<T | undefined> {
    const { status, said } = await this.#say(call, signal);
    if (status === 404) return undefined;
    return this.understood(call, this.#taken(call, status, said), shape);
  }

  /** The text of a good answer, whatever it is. */
  async text(call: RayCall, signal?: AbortSignal): Promise<string> {
    const { status, said } = await this.#say(call, signal);
    return this.#taken(call, status, said);
  }

  /** What Ray answered, be it good or not. */
  async answer(call: RayCall, signal?: AbortSignal): Promise<{ readonly status: number; readonly said: string }> {
    return this.#say(call, signal);
  }

  /** The lines of an answer that does not end, until the signal fires or Ray ends it. What has no line end yet waits for it. */
  async *lines(call: RayCall, signal: AbortSignal): AsyncGenerator<string, void> {
    let response: IncomingMessage;
    const opening = new AbortController();
    const timer = setTimeout(
      () => opening.abort(new Error(`no answer in ${this.#limits.answerMs / 1000} s`)),
      this.#limits.answerMs,
    );
    try {
      response = await this.#send(call, AbortSignal.any([signal, opening.signal]));
      clearTimeout(timer);
      const status = response.statusCode!;
      if (status !== 200) throw this.refusal(call, status, await this.#bounded(call, response));
      let rest = '';
      for await (const piece of pieces(response)) {
        const parts = (rest + piece).split('\n');
        rest = parts.pop()!;
        if (rest.length > this.#limits.lineBytes) parts.push(rest.slice(0, this.#limits.lineBytes));
        if (rest.length > this.#limits.lineBytes) rest = '';
        for (const part of parts) yield part;
      }
      if (rest !== '') yield rest;
    } catch (error) {
      if (signal.aborted) return;
      throw this.#unreached(error, opening.signal);
    } finally {
      clearTimeout(timer);
      opening.abort();
    }
  }

  /** @throws ProblemError BERTH5502 where a text is no JSON of the shape. */
  understood<T>(call: Pick<RayCall, 'what'>, said: string, shape: Shape<T>): T {
    let value: unknown;
    try {
      value = jsonOf(said);
    } catch (error) {
      throw this.#odd(call, whatElse(said, error as Error), error);
    }
    const checked = checkShape(shape, value);
    if (!checked.ok) throw this.#odd(call, checked.detail);
    return checked.value;
  }

  async #say(call: RayCall, signal?: AbortSignal): Promise<{ readonly status: number; readonly said: string }> {
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(this.#limits.answerMs);
    try {
      const response = await this.#send(call, signal ? AbortSignal.any([signal, limit]) : limit);
      return { status: response.statusCode!, said: await this.#bounded(call, response) };
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unreached(error, limit);
    }
  }

  /**
   * Node's `fetch` calls itself a browser (`sec-fetch-mode`), and from a browser Ray takes nothing that changes anything. A redirection leads
   * to a page for people, such as one to sign in: it is not followed.
   */
  #send({ method, path, body }: RayCall, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const send = this.address.startsWith('https:') ? httpsRequest : httpRequest;
      const headers = content && { 'content-type': 'application/json', 'content-length': content.length };
      const request = send(this.address + path, { method, signal, agent: false, ...(headers && { headers }) }, done);
      request.on('error', fail);
      request.end(content);
    });
  }

  async #bounded(call: RayCall, response: IncomingMessage): Promise<string> {
    let bytes = 0;
    let said = '';
    for await (const piece of pieces(response)) {
      bytes += Buffer.byteLength(piece);
      if (bytes > this.#limits.answerBytes)
        throw this.#odd(call, `it is longer than ${this.#limits.answerBytes} bytes`);
      said += piece;
    }
    return said;
  }

  #taken(call: RayCall, status: number, said: string): string {
    if (status >= 200 && status < 300) return said;
    throw this.refusal(call, status, said);
  }

  /** What a bad answer means. */
  refusal(call: RayCall, status: number, said: string): ProblemError {
    if (status >= 300 && status < 400) return this.#odd(call, `it leads elsewhere (${status})`);
    if (isPage(said)) return this.#odd(call, `it is a page of HTML (${status})`);
    return problemError('BERTH5501', { address: this.address, what: call.what, status, words: rayWords(said) });
  }

  #odd({ what }: Pick<RayCall, 'what'>, detail: string, cause?: unknown): ProblemError {
    return problemError('BERTH5502', { address: this.address, what, detail }, { cause });
  }

  #unreached(error: unknown, limit: AbortSignal): ProblemError {
    if (error instanceof ProblemError) return error;
    const detail = limit.aborted ? `no answer in ${this.#limits.answerMs / 1000} s` : reasonOf(error);
    return problemError('BERTH5500', { address: this.address, detail }, { cause: error });
  }
}

/**
 * The sentence of a traceback that says what went wrong, else the whole, as one line: of what Ray says in dozens of lines the last error
 * is what a person looks for.
 */
export function rayWords(said: string): string {
  const lines = said
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) return 'no word';
  if (!said.includes('Traceback (most recent call last)')) return lines.map((line) => line.trim()).join(' ');
  const errors = lines.filter((line) => /^(\w+\.)*\w*(Error|Exception|Exit|Interrupt)\b/.test(line));
  return (errors.at(-1) ?? lines.at(-1)!).trim();
}

/** The text of a body as it comes; a letter of several bytes stays whole. */
async function* pieces(response: IncomingMessage): AsyncGenerator<string, void> {
  response.setEncoding('utf8');
  for await (const piece of response) yield piece as string;
}

function isPage(said: string): boolean {
  return /^\s*<(!doctype|html|head|\?xml)/i.test(said);
}

function whatElse(said: string, error: Error): string {
  if (said.trim() === '') return 'it is empty';
  if (isPage(said)) return 'it is a page of HTML';
  return /end of JSON|Unterminated/.test(error.message) ? 'it ends in the middle' : `it is no JSON (${error.message})`;
}

function reasonOf(error: unknown): string {
  // A name with several addresses gives an error for each.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message } = first as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it broke off',
  EPIPE: 'it broke off',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'no way leads to the host',
  ENETUNREACH: 'no way leads to the host',
};
