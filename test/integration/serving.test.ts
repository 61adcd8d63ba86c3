import { describe, expect, it } from 'vitest';
import { planRollback } from '../../server/src/deploy/plan/plan.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { ask, lives, Stage, until } from './local-stage.ts';
import type { Said } from './local-stage.ts';

describe('serving on the target local', () => {
  it('answers requests, one at a time a replica, in turn, and leaves no process when deleted', async () => {
    await using stage = new Stage();
    const desired = serving({
      jobs: [
        { name: 'search', replicas: 2 },
        { name: 'tags', replicas: 1 },
      ],
    });
    const events = await stage.apply(desired);
    expect(events.at(-1)).toMatchObject({ type: 'done', revision: 1, status: { phase: 'running' } });
    expect(events.filter((event) => event.type === 'step').at(-1)).toMatchObject({ done: 3, total: 3 });

    const endpoint = await stage.endpoint(desired, 'search');
    const said: Said[] = await Promise.all(Array.from({ length: 8 }, () => ask(endpoint, 20)));
    expect(said.map(({ job }) => job)).toEqual(Array(8).fill('search'));
    expect(new Set(said.map(({ replica }) => replica))).toEqual(new Set([0, 1]));
    expect(Math.max(...said.map(({ most }) => most))).toBe(1);

    const posted = await fetch(`${endpoint}classify`, { method: 'POST', body: 'pixels '.repeat(50_000) });
    expect(((await posted.json()) as Said).body).toHaveLength(7 * 50_000);

    const { status } = await stage.live(desired);
    expect(status.summary).toBe('running: 3/3 replicas, 0 % of requests over SLO');
    expect(status.jobs[0]).toMatchObject({
      name: 'search',
      desiredReplicas: 2,
      readyReplicas: 2,
      requests: 9,
      refused: 0,
      restarts: 0,
    });
    const metrics = await (await fetch(status.metricsUrl!)).text();
    expect(metrics).toContain('berth_requests_total{deployment="vision",job="search",code="200"} 9');
    expect(metrics).toContain('berth_replicas_ready{deployment="vision",job="tags"} 1');
    const own = await (await fetch(`${endpoint}metrics`)).text();
    expect(own).toContain('berth_request_duration_seconds_count{deployment="vision",job="search"} 9');
    expect(own).not.toContain('job="tags"');

    const pids = [...new Set(said.map(({ pid }) => pid))];
    await stage.delete(desired);
    expect(await stage.target.list()).toEqual([]);
    expect(pids.filter(lives)).toEqual([]);
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it('lets fifty requests wait and answers 503 to those beyond', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', replicas: 1 }] });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    // One is served, fifty wait, nine are too many. The first takes long enough for all others to have come.
    const codes = Promise.all(Array.from({ length: 60 }, async () => (await fetch(`${endpoint}?ms=40`)).status));
    const counts = new Map<number, number>();
    for (const code of await codes) counts.set(code, (counts.get(code) ?? 0) + 1);
    expect(counts).toEqual(
      new Map([
        [200, 51],
        [503, 9],
      ]),
    );
    const { status } = await stage.live(desired);
    expect(status.jobs[0]).toMatchObject({ requests: 60, refused: 9, queueLength: 0 });
  });

  it('starts a killed replica again, and answers 502 to the request it had', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', replicas: 1 }] });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const { pid } = await ask(endpoint);
    const lost = fetch(`${endpoint}?ms=60000`);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.readyReplicas === 1);
    const waiting = ask(endpoint);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.queueLength === 1);
    process.kill(pid, 'SIGKILL');
    expect((await lost).status).toBe(502);
    // Who waited is served by the replica that takes its place.
    const after = await waiting;
    expect(after.pid).not.toBe(pid);
    const { status } = await stage.live(desired);
    expect(status.jobs[0]).toMatchObject({ restarts: 1, readyReplicas: 1 });
  });

  it('gives a job under load another replica, within the capacity', async () => {
    await using stage = new Stage();
    const desired = serving({
      capacity: 3,
      reactiveIntervalMs: 150,
      jobs: [
        { name: 'busy', replicas: 1, max: 8, sloMs: 30 },
        { name: 'calm', replicas: 1 },
      ],
    });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'busy');
    let stop = false;
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stop) await ask(endpoint, 40);
      }),
    );
    const replicas = async (): Promise<number[]> =>
      (await stage.live(desired)).status.jobs.map((job) => job.readyReplicas);
    await until(async () => (await replicas())[0] === 2);
    // The overload goes on, and there is no room for a fourth.
    const { status } = await stage.live(desired);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.requests! > status.jobs[0]!.requests! + 60);
    expect(await replicas()).toEqual([2, 1]);
    stop = true;
    await load;
    expect((await stage.logs(desired)).filter((line) => line.includes('autoscaler: busy 1 → 2'))).toHaveLength(1);
  });

  it('exchanges the command without an unanswered request, and rolls back', async () => {
    await using stage = new Stage();
    const first = serving({ capacity: 2, jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(first);
    const endpoint = await stage.endpoint(first, 'search');
    const second = serving({
      capacity: 2,
      jobs: [{ name: 'search', replicas: 2, command: ['node', 'echo.mjs', 'v2'] }],
    });
    let stop = false;
    const answers: Said[] = [];
    const load = (async () => {
      while (!stop) answers.push(await ask(endpoint, 5));
    })();
    const plan = await stage.plan(second);
    expect(plan.changes.map(({ text }) => text)).toEqual([
      'search: serve.command `node echo.mjs` → `node echo.mjs v2`, one replica after the other',
    ]);
    await stage.run(plan);
    await until(() => answers.at(-1)?.version === 'v2');
    expect((await stage.live(first)).revision).toBe(2);

    const live = await stage.live(first);
    const earlier = await stage.target.revision(first.id, 1);
    await stage.run(planRollback(live, earlier!, await stage.target.identify()));
    await until(() => answers.at(-1)?.version === 'v1');
    stop = true;
    await load; // no answer was an error
    const after = await stage.live(first);
    expect(after.revision).toBe(3);
    expect(after.revisions.map(({ cause }) => cause)).toEqual(['apply', 'apply', 'rollback']);
    expect(await stage.endpoint(first, 'search')).toBe(endpoint);
    const versions = answers.map(({ version }) => version).join(' ');
    expect(versions).toMatch(/^v1.* v2.* v1$/);
  });

  it('keeps the old command running when the new one does not start, and says why', async () => {
    await using stage = new Stage();
    const good = serving({ jobs: [{ name: 'search', replicas: 2 }] });
    await stage.apply(good);
    const endpoint = await stage.endpoint(good, 'search');
    const bad = serving({ jobs: [{ name: 'search', replicas: 2, command: ['node', 'echo.mjs', 'broken'] }] });
    expect(await problemCode(stage.apply(bad))).toBe('BERTH5008');
    expect((await ask(endpoint)).version).toBe('v1');
    const { status, reached } = await stage.live(good);
    expect(reached).toBe(false);
    expect(status.phase).toBe('degraded');
    expect(status.faults[0]).toMatchObject({ code: 'BERTH5008', subject: 'search' });
    expect(status.faults[0]!.message).toContain('cannot load the model: weights are missing');
    // What is there now is what the mended spec goes on from: no replica is started that is there already.
    await stage.apply(good);
    expect(await stage.live(good)).toMatchObject({ reached: true, status: { phase: 'running', faults: [] } });
  });

  it('names a program that does not exist', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search', command: ['pyton3', 'model.py'] }] });
    expect(await problemCode(stage.apply(desired))).toBe('BERTH5005');
    const { status } = await stage.live(desired);
    expect(status).toMatchObject({ phase: 'failed' });
    expect((await fetch(status.jobs[0]!.endpoint!)).status).toBe(503);
  });

  it('changes limits and objectives without touching a replica, and adds and removes jobs', async () => {
    await using stage = new Stage();
    const first = serving({
      jobs: [
        { name: 'search', replicas: 2 },
        { name: 'old', replicas: 1 },
      ],
    });
    await stage.apply(first);
    const endpoint = await stage.endpoint(first, 'search');
    const before = new Set((await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid));
    const second = serving({
      jobs: [
        { name: 'search', replicas: 2, max: 5, sloMs: 250, bodyLimit: 5 },
        { name: 'new', replicas: 1 },
      ],
    });
    await stage.apply(second);
    const post = async (body: string): Promise<number> => (await fetch(endpoint, { method: 'POST', body })).status;
    expect([await post('short'), await post('longer')]).toEqual([200, 413]);
    const after = new Set((await Promise.all([ask(endpoint, 30), ask(endpoint, 30)])).map(({ pid }) => pid));
    expect(after).toEqual(before);
    const { status } = await stage.live(second);
    expect(status.jobs.map(({ name, sloMs }) => [name, sloMs])).toEqual([
      ['search', 250],
      ['new', 1000],
    ]);
    expect((await ask(await stage.endpoint(second, 'new'))).job).toBe('new');
  });

  it('shows the user command neither the token of another nor the secrets of whoever started the agent', async () => {
    process.env.BERTH_TEST_SECRET = 'do not pass on';
    try {
      await using stage = new Stage();
      const desired = serving({ jobs: [{ name: 'search' }] });
      await stage.apply(desired);
      const endpoint = await stage.endpoint(desired, 'search');
      const environment = (await (await fetch(`${endpoint}environment`)).json()) as Record<string, string>;
      expect(environment.BERTH_TEST_SECRET).toBeUndefined();
      expect(environment).toMatchObject({ HOST: '127.0.0.1', BERTH_JOB: 'search', BERTH_REPLICA: '0' });
      expect(environment.PATH).toBeTruthy();
      expect((await fetch(`http://127.0.0.1:${environment.PORT}/`)).status).toBe(401);
      const log = async (): Promise<string> => (await stage.logs(desired)).join('\n');
      await until(async () => (await log()).includes('search/0 | search/0 v1 listens'));
      expect(await log()).not.toContain(environment.BERTH_TOKEN!);
    } finally {
      delete process.env.BERTH_TEST_SECRET;
    }
  });

  it('tells those who watch, at most four times a second, until it is deleted', async () => {
    await using stage = new Stage();
    const desired = serving({ jobs: [{ name: 'search' }] });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const seen: { at: number; requests: number }[] = [];
    const watching = (async () => {
      for await (const { status } of stage.target.watch(desired.id))
        if (status?.kind === 'InferenceCluster') seen.push({ at: status.at, requests: status.jobs[0]?.requests ?? 0 });
    })();
    for (let i = 0; i < 40; i++) await ask(endpoint, 10);
    await until(() => seen.at(-1)?.requests === 40);
    await stage.delete(desired);
    await watching;
    for (let i = 1; i < seen.length; i++) expect(seen[i]!.at - seen[i - 1]!.at).toBeGreaterThan(200);
  });
});
