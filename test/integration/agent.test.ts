import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { planDelete } from '../../server/src/deploy/plan/plan.ts';
import { readPlan, sealPlan, writePlan } from '../../server/src/deploy/plan/plan-file.ts';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { processesOwnedBy } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { deploymentFolder, socketPath, stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import { FIXTURES, serving } from '../fixtures/serving-sketch.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { ask, lives, Stage, until } from './local-stage.ts';

const ENTRY = fileURLToPath(new URL('../../server/src/deploy/targets/local/agent/agent-process.ts', import.meta.url));
const asRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** All processes of a deployment, by the mark that they carry. */
function processesOf(stage: Stage, id: string): readonly number[] {
  return processesOwnedBy(`${stateName(stage.folder)}:${id}`).map(({ pid }) => pid);
}

describe('the agent', () => {
  it('is not started to learn that nothing is deployed', async () => {
    await using stage = new Stage();
    expect(await stage.target.list()).toEqual([]);
    expect(await stage.target.read('InferenceCluster/vision')).toBeUndefined();
    expect(readdirSync(stage.folder)).toEqual([]);
  });

  it('keeps its socket and all files for their owner alone', async () => {
    await using stage = new Stage();
    await stage.apply(serving({ jobs: [{ name: 'search' }] }));
    expect(statSync(stage.folder).mode & 0o777).toBe(0o700);
    expect(statSync(socketPath(stage.folder)).mode & 0o777).toBe(0o600);
    for (const file of readdirSync(stage.folder, { recursive: true, encoding: 'utf8' })) {
      const mode = statSync(join(stage.folder, file)).mode & 0o077;
      expect(mode, file).toBe(0);
    }
  });

  it('listens on nothing but loopback', async () => {
    await using stage = new Stage();
    await stage.apply(serving({ jobs: [{ name: 'search' }] }));
    const pids = new Set([stage.agentPid(), ...processesOf(stage, 'InferenceCluster/vision')]);
    const { stdout, status } = spawnSync(process.execPath, ['-e', LISTENERS, ...[...pids].map(String)], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const listeners = JSON.parse(stdout) as string[];
    expect(listeners.length).toBeGreaterThanOrEqual(3); // router, metrics, replica
    expect(listeners.filter((address) => address !== '0100007F')).toEqual([]);
  });

  it('is one alone, however many are started at once', async () => {
    await using stage = new Stage();
    const targets = Array.from({ length: 4 }, () => new LocalTarget({ stateFolder: stage.folder }));
    // Something there, so that reading starts an agent.
    mkdirSync(join(stage.folder, 'deployments', 'InferenceCluster.none'), { recursive: true, mode: 0o700 });
    await Promise.all(targets.map((target) => target.list()));
    const infos = await Promise.all(targets.map((target) => target.daemon.running()));
    expect(new Set(infos.map((info) => info!.pid))).toEqual(new Set([stage.agentPid()]));
    // One more that is started by hand gives way at once.
    const second = spawnSync(process.execPath, [ENTRY, stage.folder], { encoding: 'utf8' });
    expect(second.status).toBe(0);
    expect(stage.agentPid()).toBe(infos[0]!.pid);
  });

  it('goes on after kill -9: replicas that answer are adopted, at the same address', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(desired);
    // The autoscaler's memory, as on the full minute from which the next agent's goes on.
    const remembered = (): unknown => {
      const text = readFileSync(join(deploymentFolder(stage.folder, desired.id), 'workload.json'), 'utf8');
      return (JSON.parse(text) as { readonly control: { readonly seconds: number } }).control.seconds;
    };
    expect(remembered()).toBe(60);
    const endpoint = await stage.endpoint(desired, 'search');
    const before = new Set((await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid));
    const first = stage.agentPid();
    await stage.killAgent();
    expect([...before].every(lives)).toBe(true);
    await until(async () => (await stage.live(desired)).status.phase === 'running');
    expect(stage.agentPid()).not.toBe(first);
    const after = new Set((await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid));
    expect(after).toEqual(before);
    expect(remembered()).toBe(120);
    // Adopted ones are watched like its own.
    const [victim] = after;
    process.kill(victim!, 'SIGKILL');
    await until(async () => (await stage.live(desired)).status.jobs[0]!.restarts === 1);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 2);
    await stage.delete(desired);
    expect(processesOf(stage, desired.id)).toEqual([]);
  });

  it('ends and replaces replicas that died or do not answer while it was gone', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const pids = [...new Set((await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid))];
    await stage.killAgent();
    process.kill(pids[0]!, 'SIGKILL');
    process.kill(pids[1]!, 'SIGSTOP'); // lives, but answers nobody
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 2, 60_000);
    const after = (await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid);
    expect(after.some((pid) => pids.includes(pid))).toBe(false);
    await until(() => !lives(pids[1]!));
  });

  it('finishes an apply in whose middle it was killed', async () => {
    await using stage = new Stage();
    const slow = ['node', '-e', `setTimeout(() => import('${FIXTURES}echo.mjs'), 400)`];
    const desired = serving({ jobs: [{ name: 'search', replicas: 3, command: slow }] });
    const plan = await stage.plan(desired);
    const applying = problemCode(stage.run(plan));
    await until(() => processesOf(stage, desired.id).length > 0);
    await stage.killAgent();
    expect(await applying).toBe('BERTH5001');
    const live = await stage.live(desired); // starts the next agent
    expect(live).toMatchObject({ revision: 1, hash: expect.stringMatching(/^sha256:/) });
    await until(async () => (await stage.live(desired)).reached);
    expect((await stage.live(desired)).status).toMatchObject({ phase: 'running', jobs: [{ readyReplicas: 3 }] });
    expect(processesOf(stage, desired.id)).toHaveLength(3);
    // What was applied is what is live: nothing is left to do.
    expect((await stage.plan(desired)).action).toBe('none');
  });

  it('finishes an update in whose middle it was killed, with the old replicas answering meanwhile', async () => {
    await using stage = new Stage();
    const first = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(first);
    const endpoint = await stage.endpoint(first, 'search');
    const slow = ['node', '-e', `process.argv[2] = 'v2'; setTimeout(() => import('${FIXTURES}echo.mjs'), 500)`, 'x'];
    const second = serving({ jobs: [{ name: 'search', replicas: 2, command: slow }] });
    const plan = await stage.plan(second);
    const applying = problemCode(stage.run(plan));
    await until(() => processesOf(stage, first.id).length === 3);
    await stage.killAgent();
    expect(await applying).toBe('BERTH5001');
    expect((await stage.live(first)).revision).toBe(2);
    await until(async () => (await stage.live(first)).reached);
    expect((await ask(endpoint)).version).toBe('v2');
    expect(processesOf(stage, first.id)).toHaveLength(2);
  });

  it('finishes a deletion in whose middle it was killed', async () => {
    await using stage = new Stage();
    const stubborn = ['node', '-e', `process.on('SIGTERM', () => {}); import('${FIXTURES}echo.mjs')`];
    const desired = serving({ jobs: [{ name: 'search', command: stubborn }] });
    await stage.apply(desired);
    const deleting = problemCode(stage.run(planDelete(await stage.live(desired), await stage.target.identify())));
    await until(async () => (await stage.live(desired)).status.phase === 'stopping');
    await stage.killAgent();
    await deleting;
    await until(async () => (await stage.target.list()).length === 0);
    expect(processesOf(stage, desired.id)).toEqual([]);
  });

  it('never ends a process that only has the number of one of its own', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    await stage.killAgent();
    for (const pid of processesOf(stage, desired.id)) process.kill(pid, 'SIGKILL');
    const stranger = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    try {
      const path = join(stage.folder, 'deployments', 'InferenceCluster.vision', 'processes.json');
      const table = JSON.parse(readFileSync(path, 'utf8')) as { processes: { pid: number }[] };
      table.processes[0]!.pid = stranger.pid!;
      writeFileSync(path, JSON.stringify(table));
      await until(async () => (await stage.live(desired)).status.phase === 'running');
      expect(lives(stranger.pid!)).toBe(true);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('cancels an apply, leaves nothing of what never stood, and a second apply finishes it', async () => {
    await using stage = new Stage();
    const desired = serving({
      jobs: [{ name: 'quick' }, { name: 'slow', command: ['node', '-e', 'setInterval(() => {}, 1000)'] }],
    });
    const controller = new AbortController();
    const applying = problemCode(stage.run(await stage.plan(desired), controller.signal));
    await until(() => processesOf(stage, desired.id).length === 2);
    controller.abort();
    expect(await applying).toBe('BERTH5023');
    expect(processesOf(stage, desired.id)).toEqual([]);
    expect(await stage.live(desired)).toMatchObject({ reached: false, status: { phase: 'failed' } });
    const mended = serving({ jobs: [{ name: 'quick' }, { name: 'slow' }] });
    await stage.apply(mended);
    expect(await stage.live(desired)).toMatchObject({ reached: true, revision: 2, status: { phase: 'running' } });
  });

  it('refuses a plan that is stale, changed by hand, or made over the head of the owner', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    const create = await stage.plan(desired);
    await stage.run(create);
    expect(await problemCode(stage.run(create))).toBe('BERTH5004');
    const early = await stage.plan(serving({ jobs: [{ name: 'search', replicas: 2 }] }));
    await stage.apply(serving({ jobs: [{ name: 'search', sloMs: 10 }] }));
    expect(await problemCode(stage.run(early))).toBe('BERTH5004');
    expect((await stage.live(desired)).revision).toBe(2);

    const saved = writePlan(await stage.plan(serving({ jobs: [{ name: 'search', replicas: 2 }] })));
    expect(readPlan(saved)).toMatchObject({ ok: true });
    expect(readPlan(saved.replace('"search": 2', '"search": 7'))).toMatchObject({
      ok: false,
      problem: { code: 'BERTH5025' },
    });

    const foreign = serving({ jobs: [{ name: 'search' }] });
    const source = '/elsewhere/other.berth.yaml';
    expect(await problemCode(stage.plan(foreign, { source }))).toBe('BERTH5010');
    const { id: _, ...open } = await stage.plan(foreign, { source, takeOver: true });
    expect(open.changes.map(({ path }) => path)).toContain('source');
    const secret = sealPlan({ ...open, changes: open.changes.filter(({ path }) => path !== 'source') });
    expect(await problemCode(stage.run(secret))).toBe('BERTH5010');
    await stage.run(sealPlan(open));
    expect((await stage.live(desired)).origin.path).toBe('/elsewhere/other.berth.yaml');
  });

  it('lets of two plans made from the same state only the first through', async () => {
    await using stage = new Stage();
    const plans = await Promise.all(
      [1, 2, 3].map((replicas) => stage.plan(serving({ jobs: [{ name: 'search', replicas }] }))),
    );
    const codes = await Promise.all(plans.map((plan) => problemCode(stage.run(plan))));
    expect([...codes].sort()).toEqual(['BERTH5004', 'BERTH5004', 'no problem']);
  });

  it('finds another port when its own was taken meanwhile, and says so', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const endpoint = new URL(await stage.endpoint(desired, 'search'));
    await stage.killAgent();
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(Number(endpoint.port), '127.0.0.1', done));
    try {
      await until(async () => (await stage.live(desired)).status.phase === 'running');
      const { status } = await stage.live(desired);
      expect(status.jobs[0]!.endpoint).not.toBe(endpoint.href);
      expect((await ask(status.jobs[0]!.endpoint!)).job).toBe('search');
      expect(status.faults).toMatchObject([{ code: 'BERTH5002', subject: 'search' }]);
      expect(status.faults[0]!.message).toContain(`Port ${(squatter.address() as AddressInfo).port}`);
    } finally {
      squatter.close();
    }
  });

  it('does not touch what the disk would not give', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    await stage.target.daemon.stop();
    const record = join(stage.folder, 'deployments', 'InferenceCluster.vision', 'deployment.json');
    renameSync(record, `${record}.kept`);
    mkdirSync(record); // a folder cannot be read as a file, by root neither
    expect(await stage.target.read(desired.id)).toMatchObject({ ownership: 'unreadable' });
    await expect(stage.apply(desired)).rejects.toMatchObject({ code: 'BERTH5042' });
    await stage.target.daemon.stop();
    rmdirSync(record);
    renameSync(`${record}.kept`, record);
    expect((await stage.live(desired)).revision).toBe(1);
  });

  it('sets damaged state aside, says so, and loses nothing that can be found again', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const other = serving({ name: 'lost', jobs: [{ name: 'search' }] });
    await stage.apply(other);
    const { pid } = await ask(await stage.endpoint(desired, 'search'));
    await stage.killAgent();
    const root = join(stage.folder, 'deployments');
    writeFileSync(join(root, 'InferenceCluster.vision', 'deployment.json'), '{"format":1,"id":"Infere');
    // Of this one nothing is left, the copies neither.
    for (const name of ['deployment.json', 'deployment.copy.json'])
      writeFileSync(join(root, 'InferenceCluster.lost', name), '');
    for (const name of ['1.json', '1.copy.json'])
      writeFileSync(join(root, 'InferenceCluster.lost', 'revisions', name), '{');
    await until(async () => (await stage.live(desired)).status.phase === 'running');
    const { status, revision } = await stage.live(desired);
    expect(revision).toBe(1);
    expect(status.faults).toMatchObject([{ code: 'BERTH5017' }]);
    expect((await ask(await stage.endpoint(desired, 'search'))).pid).toBe(pid);
    expect((await stage.target.list()).map(({ id }) => id)).toEqual([desired.id]);
    expect((await stage.target.notices()).map(({ code }) => code)).toEqual(['BERTH5017', 'BERTH5017']);
    await until(
      () => existsSync(join(stage.folder, 'damaged')) && readdirSync(join(stage.folder, 'damaged')).length === 1,
    );
    expect(processesOf(stage, other.id)).toEqual([]);
  });

  it('sets aside what a workload kept where it says what none of ours would, and goes on without', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const { pid } = await ask(await stage.endpoint(desired, 'search'));
    await stage.killAgent();
    const folder = join(stage.folder, 'deployments', 'InferenceCluster.vision');
    writeFileSync(join(folder, 'workload.json'), '{"ports":{"search":"everywhere"}}');
    await until(async () => (await stage.live(desired)).status.phase === 'running');
    expect((await stage.live(desired)).status.faults).toMatchObject([
      { code: 'BERTH5017', message: expect.stringContaining('ports.search is no number') as string },
    ]);
    expect((await ask(await stage.endpoint(desired, 'search'))).pid).toBe(pid);
    expect(readdirSync(folder).filter((name) => name.endsWith('.damaged'))).toHaveLength(1);
  });

  it('ends by itself when nothing is deployed and nobody asks', async () => {
    process.env.BERTH_AGENT_IDLE_MS = '300';
    try {
      await using stage = new Stage();
      const desired = serving({ jobs: [{ name: 'search' }] });
      await stage.apply(desired);
      const pid = stage.agentPid();
      await stage.delete(desired);
      await until(() => !lives(pid));
      expect(lockHolder(stage.folder)).toBeUndefined();
    } finally {
      delete process.env.BERTH_AGENT_IDLE_MS;
    }
  });

  it('ends with all processes when told to, and the next one goes on with all of them', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(desired);
    await stage.target.daemon.stop();
    expect(lockHolder(stage.folder)).toBeUndefined();
    expect(processesOf(stage, desired.id)).toEqual([]);
    await until(async () => (await stage.live(desired)).status.phase === 'running');
    expect((await stage.live(desired)).status.jobs[0]!.readyReplicas).toBe(2);
  });

  it.each([
    ['is refused while it is at work', true],
    ['makes room when it does nothing', false],
  ])('of another version %s', async (_what, active) => {
    await using stage = new Stage();
    mkdirSync(join(stage.folder, 'deployments', 'InferenceCluster.none'), { recursive: true, mode: 0o700 });
    const other = createHttpServer((request, response) => {
      const stop = request.url === '/agent/stop';
      response.end(JSON.stringify(stop ? {} : { protocol: 99, build: 'other', pid: process.pid, active, others: 0 }));
      if (stop) other.close();
    });
    await new Promise<void>((done) => other.listen(socketPath(stage.folder), done));
    try {
      expect(await problemCode(stage.target.list())).toBe(active ? 'BERTH5016' : 'no problem');
      expect(lockHolder(stage.folder) === undefined).toBe(active);
    } finally {
      other.close();
    }
  });

  it('says that a state folder cannot be made where a file lies', async () => {
    await using stage = new Stage();
    const plan = await stage.plan(serving({ jobs: [{ name: 'search' }] }));
    writeFileSync(join(stage.folder, 'file'), '');
    const target = new LocalTarget({ stateFolder: join(stage.folder, 'file', 'state') });
    const applying = target.apply(plan, { signal: new AbortController().signal, onEvent: () => {} });
    expect(await problemCode(applying)).toBe('BERTH5015');
  });

  // A full disk needs a small file system of its own, which only root can make; CI runs as root.
  it.skipIf(!asRoot)('says that the disk is full, and loses nothing that was accepted', async () => {
    const mount = mkdtempSync(join(tmpdir(), 'berth-'));
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', mount]).status).toBe(0);
    try {
      await using stage = new Stage();
      const target = new LocalTarget({ stateFolder: mount });
      Object.assign(stage, { target });
      const desired = serving({ jobs: [{ name: 'search' }] });
      await stage.apply(desired);
      const endpoint = await stage.endpoint(desired, 'search');
      const { pid } = await ask(endpoint);
      const ballast = join(mount, 'ballast');
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k']);
      const larger = serving({ jobs: [{ name: 'search', replicas: 3 }] });
      expect(await problemCode(stage.apply(larger))).toBe('BERTH5003');
      // What is live goes on, at its revision, with no half of the other.
      expect((await ask(endpoint)).pid).toBe(pid);
      expect(await stage.live(desired)).toMatchObject({ revision: 1, status: { phase: 'running' } });
      rmSync(ballast);
      await stage.apply(larger);
      expect(await stage.live(desired)).toMatchObject({
        revision: 2,
        reached: true,
        status: { jobs: [{ readyReplicas: 3 }] },
      });
      await stage.delete(desired);
      await target.daemon.stop();
    } finally {
      expect(spawnSync('umount', [mount]).status).toBe(0);
      rmSync(mount, { recursive: true });
    }
  });
});

/** Prints the addresses, as the kernel writes them, on which the given processes listen (Linux: /proc). */
const LISTENERS = `
const { readFileSync, readdirSync, readlinkSync } = require('node:fs');
const inodes = new Set();
for (const pid of process.argv.slice(1)) for (const fd of readdirSync('/proc/' + pid + '/fd')) {
  try { const match = /^socket:\\[(\\d+)\\]$/.exec(readlinkSync('/proc/' + pid + '/fd/' + fd)); if (match) inodes.add(match[1]); } catch {}
}
const found = [];
for (const file of ['tcp', 'tcp6']) for (const line of readFileSync('/proc/net/' + file, 'utf8').split('\\n').slice(1)) {
  const fields = line.trim().split(/\\s+/);
  if (fields[3] === '0A' && inodes.has(fields[9])) found.push(fields[1].split(':')[0]);
}
console.log(JSON.stringify(found));
`;
