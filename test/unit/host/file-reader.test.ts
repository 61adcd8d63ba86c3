import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileReader } from '../../../server/src/host/file-reader.ts';
import { UnreadableFile } from '../../../server/src/host/regular-file.ts';

/** Milliseconds: a moment is 80, silence 800, the longest 4,800. */
const TICK = 20;
const FAULTY = new URL('faulty-files-process.ts', import.meta.url);

let folder: string;
let reader: FileReader;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-reader-'));
  reader = new FileReader({ tick: TICK, entry: FAULTY });
});
afterEach(() => {
  reader.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function written(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function textOf(path: string, most = 1000, signal?: AbortSignal): Promise<string | undefined> {
  const found = await reader.read(path, { most, signal });
  return typeof found === 'object' ? new TextDecoder().decode(found.bytes) : found;
}

/** Why a file is not read. */
const whyNot = (reading: Promise<unknown>): Promise<string> =>
  reading.then(
    () => 'it was read',
    (error: unknown) => (error instanceof UnreadableFile ? error.message : String(error)),
  );

describe('a folder that does not answer', () => {
  it('is an error in time, keeps nobody else waiting, and is not asked again at once', async () => {
    const patient = new FileReader({ tick: 5 * TICK, entry: FAULTY });
    const whyHung = (name: string): Promise<string> => whyNot(patient.kind(join(folder, 'hang', name)));
    const hung = Array.from({ length: 40 }, (_, i) => whyHung(`${i}.csv`));
    const other = patient.kind(written('day.csv', ''));
    expect(await Promise.race([other, ...hung])).toBe('file');
    for (const why of await Promise.all(hung))
      expect(why).toMatch(/^its disk or network did not answer within 4s; see whether/);
    const again = performance.now();
    expect(await whyHung('deeper/a.csv')).toContain('did not answer');
    expect(performance.now() - again).toBeLessThan(2000);
    expect(await patient.kind(written('other.csv', ''))).toBe('file');
    patient.dispose();
  });

  it('is told from one that holds a link to it', async () => {
    const patient = new FileReader({ tick: 2 * TICK, entry: FAULTY });
    const hung = ['hang1.csv', 'hang2.csv'].map((name) => whyNot(patient.kind(join(folder, name))));
    await new Promise((resolve) => setTimeout(resolve, 20 * TICK));
    expect(await Promise.race([patient.kind(written('day.csv', '')), ...hung])).toBe('file');
    for (const why of await Promise.all(hung)) expect(why).toContain('did not answer');
    expect(await patient.kind(join(folder, 'day.csv'))).toBe('file');
    patient.dispose();
  });

  it('is asked again later, also for what lies in it', async () => {
    written('hang/a.csv', '');
    written('b.csv', '');
    expect(await reader.list(folder, LISTED)).toEqual(['b.csv']);
    expect(await reader.kind(join(folder, 'b.csv'))).toBe('file');
    const begun = performance.now();
    let asked = 0;
    while (asked < TICK * 30 && performance.now() - begun < 20_000) {
      const at = performance.now();
      await whyNot(reader.kind(join(folder, 'hang', 'a.csv')));
      asked = performance.now() - at;
      await new Promise((resolve) => setTimeout(resolve, TICK));
    }
    // Now it waited for an answer.
    expect(asked).toBeGreaterThanOrEqual(TICK * 30);
  });

  it('does not keep a process from ending, whoever waits', async () => {
    const program = `
      import { FileReader } from ${JSON.stringify(new URL('../../../server/src/host/file-reader.ts', import.meta.url).href)};
      const reader = new FileReader({ tick: 5, entry: new URL(${JSON.stringify(FAULTY.href)}) });
      const why = await reader.kind(process.argv[1]).catch((error) => error.message);
      reader.kind('/elsewhere/hang').catch(() => {});
      reader.dispose();
      console.log(why);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, join(folder, 'hang')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    const [code] = (await once(child, 'exit')) as [number];
    expect(String(said)).toMatch(/^its disk or network did not answer within 200ms/);
    expect(code).toBe(0);
  });
});

const LISTED = { depth: 3, most: 100, without: ['node_modules'], everything: false };

describe('a file that changes while it is read', () => {
  it('is never more than its limit', async () => {
    expect(await whyNot(textOf(written('grow.csv', '1'), 20))).toBe('it holds 21B, and the limit is 20B');
  });

  it('is absent where it vanishes, and not opened where something else takes its place', async () => {
    expect(await textOf(written('vanish.csv', '1'))).toBeUndefined();
    expect(await whyNot(textOf(written('swap.csv', '1')))).toBe('it is a named pipe, not a file');
  });

  it('may be slow, as long as it goes on, and not for ever', async () => {
    expect(await textOf(written('slow.csv', '123456789012'))).toBe('123456789012');
    const impatient = new FileReader({ tick: 10, entry: FAULTY });
    expect(await whyNot(impatient.read(written('slow-long.csv', '1'.repeat(500)), { most: 1000 }))).toBe(
      'it could not be read within 2.4s; copy it to a disk that is quicker',
    );
    impatient.dispose();
  });
});

it('stops reading for whom nobody waits any more', async () => {
  const cancelled = new AbortController();
  const reading = textOf(written('slow.csv', '1'.repeat(500)), 1000, cancelled.signal);
  setTimeout(() => cancelled.abort(), TICK);
  await expect(reading).rejects.toThrow('aborted');
  await expect(textOf('/nowhere', 1, cancelled.signal)).rejects.toThrow('aborted');
  expect(await textOf(written('day.csv', '1'))).toBe('1');
});

it('goes on in another process where one has ended', async () => {
  expect(await whyNot(textOf(join(folder, 'end.csv')))).toContain('has ended before it was read');
  expect(await textOf(written('day.csv', '1'))).toBe('1');
});

it('reads what a file begins with, and nothing of one that is as known', async () => {
  const path = written('large.bin', new Uint8Array(5 * 2 ** 20).fill(7));
  const head = await reader.read(path, { most: 4096, head: true });
  if (typeof head !== 'object') throw new Error('not read');
  expect(head.bytes.length).toBe(4096);
  const all = await reader.read(path, { most: 6 * 2 ** 20 });
  if (typeof all !== 'object') throw new Error('not read');
  expect(all.bytes.length).toBe(5 * 2 ** 20);
  expect(all.bytes.every((byte) => byte === 7)).toBe(true);
  expect(all.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(await reader.read(path, { most: 6 * 2 ** 20, known: all.version })).toBe('as known');
  expect(await whyNot(textOf(path, 2 ** 20))).toBe('it holds 5Mi, and the limit is 1Mi');
});

it('lists files below a folder, and says what lies at a path', async () => {
  for (const name of ['a.csv', 'b/c.csv', 'node_modules/d.csv', '.git/e.csv', 'b/1/2/3/f.csv']) written(name, '');
  expect(await reader.list(folder, LISTED)).toEqual(['a.csv', 'b/c.csv']);
  const everything = await reader.list(folder, { ...LISTED, depth: Infinity, everything: true });
  expect([...everything].sort()).toEqual(['.git/e.csv', 'a.csv', 'b/1/2/3/f.csv', 'b/c.csv']);
  expect(await reader.list(folder, { ...LISTED, most: 1 })).toHaveLength(1);
  expect(await reader.list(join(folder, 'nowhere'), LISTED)).toEqual([]);
  expect(await whyNot(reader.list(join(folder, 'nowhere'), { ...LISTED, everything: true }))).toContain('nowhere');
  expect(await reader.kind(folder)).toBe('folder');
  expect(await reader.kind(join(folder, 'a.csv'))).toBe('file');
  expect(await reader.kind('/dev/null')).toBe('other');
  expect(await reader.kind(join(folder, 'nowhere'))).toBeUndefined();
});
