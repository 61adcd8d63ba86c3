/**
 * What a router adds to a request, and what nginx does before the same replicas: an open loop of requests to four replicas that answer at
 * once, in turns directly, through the router and through nginx, on the machine that also asks. `--seconds N`: so long for each of them
 * at each rate.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { agentFlags } from '../../server/src/deploy/targets/local/agent/agent-flags.ts';
import { listen } from '../../server/src/deploy/runtime/serving/listen.ts';
import { findNginx, startNginx, versionOf } from './nginx.ts';
import { childrenOf, useOf } from './process-use.ts';
import type { Footprint, Load, Outcome } from './router-load-process.ts';

const REPLICAS = 4;
const RATES = [200, 1000, 3000];
/** As many clients may ask at the same time. */
const CONNECTIONS = 32;
const ROUNDS = 3;
const DEFAULT_SECONDS = 15;
/** What is added at less than this is not measured well enough to compare with. */
const LEAST_MS = 0.1;
const MIB = 2 ** 20;

/** One way to the replicas. */
interface Way {
  readonly name: string;
  readonly ports: readonly number[];
  /** Of what stands before the replicas. */
  readonly pids: () => readonly number[];
}

/** What was seen of one way at one rate. */
interface Seen {
  readonly p50: number;
  readonly p99: number;
  readonly asked: number;
  readonly carriedPerSecond: number;
  readonly failures: Readonly<Record<string, number>>;
  /** Of CPU a request, in µs, and memory before and after, in MiB; where the system says it. */
  readonly cpuMicroseconds: number;
  readonly rss: readonly [number, number];
}

class Stage {
  readonly #children: ChildProcess[] = [];
  readonly #nginx: string | undefined;
  ways: Way[] = [];
  router!: ChildProcess;
  #clients!: ChildProcess;

  /** @param nginx its path. */
  constructor(nginx: string | undefined) {
    this.#nginx = nginx;
  }

  async open(): Promise<void> {
    const replicas: number[] = [];
    for (let i = 0; i < REPLICAS; i++) replicas.push((await this.#start('replica'))[1]);
    const [router, door] = await this.#start('router', ...replicas.map(String));
    this.router = router;
    [this.#clients] = await this.#start('clients');
    this.ways = [
      { name: 'direct', ports: replicas, pids: () => [] },
      { name: 'router', ports: [door], pids: () => [router.pid!] },
    ];
    if (this.#nginx === undefined) return;
    const { child, port } = await startNginx(this.#nginx, await freePort(), replicas);
    this.#children.push(child);
    this.ways.push({ name: 'nginx', ports: [port], pids: () => [child.pid!, ...childrenOf(child.pid!)] });
  }

  async #start(part: string, ...more: string[]): Promise<[ChildProcess, number]> {
    const path = fileURLToPath(new URL('router-load-process.ts', import.meta.url));
    const execArgv = ['--expose-gc', ...(part === 'router' ? agentFlags() : [])];
    const child = fork(path, [part, ...more], { execArgv, serialization: 'advanced' });
    this.#children.push(child);
    return [child, (await told(child)) as number];
  }

  async load(ports: readonly number[], perSecond: number, seconds: number, seed = 7): Promise<Outcome> {
    this.#clients.send({ ports, perSecond, seconds, connections: CONNECTIONS, seed } satisfies Load);
    return (await told(this.#clients)) as Outcome;
  }

  async footprint(): Promise<Footprint> {
    this.router.send('measure');
    return (await told(this.router)) as Footprint;
  }

  close(): void {
    for (const child of this.#children) child.kill();
  }
}

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, '127.0.0.1', 0);
  await new Promise((closed) => server.close(closed));
  return port;
}

/** All ways by turns, so that a machine that is slow for a while is slow for all of them. */
async function compare(
  nginx: string | undefined,
  perSecond: number,
  seconds: number,
): Promise<ReadonlyMap<string, Seen>> {
  const stage = new Stage(nginx);
  try {
    await stage.open();
    const seen = new Map<string, Seen>();
    const outcomes = new Map<string, Outcome[]>();
    for (const { ports } of stage.ways) await stage.load(ports, perSecond, 2); // what is compiled, and kept, comes first
    const used = new Map(stage.ways.map(({ name, pids }) => [name, { cpu: 0, first: useOf(pids())?.rss ?? NaN }]));
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, ports, pids } of stage.ways) {
        const before = useOf(pids())?.cpuSeconds ?? NaN;
        const outcome = await stage.load(ports, perSecond, seconds / ROUNDS, 7 + round);
        used.get(name)!.cpu += (useOf(pids())?.cpuSeconds ?? NaN) - before;
        outcomes.set(name, [...(outcomes.get(name) ?? []), outcome]);
      }
    for (const { name, pids } of stage.ways) {
      const { cpu, first } = used.get(name)!;
      seen.set(name, together(outcomes.get(name)!, cpu, [first / MIB, (useOf(pids())?.rss ?? NaN) / MIB]));
    }
    for (const [name, way] of seen) process.stderr.write(`  ${said(name, perSecond, way)}\n`);
    return seen;
  } finally {
    stage.close();
  }
}

function together(outcomes: readonly Outcome[], cpuSeconds: number, rss: readonly [number, number]): Seen {
  const latencies = Float64Array.from(outcomes.flatMap(({ latencies }) => [...latencies])).sort();
  const failures: Record<string, number> = {};
  for (const outcome of outcomes)
    for (const [how, count] of Object.entries(outcome.failures)) failures[how] = (failures[how] ?? 0) + count;
  const asked = latencies.length + Object.values(failures).reduce((sum, count) => sum + count, 0);
  const at = (share: number): number => latencies[Math.ceil(share * latencies.length) - 1] ?? NaN;
  return {
    p50: at(0.5),
    p99: at(0.99),
    asked,
    carriedPerSecond: latencies.length / outcomes.reduce((sum, { lastedSeconds }) => sum + lastedSeconds, 0),
    failures,
    cpuMicroseconds: (cpuSeconds / asked) * 1e6,
    rss,
  };
}

function said(name: string, perSecond: number, way: Seen): string {
  const parts = [`${name}: p50 ${way.p50.toFixed(2)} ms, p99 ${way.p99.toFixed(2)} ms`];
  parts.push(`carried ${way.carriedPerSecond.toFixed(0)} of ${perSecond} a second`);
  if (name !== 'direct') {
    parts.push(`${way.cpuMicroseconds.toFixed(0)} µs of CPU a request`);
    parts.push(`${way.rss[0].toFixed(0)} → ${way.rss[1].toFixed(0)} MiB`);
  }
  for (const [how, count] of Object.entries(way.failures)) parts.push(`${count} × ${how}`);
  return parts.join(', ');
}

function failed({ failures }: Seen): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** Benchmarks of one rate; all of them read what the first has measured. */
function atRate(nginx: string | undefined, version: string, perSecond: number, seconds: number): object[] {
  let compared: Promise<ReadonlyMap<string, Seen>> | undefined;
  const figure = (
    name: string,
    unit: string,
    read: (way: (name: string) => Seen) => number,
    target?: number,
  ): object => ({
    name: `router, ${perSecond} requests a second: ${name}`,
    unit,
    runs: 1,
    ...(target !== undefined && { target: { value: target, unit } }),
    run: async () => {
      const all = await (compared ??= compare(nginx, perSecond, seconds));
      return { value: read((name) => all.get(name)!), details: Object.fromEntries(all) };
    },
  });
  const added = (way: (name: string) => Seen, name: string, share: 'p50' | 'p99'): number =>
    way(name)[share] - way('direct')[share];
  return [
    figure('added at p50', 'ms', (way) => added(way, 'router', 'p50')),
    figure('added at p99', 'ms', (way) => added(way, 'router', 'p99')),
    figure('not answered 200', '%', (way) => (100 * failed(way('router'))) / way('router').asked, 0),
    figure('CPU a request', 'µs', (way) => way('router').cpuMicroseconds),
    ...(nginx === undefined
      ? []
      : [
          figure(`added at p50 by ${version}`, 'ms', (way) => added(way, 'nginx', 'p50')),
          figure(`added at p99 by ${version}`, 'ms', (way) => added(way, 'nginx', 'p99')),
          figure(`CPU a request of ${version}`, 'µs', (way) => way('nginx').cpuMicroseconds),
          figure(
            `added at p99, times ${version}'s`,
            '×',
            (way) => added(way, 'router', 'p99') / Math.max(LEAST_MS, added(way, 'nginx', 'p99')),
            1.5,
          ),
        ]),
  ];
}

const heap = {
  name: "router's heap: growth over 75,000 requests, after as many",
  unit: 'MiB',
  target: { value: 1, unit: 'MiB' },
  runs: 1,
  stage: undefined as Stage | undefined,
  async setup() {
    heap.stage = new Stage(undefined);
    await heap.stage.open();
  },
  /** The first run, which is not counted, warms up. */
  async run() {
    const stage = heap.stage!;
    const before = await stage.footprint();
    await stage.load(stage.ways[1]!.ports, 1500, 50);
    const after = await stage.footprint();
    process.stderr.write(`  resident ${(before.rss / MIB).toFixed(0)} → ${(after.rss / MIB).toFixed(0)} MiB\n`);
    return (after.heap - before.heap) / MIB;
  },
  teardown() {
    heap.stage?.close();
  },
};

/** @param options of the command line. */
export default function benchmarks({ seconds = DEFAULT_SECONDS }: { readonly seconds?: number }): object[] {
  const nginx = findNginx();
  if ('why' in nginx) process.stderr.write(`No comparison with nginx: ${nginx.why}.\n`);
  const path = 'path' in nginx ? nginx.path : undefined;
  const version = path === undefined ? '' : versionOf(path);
  return [...RATES.flatMap((rate) => atRate(path, version, rate, seconds)), heap];
}
