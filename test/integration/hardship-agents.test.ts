/** More than one agent, command or version of Berth at once, on one state folder. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusterText } from '../fixtures/cluster-text.ts';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { processesOwnedBy } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import type { ServingStatus } from '../../server/src/deploy/types.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { berth, type Place, type Run } from './berth-command.ts';
import { ask, lives, Stage, until } from './local-stage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRY = 'server/src/deploy/targets/local/agent/agent-process.ts';
const desired = serving({ jobs: [{ name: 'search', replicas: 2 }] });
/** Another container needs a namespace of its own, which only root can make; CI runs as root in a container. */
const asRoot = process.platform === 'linux' && process.getuid?.() === 0;

describe('an agent that gives way', () => {
  it('lets replicas go on, answers whoever asked before, and is followed at the same address', async () => {
    await using stage = new Stage();
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const replicas = [...stage.processes(desired.id)].sort();
    const first = stage.agentPid();
    const slow = ask(endpoint, 1500);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.requests === 1);
    const next = await stage.target.daemon.restart();
    expect((await slow).job).toBe('search');
    expect(next!.pid).toBe(stage.agentPid());
    expect(next!.pid).not.toBe(first);
    await until(() => !lives(first));
    await until(async () => (await stage.live(desired)).reached);
    expect(await stage.endpoint(desired, 'search')).toBe(endpoint);
    expect([...stage.processes(desired.id)].sort()).toEqual(replicas);
    expect((await ask(endpoint)).job).toBe('search');
    expect((await stage.live(desired)).status.jobs[0]).toMatchObject({ readyReplicas: 2, restarts: 0 });
  });

  it('is nothing where none runs', async () => {
    await using stage = new Stage();
    expect(await stage.target.daemon.restart()).toBeUndefined();
    expect(readdirSync(stage.folder)).toEqual([]);
  });
});

describe('a state folder that is removed', () => {
  it('takes its agent along with all that it ran; the next apply begins anew, at the same address', async () => {
    await using stage = new Stage();
    await stage.apply(desired);
    const [agent, replicas] = [stage.agentPid(), stage.processes(desired.id)];
    expect(replicas).toHaveLength(2);
    rmSync(stage.folder, { recursive: true });
    await until(() => ![agent, ...replicas].some(lives));
    expect(existsSync(stage.folder)).toBe(false); // nothing of it is written again
    expect(await stage.target.list()).toEqual([]);
    await stage.apply(desired);
    expect(await stage.live(desired)).toMatchObject({ revision: 1, reached: true });
    expect(stage.processes(desired.id)).toHaveLength(2);
  });

  it('ends the agent too where another agent has a folder in its place already', async () => {
    await using stage = new Stage();
    await stage.apply(desired);
    const [agent, replicas] = [stage.agentPid(), stage.processes(desired.id)];
    rmSync(stage.folder, { recursive: true });
    await stage.apply(desired);
    await until(() => ![agent, ...replicas].some(lives));
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 2);
    expect(stage.processes(desired.id)).toHaveLength(2);
  });
});

describe('a state folder that two containers share', () => {
  it.skipIf(!asRoot)('is one agent’s: the other is told whose, and takes over when that one is gone', async () => {
    await using stage = new Stage();
    process.env.BERTH_AGENT_BELIEVED_MS = '6000';
    const program = ['--pid', '--fork', '--kill-child', process.execPath, join(ROOT, ENTRY), stage.folder];
    const elsewhere = spawn('unshare', program, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(elsewhere, 'exit');
    const lines = createInterface({ input: elsewhere.stdout });
    expect(JSON.parse(String((await once(lines, 'line'))[0]))).toEqual({ ready: true });
    // What happens where the socket does not reach, as between two machines: only the folder is shared.
    rmSync(join(stage.folder, 'agent.sock'));
    const refused = spawnSync(process.execPath, [join(ROOT, ENTRY), stage.folder], { encoding: 'utf8' });
    expect(JSON.parse(refused.stdout)).toMatchObject({ problem: { code: 'BERTH5052' } });
    elsewhere.kill('SIGKILL');
    await ended;
    await stage.apply(desired);
    expect(lockHolder(stage.folder)).toBeDefined();
    delete process.env.BERTH_AGENT_BELIEVED_MS;
  });
});

describe('two applies at once', () => {
  let place: Place;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-hardship-'));
    place = { folder, state: join(folder, 'state') };
  });
  afterEach(async () => {
    await berth(place, 'agent', 'stop');
    rmSync(place.folder, { recursive: true });
  });

  it('of one file: one makes it, the other finds it made or plans again; of two files both', async () => {
    for (const name of ['one', 'two']) writeFileSync(join(place.folder, `${name}.berth.yaml`), clusterText({ name }));
    const runs = ['one', 'one', 'two'].map((name) => berth(place, 'apply', `${name}.berth.yaml`, '--yes'));
    const [first, second, other] = (await Promise.all(runs)) as [Run, Run, Run];
    expect(other).toMatchObject({ code: 0, err: '' });
    const failed = [first, second].filter(({ code }) => code !== 0);
    expect(failed.length).toBeLessThanOrEqual(1);
    for (const { err } of failed) expect(err).toContain('BERTH5004');
    const { out } = await berth(place, 'status', '--format', 'json');
    expect(JSON.parse(out)).toMatchObject(
      ['one', 'two'].map((name) => ({ id: `InferenceCluster/${name}`, revision: 1, reached: true })),
    );
    const again = await berth(place, 'apply', 'one.berth.yaml', '--yes');
    expect(again).toMatchObject({ code: 0, err: '' });
  });

  it('and a delete end in one of the two states, with nothing left of the other', async () => {
    writeFileSync(join(place.folder, 'one.berth.yaml'), clusterText({ name: 'one' }));
    expect((await berth(place, 'apply', 'one.berth.yaml', '--yes')).code).toBe(0);
    writeFileSync(join(place.folder, 'one.berth.yaml'), clusterText({ name: 'one' }).replace('min: 1', 'min: 2'));
    const runs = await Promise.all([
      berth(place, 'apply', 'one.berth.yaml', '--yes'),
      berth(place, 'delete', 'one', '--yes'),
    ]);
    for (const { code, err } of runs) if (code !== 0) expect(err).toMatch(/BERTH50(04|21|23)/);
    const { out } = await berth(place, 'status', '--format', 'json');
    const live = JSON.parse(out) as { readonly status: ServingStatus }[];
    const owned = processesOwnedBy(`${stateName(place.state)}:InferenceCluster/one`).length;
    if (live.length === 0) expect(owned).toBe(0);
    else expect(owned).toBe(live[0]!.status.jobs[0]!.readyReplicas);
  });
});

describe('two versions of Berth at once', () => {
  let other: string;
  const target = (folder: string): LocalTarget => new LocalTarget({ stateFolder: folder });

  /** The sources as another version: in a folder of their own, with some numbers changed. */
  beforeAll(() => {
    other = mkdtempSync(join(tmpdir(), 'berth-other-'));
    cpSync(join(ROOT, 'server'), join(other, 'server'), { recursive: true });
    for (const file of ['package.json', 'schemas']) cpSync(join(ROOT, file), join(other, file), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(other, 'node_modules'));
  });
  afterAll(() => rmSync(other, { recursive: true, force: true }));

  function change(file: string, from: string, to: string): void {
    const path = join(other, 'server/src/deploy', file);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  }

  /** What the other version says to a command. */
  function ofOther(state: string, ...args: readonly string[]): Run {
    const main = join(other, 'server/src/cli/main.ts');
    const env = { ...process.env, BERTH_STATE: state, NO_COLOR: '1' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
    return { code: status, out: stdout, err: stderr };
  }

  it('a newer command has the older agent hand over, and goes on with what runs', async () => {
    change('targets/local/agent/agent-protocol.ts', 'AGENT_PROTOCOL = 2', 'AGENT_PROTOCOL = 3');
    await using stage = new Stage();
    await stage.apply(desired);
    const replicas = [...stage.processes(desired.id)].sort();
    const first = stage.agentPid();
    const shown = ofOther(stage.folder, 'status', '--format', 'json');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(shown.out)).toMatchObject([{ id: desired.id, revision: 1 }]);
    await until(() => !lives(first));
    expect([...stage.processes(desired.id)].sort()).toEqual(replicas);

    // The older command is told, and leaves the newer agent alone.
    const newer = stage.agentPid();
    const refused = await problemCode(target(stage.folder).list());
    expect(refused).toBe('BERTH5016');
    const said = await berth({ folder: stage.folder, state: stage.folder }, 'status');
    expect(said.err).toMatch(/Berth \S+ \(protocol 3\), and this is \S+ \(protocol 2\)\.\s+Update this Berth/);
    expect(await problemCode(target(stage.folder).daemon.restart())).toBe('no problem'); // asked for: an older one may follow
    expect(stage.agentPid()).not.toBe(newer);
    expect((await stage.live(desired)).revision).toBe(1);
    expect([...stage.processes(desired.id)].sort()).toEqual(replicas);
  });

  it('state of a newer version is left as it is, with what runs of it, and read again by the newer one', async () => {
    change('targets/local/agent/workload-state.ts', 'WORKLOAD_FORMAT = 1', 'WORKLOAD_FORMAT = 2');
    await using stage = new Stage();
    writeFileSync(join(other, 'a.berth.yaml'), clusterText({ name: 'vision' }));
    expect(ofOther(stage.folder, 'apply', join(other, 'a.berth.yaml'), '--yes')).toMatchObject({ code: 0, err: '' });
    const replicas = stage.processes(desired.id);
    await stage.killAgent();
    const kept = join(stage.folder, 'deployments', 'InferenceCluster.vision', 'workload.json');
    const written = readFileSync(kept, 'utf8');
    expect(await stage.target.read(desired.id)).toMatchObject({
      ownership: 'unreadable',
      detail: 'a newer Berth wrote it, in format 2',
    });
    expect(await problemCode(stage.plan(desired))).toBe('BERTH5042');
    expect((await stage.target.notices()).map(({ code }) => code)).toEqual(['BERTH5042']);
    expect(readFileSync(kept, 'utf8')).toBe(written);
    expect(replicas.every(lives)).toBe(true);
    await stage.target.daemon.stop();
    expect(replicas.every(lives)).toBe(true);
    const again = ofOther(stage.folder, 'status', '--format', 'json');
    expect(JSON.parse(again.out)).toMatchObject([{ id: desired.id, revision: 1 }]);
    expect(stage.processes(desired.id)).toEqual(replicas);
    ofOther(stage.folder, 'agent', 'stop');
  });

  it('an agent whose files an update took away says so, and what runs goes on', async () => {
    await using stage = new Stage();
    writeFileSync(join(other, 'a.berth.yaml'), clusterText({ name: 'vision' }));
    expect(ofOther(stage.folder, 'apply', join(other, 'a.berth.yaml'), '--yes').code).toBe(0);
    const entry = pathToFileURL(join(other, 'server/src/deploy/targets/local/federation.ts'));
    rmSync(entry);
    const federation = join(other, 'f.berth.yaml');
    writeFileSync(federation, FEDERATION);
    writeFileSync(join(other, 'trainer.mjs'), '');
    const applied = ofOther(stage.folder, 'apply', federation, '--yes');
    expect(applied.code).toBe(1);
    expect(applied.err).toContain('BERTH5051');
    expect(applied.err).toContain('`berth agent restart`');
    expect(JSON.parse(ofOther(stage.folder, 'status', 'vision', '--format', 'json').out)).toMatchObject([
      { status: { phase: 'running' } },
    ]);
    ofOther(stage.folder, 'agent', 'stop');
  });
});

const FEDERATION = `apiVersion: berth.dev/v1alpha1
kind: Federation
metadata: { name: hospitals }
spec:
  sites: [{ name: a, samples: 100 }, { name: b, samples: 100 }, { name: c, samples: 100 }, { name: d, samples: 100 }]
  pattern: { groupSize: 2, iterations: 2 }
  training: { command: [node, trainer.mjs], rounds: 2 }
`;
