/** Jobs that sleep without a replica on the target `local`: real processes end, and are started by a request. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DesiredServing, ServingStatus } from '../../server/src/deploy/types.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import type { JobSketch, ServingSketch } from '../fixtures/serving-sketch.ts';
import { ask, lives, Stage, until } from './local-stage.ts';

function sleeper(job: Partial<JobSketch> = {}, sketch: Partial<ServingSketch> = {}): DesiredServing {
  return serving({
    policy: 'berth',
    reactiveIntervalMs: 100,
    coldStartMs: 5000,
    jobs: [{ name: 'search', min: 0, max: 4, sleepsAfterMs: 600_000, ...job }],
    ...sketch,
  });
}

/** A stage whose replicas do not start before a gate is opened. */
class GatedStage extends Stage {
  readonly gate = join(this.folder, 'gate');
  readonly command = ['node', 'gated.mjs', this.gate, 'one'];

  shut(): void {
    writeFileSync(this.gate, '');
  }

  open(): void {
    if (existsSync(this.gate)) rmSync(this.gate);
  }

  async job(desired: DesiredServing): Promise<ServingStatus['jobs'][number]> {
    return (await this.live(desired)).status.jobs[0]!;
  }

  async awakenings(desired: DesiredServing): Promise<number> {
    return (await this.logs(desired)).filter((line) => line.includes('autoscaler: search 0 → 1')).length;
  }
}

describe('a job that is scaled to zero', () => {
  it('has no process, is woken by a request, which is answered, and sleeps again when nobody asks', async () => {
    await using stage = new Stage();
    const desired = sleeper({ sleepsAfterMs: 700 });
    const events = await stage.apply(desired);
    expect(events.at(-1)).toMatchObject({ type: 'done', status: { phase: 'running' } });
    const { status } = await stage.live(desired);
    expect(status.summary).toBe('running: 0/0 replicas, 1 of 1 job asleep, no requests yet');
    expect(status.jobs[0]).toMatchObject({ desiredReplicas: 0, readyReplicas: 0, wakesInMs: 5000 });
    expect(stage.processes(desired.id)).toEqual([]);

    const endpoint = await stage.endpoint(desired, 'search');
    const pids = new Set<number>();
    for (const _ of [1, 2]) {
      const { pid } = await ask(endpoint);
      pids.add(pid);
      expect((await stage.live(desired)).status.jobs[0]).not.toHaveProperty('wakesInMs');
      await until(async () => (await stage.live(desired)).status.jobs[0]!.desiredReplicas === 0);
      await until(() => !lives(pid));
    }
    expect(pids.size).toBe(2);
    const after = (await stage.live(desired)).status;
    expect(after.phase).toBe('running');
    expect(after.jobs[0]).toMatchObject({ requests: 2, refused: 0, restarts: 0, readyReplicas: 0 });
    const told = (await stage.logs(desired)).filter((line) => line.includes('autoscaler: search'));
    expect(told.map((line) => line.replace(/.*autoscaler: /, ''))).toEqual([
      'search 0 → 1: A request came while it slept.',
      'search 1 → 0: No request came for 1 s.',
      'search 0 → 1: A request came while it slept.',
      'search 1 → 0: No request came for 1 s.',
    ]);
  });

  it('is woken once by ten at once, and answers them all', async () => {
    await using stage = new GatedStage();
    const desired = sleeper({ command: stage.command });
    stage.shut();
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const all = Promise.all(Array.from({ length: 10 }, async () => (await fetch(endpoint)).status));
    await until(async () => (await stage.job(desired)).queueLength === 10);
    expect((await stage.live(desired)).status.phase).toBe('running');
    stage.open();
    expect(await all).toEqual(Array(10).fill(200));
    expect(await stage.awakenings(desired)).toBe(1);
    expect(await stage.job(desired)).toMatchObject({ requests: 10, refused: 0 });
  });

  it('lets as many wait for its replica as wait elsewhere, and forgets who leaves', async () => {
    await using stage = new GatedStage();
    const desired = sleeper({ command: stage.command });
    stage.shut();
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    const leaving = new AbortController();
    const left = fetch(endpoint, { signal: leaving.signal }).catch((error: unknown) => (error as Error).name);
    await until(async () => (await stage.job(desired)).queueLength === 1);
    leaving.abort();
    expect(await left).toBe('AbortError');
    await until(async () => (await stage.job(desired)).queueLength === 0);
    // Who left had woken it all the same.
    const codes = Array.from({ length: 60 }, async () => (await fetch(endpoint)).status);
    await until(async () => (await stage.job(desired)).queueLength === 50);
    await until(async () => (await stage.job(desired)).refused === 10);
    stage.open();
    const counts = new Map<number, number>();
    for (const code of await Promise.all(codes)) counts.set(code, (counts.get(code) ?? 0) + 1);
    expect(counts).toEqual(
      new Map([
        [503, 10],
        [200, 50],
      ]),
    );
    expect(await stage.awakenings(desired)).toBe(1);
  });

  it('sleeps through the death of the agent, and is woken under the next', async () => {
    await using stage = new Stage();
    const desired = sleeper({ sleepsAfterMs: 700 });
    await stage.apply(desired);
    const endpoint = await stage.endpoint(desired, 'search');
    await ask(endpoint);
    await until(async () => (await stage.live(desired)).status.jobs[0]!.desiredReplicas === 0);
    await until(() => stage.processes(desired.id).length === 0);
    await stage.killAgent();
    // Killed before it had noted that the job sleeps, it finds it awake, and has it sleep again.
    await until(async () => (await stage.live(desired)).status.jobs[0]!.desiredReplicas === 0);
    expect((await stage.live(desired)).status.jobs[0]).toMatchObject({ endpoint, wakesInMs: 5000 });
    await until(() => stage.processes(desired.id).length === 0);
    expect((await ask(endpoint)).job).toBe('search');
  });

  it('may become one, or cease to be one, while it runs', async () => {
    await using stage = new Stage();
    const awake = sleeper({ min: 1, replicas: 1 });
    await stage.apply(awake);
    const endpoint = await stage.endpoint(awake, 'search');
    const { pid } = await ask(endpoint);
    const sleepy = sleeper({ min: 0, replicas: 1, sleepsAfterMs: 300 });
    const plan = await stage.plan(sleepy);
    expect(plan.changes.map(({ text }) => text)).toEqual([
      'search: replicas.min 1 → 0',
      'search: + replicas.scaleToZeroAfter 300ms',
    ]);
    await stage.run(plan);
    await until(() => !lives(pid));
    await stage.apply(awake);
    await until(async () => (await stage.live(awake)).status.jobs[0]!.readyReplicas === 1);
    expect((await ask(endpoint)).job).toBe('search');
  });

  it('makes room for another that somebody asks', async () => {
    await using stage = new Stage();
    const jobs = ['search', 'tags'].map((name): JobSketch => ({ name, min: 0, max: 1, sleepsAfterMs: 400 }));
    const both = sleeper({}, { capacity: 1, jobs });
    await stage.apply(both);
    const [search, tags] = [await stage.endpoint(both, 'search'), await stage.endpoint(both, 'tags')];
    // The second has no room before the first sleeps.
    const said = await Promise.all([ask(search), ask(tags)]);
    expect(said.map(({ job }) => job)).toEqual(['search', 'tags']);
  });
});
