/** What the target `local` promises as a `DeployTarget`, beyond what is applied and read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planDelete } from '../../server/src/deploy/plan/plan.ts';
import { sealPlan } from '../../server/src/deploy/plan/plan-file.ts';
import { AGENT_PROTOCOL, agentBuild } from '../../server/src/deploy/targets/local/agent/agent-protocol.ts';
import { OWNER_VARIABLE } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { socketPath, stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import type { Freshness, LogLine } from '../../server/src/deploy/target.ts';
import type { ApplyEvent } from '../../server/src/deploy/types.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { all, ask, Stage, until } from './local-stage.ts';

const NEVER_READY = ['node', '-e', 'setInterval(() => {}, 1000)'];

describe('drift', () => {
  it('is a replica that went and is not back, apart from changes, and is mended by applying', async () => {
    await using stage = new Stage();
    const gate = `${stage.folder}/gate`;
    const desired = serving({ jobs: [{ name: 'search', command: ['node', 'gated.mjs', gate] }] });
    await stage.apply(desired);
    expect(await stage.live(desired)).toMatchObject({ drift: [], reached: true, complete: true });
    const { pid } = await ask(await stage.endpoint(desired, 'search'));
    // What comes in its place does not answer before the gate is opened.
    writeFileSync(gate, '');
    process.kill(pid, 'SIGKILL');
    const drift = [{ path: 'jobs.search.replicas', text: 'search: 0 of 1 replicas answer' }];
    await until(async () => (await stage.live(desired)).drift.length > 0);
    expect(await stage.live(desired)).toMatchObject({ drift, reached: false, revision: 1 });

    const plan = await stage.plan(desired);
    expect(plan).toMatchObject({ action: 'update', changes: [], drift, steps: [{ reason: 'drift' }] });
    rmSync(gate);
    await stage.run(plan);
    expect(await stage.live(desired)).toMatchObject({ drift: [], reached: true, revision: 1 });
    expect((await stage.plan(desired)).action).toBe('none');
  });

  it.runIf(process.platform === 'linux')('is a process that bears its mark and is in no table', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const mark = `${stateName(stage.folder)}:${desired.id}/none`;
    const stray = spawn('sleep', ['300'], { env: { ...process.env, [OWNER_VARIABLE]: mark }, stdio: 'ignore' });
    const ended = once(stray, 'exit');
    await until(async () => (await stage.live(desired)).drift.length > 0);
    const plan = await stage.plan(desired);
    expect(plan).toMatchObject({
      action: 'update',
      changes: [],
      drift: [{ path: '', text: `process ${stray.pid} of it runs unattended` }],
    });
    const { pid } = await ask(await stage.endpoint(desired, 'search'));
    await stage.run(plan);
    await ended;
    expect(await stage.live(desired)).toMatchObject({ drift: [], reached: true });
    // What is in the table goes on.
    expect((await ask(await stage.endpoint(desired, 'search'))).pid).toBe(pid);
  });

  it('is no job that the autoscaler is still moving, and nothing that was never reached', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', command: NEVER_READY }] });
    const leave = new AbortController();
    const applying = stage.target
      .apply(await stage.plan(desired), {
        signal: leave.signal,
        onEvent: ({ type }) => {
          if (type === 'accepted') leave.abort();
        },
      })
      .catch(() => {});
    await applying;
    expect(await stage.live(desired)).toMatchObject({ drift: [], reached: false });
    expect((await stage.plan(desired)).changes).toMatchObject([
      { text: 'finish revision 1, which has not been reached' },
    ]);
  });
});

describe('an apply', () => {
  it('goes on when whoever began it leaves after it was accepted', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    const leave = new AbortController();
    const seen: string[] = [];
    await expect(
      stage.target.apply(await stage.plan(desired), {
        signal: leave.signal,
        onEvent: ({ type }) => {
          seen.push(type);
          leave.abort();
        },
      }),
    ).rejects.toThrow('aborted');
    expect(seen[0]).toBe('accepted');
    expect(seen).not.toContain('done');
    await until(async () => (await stage.live(desired)).reached);
  });

  it('is not begun for one who has left before', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    const plan = await stage.plan(desired);
    await expect(stage.target.apply(plan, { signal: AbortSignal.abort(), onEvent: () => {} })).rejects.toThrow();
    expect(await stage.target.read(desired.id)).toBeUndefined();
  });

  it('is cancelled by another client, and both learn how far it came', async () => {
    await using stage = new Stage();
    const other = new LocalTarget({ stateFolder: stage.folder });
    expect(await other.cancel('InferenceCluster/vision')).toBe(false);
    const first = serving({ jobs: [{ name: 'quick' }] });
    await stage.apply(first);
    expect(await other.cancel(first.id)).toBe(false);
    const second = serving({
      jobs: [
        { name: 'quick', sloMs: 2000 },
        { name: 'slow', command: NEVER_READY },
      ],
    });
    const events: ApplyEvent[] = [];
    const applying = problemCode(
      stage.target.apply(await stage.plan(second), { onEvent: (event) => events.push(event) }),
    );
    await until(() => events.some(({ type }) => type === 'step'));
    expect(await other.cancel(second.id)).toBe(true);
    expect(await applying).toBe('BERTH5023');
    expect(events.at(-1)).toEqual({
      type: 'cancelled',
      done: ['quick: slo.latency 1s → 2s'],
      left: ["+ job slow: 1 replica of `node -e 'setInterval(() => {}, 1000)'`, p99 within 1s"],
    });
  });
});

describe('a plan', () => {
  it('is refused by another target behind the same name', async () => {
    await using stage = new Stage();
    await using elsewhere = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    const plan = await elsewhere.plan(desired);
    expect(await problemCode(stage.run(plan))).toBe('BERTH5040');
    expect(await stage.target.read(desired.id)).toBeUndefined();
  });

  it('is refused when what it was made from has another version', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const live = await stage.live(desired);
    const { id: _, ...content } = planDelete(live, await stage.target.identify());
    const reads = [{ object: 'something else', version: '1' }];
    expect(await problemCode(stage.run(sealPlan({ ...content, reads })))).toBe('BERTH5004');
    await stage.run(sealPlan(content));
  });
});

describe('a watch', () => {
  it('says that nothing is heard, that it is lost, and that it is heard again', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const watcher = new LocalTarget({ stateFolder: stage.folder, staleAfterMs: 3000 });
    const states: Freshness['state'][] = [];
    const end = new AbortController();
    const watching = (async () => {
      for await (const { status, freshness } of watcher.watch(desired.id, { signal: end.signal })) {
        if (states.at(-1) !== freshness.state) states.push(freshness.state);
        expect(status?.id).toBe(desired.id);
      }
    })();
    await until(() => states.at(-1) === 'fresh');
    const agent = stage.agentPid();
    process.kill(agent, 'SIGSTOP');
    await until(() => states.at(-1) === 'stale');
    process.kill(agent, 'SIGCONT');
    await until(() => states.at(-1) === 'fresh');
    await stage.killAgent();
    await until(() => states.includes('lost') && states.at(-1) === 'fresh');
    end.abort();
    await watching;
    expect(states).toEqual(['fresh', 'stale', 'fresh', 'lost', 'fresh']);
  });
});

describe('logs', () => {
  it('are told by subject and time, and followed until the deployment goes', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }, { name: 'other' }] });
    await stage.apply(desired);
    await until(async () => (await all(stage.target.logs(desired.id, { subject: 'search' }))).length > 0);
    const mine = await all(stage.target.logs(desired.id, { subject: 'search' }));
    expect(new Set(mine.map(({ subject }) => subject))).toEqual(new Set(['search/0']));
    expect(mine[0]!.text).toContain('listens');
    expect(await all(stage.target.logs(desired.id, { since: Date.now() + 60_000 }))).toEqual([]);
    expect(await all(stage.target.logs(desired.id, { tail: 1 }))).toHaveLength(1);

    const heard: LogLine[] = [];
    const following = (async () => {
      for await (const line of stage.target.logs(desired.id, { tail: 0, follow: true })) heard.push(line);
    })();
    await stage.apply(serving({ jobs: [{ name: 'search' }, { name: 'other', sloMs: 2000 }] }));
    await until(() => heard.some(({ text, subject }) => subject === null && text.includes('accepted')));
    await stage.delete(desired);
    await following;
    expect(await problemCode(all(stage.target.logs(desired.id)))).toBe('BERTH5021');
  });
});

describe('what comes from outside', () => {
  it('is left alone where a newer version wrote it', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    await stage.target.daemon.stop();
    const path = join(stage.folder, 'deployments', 'InferenceCluster.vision', 'deployment.json');
    const text = readFileSync(path, 'utf8').replace(/"format":\d+/, '"format":99');
    writeFileSync(path, text);
    expect(await stage.target.list()).toEqual([]);
    expect(await stage.target.read(desired.id)).toMatchObject({ ownership: 'unreadable', id: desired.id });
    expect(await problemCode(stage.plan(desired))).toBe('BERTH5042');
    expect((await stage.target.notices()).map(({ code }) => code)).toEqual(['BERTH5042']);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('is not believed where an agent says what none of ours would', async () => {
    await using stage = new Stage();
    mkdirSync(join(stage.folder, 'deployments', 'InferenceCluster.none'), { recursive: true, mode: 0o700 });
    const info = { protocol: AGENT_PROTOCOL, build: agentBuild(), pid: process.pid, active: true, others: 0 };
    const stranger = createServer((request, response) => {
      response.end(JSON.stringify(request.url === '/agent' ? info : [{ id: 'InferenceCluster/vision' }]));
    });
    await new Promise<void>((done) => stranger.listen(socketPath(stage.folder), done));
    try {
      expect(await problemCode(stage.target.list())).toBe('BERTH5044');
    } finally {
      stranger.close();
    }
  });
});
