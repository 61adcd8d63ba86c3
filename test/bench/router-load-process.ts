/**
 * The parts of a load on a router, each a process of its own, told what it is by its argument: `replica` answers at once, `router` is a
 * router before replicas, `clients` asks in open loop. They are told what to do, and answer, by messages.
 */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { JobMetrics } from '../../server/src/deploy/runtime/serving/job-metrics.ts';
import { listen } from '../../server/src/deploy/runtime/serving/listen.ts';
import { Router } from '../../server/src/deploy/runtime/serving/router.ts';

const HOST = '127.0.0.1';
const REQUEST = 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n' + 'x'.repeat(64);
const ANSWER = 'y'.repeat(64);

/** Requests a second, for so long, over so many connections at most, to these ports by turns. */
export interface Load {
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
  readonly seed: number;
}

export interface Outcome {
  /** Of requests that were answered 200, from the moment at which they were due, in ms. */
  readonly latencies: Float64Array;
  /** Requests that were not, by the code that came, or what happened to their connection. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the first that was due to the last answer. */
  readonly lastedSeconds: number;
}

/** Of the router's process. */
export interface Footprint {
  /** Bytes, after what is garbage was collected. */
  readonly heap: number;
  readonly rss: number;
  /** The longest time, since it was last asked, for which it did nothing but one thing. */
  readonly stallMs: number;
}

const parts: Readonly<Record<string, () => Promise<void>>> = { replica, router, clients };
process.once('disconnect', () => process.exit());
await parts[process.argv[2] ?? '']?.();

async function replica(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.setHeader('content-length', ANSWER.length).end(ANSWER));
  });
  server.keepAliveTimeout = 600_000;
  process.send!(await listen(server, HOST, 0));
}

async function router(): Promise<void> {
  const clock = { now: () => performance.now() };
  const door = new Router({
    job: 'load',
    metrics: new JobMetrics(1000, clock),
    clock,
    scrape: () => '',
    hopeless: () => false,
    probe: async () => true,
    onSick: () => {},
  });
  for (const port of process.argv.slice(3)) door.add({ host: HOST, port: Number(port), token: 'token' });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  process.on('message', () => {
    const stallMs = loop.max / 1e6;
    globalThis.gc!();
    const { heapUsed, rss } = process.memoryUsage();
    process.send!({ heap: heapUsed, rss, stallMs } satisfies Footprint);
    setImmediate(() => loop.reset());
  });
  process.send!((await door.listen(HOST)).port);
}

async function clients(): Promise<void> {
  process.on('message', (load: Load) => void ask(load).then((outcome) => process.send!(outcome)));
  process.send!(0);
}

/**
 * Whoever is due is sent at once where a connection is free, whether those before were answered or not, and waits for one otherwise: its
 * latency counts from when it was due.
 */
async function ask({ ports, perSecond, seconds, connections, seed }: Load): Promise<Outcome> {
  const total = Math.round(perSecond * seconds);
  const latencies = new Float64Array(total);
  const failures: Record<string, number> = {};
  let answered = 0;
  let failed = 0;
  /** When each of those that wait was due. */
  const waiting: number[] = [];
  const free: Connection[] = [];
  const all = new Set<Connection>();

  class Connection {
    readonly #socket: Socket;
    #due: number | undefined;
    #heard = '';

    constructor(port: number) {
      all.add(this);
      this.#socket = connect(port, HOST).setNoDelay(true);
      this.#socket.on('error', () => {});
      this.#socket.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')));
      this.#socket.on('close', () => {
        all.delete(this);
        if (free.includes(this)) free.splice(free.indexOf(this), 1);
        this.#settle(`closed after ${this.#heard.length} bytes`);
      });
    }

    send(due: number): void {
      this.#due = due;
      this.#heard = '';
      this.#socket.write(REQUEST, 'latin1');
    }

    #hear(text: string): void {
      this.#heard += text;
      const end = this.#heard.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#heard.slice(0, end);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      if (length !== undefined && this.#heard.length < end + 4 + Number(length)) return;
      this.#settle(head.slice(9, 12));
      if (length === undefined || /\r\nconnection: *close/i.test(head)) this.end();
      else this.next();
    }

    next(): void {
      const due = waiting.shift();
      if (due === undefined) free.push(this);
      else this.send(due);
    }

    #settle(how: string): void {
      if (this.#due === undefined) return;
      if (how === '200') latencies[answered++] = performance.now() - this.#due;
      else {
        failed += 1;
        failures[how] = (failures[how] ?? 0) + 1;
      }
      this.#due = undefined;
    }

    end(): void {
      this.#socket.destroy();
    }
  }

  let turn = 0;
  const send = (due: number): void => {
    const connection = free.pop();
    if (connection) connection.send(due);
    else if (all.size < connections) new Connection(ports[turn++ % ports.length]!).send(due);
    else waiting.push(due);
  };
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const begin = performance.now();
  let due = begin;
  for (let sent = 0; sent < total;) {
    for (; sent < total && due <= performance.now(); sent++) {
      send(due);
      due += (-Math.log(1 - random()) * 1000) / perSecond; // arrivals of a Poisson process
    }
    while (waiting.length > 0 && all.size < connections) send(waiting.shift()!); // some may have been closed
    await new Promise((next) => setTimeout(next, Math.max(0, Math.min(1, due - performance.now()))));
  }
  while (answered + failed < total) {
    while (waiting.length > 0 && all.size < connections) send(waiting.shift()!);
    await new Promise((next) => setTimeout(next, 10));
  }
  const lastedSeconds = (performance.now() - begin) / 1000;
  for (const connection of all) connection.end();
  return { latencies: latencies.slice(0, answered), failures, lastedSeconds };
}
