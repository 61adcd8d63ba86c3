import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTrainingWorkload, type TrainingOptions } from '../../server/src/deploy/targets/local/training.ts';
import type { Local } from '../../server/src/deploy/targets/local/workload.ts';
import type { DesiredPlacement } from '../../server/src/deploy/types.ts';
import type { Bytes } from '../../server/src/spec/types.ts';
import { desiredRun } from '../integration/training-run.ts';
import { TestContext } from '../integration/workload-context.ts';
import { nodesOf } from './programs.ts';
import { PYTORCH } from './python.ts';

const MODELS = fileURLToPath(new URL('models', import.meta.url));
const BATCH = 6;

let context: TestContext;
let names: readonly string[] | undefined;
beforeEach(async () => {
  context = await TestContext.create();
});
afterEach(async () => context.remove());

const never = () => new AbortController().signal;
const noSteps = () => {};
const options: Partial<TrainingOptions> = { restartDelayMs: 1, checkpointEvery: () => 3, hangAfterMs: 600_000 };
const workload = (desired: Local<DesiredPlacement>, more: Partial<TrainingOptions> = {}) =>
  createTrainingWorkload({ ...options, ...more })(desired, context);

interface Wanted {
  readonly devices: readonly string[];
  readonly steps: number;
  readonly deviceOf: (index: number, count: number) => number;
  readonly module?: string;
  readonly folder?: string;
  readonly python?: string;
  readonly memory?: number;
}

async function desired(wanted: Wanted): Promise<Local<DesiredPlacement>> {
  names ??= await nodesOf(PYTORCH!, join(MODELS, 'trained.py:Net'), BATCH);
  const { devices, deviceOf, memory = 2 ** 30 } = wanted;
  const made = desiredRun({
    devices,
    deviceOf: (_, index) => devices[deviceOf(index, names!.length)]!,
    steps: wanted.steps,
    batchSize: BATCH,
    module: wanted.module ?? 'trained.py:Net',
    folder: wanted.folder ?? MODELS,
    network: { nodes: names.map((name) => ({ name, op: {} })), edges: [] },
  });
  const train = { ...made.spec.train!, python: wanted.python ?? PYTORCH! };
  const limited = made.spec.devices.map((device) => ({ ...device, memory: memory as Bytes }));
  return { ...made, spec: { ...made.spec, devices: limited, train } };
}

const losses = (run: ReturnType<typeof workload>) => run.status().history.map(({ loss }) => loss);

describe.skipIf(PYTORCH === undefined)('a run of a PyTorch module on the target local', () => {
  test('trains, tells what it took, and goes on after a device was killed, and on another placement', async () => {
    const one = await desired({ devices: ['only'], deviceOf: () => 0, steps: 9 });
    const alone = workload(one);
    await alone.start(never(), noSteps);
    await context.until(() => alone.status().phase === 'completed');
    const expected = losses(alone);
    expect(expected).toHaveLength(9);
    await alone.stop();
    await context.remove();

    context = await TestContext.create();
    const two = ['gpu0', 'gpu1'];
    const run = workload(await desired({ devices: two, deviceOf: (i, n) => (i < n / 2 ? 0 : 1), steps: 9 }));
    await run.start(never(), noSteps);
    await context.until(() => run.status().step >= 4);
    process.kill(context.started[1]!.pid, 'SIGKILL');
    await context.until(() => context.faults.length > 0);
    expect(context.faults).toMatchObject([{ code: 'BERTH5014', subject: 'gpu1' }]);
    expect(context.faults[0]!.message).toContain('SIGKILL');
    await context.until(() => run.status().phase === 'running');
    await run.stop();
    expect(context.running()).toEqual([]);

    const three = ['a', 'b', 'c'];
    const after = workload(await desired({ devices: three, deviceOf: (i) => i % 3, steps: 9 }));
    await after.start(never(), noSteps);
    expect(after.status().step).toBeGreaterThanOrEqual(3);
    await context.until(() => after.status().phase === 'completed');
    losses(after).forEach((loss, step) => expect(loss).toBeCloseTo(expected[step]!, 4));
    expect(losses(after)).toHaveLength(9);
    for (const device of after.status().devices) {
      expect(device.busyMsPerStep).toBeGreaterThan(0);
      expect(device.bytesSentPerStep).toBeGreaterThan(0);
      expect(device.peakBytes).toBeGreaterThan(1000);
    }
    expect(await readdir(join(context.folder, 'checkpoints/step-9'))).toContain('device-2.safetensors');
    const placement = JSON.parse(await readFile(join(context.folder, 'placement.json'), 'utf8')) as {
      measured: { steps: number };
    };
    expect(placement.measured.steps).toBe(9);
    await after.stop();
    expect(context.running()).toEqual([]);
  });

  test('what keeps it from running is a fault that says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-module-'));
    const source = await readFile(join(MODELS, 'trained.py'), 'utf8');
    const cases: [string, Partial<Wanted>, Record<string, unknown>][] = [
      [
        'no-python',
        { python: 'no-such-python' },
        { code: 'BERTH5032', message: expect.stringContaining('no program') },
      ],
      [
        'no-pytorch',
        { python: '/usr/bin/python3' },
        { code: 'BERTH5032', message: expect.stringContaining('PyTorch') },
      ],
      ['small', { memory: 20_000 }, { code: 'BERTH5033', subject: 'only', message: expect.stringContaining('KiB') }],
      [
        'missing',
        { module: 'missing.py:Net' },
        { code: 'BERTH5020', message: expect.stringContaining('no such file') },
      ],
      ['throws', {}, { code: 'BERTH5020', message: expect.stringMatching(/on strike \(.*throws\.py:\d+\)/) }],
      ['other', {}, { code: 'BERTH5034', message: expect.stringContaining('the graph has no node') }],
      ['diverges', {}, { code: 'BERTH5030', message: 'Training diverged: the loss of step 1 is NaN.' }],
    ];
    const texts: Record<string, string> = {
      throws: source.replace(
        '        x = self.embed(ids)',
        '        raise ValueError("weights are on strike")\n        x = self.embed(ids)',
      ),
      other: source.replace('depth=4', 'depth=5'),
      diverges: source.replace('target.reshape(-1))', 'target.reshape(-1)) * float("nan")'),
    };
    try {
      for (const [name, wanted, fault] of cases) {
        if (texts[name] !== undefined) await writeFile(join(folder, `${name}.py`), texts[name]);
        context.faults.length = 0;
        const of = texts[name] === undefined ? {} : { module: `${name}.py:Net`, folder };
        const run = workload(await desired({ devices: ['only'], deviceOf: () => 0, steps: 3, ...of, ...wanted }));
        await run.start(never(), noSteps).catch(() => {}); // what keeps it from starting is thrown too
        await context.until(() => run.status().phase === 'failed');
        expect(context.faults, name).toMatchObject([fault]);
        await run.stop();
        expect(context.running(), name).toEqual([]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
