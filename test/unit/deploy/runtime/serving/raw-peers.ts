/** Both sides of a router as bare sockets, to say what no HTTP library would. */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { JobMetrics } from '../../../../../server/src/deploy/runtime/serving/job-metrics.ts';
import { listen } from '../../../../../server/src/deploy/runtime/serving/listen.ts';
import { Router } from '../../../../../server/src/deploy/runtime/serving/router.ts';
import type { Backend } from '../../../../../server/src/deploy/runtime/serving/router.ts';
import type { RouterLimits } from '../../../../../server/src/deploy/runtime/serving/router-limits.ts';

const HOST = '127.0.0.1';

/** A request as a replica has read it: its head and what came with it so far. */
export type Script = (socket: Socket, head: string) => void;

/** A router with replicas, until it is disposed of. */
export class RawStage {
  readonly router: Router;
  readonly metrics: JobMetrics;
  readonly sick: Backend[] = [];
  port = 0;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(limits: Partial<RouterLimits>, spoolFolder?: string) {
    const clock = { now: () => performance.now() };
    this.metrics = new JobMetrics(1000, clock);
    this.router = new Router({
      job: 'search',
      metrics: this.metrics,
      clock,
      scrape: () => 'the metrics\n',
      hopeless: () => false,
      probe: async () => true,
      onSick: (backend) => this.sick.push(backend),
      limits,
      ...(spoolFolder !== undefined && { spoolFolder }),
    });
  }

  static async open(limits: Partial<RouterLimits> = {}, spoolFolder?: string): Promise<RawStage> {
    const stage = new RawStage(limits, spoolFolder);
    stage.port = (await stage.router.listen(HOST)).port;
    return stage;
  }

  /** Adds a replica that does what it is told with each request. */
  async replica(script: Script): Promise<Backend> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      let head = '';
      const listens = (chunk: Buffer): void => {
        head += chunk.toString('latin1');
        if (!head.includes('\r\n\r\n')) return;
        socket.off('data', listens);
        script(socket, head);
      };
      socket.on('data', listens);
    });
    this.#servers.push(server);
    const backend = { host: HOST, port: await listen(server, HOST, 0), token: 'secret' };
    this.router.add(backend);
    return backend;
  }

  /** Connects, and says something. */
  client(says: string | Buffer = ''): RawClient {
    const client = new RawClient(this.port, says);
    this.#sockets.add(client.socket);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }
}

export class RawClient {
  readonly socket: Socket;
  /** What it has heard. */
  heard = '';
  isClosed = false;

  constructor(port: number, says: string | Buffer) {
    this.socket = connect(port, HOST);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => (this.heard += chunk.toString('latin1')));
    this.socket.once('close', () => (this.isClosed = true));
    if (says.length > 0) this.socket.write(says);
  }

  say(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Waits until what it heard matches. */
  hears(pattern: RegExp | string): Promise<void> {
    return until(() => (typeof pattern === 'string' ? this.heard.includes(pattern) : pattern.test(this.heard)));
  }

  /** All that it hears until its connection is closed. */
  async end(): Promise<string> {
    await until(() => this.isClosed);
    return this.heard;
  }
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((next) => setTimeout(next, 2));
}

export const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
export const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';
