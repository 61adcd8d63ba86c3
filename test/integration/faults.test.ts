/** Bad input and faults, as a person meets them: through the command, through the editor's server, and on what already runs. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusterText, ECHO_REPLICA } from '../fixtures/cluster-text.ts';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import type { Plan } from '../../server/src/deploy/types.ts';
import { fileUri, LanguageServerClient } from '../language-server/client.ts';
import { berth, start, type Place, type Run } from './berth-command.ts';
import { ask, until } from './local-stage.ts';

const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
const LARGE = 50 * 2 ** 20;

const cluster = clusterText();
const traced = (file: string): string => cluster.replace('rate: 5/s', `trace: ${file}, column: tags`);
const placed = (graph: string): string => `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  graph: ${graph}
  devices: [{ name: gpu, count: 2, memory: 1Gi }]
  link: { bandwidth: 1GB/s, latency: 100us }
  algorithm: m-ETF
`;
const graph = (nodes: string, edges = ''): string =>
  `apiVersion: berth.dev/v1alpha1\nkind: Graph\nmetadata: { name: g }\nnodes:\n${nodes}edges:\n${edges}`;
const node = (name: string, compute = '100us'): string =>
  `  - { name: ${name}, compute: ${compute}, memory: { output: 1kB } }\n`;
const edge = (from: string, to: string): string => `  - { from: ${from}, to: ${to} }\n`;
const bomb = (indent = ''): string =>
  Array.from({ length: 30 }, (_, i) =>
    i === 0 ? `${indent}a0: &a0 [x, x]\n` : `${indent}a${i}: &a${i} [${`*a${i - 1}, `.repeat(4)}]\n`,
  ).join('');

/** Every fault of a text: the files it needs, and the code that is said. No code: it is no fault. */
const CASES: readonly (readonly [fault: string, text: string, code: string | undefined, files?: Files])[] = [
  ['truncated in a bracket', cluster.slice(0, cluster.indexOf(', percentile')), 'BERTH1001'],
  ['truncated in a word', cluster.slice(0, cluster.indexOf('metadata') + 4), 'BERTH1001'],
  ['truncated after a job', cluster.slice(0, cluster.indexOf('      workload')), 'BERTH1005'],
  ['a quote that is not closed', cluster.replace('Sum', '"Sum'), 'BERTH1001'],
  ['a key given twice', cluster.replace('  objective: Sum\n', '  objective: Sum\n  objective: Fair\n'), 'BERTH1002'],
  ['an anchor and its alias', cluster.replace('{ latency: 720ms', '&s { latency: 720ms') + twin('*s'), undefined],
  ['an alias of nothing', cluster + twin('*nobody'), 'BERTH1001'],
  ['an alias of what it is in', cluster.replace('spec:', 'spec: &s').replace('Sum', '*s'), 'BERTH1001'],
  ['an alias bomb', bomb(), 'BERTH1013'],
  [
    'an alias bomb inside a spec',
    cluster.replace('  objective: Sum\n', `  objective: Sum\n  x:\n${bomb('    ')}`),
    'BERTH1013',
  ],
  ['a tab as indentation', cluster.replace('      slo', '\t\tslo'), 'BERTH1003'],
  [
    'a conflict of a merge',
    cluster.replace('  objective: Sum\n', '<<<<<<< a\n  objective: Sum\n=======\n  objective: Fair\n>>>>>>> b\n'),
    'BERTH1024',
  ],
  ['NaN for a time', cluster.replace('processingTime: 20ms', 'processingTime: .nan'), 'BERTH1022'],
  ['NaN for a number', cluster.replace('min: 1', 'min: .NaN'), 'BERTH1006'],
  ['infinity for a rate', cluster.replace('5/s', '1e999/s'), 'BERTH1022'],
  ['no text at all', '', undefined],
  ['a byte order mark', `\ufeff${cluster}`, undefined],
  ['ends of lines of another system', cluster.replaceAll('\n', '\r\n'), undefined],
  ['ten thousand brackets', `spec: ${'['.repeat(10_000)}`, 'BERTH1001'],
  ['control characters', Array.from({ length: 128 }, (_, i) => String.fromCharCode(i)).join(''), 'BERTH1034'],
  ['50 MB', `# ${'x'.repeat(LARGE)}\n${cluster}`, 'BERTH1012'],

  ['a trace that is not there', traced('none.csv'), 'BERTH1011'],
  ['a trace that is a folder', traced('folder.csv'), 'BERTH1027', { 'folder.csv': null }],
  ['a trace of 50 MB', traced('large.csv'), 'BERTH1027', { 'large.csv': LARGE }],
  ['an empty trace', traced('empty.csv'), 'BERTH2006', { 'empty.csv': '' }],
  ['a trace with NaN', traced('nan.csv'), 'BERTH2006', { 'nan.csv': 'tags\n1\nNaN\n' }],
  ['a trace with a negative count', traced('neg.csv'), 'BERTH2006', { 'neg.csv': 'tags\n1\n-5\n' }],
  ['a trace with a trillion requests', traced('many.csv'), 'BERTH2006', { 'many.csv': 'tags\n1\n1e12\n' }],
  ['a trace of too many requests', traced('long.csv'), 'BERTH2014', { 'long.csv': `tags\n${'9e7\n'.repeat(60)}` }],
  ['a rate that nobody can replay', cluster.replace('5/s', '1000000/s'), 'BERTH2014'],
  ['a trace that was cut off', traced('cut.csv'), 'BERTH2006', { 'cut.csv': 'minute,tags\n0,1\n1' }],
  ['a trace without the column', traced('other.csv'), 'BERTH2004', { 'other.csv': 'tag\n1\n2\n' }],
  ['a trace of control characters', traced('junk.csv'), 'BERTH1027', { 'junk.csv': '\0\x01\x1b[2J\n'.repeat(5) }],

  ['a graph that is not there', placed('none.graph.yaml'), 'BERTH1011'],
  ['a graph of 50 MB', placed('large.graph.yaml'), 'BERTH1027', { 'large.graph.yaml': LARGE }],
  ['an empty graph', placed('empty.graph.yaml'), 'BERTH3005', { 'empty.graph.yaml': '' }],
  ['a truncated graph', placed('cut.graph.json'), 'BERTH3009', { 'cut.graph.json': '{"nodes": [' }],
  ['a graph that is a bomb', placed('bomb.graph.yaml'), 'BERTH3009', { 'bomb.graph.yaml': bomb() }],
  [
    'a graph with a cycle',
    placed('cycle.graph.yaml'),
    'BERTH3003',
    { 'cycle.graph.yaml': graph(node('a') + node('b'), edge('a', 'b') + edge('b', 'a')) },
  ],
  [
    'a graph with an edge to itself',
    placed('self.graph.yaml'),
    'BERTH3006',
    { 'self.graph.yaml': graph(node('a'), edge('a', 'a')) },
  ],
  ['a graph with NaN', placed('nan.graph.yaml'), 'BERTH3004', { 'nan.graph.yaml': graph(node('a', '.nan')) }],
  [
    'a graph with an endless time',
    placed('inf.graph.json'),
    'BERTH3004',
    { 'inf.graph.json': '{"nodes":[{"id":0,"compute_us":1e999,"out_bytes":1}],"edges":[]}' },
  ],
  [
    'a graph with NaN as JSON',
    placed('nan.graph.json'),
    'BERTH3009',
    { 'nan.graph.json': '{"nodes":[{"id":0,"compute_us":NaN}]}' },
  ],
  [
    'a graph with an edge to nowhere',
    placed('loose.graph.yaml'),
    'BERTH3001',
    { 'loose.graph.yaml': graph(node('a'), edge('a', 'b')) },
  ],
];

/** Text, a size of zeros, or null for a folder. */
type Files = Readonly<Record<string, string | number | null>>;

function twin(slo: string): string {
  return `    - { name: twin, slo: ${slo}, processingTime: 20ms, workload: { rate: 1/s } }\n`;
}

let place: Place;
beforeEach(() => void (place = newPlace()));
afterEach(async () => {
  if (existsSync(place.state) && lockHolder(place.state)) await berth(place, 'agent', 'stop');
  rmSync(place.folder, { recursive: true, force: true });
});

function newPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'berth-faults-'));
  return { folder, state: join(folder, 'state') };
}

function write(name: string, content: string | number | null, { folder }: Place = place): string {
  const path = join(folder, name);
  if (content === null) mkdirSync(path);
  else if (typeof content === 'string') writeFileSync(path, content);
  else {
    writeFileSync(path, '');
    truncateSync(path, content);
  }
  return path;
}

describe('bad input', () => {
  interface Told {
    readonly file: string;
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  }
  let all: Place;
  let command: Run;
  let told: readonly Told[];
  let client: LanguageServerClient;
  const fileOf = (i: number): string => `case-${i}.berth.yaml`;

  beforeAll(async () => {
    all = newPlace();
    CASES.forEach(([, text, , files], i) => {
      write(fileOf(i), text, all);
      for (const [name, content] of Object.entries(files ?? {})) write(name, content, all);
    });
    command = await berth(all, 'validate', '--format', 'json', ...CASES.map((_, i) => fileOf(i)));
    told = (JSON.parse(command.out) as { problems: Told[] }).problems;
    client = await LanguageServerClient.start();
  });
  afterAll(async () => {
    await client.stop();
    rmSync(all.folder, { recursive: true, force: true });
  });

  it('never ends the command without an answer', () => {
    expect(command).toMatchObject({ code: 1, err: '' });
  });

  it.each(CASES.map(([fault, , code], i) => [fault, code, i] as const))('%s: %s', async (_fault, code, i) => {
    const own = told.filter(({ file }) => file === fileOf(i));
    const uri = fileUri(join(all.folder, fileOf(i)));
    await client.open(uri, readFileSync(join(all.folder, fileOf(i)), 'utf8'));
    if (code === undefined) {
      expect(own).toEqual([]);
      await client.diagnostics(uri, (found) => found.length === 0);
      return;
    }
    expect(own.map((problem) => problem.code)).toContain(code);
    // The editor says the same, word for word.
    const shown = await client.diagnostics(uri, (found) => found.some((problem) => problem.code === code));
    const { message, hint } = own.find((problem) => problem.code === code)!;
    expect(shown.find((problem) => problem.code === code)!.message).toBe(`${message}\n${hint}`);
    for (const sentence of [message, hint]) expect(sentence).toMatch(/^["A-Z0-9`a-z].*[.?!]$/s);
    expect(own.length, JSON.stringify(own)).toBeLessThanOrEqual(60);
  });

  it('leaves the server as it was: it answers, and has nothing to complain of', async () => {
    const uri = fileUri(join(all.folder, 'good.berth.yaml'));
    await client.open(uri, cluster);
    await client.diagnostics(uri, (found) => found.length === 0);
    expect(await client.request('berth/preview', { uri, document: 0 })).toMatchObject({ ok: true });
    expect(client.stderr).toBe('');
    expect(client.process.exitCode).toBeNull();
  });

  it('shows no control character of a file on a terminal', async () => {
    const i = CASES.findIndex(([fault]) => fault === 'control characters');
    const { out } = await berth(all, 'validate', fileOf(i));
    expect(out).toContain('BERTH1034');
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  });
});

describe('a file that changes under way', () => {
  let client: LanguageServerClient;
  beforeEach(async () => void (client = await LanguageServerClient.start()));
  afterEach(() => client.stop());

  it('is seen by the editor each time: a graph that breaks, goes, comes back', async () => {
    const path = write('net.graph.yaml', graph(node('a') + node('b'), edge('a', 'b')));
    const uri = fileUri(join(place.folder, 'net.berth.yaml'));
    const changed = (type: number): Promise<void> =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: fileUri(path), type }],
      });
    await client.open(uri, placed('net.graph.yaml'));
    await client.diagnostics(uri, (found) => found.length === 0);
    write('net.graph.yaml', graph(node('a') + node('b'), edge('a', 'b') + edge('b', 'a')));
    await changed(2);
    await client.diagnostics(uri, (found) => found.some(({ code }) => code === 'BERTH3003'));
    renameSync(path, `${path}.away`);
    await changed(3);
    await client.diagnostics(uri, (found) => found.some(({ code }) => code === 'BERTH1011'));
    write('net.graph.yaml', graph(node('a'), ''));
    await changed(1);
    await client.diagnostics(uri, (found) => found.length === 0);
    expect(await client.request('berth/preview', { uri, document: 0 })).toMatchObject({
      ok: true,
      value: { placement: { a: 'gpu0' } },
    });
  });

  it('is what was shown that is applied: a plan survives its spec and its trace', async () => {
    write('day.csv', 'tags\n60\n60\n');
    write('live.berth.yaml', traced('day.csv'));
    expect(await berth(place, 'plan', 'live.berth.yaml', '--out', 'plan.json')).toMatchObject({ code: 0, err: '' });
    // Between plan and apply the spec is broken and the trace is gone.
    write('live.berth.yaml', traced('day.csv').replace('max: 3', 'max:'));
    rmSync(join(place.folder, 'day.csv'));
    const applied = await berth(place, 'apply', 'plan.json', '--yes');
    expect(applied).toMatchObject({ code: 0, err: '' });
    const status = async (): Promise<unknown> => JSON.parse((await berth(place, 'status', '--format', 'json')).out);
    expect(await status()).toMatchObject([{ revision: 1, status: { phase: 'running' } }]);
    // What cannot be read is said, and changes nothing of what runs.
    expect(await berth(place, 'apply', 'live.berth.yaml', '--yes')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/BERTH1011[\s\S]*BERTH5013/) as string,
    });
    expect(await status()).toMatchObject([{ revision: 1, status: { phase: 'running' } }]);
    // A plan that somebody edited is none.
    write('plan.json', readFileSync(join(place.folder, 'plan.json'), 'utf8').replace('"tags": 1', '"tags": 3'));
    expect((await berth(place, 'apply', 'plan.json', '--yes')).err).toContain('BERTH5025');
  });
});

describe('two servers on one folder', () => {
  it('see the same deployments, and neither applies over the other', async () => {
    const servers = await Promise.all([1, 2].map(() => LanguageServerClient.start({ stateFolder: place.state })));
    try {
      const uri = fileUri(write('a.berth.yaml', cluster));
      await Promise.all(servers.map((server) => server.open(uri, cluster)));
      const plans = await Promise.all(servers.map((server) => server.request('berth/plan', { uri, document: 0 })));
      const [first, second] = plans.map((plan) => (plan.ok ? plan.value : undefined)) as [Plan, Plan];
      const applied = await Promise.all([
        servers[0]!.request('berth/apply', { plan: first, token: '1' }),
        servers[1]!.request('berth/apply', { plan: second, token: '2' }),
      ]);
      // Both made their plan for nothing being there: one of the two comes first.
      expect(applied.map((result) => (result.ok ? 'applied' : result.problem.code)).sort()).toEqual([
        'BERTH5004',
        'applied',
      ]);
      for (const server of servers)
        expect(await server.request('berth/live', {})).toMatchObject({ ok: true, value: [{ revision: 1 }] });
      // Who was too late plans again, and sees that there is nothing left to do.
      const late = applied[0].ok ? servers[1]! : servers[0]!;
      expect(await late.request('berth/plan', { uri, document: 0 })).toMatchObject({
        ok: true,
        value: { action: 'none' },
      });
      // One closes: the other, and what runs, go on.
      await servers[0]!.stop();
      expect(await servers[1]!.request('berth/live', {})).toMatchObject({
        ok: true,
        value: [{ status: { phase: 'running' } }],
      });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

describe('what runs', () => {
  const status = async (): Promise<Run> => berth(place, 'status', 'vision');
  const endpoint = async (): Promise<string> => /http:\S+/.exec((await status()).out)![0];

  it('answers at another port where its own was taken meanwhile, and the status says so', async () => {
    write('a.berth.yaml', cluster);
    expect(await berth(place, 'apply', 'a.berth.yaml', '--yes')).toMatchObject({ code: 0 });
    const before = new URL(await endpoint());
    process.kill(lockHolder(place.state)!.pid, 'SIGKILL');
    await until(() => lockHolder(place.state) === undefined);
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(Number(before.port), '127.0.0.1', done));
    try {
      let shown = await status();
      await until(async () => (shown = await status()).out.includes('✓ running'));
      expect(shown.out).toContain(`BERTH5002 tags: Port ${before.port}`);
      expect((await ask(await endpoint())).job).toBe('tags');
    } finally {
      squatter.close();
    }
  });

  it('starts a replica again that was killed', async () => {
    write('a.berth.yaml', cluster);
    expect(await berth(place, 'apply', 'a.berth.yaml', '--yes')).toMatchObject({ code: 0 });
    const url = await endpoint();
    const { pid } = await ask(url);
    process.kill(pid, 'SIGKILL');
    await until(async () => (await ask(url).catch(() => undefined))?.pid !== undefined);
    expect((await ask(url)).pid).not.toBe(pid);
    await until(async () => (await status()).out.includes('✓ running'));
    expect((await status()).out).toMatch(/tags\s+1\/1/);
  });

  it('is not begun with a trainer that ends at once: the error, the status and the log say why', async () => {
    const trainer = write('trainer.mjs', `console.error('no data here'); process.exitCode = 7;`);
    const sites = Array.from('abcdef', (name) => `{ name: ${name}, samples: 10 }`).join(', ');
    write(
      'fed.berth.yaml',
      `apiVersion: berth.dev/v1alpha1\nkind: Federation\nmetadata: { name: hospitals }\nspec:\n  sites: [${sites}]\n  pattern: { groupSize: 2, iterations: 2 }\n  training: { command: [node, ${trainer}], rounds: 2 }\n`,
    );
    expect(await berth(place, 'validate', 'fed.berth.yaml')).toMatchObject({ code: 0 });
    const applied = await berth(place, 'apply', 'fed.berth.yaml', '--yes');
    expect(applied.code).toBe(1);
    expect(applied.err).toMatch(/BERTH5006 The trainer of "\w" ended with code 7: no data here\./);
    const shown = await berth(place, 'status', 'hospitals');
    expect(shown.code).toBe(1);
    expect(shown.out).toMatch(/✗ failed[\s\S]*BERTH5006/);
    expect((await berth(place, 'logs', 'hospitals')).out).toContain('no data here');
    expect(await berth(place, 'delete', 'hospitals', '--yes')).toMatchObject({ code: 0 });
  });

  it('is left alone by Ctrl-C on who watches, and an apply that is interrupted can be gone on from', async () => {
    write('a.berth.yaml', cluster);
    expect(await berth(place, 'apply', 'a.berth.yaml', '--yes')).toMatchObject({ code: 0 });
    const watch = start(place, 'watch', 'vision');
    await watch.said(/running: 1\/1 replicas/);
    watch.child.kill('SIGINT');
    expect((await watch.ended).code).toBe(130);
    expect((await status()).out).toContain('✓ running');

    write(
      'hang.berth.yaml',
      cluster.replace('vision', 'hang').replace(ECHO_REPLICA, `-e, 'setInterval(() => {}, 1000)'`),
    );
    const apply = start(place, 'apply', 'hang.berth.yaml', '--yes');
    await until(async () => (await berth(place, 'status', 'hang')).out.includes('starting'));
    apply.child.kill('SIGINT');
    const { code, err } = await apply.ended;
    expect(code).toBe(130);
    expect(err.match(/BERTH5023/g)).toHaveLength(1);
    write('hang.berth.yaml', cluster.replace('vision', 'hang'));
    expect(await berth(place, 'apply', 'hang.berth.yaml', '--yes')).toMatchObject({ code: 0 });
    expect((await status()).out).toContain('✓ running');
  });

  it('is not begun with a program that is not there', async () => {
    write('a.berth.yaml', cluster.replace('[node,', '[no-such-program,'));
    const applied = await berth(place, 'apply', 'a.berth.yaml', '--yes');
    expect(applied.code).toBe(1);
    expect(applied.err).toMatch(/BERTH5005 "no-such-program", the command of /);
  });
});

describe('a full disk', () => {
  it.skipIf(process.platform !== 'linux')('is said where the answer should have gone', async () => {
    write('a.berth.yaml', cluster);
    const full = openSync('/dev/full', 'w');
    try {
      const run = await berth({ ...place, stdout: full }, 'preview', '--quick', 'a.berth.yaml');
      expect(run.code).toBe(1);
      expect(run.err).toContain('BERTH1031 "standard output" cannot be written: the disk is full.');
      const planned = await berth(place, 'plan', 'a.berth.yaml', '--out', '/dev/full');
      expect(planned).toMatchObject({ code: 1, err: expect.stringContaining('BERTH1031') as string });
    } finally {
      closeSync(full);
    }
  });

  // A full disk needs a small file system of its own, which only root can make; CI runs as root.
  it.skipIf(!asRoot)(
    'stops an apply with its code, leaves what runs alone, and nothing when there is room again',
    async () => {
      const mount = join(place.folder, 'mount');
      mkdirSync(mount);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', mount]).status).toBe(0);
      const there: Place = { folder: place.folder, state: mount };
      try {
        write('a.berth.yaml', cluster);
        expect(await berth(there, 'apply', 'a.berth.yaml', '--yes')).toMatchObject({ code: 0 });
        spawnSync('dd', ['if=/dev/zero', `of=${join(mount, 'ballast')}`, 'bs=4k']);
        write('a.berth.yaml', cluster.replace('min: 1', 'min: 2'));
        const refused = await berth(there, 'apply', 'a.berth.yaml', '--yes');
        expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('BERTH5003') as string });
        const shown = await berth(there, 'status', 'vision');
        expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/revision 1 {2}✓ running/) as string });
        rmSync(join(mount, 'ballast'));
        expect(await berth(there, 'apply', 'a.berth.yaml', '--yes')).toMatchObject({ code: 0, err: '' });
        expect((await berth(there, 'status', 'vision')).out).toMatch(/revision 2 {2}✓ running/);
      } finally {
        await berth(there, 'agent', 'stop');
        expect(spawnSync('umount', [mount]).status).toBe(0);
      }
    },
  );
});
