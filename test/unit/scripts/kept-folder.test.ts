import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keptFolder } from '../../../scripts/kept-folder.mjs';

let cache: string;
const before = process.env.XDG_CACHE_HOME;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'berth-kept-'));
  process.env.XDG_CACHE_HOME = cache;
});

afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(cache, { recursive: true });
});

const noWait = (): void => {
  throw new Error('there was nobody to wait for');
};

test('a folder is made once, and found from then on', async () => {
  let made = 0;
  const make = async (partial: string): Promise<void> => {
    made++;
    writeFileSync(join(partial, 'content'), 'whole');
    await Promise.resolve();
  };
  const folder = await keptFolder('thing', noWait, make);
  expect(await keptFolder('thing', noWait, make)).toBe(folder);
  expect(made).toBe(1);
  expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('whole');
});

test('what fails or was interrupted leaves nothing that is taken for the folder', async () => {
  const berth = join(cache, 'berth');
  mkdirSync(join(berth, 'thing.partial'), { recursive: true });
  writeFileSync(join(berth, 'thing.partial', 'half'), '');
  await expect(
    keptFolder('thing', noWait, (partial) => {
      expect(readdirSync(partial)).toEqual([]);
      writeFileSync(join(partial, 'content'), '');
      return Promise.reject(new Error('no room'));
    }),
  ).rejects.toThrow('no room');
  expect(readdirSync(berth)).toEqual([]);
});

test('where the lock names another that lives, that one is waited for, and what it made is taken', async () => {
  const berth = join(cache, 'berth');
  mkdirSync(berth, { recursive: true });
  writeFileSync(join(berth, 'thing.lock'), String(process.ppid));
  const waits = Promise.withResolvers<undefined>();
  const second = keptFolder('thing', () => waits.resolve(undefined), noWait as () => never);
  await waits.promise;
  mkdirSync(join(berth, 'thing'));
  rmSync(join(berth, 'thing.lock'));
  expect(existsSync(await second)).toBe(true);
});
