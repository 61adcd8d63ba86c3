import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  readStoredJson,
  setAside,
  writeFileAtomic,
  writeFileAtomicSync,
} from '../../../server/src/deploy/targets/local/agent/atomic-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'berth-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['at once', async (path: string, text: string) => writeFileAtomicSync(path, text)],
  ['in the background', writeFileAtomic],
])('replaces a file as a whole, %s, for its owner alone', async (_how, write) => {
  const path = join(folder, 'state.json');
  await write(path, '1');
  await write(path, '{"a":2}');
  expect(readFileSync(path, 'utf8')).toBe('{"a":2}');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['state.json']);
});

it.each([
  ['at once', async (path: string, text: string) => writeFileAtomicSync(path, text)],
  ['in the background', writeFileAtomic],
])('leaves the old content and no rubbish when it fails, %s', async (_how, write) => {
  const path = join(folder, 'state.json');
  writeFileSync(join(folder, 'other'), 'x');
  await write(path, 'old');
  // A folder cannot be replaced by a file, so the last step fails.
  await expect((async () => write(folder, 'new'))()).rejects.toThrow();
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder).sort()).toEqual(['other', 'state.json']);
});

it('tells an absent, a sound and a damaged file apart, and sets the last aside', () => {
  const path = join(folder, 'state.json');
  expect(readStoredJson(path)).toEqual({ state: 'absent' });
  writeFileSync(path, '{"a":1}');
  expect(readStoredJson(path)).toEqual({ state: 'present', value: { a: 1 } });
  writeFileSync(path, '{"a":');
  expect(readStoredJson(path)).toMatchObject({ state: 'corrupt' });
  const aside = setAside(path);
  expect(aside).toMatch(/\.damaged$/);
  expect(readFileSync(aside, 'utf8')).toBe('{"a":');
  expect(readStoredJson(path)).toEqual({ state: 'absent' });
});
