import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untidiness } from '../../../scripts/tidy.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-tidy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is said of a project of these files: `file:line: what`. */
function said(files: Record<string, string | Buffer>): string[] {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return untidiness(folder, Object.keys(files)).map(({ file, line, says }) =>
    [file, line, says].filter((part) => part).join(':'),
  );
}

test('a tidy project has nothing said of it', () => {
  expect(
    said({ 'a/m-etf.ts': 'export const a = 1;\n', 'docs/x.md': 'see https://semver.org and /workspace\n' }),
  ).toEqual([]);
});

test('paths of a machine are found, with their line', () => {
  const path = ['', 'home', 'someone', 'x.ts'].join('/');
  expect(said({ 'a.ts': `// one\nconst a = '${path}';\n` })).toEqual(['a.ts:2:a path of one machine']);
  expect(said({ 'b.md': `in ${process.cwd()}` })).toEqual(['b.md:1:a path of one machine']);
  expect(said({ 'c.md': `in ${process.cwd()}-else, /home/me/x and /work/a.yaml` })).toEqual([]);
});

test('hosts of package registries are found', () => {
  expect(said({ 'lock.json': `{ "a": "https://registry.${'npmjs'}.org/x" }` })).toEqual([
    'lock.json:1:the host of a package registry',
  ]);
});

test('names without a concept are found, of files and of folders', () => {
  expect(said({ 'a/utils.ts': '', 'helpers/b.ts': '', 'c/commonality.ts': '' })).toEqual([
    'a/utils.ts:"utils.ts" names no concept',
    'helpers/b.ts:"helpers" names no concept',
  ]);
});

test('heavy binaries are found, light ones are not', () => {
  expect(said({ 'a.png': Buffer.alloc(200_000), 'b.bin': Buffer.alloc(300_000) })).toEqual([
    'b.bin:a binary of 300 kB; 200 kB is the limit',
  ]);
});

test('work left to do is found', () => {
  expect(said({ 'a.ts': `// ${'TO'}${'DO'}: later\n` })).toEqual(['a.ts:1:work left to do']);
});
