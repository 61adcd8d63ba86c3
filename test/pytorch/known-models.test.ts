import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { DeviceProcesses } from './device-processes.ts';
import { nodesOf, plainLosses } from './programs.ts';
import { PYTORCH } from './python.ts';

const FILE = fileURLToPath(new URL('models/known.py', import.meta.url));
const STEPS = 20;

let running: DeviceProcesses | undefined;
afterEach(async () => running?.end());

/** Two devices: the first has the first half, and every hundredth node of the second, so that values cross in both directions. */
const crossing = (index: number, count: number) => (index < count / 2 || index % 100 === 0 ? 0 : 1);

describe.skipIf(PYTORCH === undefined)('losses over 20 steps on two devices are those of plain PyTorch', () => {
  test.each([
    { name: 'resnet50', batchSize: 4, learningRate: 1e-3 },
    { name: 'bert', batchSize: 1, learningRate: 1e-4 },
    { name: 'gpt2', batchSize: 1, learningRate: 1e-4 },
  ])(
    '$name',
    async ({ name, batchSize, learningRate }) => {
      process.env.BERTH_TEST_MODEL = name;
      const module = `${FILE}:${name}`;
      const names = await nodesOf(PYTORCH!, module, batchSize);
      const nodes = names.map((node, index) => ({ name: node, device: crossing(index, names.length) }));
      // sums over several threads are rounded otherwise, which twenty steps of batch normalisation make much of
      const threads = 1;
      running = new DeviceProcesses({ python: PYTORCH!, module, batchSize, learningRate, devices: 2, nodes, threads });
      await running.start();
      const losses: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        const { loss, devices } = await running.step(step);
        losses.push(loss);
        for (const { bytesSent } of devices) expect(bytesSent).toBeGreaterThan(0);
      }
      await running.end();
      const expected = await plainLosses(PYTORCH!, module, { batchSize, steps: STEPS, learningRate });
      expect(expected[1]).not.toBe(expected[0]);
      losses.forEach((loss, step) => expect(Math.abs(loss - expected[step]!) / expected[step]!).toBeLessThan(1e-4));
    },
    400_000,
  );
});
