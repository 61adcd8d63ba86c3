import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskFiles, type DiskFilesOptions } from '../../../server/src/host/disk-files.ts';
import { FileReader } from '../../../server/src/host/file-reader.ts';
import { readSpecFile, type Files, type SpecFile } from '../../../server/src/spec/spec-file.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'berth-files-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spec = (trace: string): string => `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  capacity: { replicas: 2 }
  jobs:
    - name: tags
      slo: { latency: 720ms }
      processingTime: 180ms
      workload: { trace: ${trace}, column: tags }
`;

const readNow = (trace: string, files: Files): SpecFile =>
  readSpecFile(spec(trace), { uri: join(folder, 'a.berth.yaml'), files });
const told = async (trace: string, files = new DiskFiles()): Promise<string[]> =>
  (await files.settled((known) => readNow(trace, known))).problems.map(({ code, message }) => `${code} ${message}`);

/** Files, and a promise of the next change of what is known. */
function watched(options: DiskFilesOptions = {}): { files: DiskFiles; changed: () => Promise<string> } {
  let tell: (path: string) => void = () => {};
  const files = new DiskFiles({ ...options, onChange: (path) => tell(path) });
  return { files, changed: () => new Promise((resolve) => (tell = resolve)) };
}

it('reads a file again when it has changed, and forgets it when it is gone', async () => {
  const { files, changed } = watched();
  const path = join(folder, 'day.csv');
  const text = (): Promise<string | undefined> => files.settled((known) => known.read(path)?.text);
  expect(await text()).toBeUndefined();
  for (const now of ['tags\n1\n', 'tags\n1\n22\n', undefined]) {
    const before = files.read(path);
    const told = changed();
    if (now === undefined) rmSync(path);
    else writeFileSync(path, now);
    files.recheck();
    // What was known stays known meanwhile.
    expect(files.read(path)).toBe(before);
    expect(files.pending(path, 'trace')).toBe(false);
    expect(await told).toBe(path);
    expect(files.read(path)?.text).toBe(now);
    expect(files.read(path)).toBe(files.read(path));
  }
  expect(files.fault(path, 'trace')).toBeUndefined();
});

it('notices a change that nobody told of when it is asked again', async () => {
  const { files, changed } = watched();
  const path = join(folder, 'day.csv');
  writeFileSync(path, '1');
  await files.settled((known) => known.read(path));
  writeFileSync(path, '22');
  const told = changed();
  await expect.poll(() => files.read(path)?.text, { timeout: 10_000 }).toBe('22');
  expect(await told).toBe(path);
});

it('says nothing of what is not known yet, and takes no document for one without an error', async () => {
  writeFileSync(join(folder, 'day.csv'), 'other\n1\n');
  const files = new DiskFiles();
  const first = readNow('day.csv', files);
  expect([first.problems, first.documents[0]?.spec]).toEqual([[], undefined]);
  expect(files.pending(join(folder, 'day.csv'), 'trace')).toBe(true);
  expect(await told('day.csv', files)).toEqual([expect.stringContaining('BERTH2004')]);
  const missing = readNow('missing.csv', files);
  expect([missing.problems, missing.documents[0]?.spec]).toEqual([[], undefined]);
});

it('waits for what can be known soon, and tells later of what cannot', async () => {
  const reader = new FileReader({ entry: new URL('faulty-files-process.ts', import.meta.url), tick: 100 });
  const told: string[] = [];
  const files = new DiskFiles({ reader, onChange: (path) => told.push(path) });
  writeFileSync(join(folder, 'day.csv'), 'tags\n1\n');
  const problems = (known: Files): string[] =>
    ['day.csv', 'missing.csv', 'hang.csv'].flatMap((trace) =>
      readNow(trace, known).problems.map(({ code, message }) => `${code} ${message}`),
    );
  const missing = expect.stringContaining('BERTH1011 There is no trace file "missing.csv"') as string;
  await expect.poll(() => files.soon(problems), { timeout: 20_000 }).toEqual([missing]);
  // Who has waited for it a moment does not wait for it again.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const later = new Promise<string>((resolve) => setImmediate(() => resolve('it waited')));
  expect(await Promise.race([files.soon(problems), later])).toEqual([missing]);
  const silence = 'BERTH1027 The trace file "hang.csv" cannot be read: its disk or network did not answer within 4s;';
  await expect
    .poll(() => problems(files), { timeout: 30_000 })
    .toEqual([missing, expect.stringContaining(silence) as string]);
  expect(told).toContain(join(folder, 'hang.csv'));
  files.dispose();
});

it('stops waiting for whom nobody waits any more', async () => {
  const reader = new FileReader({ entry: new URL('faulty-files-process.ts', import.meta.url) });
  const files = new DiskFiles({ reader });
  const read = files.settled((known) => known.read('/elsewhere/hang.csv'), AbortSignal.timeout(50));
  await expect(read).rejects.toThrow('timeout');
  files.dispose();
});

it('keeps the last few graphs in memory, and all while they are gathered', async () => {
  const paths = Array.from({ length: 7 }, (_, i) => join(folder, `${i}.graph.json`));
  for (const path of paths) writeFileSync(path, '{"nodes": []}');
  const { files, changed } = watched();
  const gathered = await files.settled((known) => {
    paths.forEach((path) => known.content?.(path));
    return known;
  });
  expect(paths.map((path) => gathered.content?.(path))).not.toContain(undefined);
  expect(paths.filter((path) => files.content(path)).length).toBeLessThan(paths.length);
  // Which of them are there makes no difference to what is said.
  void changed().then((path) => expect.unreachable(`${path} changed`));
  for (const path of paths) {
    expect([files.exists(path, 'graph'), files.fault(path, 'graph')]).toEqual([true, undefined]);
    expect(await files.settled((known) => known.content?.(path))).toBeDefined();
  }
});

it('gives a graph file as bytes, which threads share, and as a text where an editor holds one', async () => {
  const path = join(folder, 'net.graph.json');
  writeFileSync(path, '{"nodes": []}');
  const { files, changed } = watched();
  const content = await files.settled((known) => known.content?.(path));
  if (!content || !('bytes' in content)) throw new Error('no bytes');
  expect(Buffer.from(content.bytes).toString()).toBe('{"nodes": []}');
  expect(content.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(files.content(path)).toBe(content);
  truncateSync(path, 50 * 2 ** 20);
  files.recheck();
  await changed();
  expect(files.content(path)).toBeUndefined();
  expect(files.fault(path, 'graph')).toBe('it holds 50Mi, and the limit is 32Mi');
  const open = { text: '{}', version: 'open-1' };
  expect(new DiskFiles({ open: () => open }).content(path)).toBe(open);
});

it('says of a trace that is there why it cannot be read', async () => {
  mkdirSync(join(folder, 'folder.csv'));
  expect(await told('folder.csv')).toEqual(['BERTH1027 The trace file "folder.csv" cannot be read: it is a folder.']);
  writeFileSync(join(folder, 'large.csv'), 'tags\n1\n');
  truncateSync(join(folder, 'large.csv'), 50 * 2 ** 20);
  expect(await told('large.csv')).toEqual([
    'BERTH1027 The trace file "large.csv" cannot be read: it holds 50Mi, and the limit is 32Mi.',
  ]);
  expect((await told('missing.csv'))[0]).toMatch(/^BERTH1011 There is no trace file "missing\.csv"/);
});

it('knows a text that is open in an editor before it is saved', async () => {
  const path = join(folder, 'day.csv');
  const files = new DiskFiles({
    open: (asked) => (asked === path ? { text: 'tags\n3\n', version: 'open-1' } : undefined),
  });
  expect(await told('day.csv', files)).toEqual([]);
  expect(files.fault(path, 'trace')).toBeUndefined();
});

describe('what is no file', () => {
  it.runIf(process.platform !== 'win32')(
    'is not opened, and named: pipes, devices, sockets, folders, circles of links',
    async () => {
      const at = (name: string): string => join(folder, name);
      spawnSync('mkfifo', [at('pipe.csv')]);
      mkdirSync(at('folder.csv'));
      symlinkSync(at('b.csv'), at('a.csv'));
      symlinkSync(at('a.csv'), at('b.csv'));
      symlinkSync('/dev/zero', at('zeros.csv'));
      const server = createServer().listen(at('socket.csv'));
      await once(server, 'listening');
      try {
        const why = async (trace: string): Promise<string> =>
          (await told(trace))[0]!.replace(/^.* cannot be read: /, '');
        expect(await why('pipe.csv')).toBe('it is a named pipe, not a file.');
        expect(await why('/dev/zero')).toBe('it is a device, not a file.');
        expect(await why('zeros.csv')).toBe('it is a device, not a file.');
        expect(await why('socket.csv')).toBe('it is a socket, not a file.');
        expect(await why('folder.csv')).toBe('it is a folder.');
        expect(await why('a.csv')).toBe('its links lead in a circle.');
        for (const name of ['pipe.csv', 'zeros.csv', 'socket.csv'])
          expect(
            await new DiskFiles().settled((known) => [known.content?.(at(name)), known.exists?.(at(name), 'module')]),
          ).toEqual([undefined, false]);
      } finally {
        server.close();
      }
    },
  );

  it.runIf(process.platform === 'linux')('but a file of the system that says it is empty is read', async () => {
    const read = await new DiskFiles().settled((files) => files.read('/proc/self/status')?.text);
    expect(read).toContain('Name:');
  });
});

describe('in a workspace that is not trusted', () => {
  it('only files inside of it are read, wherever links lead', async () => {
    const inside = join(folder, 'workspace');
    mkdirSync(inside);
    writeFileSync(join(folder, 'secret.csv'), 'tags\n1\n');
    writeFileSync(join(inside, 'day.csv'), 'tags\n1\n');
    symlinkSync(join(folder, 'secret.csv'), join(inside, 'link.csv'));
    let trusted = false;
    const files = new DiskFiles({ within: () => (trusted ? undefined : [inside]) });
    const textOf = (path: string): Promise<string | undefined> => files.settled((known) => known.read(path)?.text);
    const faultOf = (path: string): Promise<string | undefined> =>
      files.settled((known) => known.fault?.(path, 'trace'));
    symlinkSync(folder, join(inside, 'up'));
    expect(await textOf(join(inside, 'day.csv'))).toBe('tags\n1\n');
    for (const path of [join(inside, 'link.csv'), join(folder, 'secret.csv'), join(inside, '..', 'secret.csv')]) {
      expect(await textOf(path)).toBeUndefined();
      expect(await files.settled((known) => known.content?.(path))).toBeUndefined();
      expect(await faultOf(path)).toContain('outside of this workspace, which is not trusted');
    }
    expect(await faultOf(join(inside, 'gone.csv'))).toBeUndefined();
    // Nor is said what is missing there.
    expect(await faultOf(join(inside, 'up', 'gone.csv'))).toContain('outside of this workspace');
    trusted = true;
    expect(files.fault(join(inside, 'link.csv'), 'trace')).toBeUndefined();
    expect(await textOf(join(inside, 'link.csv'))).toBe('tags\n1\n');
  });
});

it('finds out once that a file is no text, and again when it has changed', async () => {
  const path = join(folder, 'day.csv');
  const { files, changed } = watched();
  writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xfe]));
  await files.settled((known) => known.read(path));
  for (let i = 0; i < 2; i++) {
    expect(files.fault(path, 'trace')).toContain('gzip');
    expect(files.read(path)).toBeUndefined();
  }
  writeFileSync(path, 'tags\n1\n');
  files.recheck();
  await changed();
  expect(files.fault(path, 'trace')).toBeUndefined();
  expect(files.read(path)?.text).toBe('tags\n1\n');
});

it('gives the bytes of a trace that is no text, and of nothing else', async () => {
  const path = join(folder, 'day.parquet');
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'tags', data: [1, 2, 3], type: 'INT32' }] }));
  writeFileSync(path, bytes);
  const files = new DiskFiles();
  const found = await files.settled((known) => ({
    trace: known.trace?.(path),
    text: known.read(path),
    faults: [known.fault?.(path, 'trace'), known.fault?.(path, 'forecast')],
  }));
  expect(found).toMatchObject({ trace: { bytes }, text: undefined, faults: [undefined, 'it is a Parquet file'] });
  expect(await told('day.parquet', files)).toEqual([
    'BERTH2017 The trace "day.parquet" leaves something open: line 1: "tags" is taken for the requests of each line; rates need `unit`.',
  ]);
});
