import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { DeviceProcesses, type Setup } from './device-processes.ts';
import { nodesOf } from './programs.ts';
import { PYTORCH } from './python.ts';

const SMALL = `${fileURLToPath(new URL('models/trained.py', import.meta.url))}:Net`;
const BATCH = 6;

let running: DeviceProcesses | undefined;
let names: readonly string[] | undefined;
afterEach(async () => running?.end());

async function small(devices: number, deviceOf: (index: number, count: number) => number, more: Partial<Setup> = {}) {
  names ??= await nodesOf(PYTORCH!, SMALL, BATCH);
  const nodes = names.map((name, index) => ({ name, device: deviceOf(index, names!.length) }));
  running = new DeviceProcesses({
    python: PYTORCH!,
    module: SMALL,
    batchSize: BATCH,
    learningRate: 0.01,
    devices,
    nodes,
    ...more,
  });
  await running.start();
  return running;
}

async function losses(run: DeviceProcesses, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  for (let step = from; step < to; step++) found.push((await run.step(step)).loss);
  return found;
}

function same(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i]!, 4));
}

describe.skipIf(PYTORCH === undefined)('a PyTorch module on several devices', () => {
  test('every placement gives the losses of one device, with dropout, tied weights and batch normalisation', async () => {
    const alone = await small(1, () => 0);
    const expected = await losses(alone, 0, 12);
    expect(expected.at(-1)).toBeLessThan(expected[0]!);
    await alone.end();

    const cut = await small(2, (index, count) => (index < count / 2 ? 0 : 1));
    same(await losses(cut, 0, 12), expected);
    await cut.end();

    // the worst placement that there is: every node beside a node of another device
    const scattered = await small(3, (index) => index % 3);
    same(await losses(scattered, 0, 12), expected);
  });

  test('a run goes on from a checkpoint on another placement as if nothing had been', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-checkpoint-'));
    try {
      const whole = await small(2, (index) => index % 2);
      await losses(whole, 0, 5);
      await whole.checkpoint(join(folder, 'step-5'), 5);
      const expected = await losses(whole, 5, 10);
      await whole.end();
      expect((await readdir(join(folder, 'step-5'))).sort()).toEqual(['device-0.safetensors', 'device-1.safetensors']);
      const after = await small(3, (index, count) => Math.floor((3 * index) / count), {
        resume: join(folder, 'step-5'),
      });
      same(await losses(after, 5, 10), expected);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a tensor crosses once to each device that reads it, and its gradient once back', async () => {
    names ??= await nodesOf(PYTORCH!, SMALL, BATCH);
    const second = names.indexOf('conv1d_1');
    const cut = await small(2, (index) => (index < second ? 0 : 1));
    const { devices } = await cut.step(0);
    // 6 × 16 × 12 numbers forward and back, 6 × 12 targets as whole numbers, the tied weights' gradients both ways
    const value = BATCH * 16 * 12 * 4;
    const tied = 32 * 16 * 4;
    expect(devices.map(({ bytesSent }) => bytesSent)).toEqual([value + BATCH * 12 * 8 + tied, value + tied]);
  });

  test('what cannot run says why before the first step', async () => {
    await expect(small(1, () => 0, { memory: 20_000 })).rejects.toThrow(
      /^memory: they need .* and it has 19\.5 KiB .*KiB of parameters/,
    );
    await expect(
      new DeviceProcesses({
        python: PYTORCH!,
        module: SMALL,
        batchSize: BATCH,
        learningRate: 0.01,
        devices: 1,
        nodes: [{ name: 'conv2d_7', device: 0 }],
      }).start(),
    ).rejects.toThrow('graph: the module has no node conv2d_7');
    const missing = SMALL.replace('Net', 'Nett');
    await expect(small(1, () => 0, { module: missing })).rejects.toThrow('module: it has no Nett');
    await expect(small(1, () => 0, { module: '/nowhere.py:Net' })).rejects.toThrow('module: there is no such file');
  });

  test('a device that is killed ends the wait of the others', async () => {
    const run = await small(2, (index) => index % 2);
    await run.step(0);
    run.kill(1);
    await expect(run.step(1)).rejects.toThrow(/^lost: |^device 1 ended/);
  });
});
