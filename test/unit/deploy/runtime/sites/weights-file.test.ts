import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWeights, writeWeights } from '../../../../../server/src/deploy/runtime/sites/weights-file.ts';

test('weights are read back to the bit, belong to their owner, and have the length that was asked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-weights-'));
  try {
    const path = join(folder, 'average-1.f32');
    const weights = Float32Array.of(1, -0, 1e-42, Infinity);
    await writeWeights(path, weights);
    expect(await readWeights(path, 4)).toEqual(weights);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['average-1.f32']);
    await expect(readWeights(path, 5)).rejects.toThrow('has 16 bytes, 5 numbers take 20');
    await writeWeights(path, Float64Array.of(0.1));
    expect(await readWeights(path, 1)).toEqual(Float32Array.of(0.1));
  } finally {
    await rm(folder, { recursive: true });
  }
});
