/**
 * The parts of a load on a router, each a process of its own, told what it is by its argument: `replica` answers at once, `router` is a
 * router before replicas, `clients` asks in open loop. They are told what to do, and answer, by messages.
 */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { JobMetrics } from '../../server/src/deploy/runtime/serving/job-metrics.ts';
import { listen } from '../../server/src/deploy/runtime/serving/listen.ts';
import { Router } from '../../server/src/deploy/runtime/serving/router.ts';

const HOST = '127.0.0.1';
const REQUEST = 'POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n' + 'x'.repeat(64);
const ANSWER = 'y'.repeat(64);

/** Requests a second, for so long, to these ports by turns. */
export interface Load {
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Of all requests, from the moment at which they were due, in ms. */
export interface Outcome {
  readonly answered: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** Of a process, in bytes; the heap after what is garbage was collected. */
export interface Memory {
  readonly heap: number;
  readonly rss: number;
}

const parts: Readonly<Record<string, () => Promise<void>>> = { replica, router, clients };
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
  process.on('message', () => {
    globalThis.gc!();
    const { heapUsed, rss } = process.memoryUsage();
    process.send!({ heap: heapUsed, rss } satisfies Memory);
  });
  process.send!((await door.listen(HOST)).port);
}

async function clients(): Promise<void> {
  process.on('message', (load: Load) => void ask(load).then((outcome) => process.send!(outcome)));
  process.send!(0);
}

/** Whoever is due is sent at once, whether those before were answered or not; connections that are free are used again. */
async function ask({ ports, perSecond, seconds, seed }: Load): Promise<Outcome> {
  const latencies: number[] = [];
  let failed = 0;
  const free: Socket[][] = ports.map(() => []);
  const sockets = new Set<Socket>();
  const send = (turn: number, due: number): void => {
    let socket = free[turn]!.pop();
    if (!socket) {
      socket = connect(ports[turn]!, HOST).setNoDelay(true);
      socket.on('error', () => {});
      sockets.add(socket);
    }
    const used = socket;
    let heard = '';
    const listens = (chunk: Buffer): void => {
      heard += chunk.toString('latin1');
      if (!heard.endsWith('\r\n\r\n' + ANSWER) && !heard.includes('503')) return;
      settle(heard.startsWith('HTTP/1.1 200'));
      if (!used.destroyed) free[turn]!.push(used);
    };
    const closes = (): void => settle(false);
    function settle(isWell: boolean): void {
      used.off('data', listens).off('close', closes);
      if (isWell) latencies.push(performance.now() - due);
      else {
        failed += 1;
        used.destroy();
      }
    }
    used.on('data', listens).on('close', closes);
    used.write(REQUEST);
  };
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const total = Math.round(perSecond * seconds);
  const begin = performance.now();
  let due = begin;
  for (let sent = 0; sent < total;) {
    for (; sent < total && due <= performance.now(); sent++) {
      send(sent % ports.length, due);
      due += (-Math.log(1 - random()) * 1000) / perSecond; // arrivals of a Poisson process
    }
    await new Promise((next) => setTimeout(next, Math.max(0, Math.min(1, due - performance.now()))));
  }
  while (latencies.length + failed < total) await new Promise((next) => setTimeout(next, 10));
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.ceil(share * latencies.length) - 1] ?? NaN;
  return { answered: latencies.length, failed, p50: at(0.5), p99: at(0.99) };
}
