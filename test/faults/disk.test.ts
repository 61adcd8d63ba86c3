/** The disk after a loss of power: what it may have lost, it loses; what was flushed, it keeps. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom } from '../../server/src/deploy/runtime/training/random.ts';
import { Disk } from './disk.ts';
import type { DiskEntry } from './journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-'));
  for (const name of ['disk', 'held']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file is written as `1` or `2`, with ten bytes of that. */
function disk(...entries: readonly DiskEntry[]): Disk {
  for (const ino of [1, 2]) writeFileSync(join(folder, 'held', String(ino)), String(ino).repeat(10));
  return new Disk(
    join(folder, 'disk'),
    join(folder, 'held'),
    entries.map((entry, at) => ({ at, ...entry })),
  );
}

const at = (path: string): string => join(folder, 'disk', path);
const create = (path: string, ino: number): DiskEntry => ({ disk: 'create', path: at(path), ino });
const sync = (ino: number): DiskEntry => ({ disk: 'sync', ino, size: 10 });
const syncFolder = (path = ''): DiskEntry => ({ disk: 'sync-folder', path: at(path) });
const rename = (path: string, to: string): DiskEntry => ({ disk: 'rename', path: at(path), to: at(to) });

/** All that could be there, drawn often enough, as `path=content` of each file and folder. */
function outcomes(found: Disk): readonly string[] {
  const random = seededRandom(5);
  const drawn = Array.from({ length: 400 }, () =>
    [...found.after(random).entries].map(([path, content]) => `${path}=${content?.toString() ?? 'folder'}`).join(' '),
  );
  return [...new Set(drawn)].sort();
}

it('keeps a file that was flushed with its folder, and no more than its name or a part of it otherwise', () => {
  expect(outcomes(disk(create('a', 1), sync(1), syncFolder()))).toEqual(['a=1111111111']);
  expect(outcomes(disk(create('a', 1), sync(1)))).toEqual(['', 'a=1111111111']);
  const unflushed = outcomes(disk(create('a', 1), syncFolder()));
  for (const possible of ['a=', 'a=11111', 'a=1111111111', 'a=1111\0\0\0\0\0\0']) expect(unflushed).toContain(possible);
  expect(unflushed.every((text) => /^a=1*\0*$/.test(text))).toBe(true);
});

it('has the old file or the new one after a rename, and the new one alone once the folder was flushed', () => {
  const before = [create('a', 1), sync(1), syncFolder(), create('b', 2), sync(2), rename('b', 'a')] as const;
  expect(outcomes(disk(...before))).toEqual(['a=1111111111', 'a=1111111111 b=2222222222', 'a=2222222222']);
  expect(outcomes(disk(...before, syncFolder()))).toEqual(['a=2222222222']);
});

it('loses a folder with all that was flushed in it, where the folder above was not', () => {
  const made = [{ disk: 'mkdir', path: at('x') }, create('x/a', 1), sync(1), syncFolder('x')] as const;
  expect(outcomes(disk(...made))).toEqual(['', 'x=folder x/a=1111111111']);
  expect(outcomes(disk(...made, syncFolder()))).toEqual(['x=folder x/a=1111111111']);
});

it('moves from one folder to another in both or in none, and may bring back what was removed', () => {
  const two = [
    { disk: 'mkdir', path: at('x') },
    { disk: 'mkdir', path: at('y') },
    syncFolder(),
    create('x/a', 1),
    sync(1),
    syncFolder('x'),
  ] as const;
  expect(outcomes(disk(...two, rename('x/a', 'y/a')))).toEqual([
    'x=folder x/a=1111111111 y=folder',
    'x=folder y=folder y/a=1111111111',
  ]);
  expect(outcomes(disk(...two, { disk: 'unlink', path: at('x/a') }))).toContain('x=folder x/a=1111111111 y=folder');
});

it('makes a folder hold what was left, and nothing else', () => {
  writeFileSync(at('other'), 'x');
  const found = disk({ disk: 'mkdir', path: at('x') }, create('x/a', 1), sync(1), syncFolder('x'), syncFolder());
  found.restore(found.after());
  expect(readdirSync(join(folder, 'disk'))).toEqual(['x']);
  expect(readFileSync(at('x/a'), 'utf8')).toBe('1111111111');
});
