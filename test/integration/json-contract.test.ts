/** What `docs/cli.md` promises of the JSON of every command, held against what the commands print. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterText } from '../fixtures/cluster-text.ts';
import { POLICIES } from '../../server/src/spec/types.ts';
import { berth, type Place } from './berth-command.ts';

const documented = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

let place: Place;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-json-'));
  place = { folder, state: join(folder, 'state') };
  writeFileSync(join(folder, 'all.berth.yaml'), [cluster, placement, federation].join('---\n'));
  writeFileSync(join(folder, 'pair.graph.json'), JSON.stringify(pair));
  writeFileSync(join(folder, 'bad.berth.yaml'), cluster.replace('latency', 'latncy'));
  const other = cluster.replace('latency', 'latncy').replace('vision', 'broken');
  writeFileSync(join(folder, 'half.berth.yaml'), [cluster, other].join('---\n'));
});
afterAll(async () => {
  await berth(place, 'agent', 'stop');
  rmSync(place.folder, { recursive: true, force: true });
});

const cluster = clusterText({ objective: 'FairSum' });
const placement = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  graph: pair.graph.json
  devices: [{ name: gpu, count: 2, memory: 1Gi }]
  link: { bandwidth: 1GB/s, latency: 100us }
  algorithm: m-ETF
`;
const federation = `apiVersion: berth.dev/v1alpha1
kind: Federation
metadata: { name: hospitals }
spec:
  sites: [${Array.from('abcdefghi', (name) => `{ name: ${name}, samples: 10 }`).join(', ')}]
  pattern: { groupSize: 3, iterations: 2 }
`;
const pair = {
  kind: 'Graph',
  apiVersion: 'berth.dev/v1alpha1',
  metadata: { name: 'pair' },
  nodes: ['a', 'b'].map((name) => ({ name, compute: '100us', memory: { output: '1kB' } })),
  edges: [{ from: 'a', to: 'b' }],
};

/** Keys as the page writes them: `a`, `a {b, c}`, `a [{b, c}]`; a mapping by other names, such as `{node: device}`, has none. */
interface Keys {
  readonly [key: string]: Keys;
}

function keysOf(text: string): Keys {
  const keys: Record<string, Keys> = {};
  let rest = text.trim().replace(/^\[?\{(.*)\}\]?$/, '$1');
  while (rest !== '') {
    const match = /^\s*(\w+)\s*(\[?\{)?/.exec(rest)!;
    let end = match[0].length;
    if (match[2]) {
      for (let depth = 1; depth > 0 && end < rest.length; end++)
        depth += rest[end] === '{' ? 1 : rest[end] === '}' ? -1 : 0;
      if (rest[end] === ']') end++;
    }
    const inner = match[2] ? rest.slice(match[0].length - match[2].length, end) : '';
    keys[match[1]!] = inner.includes(':') ? {} : keysOf(inner);
    rest = rest.slice(end).replace(/^\s*,\s*/, '');
  }
  return keys;
}

/** The keys that a line of the page names, from its first words on. */
function promised(line: RegExp): Keys {
  const found = documented.split('\n').find((candidate) => line.test(candidate));
  if (found === undefined) throw new Error(`docs/cli.md has no line ${line}`);
  const tokens = found.replace(line, '').matchAll(/`([^`]+)`/g);
  const names = Array.from(tokens, ([, token]) => token!).filter(
    (token) => /^\w+( |$)/.test(token) && token !== 'null',
  );
  return Object.assign({}, ...names.map((token) => keysOf(token))) as Keys;
}

/** Every promised key is there, at every depth, in every entry of a list. */
function holds(keys: Keys, value: unknown, where: string): void {
  if (Object.keys(keys).length === 0 || value === null) return;
  if (Array.isArray(value)) return value.forEach((entry, i) => holds(keys, entry, `${where}[${i}]`));
  expect(value, where).toBeTypeOf('object');
  for (const [key, inner] of Object.entries(keys)) {
    expect(Object.keys(value as object), where).toContain(key);
    holds(inner, (value as Record<string, unknown>)[key], `${where}.${key}`);
  }
}

async function json(...args: readonly string[]): Promise<unknown> {
  const { out, err } = await berth(place, ...args, '--format', 'json');
  expect(out, err).not.toBe('');
  return JSON.parse(out);
}

describe('preview --format json', () => {
  let previews: Record<string, unknown>[];
  beforeAll(async () => void (previews = (await json('preview', 'all.berth.yaml')) as typeof previews));

  it('reads the page as it is meant', () => {
    expect(promised(/^- InferenceCluster:/)).toMatchObject({
      objective: { name: {}, value: {}, best: {} },
      jobs: { latencyMs: {}, curve: {} },
    });
    expect(promised(/^- TrainingPlacement:/)).toMatchObject({ placement: {}, compared: { planMs: {} } });
  });

  it.each(['InferenceCluster', 'TrainingPlacement', 'Federation'])('has what the page promises for %s', (kind) => {
    const found = previews.find((preview) => preview.kind === kind)!;
    const keys = { ...promised(new RegExp(`^- ${kind}:`)), ...promised(/^A list with one entry per document/) };
    expect(Object.keys(keys).length).toBeGreaterThan(7);
    holds({ ...keys, document: {} }, found, kind);
    // Nothing is printed that a reader of the page would not know of.
    expect(Object.keys(found).sort()).toEqual([...new Set([...Object.keys(keys), 'document'])].sort());
  });

  it('has the types that the issue asks for', () => {
    const number = expect.any(Number) as number;
    expect(previews).toMatchObject([
      {
        objective: { name: 'FairSum', value: number },
        jobs: [{ name: 'tags', replicas: number, utility: number, latencyMs: number }],
        replay: {
          minutes: 60,
          seeds: 1,
          policies: POLICIES.map((policy) => ({ policy, violationRate: { mean: number } })),
        },
      },
      {
        algorithm: 'm-ETF',
        makespanUs: 200,
        lowerBoundUs: 200,
        devices: [
          { name: 'gpu0', peakBytes: number, busyUs: 200 },
          { name: 'gpu1', peakBytes: 0, busyUs: 0 },
        ],
        placement: { a: 'gpu0', b: 'gpu0' },
      },
      { gap: 4, leaks: new Array<unknown>(9).fill({ observers: [expect.any(String)], dimension: 1 }) },
    ]);
    const partitions = previews[2]!.partitions as string[][][];
    for (const partition of partitions) expect(partition.flat().sort()).toEqual(Array.from('abcdefghi'));
  });

  it('leaves out the replay where it is to be quick', async () => {
    expect(await json('preview', '--quick', 'all.berth.yaml', '--document', 'vision')).toMatchObject([
      { replay: null },
    ]);
  });
});

describe('the JSON of the other commands', () => {
  it('validate', async () => {
    const example = /### `validate`[\s\S]*?```json\n([\s\S]*?)```/.exec(documented)![1]!;
    const written = JSON.parse(example) as { problems: object[] };
    const found = (await json('validate', 'bad.berth.yaml')) as { files: number; problems: object[] };
    expect(Object.keys(found)).toEqual(Object.keys(written));
    expect(found.files).toBe(1);
    expect(Object.keys(found.problems[0]!)).toEqual(Object.keys(written.problems[0]!));
  });

  it('simulate', async () => {
    const line = /\{violationRate[^}]*\}/.exec(documented.replaceAll('\n', ' '))![0];
    const found = (await json('simulate', 'all.berth.yaml')) as Record<string, unknown>;
    expect(Object.keys(found)).toEqual(Object.keys(keysOf(line)));
    const figures = Object.keys(keysOf(line)).filter((key) => key !== 'perJob');
    for (const job of found.perJob as object[])
      expect(Object.keys(job)).toEqual(expect.arrayContaining(['name', ...figures]));
  });

  it('forecast', async () => {
    const counts = Array.from({ length: 600 }, (_, minute) => 100 + (minute % 60));
    writeFileSync(join(place.folder, 'counts.csv'), ['tags', ...counts].join('\n'));
    const keys = (line: RegExp): Keys => keysOf(line.exec(documented)![0]);
    const trained = await json('forecast', 'train', 'counts.csv', '-o', 'tags.forecast.json', '--day', '60');
    const promisedOfTraining = keys(/\{file, model, [^`]*\}/);
    expect(Object.keys(trained as object)).toEqual(Object.keys(promisedOfTraining));
    holds(promisedOfTraining, trained, 'train');
    expect(trained).toMatchObject({ model: 'seasonal', history: { days: 10, minutes: 600 }, jobs: ['tags'] });
    const judged = await json('forecast', 'evaluate', 'tags.forecast.json', 'counts.csv');
    const promisedOfEvaluation = keys(/\{model, horizonMinutes, [^`]*\}/);
    expect(Object.keys(judged as object)).toEqual(Object.keys(promisedOfEvaluation));
    holds(promisedOfEvaluation, judged, 'evaluate');
    expect(judged).toMatchObject({ baselines: [{ name: 'last-minutes', coverage: [] }, { name: 'online' }] });
  });

  it('trace inspect', async () => {
    writeFileSync(join(place.folder, 'hours.csv'), 'hour;web;bad\n0;60;1\n1;120;x\ntotal;180;\n');
    const keys = keysOf(/\{file, delimiter, [^`]*\}/.exec(documented)![0]);
    const found = await json('trace', 'inspect', 'hours.csv');
    expect(Object.keys(found as object)).toEqual(Object.keys(keys));
    expect(found).toMatchObject({
      delimiter: ';',
      minutes: 120,
      times: { columns: ['hour'], form: 'count', secondsALine: 3600, from: null, timezone: null, linesLeftOut: 0 },
      notes: [{ line: 4 }, { line: 2 }],
      columns: [
        { name: 'web', unit: 'requests', requests: 180, mean: 1.5, peak: 2 },
        { name: 'bad', flaw: { line: 3, detail: '"x" is not a count of requests' } },
      ],
    });
  });

  it('experiment', async () => {
    const line = /\{name, unit, seeds, variants.*\}/.exec(documented)![0].replace(/`.*/, '');
    const keys = keysOf(line);
    const args = ['--policies', 'fairShare,berth', '--seeds', '1,2', '--capacities', '2,4', '--jobs', '2'];
    const found = (await json('experiment', 'all.berth.yaml', ...args)) as Record<string, unknown>;
    expect(Object.keys(found)).toEqual(Object.keys(keys));
    holds(keys, found, 'experiment');
    const [variants, trials] = [found.variants, found.trials] as Record<string, unknown>[][];
    expect(variants).toHaveLength(4);
    expect(trials).toHaveLength(8);
    expect(Object.keys(variants![0]!)).toEqual(Object.keys(keys.variants!));
    expect(Object.keys(trials![0]!).sort()).toEqual(Object.keys(keys.trials!).sort());
    expect(variants).toMatchObject([
      { policy: 'fairShare', objective: null, shedding: null, capacity: 2 },
      { policy: 'berth', objective: null, shedding: 'bounded', capacity: 2 },
      { policy: 'fairShare', capacity: 4 },
      { policy: 'berth', capacity: 4 },
    ]);
  });

  it('plan, apply, status, logs, agent and delete', async () => {
    const [plan] = (await json('plan', 'all.berth.yaml', '--document', 'vision')) as Record<string, unknown>[];
    const keys = keysOf(/a list of plans: `(\{[^}]*\})`/.exec(documented)![1]!);
    expect(Object.keys(plan!).sort()).toEqual(Object.keys(keys).sort());
    expect(await json('agent')).toEqual({ agent: null });
    const applied = await json('apply', 'all.berth.yaml', '--document', 'vision', '--yes');
    expect(applied).toEqual([
      { deployment: 'InferenceCluster/vision', revision: 1, summary: expect.any(String) as string },
    ]);
    const [live] = (await json('status')) as Record<string, unknown>[];
    expect(Object.keys(live!)).toEqual([
      ...['id', 'revision', 'revisions', 'status'],
      ...['target', 'origin', 'drift', 'reached', 'complete'],
    ]);
    expect(live).toMatchObject({
      revision: 1,
      target: 'local',
      drift: [],
      status: { phase: 'running', jobs: [{ name: 'tags', readyReplicas: 1 }] },
    });
    expect(await json('logs', 'vision')).toBeInstanceOf(Array);
    expect(await json('agent')).toMatchObject({ agent: { pid: expect.any(Number) as number } });
    expect(await json('delete', 'vision', '--yes')).toMatchObject([
      { deployment: 'InferenceCluster/vision', revision: null },
    ]);
    expect(await json('status')).toEqual([]);
  });

  it('of one document says nothing of its neighbours', async () => {
    for (const args of [['preview', '--quick'], ['plan'], ['simulate']]) {
      const [command, ...options] = args;
      const run = await berth(
        place,
        command!,
        'half.berth.yaml',
        '--document',
        'vision',
        ...options,
        '--format',
        'json',
      );
      expect(run, command).toMatchObject({ code: 0, err: '' });
    }
    expect((await berth(place, 'plan', 'half.berth.yaml')).err).toContain('BERTH1004');
    expect((await berth(place, 'plan', 'half.berth.yaml', '--document', 'broken')).err).toContain('BERTH1004');
  });

  it.each([
    [['validate', 'missing.berth.yaml'], 'BERTH1011', 2],
    [['preview', 'missing.berth.yaml'], 'BERTH1011', 2],
    [['preview', 'all.berth.yaml', '--document', 'visoin'], 'BERTH1030', 2],
    [['preview', 'pair.graph.json'], 'BERTH1030', 2],
    [['simulate', 'bad.berth.yaml'], 'BERTH5013', 1],
    [['experiment', 'bad.berth.yaml'], 'BERTH5013', 1],
    [['experiment', 'all.berth.yaml', '-o', 'no/such/page.html'], 'BERTH1031', 1],
    [['plan', 'bad.berth.yaml'], 'BERTH5013', 1],
    [['apply', 'bad.berth.yaml', '--yes'], 'BERTH5013', 1],
    [['status', 'nobody'], 'BERTH5021', 1],
    [['rollback', 'nobody', '--yes'], 'BERTH5021', 1],
    [['plan', 'all.berth.yaml', '--document', 'vision', '--out', 'no/such/plan.json'], 'BERTH1031', 1],
  ] as const)('of a failure: %j', async (args, code, status) => {
    const run = await berth(place, ...args, '--format', 'json');
    expect(run.code).toBe(status);
    expect(run.err).toBe('');
    const answers = run.out.trimEnd().split('\n');
    const { error, problems } = JSON.parse(answers.at(-1)!) as { error: object; problems?: object[] };
    expect(Object.keys(error)).toEqual(['code', 'message', 'hint']);
    expect(error).toMatchObject({ code });
    expect(problems).toEqual(code === 'BERTH5013' ? [expect.objectContaining({ code: 'BERTH1004' })] : undefined);
  });
});
