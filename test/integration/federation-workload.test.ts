import { number, object } from '../../server/src/deploy/shape.ts';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFederationWorkload, type FederationOptions } from '../../server/src/deploy/targets/local/federation.ts';
import { makeIdentity } from '../../server/src/deploy/runtime/sites/identity.ts';
import { readWeights } from '../../server/src/deploy/runtime/sites/weights-file.ts';
import { desiredFederation, NAMES, SAMPLES } from './federation-run.ts';
import { isRunning, TestContext } from './workload-context.ts';

let context: TestContext;
beforeEach(async () => {
  context = await TestContext.create();
});
afterEach(async () => {
  await context.remove();
});

const noSteps = () => {};
const never = () => new AbortController().signal;
const workload = (rounds: number, more: Partial<FederationOptions> = {}, command?: readonly string[]) =>
  createFederationWorkload(more)(desiredFederation({ rounds, ...(command && { command }) }), context);
const siteFile = (name: string, file: string) => join(context.folder, 'sites', name, file);
/** 784·32 + 32 + 32·10 + 10 numbers. */
const LENGTH = 25_450;

function pidOf(label: string): number {
  return context.started.findLast((started) => started.label === label)!.pid;
}

/** The trainer of a site: the process that was started by the site's. */
async function trainerOf(site: number): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === site) return Number(name);
  }
  throw new Error(`process ${site} has no child`);
}

test('nine sites train and average: one digest, the true mean, and an accuracy that rises', async () => {
  const run = workload(3);
  await run.start(never(), noSteps);

  // A stranger with a key of its own gets no further than the handshake.
  const port = Number(/north listens on 127\.0\.0\.1:(\d+)/.exec(context.lines.join('\n'))![1]);
  const stranger = await makeIdentity('stranger');
  const socket = connect({
    host: '127.0.0.1',
    port,
    key: stranger.key,
    cert: stranger.certificate,
    rejectUnauthorized: false,
  });
  const answered: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => answered.push(bytes));
  socket.on('secureConnect', () => socket.write(Buffer.alloc(256)));
  socket.on('error', () => {});
  await new Promise((closed) => socket.on('close', closed));
  expect(answered).toEqual([]);

  await context.until(() => run.status().phase === 'completed');
  const status = run.status();
  expect(status).toMatchObject({ round: 3, rounds: 3 });
  expect(status.history.map(({ round }) => round)).toEqual([1, 2, 3]);
  const accuracies = status.history.map(({ accuracy }) => accuracy);
  expect(accuracies[2]).toBeGreaterThan(accuracies[0]!);
  expect(accuracies[2]).toBeGreaterThan(0.85);
  expect(new Set(status.sites.map(({ digest }) => digest))).toEqual(new Set([status.history[2]!.digest]));
  for (const site of status.sites) {
    expect(site.state).toBe('done');
    expect(site.accuracy).toBeGreaterThan(0.7);
    // Two messages to the group, two partial sums, per iteration; digests to everyone.
    expect(site.bytesSent).toBe(3 * 2 * (4 * (LENGTH * 4 + 128) + 8 * (32 + 128)));
  }

  const average = await readWeights(siteFile('north', 'average-3.f32'), LENGTH);
  for (const name of NAMES) {
    expect(
      Buffer.from((await readWeights(siteFile(name, 'average-3.f32'), LENGTH)).buffer).equals(
        Buffer.from(average.buffer),
      ),
      name,
    ).toBe(true);
    expect((await stat(siteFile(name, 'key.pem'))).mode & 0o777).toBe(0o600);
  }
  // What the sites trained in the last round, which only they have, and its mean by samples.
  const trained = await Promise.all(NAMES.map((name) => readWeights(siteFile(name, 'trained.f32'), LENGTH)));
  const total = SAMPLES.reduce((sum, samples) => sum + samples, 0);
  let worst = 0;
  for (let i = 0; i < LENGTH; i++) {
    const mean = trained.reduce((sum, weights, site) => sum + (SAMPLES[site]! / total) * weights[i]!, 0);
    worst = Math.max(worst, Math.abs(mean - average[i]!));
  }
  expect(worst).toBeLessThan(2e-3);
  expect(worst).toBeGreaterThan(0);
  expect(context.faults).toMatchObject([{ code: 'BERTH5019', subject: 'north' }]);
  expect(context.lines.join('\n')).not.toContain('PRIVATE KEY');
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('a trainer that is killed and a site that is killed cost a try, not the federation', async () => {
  const run = workload(3);
  await run.start(never(), noSteps);
  await context.until(() => run.status().round >= 1 && run.status().sites.some(({ state }) => state === 'training'));
  const trainer = await trainerOf(pidOf('east'));
  process.kill(trainer, 'SIGKILL');
  await context.until(() => context.faults.some(({ code, subject }) => code === 'BERTH5006' && subject === 'east'));
  await context.until(() => run.status().round >= 2);
  process.kill(pidOf('lake'), 'SIGKILL');
  await context.until(() => context.faults.some(({ code, subject }) => code === 'BERTH5018' && subject === 'lake'));
  await context.until(() => run.status().phase === 'completed');
  expect(run.status().round).toBe(3);
  expect(run.status().history.map(({ round }) => round)).toEqual([1, 2, 3]);
  expect(new Set(run.status().sites.map(({ digest }) => digest)).size).toBe(1);
  expect(context.faults.map(({ code }) => code)).toEqual(['BERTH5006', 'BERTH5018']);
  expect(context.started).toHaveLength(NAMES.length + 2);
  await expect.poll(() => isRunning(trainer)).toBe(false);
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('another agent goes on at the round boundary, with the same keys and another attempt', async () => {
  const first = workload(2);
  await first.start(never(), noSteps);
  await context.until(() => first.status().history.length === 1);
  const key = await readFile(siteFile('north', 'key.pem'), 'utf8');
  const trainer = await trainerOf(pidOf('north'));
  await first.stop();
  expect(context.running()).toEqual([]);
  await expect.poll(() => isRunning(trainer)).toBe(false);
  const digest = first.status().history[0]!.digest;
  // One of the sites has lost its copy of the average; the others still have it.
  await rm(siteFile('hills', 'average-1.f32'));
  const second = workload(2);
  await second.start(never(), noSteps);
  expect(second.status().history).toMatchObject([{ round: 1, digest }]);
  expect(second.status().sites.every(({ bytesSent }) => bytesSent > 0)).toBe(true);
  await context.until(() => second.status().phase === 'completed');
  expect(second.status().history.map(({ round }) => round)).toEqual([1, 2]);
  expect(context.state.read(object<{ attempts: number }>({ attempts: number }))?.attempts).toBeGreaterThanOrEqual(2);
  expect(await readFile(siteFile('north', 'key.pem'), 'utf8')).toBe(key);
  await second.stop();
});

test('an attempt that lost a site while averaging is never taken up again: everyone trains on before the next', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const command = [process.execPath, fileURLToPath(new URL('federation-trainer.mjs', import.meta.url))];
  const run = createFederationWorkload()(desiredFederation({ rounds: 2, names, command }), context);
  await run.start(never(), noSteps);
  await context.until(() => run.status().sites.every(({ state }) => state === 'averaging'));
  process.kill(pidOf('c'), 'SIGKILL');
  await context.until(() => run.status().phase === 'completed');
  expect(context.faults).toMatchObject([{ code: 'BERTH5018', subject: 'c' }]);
  const trained = (name: string) =>
    context.lines.filter((line) => line.startsWith(`${name} | round`)).map((line) => line.slice(4));
  for (const name of ['a', 'b', 'd']) {
    expect(trained(name), name).toEqual([
      'round 1 attempt 1: from initial.f32',
      'round 1 attempt 2: from trained.f32',
      'round 2 attempt 3: from average-1.f32',
    ]);
  }
  // What it had trained died with it; it begins the round again.
  expect(trained('c')).toEqual([
    'round 1 attempt 1: from initial.f32',
    'round 1 attempt 2: from initial.f32',
    'round 2 attempt 3: from average-1.f32',
  ]);
  // In the first round a, b and d trained twice, each adding its number plus one.
  const weights = SAMPLES.slice(0, 4);
  const total = weights.reduce((sum, samples) => sum + samples, 0);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value, site) => sum + (weights[site]! / total) * value, 0);
  const [average] = await readWeights(siteFile('a', 'average-2.f32'), 2);
  expect(average).toBeCloseTo(mean([2, 4, 3, 8]) + mean([1, 2, 3, 4]), 2);
  await run.stop();
});

test('an update lets a site join and adds rounds, and the rounds that counted stay', async () => {
  const members = (names: readonly string[], rounds: number) => desiredFederation({ rounds, names });
  const run = createFederationWorkload()(members(['north', 'south', 'east', 'west'], 2), context);
  await run.start(never(), noSteps);
  await context.until(() => run.status().history.length === 1);
  const [first] = run.status().history;
  await run.update(members(['north', 'south', 'east', 'coast'], 2), never(), noSteps);
  expect(run.status().sites.map(({ name }) => name)).toEqual(['north', 'south', 'east', 'coast']);
  await run.update(members(['north', 'south', 'east', 'coast'], 3), never(), noSteps);
  await context.until(() => run.status().phase === 'completed');
  expect(run.status().history.map(({ round }) => round)).toEqual([1, 2, 3]);
  expect(run.status().history[0]).toEqual(first);
  const [digest] = new Set(run.status().sites.map((site) => site.digest));
  expect(
    createHash('sha256')
      .update(await readFile(siteFile('coast', 'average-3.f32')))
      .digest('hex'),
  ).toBe(digest);
  expect(context.faults).toEqual([]);
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('a federation that is stopped while it starts leaves no process', async () => {
  const cancel = new AbortController();
  const run = createFederationWorkload()(desiredFederation({ rounds: 2, names: ['a', 'b', 'c', 'd'] }), context);
  const starting = run.start(cancel.signal, noSteps);
  setImmediate(() => cancel.abort(new Error('not now')));
  await expect(starting).rejects.toThrow('not now');
  expect(context.running()).toEqual([]);
});

test('a trainer that is not there, that ends, that hangs or that answers nonsense is a fault that says so', async () => {
  const script = (text: string) => [process.execPath, '-e', text];
  const cases: [readonly string[], Record<string, unknown>][] = [
    [['no-such-trainer'], { code: 'BERTH5005' }],
    [
      script(`console.error('no data here'); process.exitCode = 7`),
      { code: 'BERTH5006', message: expect.stringMatching(/code 7: no data here/) as unknown },
    ],
    [
      script(`setInterval(() => {}, 1000)`),
      { code: 'BERTH5007', message: expect.stringContaining('for 2 seconds') as unknown },
    ],
    [
      script(
        `process.stdin.on('data', () => console.log('{"type":"ready","tensors":[],"samples":1,"weightsFile":"x"}'))`,
      ),
      { code: 'BERTH5006', message: expect.stringContaining('lacks tensors') as unknown },
    ],
  ];
  for (const [command, fault] of cases) {
    context.faults.length = 0;
    const run = workload(2, { retries: 0, trainerSilenceMs: 2000 }, command);
    await expect(run.start(never(), noSteps)).rejects.toMatchObject(fault);
    expect(run.status().phase).toBe('failed');
    expect(context.faults[0]).toMatchObject(fault);
    await run.stop();
    expect(context.running()).toEqual([]);
  }
});
