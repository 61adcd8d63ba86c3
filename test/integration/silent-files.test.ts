/** Files on a disk that does not answer: the server goes on, the command ends, both say which file it was. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionItem, Hover } from 'vscode-languageserver-protocol';
import { fileUri, LanguageServerClient } from '../language-server/client.ts';
import { berth, start, type Place } from './berth-command.ts';
import { canBeSilent, withSilent } from './silent-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'berth-silent-'));
const silent = join(folder, 'silent');
mkdirSync(silent);
const place: Place = { folder, state: join(folder, 'state'), startedBy: withSilent(silent) };

beforeAll(() => writeFileSync(join(folder, 'day.csv'), 'minute,tags\n0,60\n1,120\n'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = (...traces: readonly string[]): string => `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  capacity: { replicas: 8 }
  jobs:
${traces
  .map(
    (trace, i) =>
      `    - { name: job${i}, slo: { latency: 720ms }, processingTime: 180ms, workload: { trace: ${trace}, column: tags } }\n`,
  )
  .join('')}`;

const NO_ANSWER = /^The trace file "silent\/day.csv" cannot be read: its disk or network did not answer within 10s;/;
/** Milliseconds; on a busy machine an answer takes a while, but not as long as the disk. */
const MUCH_LESS = 5000;

async function quickly<T>(answer: Promise<T>): Promise<T> {
  return Promise.race([
    answer,
    delay(MUCH_LESS).then(() => {
      throw new Error('not answered');
    }),
  ]);
}

/** In CI the system must be able to: there nothing is skipped. */
const runs = process.env.CI === 'true' || canBeSilent(silent);

describe.runIf(runs).concurrent('on a disk that does not answer', () => {
  it('the server answers all the same, and says in time which file it is', async () => {
    const client = await LanguageServerClient.start({ startedBy: withSilent(silent) });
    const [waiting, other] = ['waiting.berth.yaml', 'other.berth.yaml'].map((name) => fileUri(join(folder, name)));
    const text = spec('silent/day.csv', 'day.csv');
    await client.open(waiting!, text);
    await client.open(other!, spec('day.csv'));
    expect(await quickly(client.diagnostics(waiting!, () => true))).toEqual([]);
    expect(await quickly(client.diagnostics(other!, () => true))).toEqual([]);
    for (const uri of [waiting!, other!]) {
      const hover = client.connection.sendRequest<Hover>('textDocument/hover', {
        textDocument: { uri },
        position: { line: 6, character: 30 },
      });
      expect(JSON.stringify(await quickly(hover))).toContain('latency');
    }
    // What is typed meanwhile is judged, and files beside the spec are suggested.
    await client.change(waiting!, 2, { line: 4, character: 14 }, { line: 4, character: 22 }, 'replcas');
    const slips = await quickly(client.diagnostics(waiting!, (_, version) => version === 2));
    expect(slips.map(({ code }) => code)).toContain('BERTH1004');
    const files = client.connection.sendRequest<CompletionItem[]>('textDocument/completion', {
      textDocument: { uri: other! },
      position: { line: 6, character: text.split('\n')[6]!.indexOf('trace: ') + 'trace: '.length },
    });
    await quickly(files);
    await client.replace(waiting!, 3, text);
    const [found, ...others] = await client.diagnostics(waiting!, (all, version) => version === 3 && all.length > 0);
    expect(found).toMatchObject({
      code: 'BERTH1027',
      message: expect.stringMatching(NO_ANSWER) as string,
      range: { start: { line: 6 } },
    });
    expect(others).toEqual([]);
    // A plan or a preview is refused for that reason, at once: the folder is not asked again so soon.
    expect(await quickly(client.request('berth/preview', { uri: waiting!, document: 0 }))).toMatchObject({
      ok: false,
      problem: { code: 'BERTH1027' },
    });
    // Nor does it keep the server from ending.
    await quickly(client.stop());
  });

  it('the command ends with the problem, or at once with Ctrl-C', async () => {
    writeFileSync(join(folder, 'a.berth.yaml'), spec('silent/day.csv', 'day.csv'));
    const interrupted = start(place, 'validate', 'a.berth.yaml');
    const [trace, named, listed] = await Promise.all([
      berth(place, 'validate', 'a.berth.yaml'),
      berth(place, 'preview', 'silent/b.berth.yaml'),
      berth(place, 'validate', 'silent'),
      delay(MUCH_LESS).then(async () => {
        interrupted.child.kill('SIGINT');
        await quickly(once(interrupted.child, 'exit'));
      }),
    ]);
    // As a shell shows it: 130.
    expect(interrupted.child.signalCode).toBe('SIGINT');
    expect(trace.out).toContain('BERTH1027');
    expect(trace.out).toContain('did not answer within 10s');
    expect(trace.out).toContain('1 error in 1 file.');
    expect([trace.code, trace.err]).toEqual([1, '']);
    for (const { code, err } of [named, listed]) {
      expect(err).toMatch(
        /^error BERTH1027 The input file "silent.*" cannot be read: its disk or network did not answer/,
      );
      expect(code).toBe(2);
    }
  });
});
