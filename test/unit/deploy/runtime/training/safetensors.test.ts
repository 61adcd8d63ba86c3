import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkpointDamage } from '../../../../../server/src/deploy/runtime/training/checkpoint.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A file as the Python package writes it: two numbers. */
function written(index: object, numbers = Buffer.alloc(8)): Buffer {
  const text = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, numbers]);
}

const sound = { __metadata__: { 'berth-format': '1' }, w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } };

async function damageOf(bytes: Buffer): Promise<string | undefined> {
  await writeFile(join(folder, 'device-0.safetensors'), bytes);
  return checkpointDamage(folder);
}

test('a checkpoint of a PyTorch run is sound, cut short or damaged by its index and length', async () => {
  expect(await damageOf(written(sound))).toBeUndefined();
  const bytes = written(sound);
  for (let length = 0; length < bytes.length; length++)
    expect(await damageOf(bytes.subarray(0, length)), `${length}`).toMatch(/is cut short/);
  expect(await damageOf(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{]')]))).toMatch(/damaged/);
  expect(await damageOf(written({ w: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }))).toMatch(
    /damaged: w\.shape/,
  );
  expect(await damageOf(written({ w: { dtype: 'F32', shape: [2], data_offsets: [] } }))).toMatch(/cut short/);
  expect(await damageOf(Buffer.alloc(64, 0xff))).toMatch(/cut short/);
});

test('a file of a newer Berth is sound, and not for this one', async () => {
  expect(await damageOf(written({ __metadata__: { 'berth-format': '2' }, w: 'whatever' }))).toBeUndefined();
});
