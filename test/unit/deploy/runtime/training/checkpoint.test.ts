import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  checkpointDamage,
  readCheckpoint,
  readStory,
  writeCheckpoint,
  writeStory,
} from '../../../../../server/src/deploy/runtime/training/checkpoint.ts';
import { natural, object } from '../../../../../server/src/deploy/shape.ts';
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

test.each([
  ['is no JSON', '[{"node":', 'device-0.f32 is damaged'],
  ['lacks what belongs to it', '[{"node":"dense"}]', 'device-0.f32 is damaged: 0.params is missing'],
  [
    'counts below nothing',
    '[{"node":"dense","params":[{"name":"w","shape":[-1],"moments":0}]}]',
    'shape.0 is no number',
  ],
])('a file whose index %s says so', async (_what, index, said) => {
  const padded = index.padEnd(Math.ceil(index.length / 4) * 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length, 0);
  await writeFile(join(folder, 'device-0.f32'), Buffer.concat([length, Buffer.from(padded)]));
  await expect(readCheckpoint(folder)).rejects.toThrow(said);
});

test('a file that is cut short says so', async () => {
  const path = join(folder, 'device-0.f32');
  await writeCheckpoint(path, [['dense', dense]]);
  await truncate(path, 60);
  await expect(readCheckpoint(folder)).rejects.toThrow('device-0.f32 is cut short');
});

test('wherever a file is cut off, that is seen by its index and its length alone', async () => {
  const path = join(folder, 'device-0.f32');
  await writeCheckpoint(path, [['dense', dense]]);
  expect(await checkpointDamage(folder)).toBeUndefined();
  const { size } = await stat(path);
  for (let length = size - 1; length >= 0; length -= 3) {
    await truncate(path, length);
    expect(await checkpointDamage(folder)).toMatch(/device-0\.f32 is (?:cut short|damaged)/);
  }
  expect(await checkpointDamage(join(folder, 'none'))).toContain('ENOENT');
});

test('what a newer version wrote is no damage', async () => {
  const index = '{"format":99,"nodes":[]}';
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length, 0);
  await writeFile(join(folder, 'device-0.f32'), Buffer.concat([length, Buffer.from(index)]));
  expect(await checkpointDamage(folder)).toBeUndefined();
  await expect(readCheckpoint(folder)).rejects.toThrow('a newer Berth');
});

test('the story beside a checkpoint is read back, and is none where it is cut off', async () => {
  const shape = object<{ readonly step: number }>({ step: natural });
  await writeStory(folder, { step: 7 });
  expect(await readStory(folder, shape)).toEqual({ step: 7 });
  await truncate(join(folder, 'run.json'), 5);
  expect(await readStory(folder, shape)).toBeUndefined();
});
