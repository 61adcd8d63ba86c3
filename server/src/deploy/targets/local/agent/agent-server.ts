/** The agent's door: conversion between HTTP on the control socket and the agent, and nothing else. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { problemOf } from '../../../deploy-problem.ts';
import { jsonOf } from '../../../json-text.ts';
import type { Agent } from './agent.ts';
import { VERSION } from '../../../../host/version.ts';
import { AGENT_PROTOCOL, agentBuild, berthName, SIGN_OF_LIFE_MS } from './agent-protocol.ts';
import type { AgentInfo, ApplyLine, WatchLine } from './agent-protocol.ts';
import { prepareFolder } from './state-folder.ts';
import type { LogLine } from '../../../target.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';

/** Statuses a second that a watcher gets at most. */
const WATCH_PAUSE_MS = 250;
/** A plan of a very large graph is some megabytes; more than this is no plan. */
const LARGEST_BODY = 128 << 20;

export class AgentServer {
  readonly #agent: Agent;
  readonly #onStop: () => void;
  readonly #server: Server;
  #connections = 0;
  #usedAt = performance.now();

  /** @param onStop called when a client asks the agent to end; the answer waits for it. */
  constructor(agent: Agent, onStop: () => void) {
    this.#agent = agent;
    this.#onStop = onStop;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch((error: unknown) => {
        const problem = problemOf(error);
        if (response.headersSent) response.destroy();
        else send(response, problem.code === 'BERTH5021' || problem.code === 'BERTH5011' ? 404 : 409, problem.problem);
      });
    });
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      socket.once('close', () => {
        this.#connections -= 1;
        this.#usedAt = performance.now();
      });
    });
  }

  /** For how long nobody has been connected. */
  get unusedMs(): number {
    return this.#connections > 0 ? 0 : performance.now() - this.#usedAt;
  }

  /** Listens on the control socket, readable and writable by its owner alone. The caller holds the lock, so a socket that lies there is dead. */
  async listen(path: string): Promise<void> {
    if (platform() !== 'win32') {
      prepareFolder(dirname(path));
      rmSync(path, { force: true });
    }
    // The socket is never open to others, not even between its creation and the change of its mode.
    const before = process.umask(0o177);
    try {
      await new Promise<void>((done, fail) => {
        this.#server.once('error', fail);
        this.#server.listen(path, () => {
          this.#server.off('error', fail);
          done();
        });
      });
      if (platform() !== 'win32') chmodSync(path, 0o600);
    } finally {
      process.umask(before);
    }
  }

  /** Takes no one in any more; who is in is answered. */
  leave(): void {
    this.#server.close();
  }

  close(): void {
    this.leave();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {
      parts: [room, kind, name, what, number],
      query,
    } = addressOf(request.url ?? '/');
    const route = `${request.method} ${[room, ...(kind === undefined ? [] : [room === 'agent' ? kind : '*']), ...(what === undefined ? [] : [what])].join('/')}`;
    const id = `${kind}/${name}`;
    switch (route) {
      case 'GET agent':
        return send(response, 200, {
          protocol: AGENT_PROTOCOL,
          build: agentBuild(),
          version: VERSION,
          handsOver: true,
          pid: process.pid,
          active: this.#agent.active,
          others: this.#connections - 1,
        } satisfies AgentInfo);
      case 'POST agent/stop':
        return this.#end(response, () => this.#agent.halt());
      case 'POST agent/hand-over':
        return this.#end(response, () => this.#agent.handOver());
      case 'GET notices':
        return send(response, 200, this.#agent.notices);
      case 'GET deployments':
        return send(response, 200, this.#agent.list());
      case 'GET deployments/*':
        return send(response, 200, this.#agent.read(id));
      case 'GET deployments/*/revisions':
        return send(response, 200, this.#revision(id, Number(number)));
      case 'GET deployments/*/logs':
        return this.#logs(response, id, query);
      case 'POST deployments/*/cancel':
        return send(response, 200, { cancelled: await this.#agent.get(id).cancel() });
      case 'GET deployments/*/watch':
        return this.#watch(response, id);
      case 'GET watch':
        return this.#watchAll(response);
      case 'POST apply':
        return this.#apply(request, response);
      default:
        return send(
          response,
          404,
          problemError('BERTH5016', {
            agent: berthName({ version: VERSION, protocol: AGENT_PROTOCOL }),
            here: 'another',
            newer: false,
          }).problem,
        );
    }
  }

  /**
   * Nobody comes in from here on: what an agent promised that is about to end, no next one would know of. The one who asked is
   * answered first, and waits for the lock from then on; where it has gone meanwhile the agent ends all the same.
   */
  async #end(response: ServerResponse, end: () => Promise<void>): Promise<void> {
    this.leave();
    try {
      await end();
      send(response, 200, {});
    } finally {
      if (response.closed) this.#onStop();
      else response.once('close', () => this.#onStop());
    }
  }

  #revision(id: string, number: number): unknown {
    const deployment = this.#agent.get(id);
    const desired = deployment.revision(number);
    if (!desired) throw problemError('BERTH5011', { id, revision: number, known: deployment.revisionNumbers });
    return desired;
  }

  async #apply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const plan = await readJson(request);
    // Once it is accepted, lost connections do not matter: it is brought about.
    const write = (line: ApplyLine): void => {
      if (response.destroyed) return;
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(`${JSON.stringify(line)}\n`);
    };
    try {
      await this.#agent.apply(plan, {
        onEvent: (event) => write({ event }),
        withdrawn: () => response.destroyed,
      });
    } catch (error) {
      write({ problem: problemOf(error).problem });
    }
    response.end();
  }

  #watch(response: ServerResponse, id: string): void {
    const deployment = this.#agent.get(id);
    const stream = new ThrottledStream(response, (): WatchLine | undefined =>
      deployment.exists ? { status: deployment.status() } : undefined,
    );
    const life = setInterval(() => {
      if (response.writableLength === 0) response.write('{}\n');
    }, SIGN_OF_LIFE_MS);
    const unwatch = deployment.watch(() => stream.changed());
    response.once('close', () => {
      clearInterval(life);
      unwatch();
    });
  }

  #logs(response: ServerResponse, id: string, query: URLSearchParams): void {
    const deployment = this.#agent.get(id);
    const subject = query.get('subject') ?? undefined;
    const [tail, since] = [numberIn(query, 'tail'), numberIn(query, 'since')];
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const write = (line: LogLine): void => void response.write(`${JSON.stringify(line)}\n`);
    const lines = deployment.logs({
      ...(subject !== undefined && { subject }),
      ...(tail !== undefined && { tail }),
      ...(since !== undefined && { since }),
    });
    for (const line of lines) write(line);
    if (query.get('follow') !== '1') {
      response.end();
      return;
    }
    const unfollow = deployment.watchLog(subject, write);
    const unwatch = deployment.watch(() => {
      if (!deployment.exists) response.end();
    });
    response.once('close', () => {
      unfollow();
      unwatch();
    });
  }

  #watchAll(response: ServerResponse): void {
    const stream = new ThrottledStream(response, () => ({}));
    response.once(
      'close',
      this.#agent.watch(() => stream.changed()),
    );
  }
}

/** Lines of the newest value: the first at once, then at most four a second, and none while the receiver does not read. */
class ThrottledStream {
  readonly #response: ServerResponse;
  readonly #value: () => object | undefined;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #choked = false;

  /** @param value what to send; undefined ends the stream. */
  constructor(response: ServerResponse, value: () => object | undefined) {
    this.#response = response;
    this.#value = value;
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.once('close', () => clearTimeout(this.#timer));
    this.#send();
  }

  changed(): void {
    if (this.#timer || this.#choked || this.#response.destroyed) return;
    this.#timer = setTimeout(() => this.#send(), Math.max(0, this.#last + WATCH_PAUSE_MS - performance.now()));
  }

  #send(): void {
    this.#timer = undefined;
    this.#last = performance.now();
    const value = this.#value();
    if (value === undefined) {
      this.#response.end();
      return;
    }
    this.#choked = !this.#response.write(`${JSON.stringify(value)}\n`);
    if (this.#choked)
      this.#response.once('drain', () => {
        this.#choked = false;
        this.changed();
      });
  }
}

/** The parts of a path, decoded, and its query; none of what is no path, which then leads nowhere. */
function addressOf(url: string): { readonly parts: readonly string[]; readonly query: URLSearchParams } {
  try {
    const { pathname, searchParams } = new URL(url, 'http://agent');
    return { parts: pathname.split('/').slice(1).map(decodeURIComponent), query: searchParams };
  } catch {
    return { parts: [], query: new URLSearchParams() };
  }
}

function numberIn(query: URLSearchParams, key: string): number | undefined {
  const value = Number(query.get(key) ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}

function send(response: ServerResponse, code: number, value: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw problemError('BERTH5025', { detail: 'it is too large' });
    chunks.push(chunk);
  }
  try {
    return jsonOf(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw problemError('BERTH5025', { detail: (error as Error).message }, { cause: error });
  }
}
