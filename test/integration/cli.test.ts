/** The command as a script meets it: arguments in, text or JSON out, an exit status. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterText, ECHO_REPLICA } from '../fixtures/cluster-text.ts';
import { POLICIES } from '../../server/src/spec/types.ts';

const main = fileURLToPath(new URL('../../server/src/cli/main.ts', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function berth(...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...process.env, BERTH_STATE: join(folder, 'state'), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => resolve({ code, out, err }));
  });
}

const cluster = (min = 1): string => clusterText({ min });

const federation = `apiVersion: berth.dev/v1alpha1
kind: Federation
metadata: { name: hospitals }
spec:
  sites: [${'abcdefghi'
    .split('')
    .map((name) => `{ name: ${name}, samples: 10 }`)
    .join(', ')}]
  pattern: { groupSize: 3, iterations: 2 }
  admm: { rho: 3, decay: { rate: 3e-4, period: 1 } }
`;

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe('berth validate', () => {
  it('is quiet and exits with 0 where nothing is wrong', async () => {
    const run = await berth('validate', write('good.berth.yaml', cluster()));
    expect(run).toEqual({ code: 0, out: 'No problems in 1 file.\n', err: '' });
  });

  it('marks the token, and exits with 1', async () => {
    const run = await berth('validate', write('bad.berth.yaml', cluster().replace('latency', 'latncy')));
    expect(run.code).toBe(1);
    expect(run.out).toContain('bad.berth.yaml:9:14 error BERTH1004');
    expect(run.out).toContain('^^^^^^');
  });

  it('writes JSON, SARIF and annotations for GitHub', async () => {
    const file = write('formats.berth.yaml', cluster().replace('latency', 'latncy'));
    const json = JSON.parse((await berth('validate', '--format', 'json', file)).out) as { problems: unknown[] };
    expect(json.problems).toMatchObject([
      { file, code: 'BERTH1004', severity: 'error', start: { line: 9, column: 14 } },
    ]);
    const sarif = JSON.parse((await berth('validate', '--format', 'sarif', file)).out) as { version: string };
    expect(sarif.version).toBe('2.1.0');
    expect((await berth('validate', '--format', 'github', file)).out).toMatch(
      /^::error file=formats\.berth\.yaml,line=9,/,
    );
  });

  it('exits with 2 for a command line or a file that makes no sense', async () => {
    expect((await berth('validate')).code).toBe(2);
    expect((await berth('frobnicate')).code).toBe(2);
    const missing = await berth('validate', 'missing.berth.yaml');
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toContain('BERTH1011 There is no input file "missing.berth.yaml"');
  });
});

describe('berth preview', () => {
  it('gives the documented JSON for every kind', async () => {
    const graph = {
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'Graph',
      metadata: { name: 'pair' },
      nodes: ['a', 'b'].map((name) => ({ name, compute: '100us', memory: { output: '1kB' } })),
      edges: [{ from: 'a', to: 'b' }],
    };
    write('pair.graph.json', JSON.stringify(graph));
    const placement = `apiVersion: berth.dev/v1alpha1\nkind: TrainingPlacement\nmetadata: { name: net }\nspec:\n  graph: pair.graph.json\n  devices: [{ name: gpu, count: 2, memory: 1Gi }]\n  link: { bandwidth: 1GB/s, latency: 100us }\n  algorithm: m-ETF\n`;
    const file = write('all.berth.yaml', [cluster(), placement, federation].join('---\n'));
    const run = await berth('preview', '--format', 'json', file);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(run.out)).toMatchObject([
      {
        kind: 'InferenceCluster',
        name: 'vision',
        objective: { name: 'Sum', value: 1 },
        jobs: [{ name: 'tags', replicas: 1, utility: 1 }],
      },
      {
        kind: 'TrainingPlacement',
        name: 'net',
        algorithm: 'm-ETF',
        makespanUs: 200,
        lowerBoundUs: 200,
        devices: [{ name: 'gpu0' }, { name: 'gpu1' }],
        placement: { a: 'gpu0', b: 'gpu0' },
      },
      { kind: 'Federation', name: 'hospitals', gap: 4, leaks: new Array(9).fill({ dimension: 1 }) },
    ]);
    const [, , sites] = JSON.parse(run.out) as { partitions: string[][][] }[];
    expect(sites?.partitions.map((groups) => groups.flat().sort().join(''))).toEqual(new Array(4).fill('abcdefghi'));
  });

  it('shows the sentence, a table and bars in 80 columns', async () => {
    const { out } = await berth('preview', write('text.berth.yaml', `${cluster()}---\n${federation}`));
    expect(out).toContain('The SLO is met with 1 of 4 replicas');
    expect(out.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
  });
});

describe('berth simulate', () => {
  it('warns once of a router that is slower than the traffic, beside the figures', async () => {
    const slow = `${cluster()}  simulation: { router: { median: 200ms, p99: 300ms } }\n`;
    const run = await berth('simulate', write('slow-router.berth.yaml', slow), '--format', 'json');
    expect(run).toMatchObject({ code: 0 });
    expect(run.err).toMatch(/^! BERTH2015 A job's router passes at most [\d.]+ requests a second; "tags" brings more/);
    expect(JSON.parse(run.out)).toMatchObject({ requests: 18_000 });
  });

  it('gives the same figures for the same seed', async () => {
    const file = write('simulate.berth.yaml', cluster());
    const [first, second, other] = await Promise.all(
      ['7', '7', '8'].map((seed) =>
        berth('simulate', file, '--policy', 'fairShare', '--seed', seed, '--format', 'json'),
      ),
    );
    expect(first?.out).toBe(second?.out);
    expect(first?.out).not.toBe(other?.out);
    const figures = JSON.parse(first?.out ?? '') as Record<string, unknown>;
    expect(Object.keys(figures)).toEqual([
      'violationRate',
      'lostUtility',
      'lostEffectiveUtility',
      'requests',
      'failed',
      'meanMs',
      'p99Ms',
      'averageReplicas',
      'perJob',
    ]);
    expect(figures.requests).toBe(18_000);
  });
});

describe('berth experiment', () => {
  const args = ['--policies', 'fairShare,aiad', '--seeds', '1,2', '--capacities', '2,4'];

  it('prints a table, and writes what the names of the files say', async () => {
    const file = write('experiment.berth.yaml', cluster());
    const outputs = ['page.html', 'picture.svg', 'data.json', 'runs.csv'];
    const run = await berth('experiment', file, ...args, ...outputs.flatMap((name) => ['-o', name]));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toMatch(/^The fewest requests are over their SLO with /m);
    expect(run.out).toContain('Written to page.html, picture.svg, data.json and runs.csv.');
    const written = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(written('page.html')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect(written('picture.svg')).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(written('runs.csv').trimEnd().split('\n')).toHaveLength(1 + 2 * 2 * 2);
    const { trials } = JSON.parse(written('data.json')) as { trials: Record<string, unknown>[] };
    const [first] = trials;
    // A trial is what simulate gives for the same policy, capacity and seed.
    const alone = await berth(
      ...['simulate', file, '--policy', 'fairShare', '--capacity', '2'],
      ...['--seed', '1', '--format', 'json'],
    );
    expect(first).toMatchObject(JSON.parse(alone.out) as object);
  });

  it('gives the same figures whatever the number of threads', async () => {
    const file = write('threads.berth.yaml', cluster());
    const [one, two] = await Promise.all(
      ['1', '2'].map((jobs) => berth('experiment', file, ...args, '--jobs', jobs, '--format', 'json')),
    );
    expect(one!.code).toBe(0);
    expect(one!.out).toBe(two!.out);
  });

  it.each([
    [['--policies', 'fairShare,farro'], '"farro" is none of'],
    [['--seeds', '1,,2'], 'It must be a list with commas between its entries.'],
    [['--capacities', '0'], 'It must be a number above zero.'],
    [['--jobs', '0'], 'It must be at least 1.'],
    [['-o', 'page.pdf'], 'Its name must end in .html, .svg, .json, .csv.'],
  ])('does not understand %j', async (wrong, says) => {
    const run = await berth('experiment', write('wrong.berth.yaml', cluster()), ...wrong);
    expect(run.code).toBe(2);
    expect(run.err).toContain(says);
  });

  it('has all policies in 80 columns', async () => {
    const { code, out, err } = await berth('experiment', write('all.berth.yaml', cluster()), '--seeds', '1,2');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([]);
    for (const policy of POLICIES) expect(out).toMatch(new RegExp(`^${policy} .*±.*±.*±`, 'm'));
  });

  it('refuses a file that it could not write before it begins', async () => {
    const nowhere = join(folder, 'no', 'such', 'report.html');
    const { code, err } = await berth('experiment', write('nowhere.berth.yaml', cluster()), '--output', nowhere);
    expect(code).not.toBe(0);
    expect(err).toContain('BERTH1031');
  });

  it('tells before it begins of a capacity that the minima exceed', async () => {
    const run = await berth('experiment', write('tight.berth.yaml', cluster(3)), '--capacities', '8,2');
    expect(run.code).toBe(1);
    expect(run.err).toContain('BERTH2001');
  });
});

it.each(['simulate', 'experiment'])('berth %s refuses more requests than a replay can have', async (command) => {
  const file = write('endless.berth.yaml', cluster().replace('rate: 5/s', 'rate: 1000000/s'));
  const run = await berth(command, file);
  expect(run.code).toBe(1);
  expect(run.err).toMatch(/error.*BERTH2014.*3\.6 billion requests/);
  expect((await berth('preview', file)).code).toBe(0);
});

describe('Ctrl-C', () => {
  // Taken for a terminal, standard error gets the progress bar: with that the computation is known to be under way.
  const onTerminal = '--import=data:text/javascript,process.stderr.isTTY=true';

  it.each([
    ['experiment', '500', '--jobs', '2', '--seeds', Array.from({ length: 400 }, (_, seed) => seed).join(',')],
    ['simulate', '9000', '--policy', 'aiad'],
  ])('ends berth %s in the middle', async (...[command, perSecond, ...options]) => {
    const heavy = cluster()
      .replace('rate: 5/s', `rate: ${perSecond}/s`)
      .replace('processingTime: 20ms', 'processingTime: 1ms');
    const child = spawn(process.execPath, [main, command, write(`${command}-heavy.berth.yaml`, heavy), ...options], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: onTerminal, NO_COLOR: '1' },
    });
    let [out, bar] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      bar += chunk.toString();
      if (/[█░]{24}/.test(bar)) child.kill('SIGINT');
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('close', (...how) => resolve(how)),
    );
    expect(bar).toMatch(/[█░]{24}/);
    expect(signal === 'SIGINT' || code === 130).toBe(true); // a shell calls both 130
    expect(out).toBe('');
  });
});

describe('berth plan, apply, status, rollback, delete', () => {
  afterAll(async () => {
    await berth('agent', 'stop');
  });

  it('takes a spec from a plan to running processes, back to an earlier revision, and away', async () => {
    const file = write('live.berth.yaml', cluster());
    expect((await berth('status')).out).toContain('Nothing is deployed.');
    const plan = await berth('plan', file, '--out', 'plan.json');
    expect(plan).toMatchObject({ code: 0, err: '' });
    expect(plan.out).toContain('InferenceCluster/vision would be created on local');
    // Nobody can be asked here, and nothing is deployed that nobody agreed to.
    expect(await berth('apply', file)).toMatchObject({ code: 2 });
    expect((await berth('status')).out).toContain('Nothing is deployed.');

    const applied = await berth('apply', 'plan.json', '--yes');
    expect(applied.err).toBe('');
    expect(applied.out).toContain('revision 1 is live');
    const endpoint = /answers at (\S+)/.exec(applied.out)?.[1] ?? '';
    expect((await fetch(endpoint)).status).toBe(200);
    // The saved plan was made for nothing being there.
    expect((await berth('apply', 'plan.json', '--yes')).err).toContain('BERTH5004');

    const first = await berth('rollback', file, '--yes');
    expect(first).toMatchObject({ code: 1 });
    expect(first.err).toContain('InferenceCluster/vision has no earlier revision to go back to.');

    write('live.berth.yaml', cluster(2));
    expect((await berth('plan', file)).out).toMatch(/tags: replicas\.?\w* .*1 → 2|tags: .*min.*1 → 2/);
    expect(JSON.parse((await berth('apply', file, '--yes', '--format', 'json')).out)).toMatchObject([
      { deployment: 'InferenceCluster/vision', revision: 2 },
    ]);
    const [live] = JSON.parse((await berth('status', file, '--format', 'json')).out) as {
      status: { jobs: { readyReplicas: number }[] };
    }[];
    expect(live?.status.jobs[0]?.readyReplicas).toBe(2);

    expect(await berth('rollback', 'vision', '--yes')).toMatchObject({ code: 0 });
    const back = JSON.parse((await berth('status', 'vision', '--format', 'json')).out) as { revision: number }[];
    expect(back[0]?.revision).toBe(3);
    expect(await berth('delete', file, '--yes')).toMatchObject({ code: 0 });
    expect((await berth('status')).out).toContain('Nothing is deployed.');
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it('cancels from another terminal what is being applied', async () => {
    const file = write(
      'slow.berth.yaml',
      cluster().replace(`[node, ${ECHO_REPLICA}]`, `[node, -e, 'setInterval(() => {}, 1000)']`),
    );
    const applying = berth('apply', file, '--yes');
    const state = async (): Promise<unknown> => JSON.parse((await berth('status', '--format', 'json')).out);
    await expect.poll(state, { timeout: 60_000 }).toMatchObject([{ status: { phase: 'starting' } }]);
    const cancelled = await berth('cancel', 'vision');
    expect(cancelled).toMatchObject({ code: 0, err: '' });
    expect(cancelled.out).toContain('InferenceCluster/vision: the apply under way is cancelled');
    const ended = await applying;
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain('BERTH5023');
    expect(JSON.parse((await berth('cancel', file, '--format', 'json')).out)).toEqual([
      { deployment: 'InferenceCluster/vision', cancelled: false },
    ]);
    expect(await berth('delete', 'vision', '--yes')).toMatchObject({ code: 0 });
  });

  it('says what is not there, by its code', async () => {
    expect((await berth('rollback', 'nobody', '--yes')).err).toContain('BERTH5021');
    const broken = await berth(
      'apply',
      write('broken.berth.yaml', cluster().replace('replicas: 4', 'replicas: 0')),
      '--yes',
    );
    expect(broken).toMatchObject({ code: 1, out: '' });
    expect(broken.err).toContain('BERTH5013');
  });

  it('says at once all that keeps a spec from being deployed, each at its line', async () => {
    const jobs = ['tags', 'faces'].map(
      (name) => `    - { name: ${name}, slo: { latency: 720ms }, processingTime: 20ms, workload: { rate: 5/s } }\n`,
    );
    const file = write('idle.berth.yaml', `${cluster().split('    - name')[0]!}${jobs.join('')}`);
    const refused = await berth('plan', file);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err.match(/idle\.berth\.yaml:(?:8|9):\d+ error BERTH5012 Job "(?:tags|faces)"/g)).toHaveLength(2);
    expect(refused.err).toContain('BERTH5013 The document has 2 errors');
  });
});

describe('berth validate', () => {
  it('checks the other files where one cannot be read', async () => {
    const packed = 'packed.berth.yaml';
    writeFileSync(join(folder, packed), Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xfe]));
    const bad = write('zero.berth.yaml', cluster().replace('replicas: 4', 'replicas: 0'));
    const both = await berth('validate', packed, bad);
    expect(both).toMatchObject({ code: 1, err: '' });
    expect(both.out).toContain(
      'BERTH1027 The input file "packed.berth.yaml" cannot be read: it is compressed with gzip',
    );
    expect(both.out).toContain('BERTH1018');
    expect(await berth('validate', packed)).toMatchObject({ code: 2, out: '' });
  });
});

describe('berth schema', () => {
  it('prints what the package ships', async () => {
    const run = await berth('schema', 'Federation');
    expect(JSON.parse(run.out)).toEqual(
      JSON.parse(readFileSync(new URL('../../schemas/federation.schema.json', import.meta.url), 'utf8')),
    );
    expect((await berth('schema', 'Fleet')).code).toBe(2);
  });
});
