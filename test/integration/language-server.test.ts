/** The language server as an editor meets it: a process of its own, over its connection. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CodeLens, DocumentDiagnosticReport, Hover, InlayHint } from 'vscode-languageserver-protocol';
import { POLICIES } from '../../server/src/spec/types.ts';
import { fileUri, LanguageServerClient } from '../language-server/client.ts';

const text = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  capacity: { replicas: 8 }
  objective: Sum
  jobs:
    - name: tags
      slo: { latency: 720ms, percentile: 99 }
      processingTime: 180ms
      replicas: { min: 1, max: 12 }
      workload: { rate: 10/s }
`;

let folder: string;
let uri: string;
let client: LanguageServerClient | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-lsp-'));
  uri = fileUri(join(folder, 'a.berth.yaml'));
});

afterEach(async () => {
  await client?.stop();
  client = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const at = (needle: string): { line: number; character: number } => {
  const before = text.slice(0, text.indexOf(needle)).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length };
};

describe('the language server', () => {
  it('finds a slip while it is typed, offers its mend, and is quiet again', async () => {
    client = await LanguageServerClient.start();
    await client.open(uri, text);
    await client.diagnostics(uri, (found) => found.length === 0);
    const latency = at('latency');
    await client.change(uri, 2, latency, { ...latency, character: latency.character + 'latency'.length }, 'latncy');
    const [slip] = await client.diagnostics(uri, (found) => found.some(({ code }) => code === 'BERTH1004'));
    expect(slip?.range).toEqual({
      start: latency,
      end: { ...latency, character: latency.character + 'latncy'.length },
    });
    const actions = await client.connection.sendRequest<{ title: string; isPreferred?: boolean }[]>(
      'textDocument/codeAction',
      {
        textDocument: { uri },
        range: slip!.range,
        context: { diagnostics: [slip] },
      },
    );
    expect(actions.find(({ isPreferred }) => isPreferred)?.title).toContain('latency');
    await client.replace(uri, 3, text);
    await client.diagnostics(uri, (found, version) => version === 3 && found.length === 0);
  });

  it('says what the engines say: a warning, a hint after the job, a picture on hover, a preview', async () => {
    client = await LanguageServerClient.start();
    await client.open(uri, text.replace('10/s', '70/s'));
    const [short] = await client.diagnostics(uri, (found) => found.length > 0);
    expect(short).toMatchObject({ code: 'BERTH2005', severity: 2 });
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 12, character: 0 } },
    });
    expect(hints.map(({ label }) => label)).toEqual([
      expect.stringMatching(/^→ ✗ 8 replicas, [\d.]+ m?s > [\d.]+ m?s$/),
    ]);
    const hover = await client.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: at('slo:'),
    });
    expect(JSON.stringify(hover.contents)).toContain('data:image/svg+xml');
    const lenses = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.map(({ command }) => command?.title)).toEqual([
      'Preview',
      'nothing to run: no serve.command',
      '✗ 0/1 SLOs met',
    ]);
    const preview = await client.request('berth/preview', { uri, document: 0 });
    expect(preview).toMatchObject({
      ok: true,
      value: { kind: 'InferenceCluster', jobs: [{ name: 'tags', replicas: 8 }] },
    });
  });

  it('answers a what-if, and writes it into the text when asked to keep it', async () => {
    client = await LanguageServerClient.start();
    await client.open(uri, text);
    const tried = await client.request('berth/preview', { uri, document: 0, whatIf: { capacityReplicas: 2 } });
    expect(tried).toMatchObject({ ok: true, value: { capacity: { replicas: 2 }, jobs: [{ replicas: 2 }] } });
    const kept = await client.request('berth/keep', { uri, document: 0, whatIf: { capacityReplicas: 2 } });
    expect(kept).toMatchObject({ ok: true, value: { edits: [{ newText: '2' }] } });
    const place = await client.request('berth/locate', { uri, document: 0, selection: 'job:tags' });
    expect(place?.span.start).toEqual(at('tags'));
    const back = await client.request('berth/selectionAt', { uri, ...at('processingTime') });
    expect(back).toEqual({ ref: { uri, document: 0 }, selection: 'job:tags' });
  });

  it('tells of a node what moving it would cost, on hover and when asked, and marks in its graph what no device holds', async () => {
    const graph = join(folder, 'net.graph.yaml');
    const nodes = ['in', 'left', 'right', 'out'].map(
      (name) => `  - { name: ${name}, compute: 100us, memory: { persistent: 100Mi, output: 1Ki } }\n`,
    );
    const edges = ['in, to: left', 'in, to: right', 'left, to: out', 'right, to: out'].map(
      (ends) => `  - { from: ${ends} }\n`,
    );
    const graphText = `apiVersion: berth.dev/v1alpha1\nkind: Graph\nmetadata: { name: net }\nnodes:\n${nodes.join('')}edges:\n${edges.join('')}`;
    writeFileSync(graph, graphText);
    const spec = (memory: string): string =>
      `apiVersion: berth.dev/v1alpha1\nkind: TrainingPlacement\nmetadata: { name: net }\nspec:\n  graph: net.graph.yaml\n  devices: [{ name: gpu, count: 2, memory: ${memory} }]\n  link: { bandwidth: 1GB/s, latency: 10us }\n  pins:\n    left: gpu1\n`;
    client = await LanguageServerClient.start();
    await client.open(uri, spec('1Gi'));
    const facts = await client.request('berth/node', { uri, document: 0, node: 'left' });
    expect(facts).toMatchObject({
      node: 'left',
      device: 'gpu1',
      pinned: true,
      moves: [{ device: 'gpu0', fits: true }],
    });
    expect(await client.request('berth/node', { uri, document: 0, node: 'nobody' })).toBeNull();
    await client.request('berth/preview', { uri, document: 0 });
    await client.open(fileUri(graph), graphText);
    const places = [
      { uri, position: { line: 8, character: 5 } },
      { uri: fileUri(graph), position: { line: 4, character: 13 } },
    ];
    for (const { uri: where, position } of places) {
      const told = async (): Promise<string> =>
        JSON.stringify(
          await client!.connection.sendRequest('textDocument/hover', { textDocument: { uri: where }, position }),
        );
      await expect.poll(told, { timeout: 20_000 }).toContain('moved to');
    }
    const kept = await client.request('berth/keep', {
      uri,
      document: 0,
      whatIf: { unpinned: ['left'], bandwidth: 2e9 },
    });
    expect(kept).toMatchObject({ ok: true, value: { edits: [{ newText: '2GB/s' }, { newText: '{}' }] } });
    await client.replace(uri, 2, spec('64Mi'));
    await client.diagnostics(fileUri(graph), (found) => found.some(({ code }) => code === 'BERTH3010'));
  });

  it('replays in the background, and says when there is more to show', async () => {
    client = await LanguageServerClient.start();
    await client.open(uri, text);
    const more = new Promise<void>((resolve) => client!.onNotification('berth/previewChanged', () => resolve()));
    await client.request('berth/preview', { uri, document: 0 });
    await more;
    const later = async (): Promise<unknown> => {
      for (;;) {
        const preview = await client!.request('berth/preview', { uri, document: 0 });
        if (preview.ok && preview.value.kind === 'InferenceCluster' && preview.value.replay?.seeds === 5)
          return preview.value.replay.policies.map(({ policy }) => policy);
        await new Promise<void>((resolve) => client!.onNotification('berth/previewChanged', () => resolve()));
      }
    };
    expect(await later()).toEqual(POLICIES);
  });

  it('lets a client pull diagnostics, and has it ask again when an engine has spoken', async () => {
    client = await LanguageServerClient.start({ pull: true });
    const asked = new Promise<void>((resolve) =>
      client!.connection.onRequest('workspace/diagnostic/refresh', () => {
        resolve();
        return null;
      }),
    );
    await client.open(uri, text.replace('10/s', '70/s'));
    await client.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
    await asked;
    const report = await client.connection.sendRequest<DocumentDiagnosticReport>('textDocument/diagnostic', {
      textDocument: { uri },
    });
    expect(report).toMatchObject({ kind: 'full', items: [{ code: 'BERTH2005' }] });
  });

  it('sends another editor nothing that it does not know', async () => {
    client = await LanguageServerClient.start({ berth: false });
    const strange: string[] = [];
    client.connection.onUnhandledNotification(({ method }) => strange.push(method));
    await client.open(uri, text);
    expect(await client.connection.sendRequest('textDocument/codeLens', { textDocument: { uri } })).toEqual([]);
    const hover = await client.connection.sendRequest<Hover>('textDocument/hover', {
      textDocument: { uri },
      position: at('slo:'),
    });
    expect(JSON.stringify(hover)).not.toContain('command:');
    expect(strange).toEqual([]);
  });

  it('notices when a file that a spec refers to changes under way', async () => {
    client = await LanguageServerClient.start();
    const trace = join(folder, 'day.csv');
    const withTrace = text.replace('{ rate: 10/s }', '{ trace: day.csv, column: tags }');
    await client.open(uri, withTrace);
    await client.diagnostics(uri, (found) => found.some(({ code }) => code === 'BERTH1011'));
    writeFileSync(trace, `minute,tag\n${Array.from({ length: 10 }, (_, i) => `${i},600`).join('\n')}\n`);
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: fileUri(trace), type: 1 }],
    });
    const endings = ['csv', 'yaml', 'yml', 'json', 'dot', 'gv', 'graphml', 'onnx', 'pb', 'et'];
    expect(client.watched).toEqual(endings.map((ending) => `"**/*.${ending}"`));
    const [column] = await client.diagnostics(uri, (found) => found.some(({ code }) => code === 'BERTH2004'));
    expect(column?.message).toContain('"tag"');
  });

  it('refuses to plan in a workspace that is not trusted, until it is', async () => {
    client = await LanguageServerClient.start({ trusted: false, stateFolder: join(folder, 'state') });
    await client.open(uri, text);
    expect(await client.request('berth/plan', { uri, document: 0 })).toMatchObject({
      ok: false,
      problem: { code: 'BERTH5009' },
    });
    expect(await client.request('berth/live', {})).toMatchObject({ ok: false, problem: { code: 'BERTH5009' } });
    await client.connection.sendNotification('berth/trustGranted', {});
    expect(await client.request('berth/live', {})).toEqual({ ok: true, value: [] });
  });

  it('reads no file outside of a workspace that is not trusted, until it is', async () => {
    const inside = join(folder, 'workspace');
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(folder, 'day.csv'), 'minute,tags\n0,1\n1,2\n');
    const spec = `apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: vision }\nspec:\n  capacity: { replicas: 2 }\n  jobs:\n    - { name: tags, slo: { latency: 720ms }, processingTime: 180ms, workload: { trace: ../day.csv, column: tags } }\n`;
    client = await LanguageServerClient.start({ trusted: false });
    const document = fileUri(join(inside, 'vision.berth.yaml'));
    await client.open(document, spec);
    const [outside] = await client.diagnostics(document, (found) => found.length > 0);
    expect(outside).toMatchObject({
      code: 'BERTH1027',
      message: expect.stringContaining('outside of this workspace, which is not trusted') as string,
    });
    await client.connection.sendNotification('berth/trustGranted', {});
    await client.diagnostics(document, (found) => found.length === 0);
  });

  it.runIf(process.platform !== 'win32')('answers whatever a spec names as its trace', async () => {
    spawnSync('mkfifo', [join(folder, 'pipe.csv')]);
    client = await LanguageServerClient.start();
    const spec = (trace: string): string =>
      `apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: vision }\nspec:\n  capacity: { replicas: 2 }\n  jobs:\n    - { name: tags, slo: { latency: 720ms }, processingTime: 180ms, workload: { trace: ${trace}, column: tags } }\n`;
    for (const [trace, kind] of [
      ['pipe.csv', 'a named pipe'],
      ['/dev/zero', 'a device'],
    ] as const) {
      const document = fileUri(join(folder, `${trace.replaceAll('/', '-')}.berth.yaml`));
      await client.open(document, spec(trace));
      const [found] = await client.diagnostics(document, (all) => all.length > 0);
      expect(found).toMatchObject({ code: 'BERTH1027', message: expect.stringContaining(`it is ${kind}`) as string });
    }
  });

  it('plans nothing that an engine calls an error', async () => {
    client = await LanguageServerClient.start({ stateFolder: join(folder, 'state') });
    const sites = Array.from('abcdefghi', (name) => `{ name: ${name}, samples: 10 }`).join(', ');
    const leaking = `apiVersion: berth.dev/v1alpha1\nkind: Federation\nmetadata: { name: hospitals }\nspec:\n  sites: [${sites}]\n  pattern: { groupSize: 3, iterations: 3 }\n  training: { command: [node, trainer.mjs], rounds: 1, localEpochs: 1 }\n`;
    writeFileSync(join(folder, 'trainer.mjs'), '');
    await client.open(uri, leaking);
    expect(await client.request('berth/plan', { uri, document: 0 })).toMatchObject({
      ok: false,
      problem: {
        code: 'BERTH5013',
        message: expect.stringContaining('"a" alone could compute two sums beyond the mean') as string,
        range: { start: { line: 5 } },
      },
    });
    await client.replace(uri, 2, leaking.replace('iterations: 3', 'iterations: 2'));
    expect(await client.request('berth/plan', { uri, document: 0 })).toMatchObject({
      ok: true,
      value: { deployment: 'Federation/hospitals', action: 'create' },
    });
  });

  it('counts all that keeps a spec from being deployed, and leads to the first', async () => {
    client = await LanguageServerClient.start({ stateFolder: join(folder, 'state') });
    const jobs = ['tags', 'faces'].map(
      (name) => `    - { name: ${name}, slo: { latency: 720ms }, processingTime: 20ms, workload: { rate: 5/s } }\n`,
    );
    const idle = `apiVersion: berth.dev/v1alpha1\nkind: InferenceCluster\nmetadata: { name: vision }\nspec:\n  capacity: { replicas: 4 }\n  jobs:\n`;
    await client.open(uri, idle + jobs.join(''));
    expect(await client.request('berth/plan', { uri, document: 0 })).toMatchObject({
      ok: false,
      problem: {
        code: 'BERTH5013',
        message: expect.stringMatching(/2 errors; the first: Job "tags"/) as string,
        range: { start: { line: 6 } },
      },
    });
    await client.replace(uri, 2, idle + jobs[0]!);
    expect(await client.request('berth/plan', { uri, document: 0 })).toMatchObject({
      ok: false,
      problem: { code: 'BERTH5012', range: { start: { line: 6 } } },
    });
  });

  it('survives every text', async () => {
    client = await LanguageServerClient.start();
    const bomb = `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`).join('\n')}\n`;
    const texts = [
      '',
      '\t',
      '---\n---\n...',
      '{{{{',
      bomb,
      '\u0000\uFFFF',
      'kind: [',
      text.slice(0, 150),
      'x: '.repeat(5000),
      `- `.repeat(3000),
      '[]'.repeat(20_000),
      `spec: ${'{'.repeat(20_000)}`,
    ];
    let version = 1;
    await client.open(uri, text);
    for (const broken of texts) {
      await client.replace(uri, ++version, broken);
      await client.diagnostics(uri, (_, at) => at === version);
      await client.connection.sendRequest('textDocument/completion', {
        textDocument: { uri },
        position: { line: 0, character: 0 },
      });
      await client.connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri } });
    }
    await client.replace(uri, ++version, text);
    await client.diagnostics(uri, (found, at) => at === version && found.length === 0);
  });

  it('refuses a text of 50 MB with one problem, at once', async () => {
    client = await LanguageServerClient.start();
    await client.open(uri, `# ${'x'.repeat(50 * 2 ** 20)}\n${text}`);
    const found = await client.diagnostics(uri, () => true);
    expect(found.map(({ code }) => code)).toEqual(['BERTH1012']);
  });
});
