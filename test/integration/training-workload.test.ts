import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTrainingWorkload, type TrainingOptions } from '../../server/src/deploy/targets/local/training.ts';
import { trainOnOneDevice } from '../../server/src/deploy/runtime/training/profile.ts';
import type { Local } from '../../server/src/deploy/targets/local/workload.ts';
import type { DesiredPlacement } from '../../server/src/deploy/types.ts';
import { desiredRun, digitsNetwork, EXAMPLES, LEARNING_RATE, type RunSettings } from './training-run.ts';
import { isRunning, TestContext } from './workload-context.ts';

let context: TestContext;
beforeEach(async () => {
  context = await TestContext.create();
});
afterEach(async () => {
  await context.remove();
});

const THREE = ['gpu0', 'gpu1', 'gpu2'];
const spread: Pick<RunSettings, 'devices' | 'deviceOf'> = { devices: THREE, deviceOf: (_, index) => THREE[index % 3]! };
const options: Partial<TrainingOptions> = { restartDelayMs: 1, checkpointEvery: () => 3 };
const noSteps = () => {};
const never = () => new AbortController().signal;
const workload = (desired: Local<DesiredPlacement>, more: Partial<TrainingOptions> = {}) =>
  createTrainingWorkload({ ...options, ...more })(desired, context);

/** The losses that every placement of the example network must have, from one device in this process. */
async function expectedLosses(steps: number, batchSize: number): Promise<number[]> {
  const { nodes, edges } = digitsNetwork();
  const reports = await trainOnOneDevice({
    module: join(EXAMPLES, 'models/digits.mjs'),
    nodes,
    edges,
    batchSize,
    learningRate: LEARNING_RATE,
    steps,
  });
  return reports.map(({ losses }) => losses[0]!.loss);
}

test('three devices train as one does, bit for bit, and say what it took', async () => {
  const desired = desiredRun({ ...spread, steps: 24, batchSize: 16 });
  const run = workload(desired);
  await run.start(never(), noSteps);
  await context.until(() => run.status().phase === 'completed');
  const status = run.status();
  const losses = status.history.map(({ loss }) => loss);
  expect(losses).toEqual(await expectedLosses(24, 16));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-6))).toBeLessThan(0.85 * mean(losses.slice(0, 6)));
  expect(status).toMatchObject({ step: 24, steps: 24, predictedForwardMs: 100, predictedStepMs: 300 });
  expect(status.measuredStepMs).toBeGreaterThan(status.measuredForwardMs!);
  for (const device of status.devices) {
    expect(device.busyMsPerStep).toBeGreaterThan(0);
    expect(device.bytesSentPerStep).toBeGreaterThan(0);
  }
  const placement = JSON.parse(await readFile(join(context.folder, 'placement.json'), 'utf8')) as {
    devices: { name: string; nodes: string[] }[];
    measured: { steps: number };
  };
  expect(placement.devices.map(({ name }) => name)).toEqual(THREE);
  expect(placement.devices[0]!.nodes).toContain('input/images');
  expect(placement.measured.steps).toBe(24);
  expect(context.faults).toEqual([]);
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('a worker that is killed costs the steps since the checkpoint, and nothing else', async () => {
  const run = workload(desiredRun({ ...spread, steps: 12, batchSize: 8 }));
  await run.start(never(), noSteps);
  await context.until(() => run.status().step >= 4);
  process.kill(context.started[1]!.pid, 'SIGKILL');
  await context.until(() => run.status().phase === 'completed');
  expect(run.status().history.map(({ loss }) => loss)).toEqual(await expectedLosses(12, 8));
  expect(context.faults).toMatchObject([{ code: 'BERTH5014', subject: 'gpu1' }]);
  expect(context.faults[0]!.message).toContain('SIGKILL');
  expect(context.started).toHaveLength(6);
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('another agent goes on from the checkpoint, on another placement too', async () => {
  const first = workload(desiredRun({ ...spread, steps: 12, batchSize: 8 }));
  await first.start(never(), noSteps);
  await context.until(() => first.status().step >= 5);
  await first.stop();
  expect(context.running()).toEqual([]);
  const two = ['left', 'right'];
  const second = workload(
    desiredRun({ devices: two, deviceOf: (node) => two[node.includes('conv') ? 0 : 1]!, steps: 12, batchSize: 8 }),
  );
  await second.start(never(), noSteps);
  expect(second.status().step).toBeGreaterThanOrEqual(3);
  await context.until(() => second.status().phase === 'completed');
  expect(second.status().history.map(({ loss }) => loss)).toEqual(await expectedLosses(12, 8));
  await second.stop();
});

test('an update moves the nodes while the run goes on, and a second one adds steps', async () => {
  const run = workload(desiredRun({ ...spread, steps: 9, batchSize: 8 }));
  await run.start(never(), noSteps);
  await context.until(() => run.status().step >= 2);
  await run.update(desiredRun({ devices: ['only'], deviceOf: () => 'only', steps: 9, batchSize: 8 }), never(), noSteps);
  await context.until(() => run.status().phase === 'completed');
  await run.update(
    desiredRun({ devices: ['only'], deviceOf: () => 'only', steps: 12, batchSize: 8 }),
    never(),
    noSteps,
  );
  await context.until(() => run.status().step === 12 && run.status().phase === 'completed');
  expect(run.status().history.map(({ loss }) => loss)).toEqual(await expectedLosses(12, 8));
  expect(run.status().devices).toMatchObject([{ name: 'only', bytesSentPerStep: 0 }]);
  await run.stop();
});

test('updates that come at once, and as the run ends, are all written, the last one last', async () => {
  const one = (steps: number) => desiredRun({ devices: ['only'], deviceOf: () => 'only', steps, batchSize: 8 });
  const run = workload(one(6));
  await run.start(never(), noSteps);
  // the last of them asks for what is done already, so that the run ends while they are written
  await Promise.all([9, 8, 7, 12, 3].map((steps) => run.update(one(steps), never(), noSteps)));
  await context.until(() => run.status().phase === 'completed');
  expect(run.status().steps).toBe(3);
  const placement = JSON.parse(await readFile(join(context.folder, 'placement.json'), 'utf8')) as {
    measured: { steps: number } | null;
  };
  expect(placement.measured?.steps).toBe(run.status().step);
  expect(context.faults).toEqual([]);
  await run.stop();
});

test('a module that is missing, wrong, throwing, hanging or diverging is a fault that says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-module-'));
  const network = {
    nodes: [
      { name: 'source', op: { type: 'source' } },
      { name: 'loss', op: { type: 'loss' } },
    ],
    edges: [{ from: 'source', to: 'loss' }],
  };
  const moduleText = (forward: string) => `
    const one = () => ({ shape: [1], data: new Float32Array(1) });
    export default { ops: {
      source: { forward: () => ({ output: one() }) },
      loss: {
        ${forward}
      },
    } };`;
  const cases: [string, string | null, Partial<TrainingOptions>, Record<string, unknown>][] = [
    [
      'missing.mjs',
      null,
      {},
      { code: 'BERTH5020', message: 'The training module "missing.mjs" cannot be used: there is no such file.' },
    ],
    [
      'empty.mjs',
      'export const x = 1;',
      {},
      { code: 'BERTH5020', message: expect.stringContaining('no default export') as unknown },
    ],
    [
      'throws.mjs',
      moduleText(`forward() {\n          throw new Error('weights are on strike');\n        }`),
      {},
      {
        code: 'BERTH5020',
        subject: 'loss',
        message: expect.stringMatching(/weights are on strike \(at .*throws\.mjs:7:\d+\)/) as unknown,
      },
    ],
    [
      'diverges.mjs',
      moduleText('forward: (params, inputs, op, { step }) => ({ output: one(), loss: step < 2 ? 1 : NaN })'),
      {},
      { code: 'BERTH5030', message: 'Training diverged: the loss of step 3 is NaN.' },
    ],
    [
      'hangs.mjs',
      moduleText('forward() { for (;;); }'),
      { hangAfterMs: 1500, restarts: 0 },
      { code: 'BERTH5007', subject: 'gpu1', message: 'Device gpu1 gave no sign of life for 2 seconds.' },
    ],
  ];
  try {
    for (const [name, text, more, fault] of cases) {
      if (text !== null) await writeFile(join(folder, name), text);
      context.faults.length = 0;
      const devices = ['gpu0', 'gpu1'];
      const run = workload(
        desiredRun({
          devices,
          deviceOf: (_, index) => devices[index]!,
          steps: 5,
          batchSize: 1,
          module: name,
          folder,
          network,
        }),
        more,
      );
      // What keeps the run from starting is thrown; what ends it later is a fault alone.
      if (name === 'missing.mjs' || name === 'empty.mjs')
        await expect(run.start(never(), noSteps)).rejects.toMatchObject(fault);
      else await run.start(never(), noSteps);
      await context.until(() => run.status().phase === 'failed');
      expect(context.faults, name).toMatchObject([fault]);
      await run.stop();
      expect(context.running(), name).toEqual([]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a module that trains with another optimizer than planned is refused before the first step', async () => {
  const made = desiredRun({ ...spread, steps: 3, batchSize: 4 });
  const memory = { optimizer: 'adamw', precision: 'fp32', masterWeights: true, recompute: 'none', recomputeLayers: [] };
  const run = workload({ ...made, spec: { ...made.spec, memory } as typeof made.spec });
  const fault = { code: 'BERTH5351', message: expect.stringContaining('train.optimizer says adamw') as unknown };
  await expect(run.start(never(), noSteps)).rejects.toMatchObject(fault);
  expect(run.status()).toMatchObject({ phase: 'failed', step: 0 });
  expect(context.faults).toMatchObject([fault]);
  await run.stop();
  expect(context.running()).toEqual([]);
});

test('a start that is cancelled leaves no process, and a second start finishes', async () => {
  const cancel = new AbortController();
  const run = workload(desiredRun({ ...spread, steps: 3, batchSize: 4 }));
  await expect(
    run.start(cancel.signal, (_, done) => {
      if (done === 1) setImmediate(() => cancel.abort(new Error('not now')));
    }),
  ).rejects.toThrow('not now');
  expect(context.running()).toEqual([]);
  await run.start(never(), noSteps);
  await context.until(() => run.status().phase === 'completed');
  expect(existsSync(join(context.folder, 'checkpoints/step-3/device-0.f32'))).toBe(true);
  expect(context.started.filter(({ pid }) => isRunning(pid))).toEqual([]);
});
