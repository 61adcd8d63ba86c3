/** `berth validate` on files as other programs write them: read, or one message that names what they are. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { berth, type Run } from './berth-command.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-texts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = (workload = '{ rate: 10/s }'): string => `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: t }
spec:
  capacity: { replicas: 8 }
  jobs:
    - name: a
      slo: { latency: 500ms, percentile: 99 }
      processingTime: 100ms
      replicas: { min: 1, max: 8 }
      workload: ${workload}
`;
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

/** Checks a spec beside files. */
function validate(text: string | Buffer, files: Readonly<Record<string, string | Buffer>> = {}): Promise<Run> {
  for (const [name, content] of Object.entries({ ...files, 't.berth.yaml': text }))
    writeFileSync(join(folder, name), content);
  return berth({ folder, state: join(folder, 'state') }, 'validate', 't.berth.yaml');
}

const FINE: Run = { code: 0, out: 'No problems in 1 file.\n', err: '' };

describe('a file in another encoding', () => {
  it.each<[string, string | Buffer, string | Buffer]>([
    ['a spec in UTF-16', utf16(spec()), ''],
    ['a trace in UTF-16', spec('{ trace: "u.csv", column: a }'), utf16('minute,a\n0,100\n1,200\n')],
    ['a trace with carriage returns', spec('{ trace: "u.csv", column: a }'), 'minute,a\r0,100\r1,200\r2,300\r'],
    ['a column written in pieces', spec('{ trace: "u.csv", column: größe }'), 'minute,gro\u0308ße\n0,100\n'],
  ])('is read: %s', async (_, text, csv) => {
    expect(await validate(text, { 'u.csv': csv })).toEqual(FINE);
  });

  it('is named where it is compressed, or may be Latin-1', async () => {
    const packed = await validate(spec('{ trace: "p.csv", column: a }'), { 'p.csv': gzipSync('minute,a\n0,100\n') });
    expect(packed).toMatchObject({ code: 1 });
    expect(packed.out).toContain(
      'error BERTH1027 The trace file "p.csv" cannot be read: it is compressed with gzip; unpack it first.\n',
    );
    expect(packed.out).toMatch(/\n1 error in 1 file\.\n$/);
    const latin = await validate(Buffer.from(`# größe\n${spec()}`, 'latin1'));
    expect(latin).toMatchObject({ code: 2, out: '' });
    expect(latin.err).toContain(
      'BERTH1027 The input file "t.berth.yaml" cannot be read: it is not UTF-8 but probably Latin-1 or Windows-1252 (byte 0xF6 in line 1); save it as UTF-8.\n',
    );
  });
});

describe('a spec as people write it', () => {
  it('may have its short values in blocks', async () => {
    const text = spec().replace('name: a', 'name: >-\n        a').replace('100ms', '>\n        100ms');
    expect(await validate(text.replace(/slo:.*/, 'slo:\n        latency: |\n          500ms'))).toEqual(FINE);
  });

  it('with a no-break space is told of it, at its place', async () => {
    const { code, out } = await validate(spec().replace('slo: ', 'slo:\u00a0'));
    expect(code).toBe(1);
    expect(out).toContain(
      't.berth.yaml:8:11 error BERTH1033 Here stands a no-break space (U+00A0) where a space is meant.\n',
    );
    expect(out).toMatch(/\n1 error in 1 file\.\n$/);
  });
});
