import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskFiles } from '../../../server/src/host/disk-files.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';

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

const told = (trace: string, files = new DiskFiles()): string[] =>
  readSpecFile(spec(trace), { uri: join(folder, 'a.berth.yaml'), files }).problems.map(
    ({ code, message }) => `${code} ${message}`,
  );

it('reads a file again when it has changed, and forgets it when it is gone', () => {
  const files = new DiskFiles();
  const path = join(folder, 'day.csv');
  expect(files.read(path)).toBeUndefined();
  writeFileSync(path, 'tags\n1\n');
  const first = files.read(path);
  expect(files.read(path)).toBe(first);
  writeFileSync(path, 'tags\n1\n22\n');
  expect(files.read(path)?.text).toBe('tags\n1\n22\n');
  expect(files.read(path)?.version).not.toBe(first?.version);
  rmSync(path);
  expect(files.read(path)).toBeUndefined();
  expect(files.fault(path, 'trace')).toBeUndefined();
});

it('gives a graph file as bytes, which threads share, and as a text where an editor holds one', () => {
  const path = join(folder, 'net.graph.json');
  writeFileSync(path, '{"nodes": []}');
  const files = new DiskFiles();
  const content = files.content(path);
  if (!content || !('bytes' in content)) throw new Error('no bytes');
  expect(Buffer.from(content.bytes).toString()).toBe('{"nodes": []}');
  expect(content.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(files.content(path)).toBe(content);
  truncateSync(path, 50 * 2 ** 20);
  expect(files.content(path)).toBeUndefined();
  expect(files.fault(path, 'graph')).toBe('it holds 50Mi, and the limit is 32Mi');
  const open = { text: '{}', version: 'open-1' };
  expect(new DiskFiles({ open: () => open }).content(path)).toBe(open);
});

it('says of a trace that is there why it cannot be read', () => {
  mkdirSync(join(folder, 'folder.csv'));
  expect(told('folder.csv')).toEqual(['BERTH1027 The trace file "folder.csv" cannot be read: it is a folder.']);
  writeFileSync(join(folder, 'large.csv'), 'tags\n1\n');
  truncateSync(join(folder, 'large.csv'), 50 * 2 ** 20);
  expect(told('large.csv')).toEqual([
    'BERTH1027 The trace file "large.csv" cannot be read: it holds 50Mi, and the limit is 32Mi.',
  ]);
  expect(told('missing.csv')[0]).toMatch(/^BERTH1011 There is no trace file "missing\.csv"/);
});

it('knows a text that is open in an editor before it is saved', () => {
  const path = join(folder, 'day.csv');
  const files = new DiskFiles({
    open: (asked) => (asked === path ? { text: 'tags\n3\n', version: 'open-1' } : undefined),
  });
  expect(told('day.csv', files)).toEqual([]);
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
        const why = (trace: string): string => told(trace)[0]!.replace(/^.* cannot be read: /, '');
        expect(why('pipe.csv')).toBe('it is a named pipe, not a file.');
        expect(why('/dev/zero')).toBe('it is a device, not a file.');
        expect(why('zeros.csv')).toBe('it is a device, not a file.');
        expect(why('socket.csv')).toBe('it is a socket, not a file.');
        expect(why('folder.csv')).toBe('it is a folder.');
        expect(why('a.csv')).toBe('its links lead in a circle.');
        const files = new DiskFiles();
        for (const name of ['pipe.csv', 'zeros.csv', 'socket.csv']) {
          expect(files.content(at(name))).toBeUndefined();
          expect(files.exists(at(name))).toBe(false);
        }
      } finally {
        server.close();
      }
    },
  );

  it.runIf(process.platform === 'linux')('but a file of the system that says it is empty is read', () => {
    expect(new DiskFiles().read('/proc/self/status')?.text).toContain('Name:');
  });
});

describe('in a workspace that is not trusted', () => {
  it('only files inside of it are read, wherever links lead', () => {
    const inside = join(folder, 'workspace');
    mkdirSync(inside);
    writeFileSync(join(folder, 'secret.csv'), 'tags\n1\n');
    writeFileSync(join(inside, 'day.csv'), 'tags\n1\n');
    symlinkSync(join(folder, 'secret.csv'), join(inside, 'link.csv'));
    let trusted = false;
    const files = new DiskFiles({ within: () => (trusted ? undefined : [inside]) });
    expect(files.read(join(inside, 'day.csv'))?.text).toBe('tags\n1\n');
    for (const path of [join(inside, 'link.csv'), join(folder, 'secret.csv'), join(inside, '..', 'secret.csv')]) {
      expect(files.read(path)).toBeUndefined();
      expect(files.content(path)).toBeUndefined();
      expect(files.fault(path, 'trace')).toContain('outside of this workspace, which is not trusted');
    }
    expect(files.fault(join(inside, 'gone.csv'), 'trace')).toBeUndefined();
    trusted = true;
    expect(files.read(join(inside, 'link.csv'))?.text).toBe('tags\n1\n');
  });
});

it('finds out once that a file is no text, and again when it has changed', () => {
  const path = join(folder, 'day.csv');
  const files = new DiskFiles();
  writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xfe]));
  for (let i = 0; i < 2; i++) {
    expect(files.fault(path, 'trace')).toContain('gzip');
    expect(files.read(path)).toBeUndefined();
  }
  writeFileSync(path, 'tags\n1\n');
  expect(files.fault(path, 'trace')).toBeUndefined();
  expect(files.read(path)?.text).toBe('tags\n1\n');
});
