/** What a router adds to a request: an open loop of requests to four replicas that answer at once, with and without it, on the machine that also asks. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, Memory, Outcome } from './router-load-process.ts';

const REPLICAS = 4;
const SECONDS = 20;
const MIB = 2 ** 20;

let children: ChildProcess[] = [];
let ports: number[] = [];
let door = 0;
let router: ChildProcess;
let clients: ChildProcess;

async function start(part: string, ...more: string[]): Promise<[ChildProcess, number]> {
  const path = fileURLToPath(new URL('router-load-process.ts', import.meta.url));
  const child = fork(path, [part, ...more], { execArgv: ['--expose-gc'] });
  children.push(child);
  return [child, (await told(child)) as number];
}

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

async function setup(): Promise<void> {
  for (let i = 0; i < REPLICAS; i++) ports.push((await start('replica'))[1]);
  [router, door] = await start('router', ...ports.map(String));
  [clients] = await start('clients');
}

function teardown(): void {
  for (const child of children) child.kill();
  children = [];
  ports = [];
}

async function load(to: readonly number[], perSecond: number, seconds: number): Promise<Outcome> {
  clients.send({ ports: to, perSecond, seconds, seed: 7 } satisfies Load);
  const outcome = (await told(clients)) as Outcome;
  if (outcome.failed > 0) process.stderr.write(`  ${outcome.failed} of ${perSecond * seconds} requests failed\n`);
  return outcome;
}

async function memory(): Promise<Memory> {
  router.send('measure');
  return (await told(router)) as Memory;
}

/** The difference of two runs, one after the other. */
async function added(perSecond: number, percentile: 'p50' | 'p99'): Promise<number> {
  const without = await load(ports, perSecond, SECONDS);
  const through = await load([door], perSecond, SECONDS);
  process.stderr.write(
    `  ${percentile} ${through[percentile].toFixed(2)} ms, without a router ${without[percentile].toFixed(2)} ms\n`,
  );
  return through[percentile] - without[percentile];
}

const added200: readonly [number, number, number] = [200, 3, 20];
const added1000: readonly [number, number, number] = [1000, 3, 20];

export default [
  ...[added200, added1000].flatMap(([perSecond, p50, p99]) =>
    (['p50', 'p99'] as const).map((percentile) => ({
      name: `router, ${perSecond} requests a second: added at ${percentile}`,
      target: { value: percentile === 'p50' ? p50 : p99, unit: 'ms' },
      runs: 1,
      setup,
      run: () => added(perSecond, percentile),
      teardown,
    })),
  ),
  {
    name: "router's heap: growth over 75,000 requests, after as many",
    unit: 'MiB',
    target: { value: 1, unit: 'MiB' },
    runs: 1,
    setup,
    /** The first run, which is not counted, warms up. */
    async run() {
      const before = await memory();
      await load([door], 1500, 50);
      const after = await memory();
      process.stderr.write(`  resident ${(before.rss / MIB).toFixed(0)} → ${(after.rss / MIB).toFixed(0)} MiB\n`);
      return (after.heap - before.heap) / MIB;
    },
    teardown,
  },
];
