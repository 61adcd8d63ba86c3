/**
 * A connection to an API server: requests with bounded answers. TLS, proxies and headers are those of `@kubernetes/client-node`, which is
 * loaded with the first connection. It is given credentials and no commands: it would run those of a kubeconfig unasked.
 *
 * Invariant: an answer is whole, of bounded size and JSON, or it is a problem; and no credential leaves this file but to the server.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { problemError, ProblemError } from '../../../../spec/problems/problem-error.ts';
import { jsonOf } from '../../../json-text.ts';
import type { Access } from './access.ts';
import { refusal } from './refusal.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Who answers calls. */
export interface ApiServer {
  /** Its address. */
  readonly server: string;
  readonly ask: (call: Call) => Promise<unknown>;
  readonly stream: (call: Call) => Promise<IncomingMessage>;
}

export interface ConnectionLimits {
  /** Bytes of one answer; a page of 500 large objects has some ten million. */
  readonly most: number;
  /** Milliseconds of silence. */
  readonly silenceMs: number;
}

const LIMITS: ConnectionLimits = { most: 64e6, silenceMs: 30_000 };
/** A page of a sign-in form, quoted, helps nobody; a Status has less. */
const MOST_REFUSAL = 1e6;

export class Connection implements ApiServer {
  readonly server: string;
  readonly limits: ConnectionLimits;
  readonly #library: KubeConfig;

  private constructor(server: string, library: KubeConfig, limits: ConnectionLimits) {
    this.server = server;
    this.#library = library;
    this.limits = limits;
  }

  static async open(access: Access, limits: Partial<ConnectionLimits> = {}): Promise<Connection> {
    const library = await newLibrary();
    const base64 = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : Buffer.from(text).toString('base64');
    library.loadFromOptions({
      clusters: [
        {
          name: 'cluster',
          server: access.server,
          caData: base64(access.authority),
          skipTLSVerify: access.insecure,
          tlsServerName: access.serverName,
          proxyUrl: access.proxy,
        },
      ],
      users: [{ name: 'user', certData: base64(access.certificate), keyData: base64(access.key), token: access.token }],
      contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
      currentContext: 'context',
    });
    return new Connection(access.server, library, { ...LIMITS, ...limits });
  }

  /** The JSON that the server answers. @throws ProblemError BERTH562x, BERTH5630. */
  async ask(call: Call): Promise<unknown> {
    const answer = await this.#send(call);
    const code = answer.statusCode ?? 0;
    const isRefusal = code < 200 || code > 299;
    const text = await this.#textOf(answer, isRefusal ? MOST_REFUSAL : this.limits.most, call.signal);
    if (isRefusal) throw this.#refusal(code, answer, text);
    return this.#json(answer, text);
  }

  /** The answer as it comes; whoever takes it ends it. @throws ProblemError as `ask` does where the server refuses. */
  async stream(call: Call): Promise<IncomingMessage> {
    const answer = await this.#send(call);
    if (answer.statusCode === 200) return answer;
    const text = await this.#textOf(answer, MOST_REFUSAL, call.signal);
    throw this.#refusal(answer.statusCode ?? 0, answer, text);
  }

  async #send({ method, path, body, contentType, signal }: Call): Promise<IncomingMessage> {
    signal?.throwIfAborted();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = { method };
    await this.#library.applyToHTTPSOptions(options);
    options.headers = {
      ...(options.headers as Record<string, string> | undefined),
      accept: 'application/json',
      ...(text === undefined
        ? {}
        : { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const send = this.server.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const call = send(`${this.server}${path}`, options, resolve);
      const cancel = (): void => void call.destroy(signal?.reason as Error);
      const silent = setTimeout(() => call.destroy(this.#silence()), this.limits.silenceMs);
      call.once('response', () => clearTimeout(silent));
      call.once('error', (error) => {
        clearTimeout(silent);
        reject(signal?.aborted === true ? (signal.reason as Error) : unreachable(this.server, error));
      });
      call.once('close', () => signal?.removeEventListener('abort', cancel));
      signal?.addEventListener('abort', cancel, { once: true });
      call.end(text);
    });
  }

  #textOf(answer: IncomingMessage, most: number, signal?: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let length = 0;
      const silent = setTimeout(() => answer.destroy(this.#silence()), this.limits.silenceMs);
      answer.on('data', (piece: Buffer) => {
        silent.refresh();
        length += piece.length;
        if (length > most) answer.destroy(problemError('BERTH5628', { server: this.server, most }));
        else pieces.push(piece);
      });
      answer.once('error', (error) => {
        if (signal?.aborted === true) reject(signal.reason as Error);
        else reject(error instanceof ProblemError ? error : this.#cutShort());
      });
      answer.once('close', () => {
        clearTimeout(silent);
        if (answer.complete) resolve(Buffer.concat(pieces).toString());
        else reject(this.#cutShort());
      });
    });
  }

  #json(answer: IncomingMessage, text: string): unknown {
    const refuse = (detail: string): never => {
      throw problemError('BERTH5627', { server: this.server, detail });
    };
    const type = answer.headers['content-type'] ?? '';
    if (/html/i.test(type)) return refuse(`it sends a page (${type})`);
    try {
      return jsonOf(text);
    } catch {
      return refuse('what it sends is no JSON');
    }
  }

  #refusal(code: number, answer: IncomingMessage, text: string): ProblemError {
    try {
      return refusal(this.server, code, this.#json(answer, text));
    } catch (error) {
      // A proxy's own page: that it refuses is said, not what the page says.
      return code === 401 || code >= 500 || !(error instanceof ProblemError)
        ? refusal(this.server, code, undefined)
        : error;
    }
  }

  #cutShort(): ProblemError {
    return problemError('BERTH5627', { server: this.server, detail: 'its answer was cut short' });
  }

  #silence(): ProblemError {
    return problemError('BERTH5630', { server: this.server, seconds: Math.ceil(this.limits.silenceMs / 1000) });
  }
}

/** The first Node on which the library's own HTTP client loads: older editors bring an older one. */
const LEAST_NODE = [22, 19] as const;

/** @throws ProblemError BERTH5632 on a Node that is too old. */
export async function newLibrary(node = process.versions.node): Promise<KubeConfig> {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw problemError('BERTH5632', { node, least: LEAST_NODE.join('.') });
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  return new KubeConfig();
}

/** What a failure of the network is to a person; what is a problem already stays so. */
export function unreachable(server: string, error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const detail = (code !== undefined && NETWORK[code]) || message || code || 'it ended the connection';
  return problemError('BERTH5620', { server, detail }, { cause: error });
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it ended the connection',
  ENOTFOUND: 'its name is not known',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that the kubeconfig does not name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that the kubeconfig does not name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by an authority that the kubeconfig does not name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
