import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeText } from '../../../server/src/cli/write-file.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'berth-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('a file is there whole, with nothing beside it, and keeps its mode and its link', () => {
  const path = join(folder, 'a.json');
  writeText(path, 'one');
  chmodSync(path, 0o640);
  symlinkSync(path, join(folder, 'link.json'));
  writeText(join(folder, 'link.json'), 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(lstatSync(join(folder, 'link.json')).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['a.json', 'link.json']);
});

it('what cannot be written leaves what was there', () => {
  writeFileSync(join(folder, 'file'), 'before');
  expect(() => writeText(join(folder, 'file', 'a.json'), 'x')).toThrow('there is no such folder');
  expect(() => writeText(folder, 'x')).toThrow('it is a folder');
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['file']);
});
