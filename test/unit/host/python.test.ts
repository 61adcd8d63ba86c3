import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileReader } from '../../../server/src/host/file-reader.ts';
import { pythonBy, pythonFor } from '../../../server/src/host/python.ts';
import { UnreadableFile } from '../../../server/src/host/regular-file.ts';

const INSIDE = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python3';
const ON_THE_PATH = process.platform === 'win32' ? 'python' : 'python3';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'berth-python-'))));
afterEach(() => rmSync(root, { recursive: true }));

function environment(place: string): string {
  const path = join(root, place, INSIDE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

/** By both, which must agree. */
async function chosen(given: NodeJS.ProcessEnv): Promise<string> {
  const folder = join(root, 'project/specs');
  mkdirSync(folder, { recursive: true });
  const found = await pythonBy(new FileReader(), folder, given);
  expect(pythonFor(undefined, folder, given)).toBe(found);
  return found;
}

describe('the Python to use', () => {
  it('is the active environment, then what lies around, the nearest first, then python3', async () => {
    expect(await chosen({})).toBe(ON_THE_PATH);
    const above = environment('venv');
    expect(await chosen({})).toBe(above);
    const near = environment('project/.venv');
    expect(await chosen({})).toBe(near);
    const active = environment('elsewhere');
    expect(await chosen({ CONDA_PREFIX: join(root, 'elsewhere') })).toBe(active);
    expect(await chosen({ VIRTUAL_ENV: join(root, 'gone'), CONDA_PREFIX: '' })).toBe(near);
    expect(await chosen({ BERTH_PYTHON: 'python3.13', VIRTUAL_ENV: join(root, 'elsewhere') })).toBe('python3.13');
  });

  it('that BERTH_PYTHON names by a path lies where one asked', async () => {
    expect(await pythonBy(new FileReader(), root, { BERTH_PYTHON: './env/bin/python' })).toBe(
      resolve('env/bin/python'),
    );
  });

  it('is none that a disk does not tell of', async () => {
    environment('.venv');
    const silent = { kind: () => Promise.reject(new UnreadableFile('it does not answer')) };
    expect(await pythonBy(silent, root, {})).toBe(ON_THE_PATH);
    const broken = { kind: () => Promise.reject(new TypeError('a mistake of ours')) };
    await expect(pythonBy(broken, root, {})).rejects.toThrow('a mistake of ours');
  });
});
