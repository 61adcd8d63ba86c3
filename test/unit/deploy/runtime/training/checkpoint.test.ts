import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../../../server/src/deploy/runtime/training/checkpoint.ts';
import type { NodeState } from '../../../../../server/src/deploy/runtime/training/node-runner.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-checkpoint-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const dense: NodeState = {
  params: {
    weight: { shape: [2, 2], data: Float32Array.of(1, 2, 3, -0) },
    bias: { shape: [2], data: Float32Array.of(NaN, 1e-40) },
  },
  moments: { weight: [Float32Array.of(5, 6, 7, 8)], bias: [Float32Array.of(9, 10)] },
};
const plain: NodeState = { params: {}, moments: {} };

test('what the devices wrote is read back node by node, to the bit', async () => {
  await writeCheckpoint(join(folder, 'device-0.f32'), [['größe/dense', dense]]);
  await writeCheckpoint(join(folder, 'device-1.f32'), [['relu', plain], ['empty', plain]]); // prettier-ignore
  const states = await readCheckpoint(folder);
  expect([...states.keys()]).toEqual(['größe/dense', 'relu', 'empty']);
  expect(states.get('größe/dense')).toEqual(dense);
  expect(states.get('relu')).toEqual(plain);
});

test('a file that is cut short says so', async () => {
  const path = join(folder, 'device-0.f32');
  await writeCheckpoint(path, [['dense', dense]]);
  await truncate(path, 60);
  await expect(readCheckpoint(folder)).rejects.toThrow('device-0.f32 is cut short');
});
