/** A machine that gives no more: memory, files, a disk that can only be read, a clock that jumps. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import type { DesiredServing } from '../../server/src/deploy/types.ts';
import type { Bytes } from '../../server/src/spec/types.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { ask, lives, Stage, until } from './local-stage.ts';

const ENTRY = fileURLToPath(new URL('../../server/src/deploy/targets/local/agent/agent-process.ts', import.meta.url));
const onLinux = process.platform === 'linux';
/** Mounting needs root; CI runs as root in a container. */
const asRoot = onLinux && process.getuid?.() === 0;

function limited(memory: number | undefined, ...jobs: Parameters<typeof serving>[0]['jobs']): DesiredServing {
  const made = serving({ jobs });
  const of = (job: DesiredServing['spec']['jobs'][number]): typeof job =>
    job.name === 'hungry' && memory !== undefined ? { ...job, resources: { memory: memory as Bytes } } : job;
  return { ...made, spec: { ...made.spec, jobs: made.spec.jobs.map(of) } };
}

const LIMIT = 192 * 2 ** 20;
const hungry = (...args: readonly string[]) => ({ name: 'hungry', command: ['node', 'hungry.mjs', ...args] });

// Who takes how much is looked up in /proc; docs/reliability.md says that other systems are not looked at.
describe.skipIf(!onLinux)('a replica that takes more memory than it may', () => {
  it.each([
    ['itself', 'eat'],
    ['in a process that it started', 'feed'],
  ])('%s is ended and said to be, another takes its place, and other jobs hear nothing of it', async (_how, path) => {
    await using stage = new Stage();
    const desired = limited(LIMIT, hungry(), { name: 'calm' });
    await stage.apply(desired);
    const calm = (await ask(await stage.endpoint(desired, 'calm'))).pid;
    const endpoint = await stage.endpoint(desired, 'hungry');
    const first = (await ask(endpoint)).pid;
    await fetch(`${endpoint}${path}?mebibytes=300`, { method: 'POST' }).catch(() => {});
    await until(() => !lives(first));
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 1);
    const { status } = await stage.live(desired);
    expect(status.faults).toMatchObject([
      {
        code: 'BERTH5053',
        subject: 'hungry',
        message: expect.stringMatching(
          /^The replica "hungry\/0" took \S+ of memory and may take 192Mi: it was ended\.$/,
        ) as string,
      },
    ]);
    expect(status.jobs).toMatchObject([{ restarts: 1 }, { restarts: 0 }]);
    expect((await ask(endpoint)).pid).not.toBe(first);
    expect((await ask(await stage.endpoint(desired, 'calm'))).pid).toBe(calm);
    expect(stage.processes(desired.id)).toHaveLength(2);
  });

  it('each time it is started is started ever more slowly, and the deployment says that it lacks it', async () => {
    await using stage = new Stage();
    const desired = limited(LIMIT, hungry('at-once', '300'), { name: 'calm' });
    await stage.apply(desired).catch(() => {}); // it answers before it eats
    await until(async () => (await stage.live(desired)).status.jobs[0]!.restarts! >= 4, 60_000);
    const { status } = await stage.live(desired);
    expect(status.faults.map(({ code }) => code)).toEqual(['BERTH5053']);
    // 0.5, 1, 2 and 4 s lie between the first five starts.
    const starts = (await stage.logs(desired)).filter((line) => /takes \d+ bytes/.test(line));
    const times = starts.map((line) => Date.parse(line.slice(0, 24)));
    expect(times[3]! - times[0]!).toBeGreaterThan(3000);
    expect((await ask(await stage.endpoint(desired, 'calm'))).job).toBe('calm');
    // More memory mends it, and nothing waits for the next try then.
    await stage.apply(limited(2 * LIMIT, hungry('at-once', '150'), { name: 'calm' }));
    expect((await stage.live(desired)).status).toMatchObject({ phase: 'running', faults: [] });
  });

  it('without a limit of its own is what the system ends before the agent, and what ended it is guessed', async () => {
    await using stage = new Stage();
    const desired = limited(undefined, hungry());
    await stage.apply(desired);
    const [replica] = stage.processes(desired.id);
    const score = (pid: number): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));
    expect(score(replica!)).toBe(500);
    expect(score(stage.agentPid())).toBeLessThan(500);
    process.kill(replica!, 'SIGKILL');
    await until(async () => (await stage.logs(desired)).some((line) => line.includes('where memory runs out')));
  });
});

// A limit of files for the agent alone is set by prlimit, which Linux has.
describe.skipIf(!onLinux)('an agent that may open 64 files', () => {
  it('bears more clients than that, says so where it can start nothing more, and goes on when they are gone', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const endpoint = new URL(await stage.endpoint(desired, 'search'));
    expect(spawnSync('prlimit', ['--pid', String(stage.agentPid()), '--nofile=64:64']).status).toBe(0);
    const clients = Array.from({ length: 200 }, () =>
      connect(Number(endpoint.port), '127.0.0.1').on('error', () => {}),
    );
    const idle = setInterval(() => clients.forEach((client) => client.write('')), 200);
    const larger = serving({ jobs: [{ name: 'search', replicas: 4 }] });
    const agent = stage.agentPid();
    const code = await problemCode(stage.apply(larger)).catch((error: unknown) => String(error));
    expect(['no problem', 'BERTH5054', 'BERTH5001']).toContain(code);
    clearInterval(idle);
    for (const client of clients) client.destroy();
    await until(async () => (await ask(endpoint.href).catch(() => undefined))?.job === 'search');
    await until(async () => (await problemCode(stage.apply(larger))) === 'no problem', 60_000);
    expect((await stage.live(desired)).status).toMatchObject({ phase: 'running', faults: [] });
    expect(stage.agentPid()).toBe(agent);
    expect(lives(agent)).toBe(true);
  });
});

describe('a state folder that can only be read', () => {
  it.skipIf(!asRoot)('stops applies and leaves what runs alone; all goes on when it can be written again', async () => {
    await using stage = new Stage();
    const run = (command: string, ...args: readonly string[]): void =>
      expect(spawnSync(command, args).status, `${command} ${args.join(' ')}`).toBe(0);
    const readOnly = (): void => {
      run('mount', '--bind', stage.folder, stage.folder);
      run('mount', '-o', 'remount,bind,ro', stage.folder);
    };
    const writable = (): void => run('umount', '--lazy', stage.folder);
    const desired = serving({ jobs: [{ name: 'search' }] });
    const larger = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(desired);
    const { pid } = await ask(await stage.endpoint(desired, 'search'));
    readOnly();
    try {
      expect(await problemCode(stage.apply(larger))).toBe('BERTH5015');
      expect(await problemCode(stage.delete(desired))).toBe('BERTH5015');
      expect(await problemCode(stage.apply(serving({ name: 'other', jobs: [{ name: 'search' }] })))).toBe('BERTH5015');
      expect(await stage.live(desired)).toMatchObject({ revision: 1, status: { phase: 'running', faults: [] } });
      // One that goes cannot be followed by another: nobody would find again what the table of processes does not know.
      process.kill(pid, 'SIGKILL');
      await until(async () => (await stage.live(desired)).status.faults.some(({ code }) => code === 'BERTH5015'));
      expect(stage.processes(desired.id)).toEqual([]);
    } finally {
      writable();
    }
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 1, 60_000);
    await stage.apply(larger);
    expect(await stage.live(desired)).toMatchObject({ revision: 2, reached: true, status: { faults: [] } });
    await stage.killAgent();
    readOnly();
    try {
      // No agent can begin there, and what runs is left alone.
      expect(await problemCode(new LocalTarget({ stateFolder: stage.folder }).list())).toBe('BERTH5015');
      expect(stage.processes(desired.id)).toHaveLength(2);
    } finally {
      writable();
    }
    await until(async () => (await stage.live(desired)).reached);
    await stage.delete(desired);
    expect(stage.processes(desired.id)).toEqual([]);
  });
});

describe('a clock that jumps', () => {
  it('a day forward or back ends nothing, starts nothing, and holds nothing up', async () => {
    await using stage = new Stage();
    const [offset, clock] = [join(stage.folder, 'offset'), join(stage.folder, 'clock.mjs')];
    writeFileSync(offset, '0');
    writeFileSync(clock, CLOCK);
    const agent = spawn(process.execPath, ['--import', clock, ENTRY, stage.folder], {
      env: { ...process.env, BERTH_AGENT_CLOCK: offset, BERTH_AGENT_IDLE_MS: '60000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: agent.stdout }), 'line');
    const desired = serving({ jobs: [{ name: 'search', replicas: 2 }], reactiveIntervalMs: 1000 });
    await stage.apply(desired);
    const replicas = [...stage.processes(desired.id)].sort();
    const watching = new AbortController();
    let heard = 0;
    const watch = (async () => {
      for await (const { freshness } of stage.target.watch(desired.id, { signal: watching.signal })) {
        expect(freshness.state).toBe('fresh');
        heard += 1;
      }
    })();
    for (const days of [1, -1, 400]) {
      writeFileSync(offset, String(days * 86_400_000));
      const before = heard;
      expect((await ask(await stage.endpoint(desired, 'search'))).job).toBe('search');
      await until(() => heard > before + 1);
      expect([...stage.processes(desired.id)].sort()).toEqual(replicas);
      expect((await stage.live(desired)).status).toMatchObject({ phase: 'running', faults: [] });
    }
    await stage.apply(serving({ jobs: [{ name: 'search', replicas: 1 }] }));
    expect(await stage.live(desired)).toMatchObject({ revision: 2, reached: true });
    expect(stage.agentPid()).toBe(agent.pid);
    watching.abort();
    await watch;
  });
});

/** The clock on the wall as the agent sees it, moved by as many milliseconds as a file says. */
const CLOCK = `
import { readFileSync } from 'node:fs';
const Wall = Date;
const moved = () => Wall.now() + Number(readFileSync(process.env.BERTH_AGENT_CLOCK, 'utf8'));
globalThis.Date = class extends Wall {
  constructor(...args) { if (args.length === 0) super(moved()); else super(...args); }
  static now() { return moved(); }
};
`;
