import { describe, expect, it } from 'vitest';
import { diff, diffHome } from '../../../server/src/deploy/plan/diff.ts';
import { differencesOf } from '../../../server/src/deploy/plan/difference.ts';
import type { Desired, DesiredFederation, DesiredPlacement, DesiredServing } from '../../../server/src/deploy/types.ts';
import type { Bytes, BytesPerSecond, Milliseconds, RequestsPerSecond } from '../../../server/src/spec/types.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { wanted } from '../../fixtures/wanted.ts';

/** The lines of a diff as a person reads them, disruptions marked. */
function words(before: Desired | undefined, after: Desired): readonly string[] {
  return diff(before, after).changes.map(({ text, disruption }) => (disruption ? `${text} (!)` : text));
}

const placement: DesiredPlacement = {
  id: 'TrainingPlacement/digits',
  kind: 'TrainingPlacement',
  name: 'digits',
  target: 'local',
  spec: {
    kind: 'TrainingPlacement',
    name: 'digits',
    target: 'local',
    graphPath: '/w/digits.graph.yaml',
    devices: [
      { name: 'gpu0', memory: (8 * 2 ** 30) as Bytes },
      { name: 'gpu1', memory: (8 * 2 ** 30) as Bytes },
    ],
    link: { bandwidth: 5.7e9 as BytesPerSecond, latency: 0.134 as Milliseconds },
    algorithm: 'auto',
    pins: {},
    train: { module: '/w/digits.mjs', steps: 100, batchSize: 32, learningRate: 0.05 },
  },
  placement: [
    { node: 'in', device: 'gpu0' },
    { node: 'conv', device: 'gpu0' },
    { node: 'out', device: 'gpu1' },
  ],
  edges: [
    { from: 'in', to: 'conv', bytes: 100 },
    { from: 'conv', to: 'out', bytes: 200 },
  ],
  ops: { conv: { type: 'conv', filters: 8 } },
  predictedForwardUs: 1000,
  predictedBackwardUs: 2000,
};

const federation: DesiredFederation = {
  id: 'Federation/hospitals',
  kind: 'Federation',
  name: 'hospitals',
  target: 'local',
  spec: {
    kind: 'Federation',
    name: 'hospitals',
    target: 'local',
    sites: ['north', 'south', 'east'].map((name) => ({ name, samples: 100 })),
    pattern: { groupSize: 3, iterations: 2 },
    admm: { rho: 3, decay: { rate: 3e-4, period: 1 } },
    privacy: { collusion: 1 },
    training: { command: ['node', 'trainer.mjs'], rounds: 5, localEpochs: 1 },
  },
  rounds: [[[0, 1, 2]]],
  rhoSchedule: [3, 9e-4],
};

describe('what changes', () => {
  it('in serving, is said job by job', () => {
    const before = serving({ jobs: [{ name: 'search', replicas: 3 }, { name: 'tags' }] });
    const after = serving({
      capacity: 12,
      jobs: [
        { name: 'search', replicas: 5, max: 12, sloMs: 500 },
        { name: 'faces', replicas: 2 },
      ],
    });
    expect(words(before, after)).toEqual([
      'capacity.replicas 8 → 12',
      'search: slo.latency 1s → 500ms',
      'search: replicas.max 8 → 12',
      'search: replicas 3 → 5',
      '- job tags (!)',
      '+ job faces: 2 replicas of `node echo.mjs`, p99 within 1s',
    ]);
    expect(diff(before, after).changes.map(({ path }) => path)).toEqual([
      'capacity.replicas',
      'jobs.search.slo.latency',
      'jobs.search.replicas.max',
      'jobs.search.replicas',
      'jobs.tags',
      'jobs.faces',
    ]);
  });

  it('in serving, names load and command as a whole', () => {
    const [job] = serving({ jobs: [{ name: 'search' }] }).spec.jobs;
    const of = (change: object): DesiredServing => {
      const desired = serving({ jobs: [{ name: 'search' }] });
      return { ...desired, spec: { ...desired.spec, jobs: [{ ...job!, ...change }] } };
    };
    const trace = (requestsPerMinute: readonly number[]) => ({
      workload: { type: 'trace', path: 'day.csv', column: 'job0', requestsPerMinute },
    });
    expect(words(of({}), of({ workload: { type: 'rate', rate: 25 as RequestsPerSecond } }))).toEqual([
      'search: workload 5/s → 25/s',
    ]);
    expect(words(of({}), of(trace([1, 2])))).toEqual(['search: workload 5/s → day.csv, column job0']);
    expect(words(of(trace([1, 2])), of(trace([1, 3])))).toEqual([
      'search: the trace day.csv, column job0 has other numbers',
    ]);
    expect(words(of({}), of({ serve: { command: ['python3', 'm.py'] } }))).toEqual([
      'search: serve.command `node echo.mjs` → `python3 m.py`, one replica after the other',
    ]);
    const bearing = { command: ['node', 'echo.mjs'], timeout: 300_000 as Milliseconds, bodyLimit: (2 ** 30) as Bytes };
    expect(words(of({}), of({ serve: bearing }))).toEqual([
      'search: + serve.timeout 5m',
      'search: + serve.bodyLimit 1Gi',
    ]);
  });

  it('in a placement, is said by device', () => {
    const after: DesiredPlacement = {
      ...placement,
      spec: { ...placement.spec, pins: { conv: 'gpu1' }, train: { ...placement.spec.train!, steps: 200 } },
      placement: [
        { node: 'in', device: 'gpu0' },
        { node: 'conv', device: 'gpu1' },
        { node: 'out', device: 'gpu0' },
        { node: 'more', device: 'gpu1' },
      ],
      edges: [...placement.edges, { from: 'conv', to: 'more', bytes: 5 }],
      ops: { conv: { type: 'conv', filters: 16 } },
      predictedForwardUs: 1200,
    };
    expect(words(placement, after)).toEqual([
      '+ pins.conv gpu1',
      'train.steps 100 → 200',
      'gpu1: 1 node moves here (!)',
      'gpu0: 1 node moves here (!)',
      'graph: + 1 node (!)',
      'graph: 1 edge differs (!)',
      'graph: 1 node computes something else (!)',
    ]);
  });

  it('in a placement, tells of a module that was profiled anew in another version', () => {
    const of = (fingerprint: string): DesiredPlacement => ({ ...placement, profile: { way: 'export', fingerprint } });
    expect(words(of('1'), of('2'))).toEqual(['graph: profiled of another version of the module (!)']);
    expect(words(of('1'), of('1'))).toEqual([]);
    expect(words(placement, of('1'))).toEqual([]);
  });

  it('in a federation, is said by site', () => {
    const after: DesiredFederation = {
      ...federation,
      spec: {
        ...federation.spec,
        sites: [
          { name: 'north', samples: 150 },
          { name: 'east', samples: 100 },
          { name: 'west', samples: 80 },
        ],
        training: { ...federation.spec.training!, rounds: 9 },
      },
    };
    expect(words(federation, after)).toEqual([
      'north: samples 100 → 150 (!)',
      '- site south (!)',
      '+ site west: 80 samples (!)',
      'training.rounds 5 → 9',
    ]);
    expect(words(federation, { ...federation, rounds: [[[2, 1, 0]]] })).toEqual([
      'pattern: the sites meet in other groups (!)',
    ]);
  });

  it('names a new owner and folder', () => {
    const at = (folder: string) => wanted(placement, { source: `${folder}/digits.berth.yaml`, folder });
    expect(diffHome(at('/w'), at('/x')).map(({ text }) => text)).toEqual([
      'owner: /w/digits.berth.yaml → /x/digits.berth.yaml',
      'commands run in /x, no longer in /w',
    ]);
  });

  it.each([serving({ jobs: [{ name: 'search', replicas: 3 }] }), placement, federation])(
    'is nothing between equals, and all at first ($kind)',
    (desired) => {
      expect(diff(desired, structuredClone(desired))).toEqual({ changes: [], unchanged: 0 });
      const { changes } = diff(undefined, desired);
      expect(changes[0]).toMatchObject({
        action: 'create',
        path: '',
        text: `+ ${desired.kind} ${desired.name} on local`,
      });
      expect(changes.slice(1).every(({ action, text }) => action === 'create' && text.startsWith('+ '))).toBe(true);
      expect(changes.length).toBeGreaterThan(1);
    },
  );

  it('counts what means nothing instead of listing it', () => {
    const before = serving({ jobs: [{ name: 'a' }, { name: 'b' }] });
    const turned = serving({ jobs: [{ name: 'b' }, { name: 'a' }] });
    expect(diff(before, turned)).toEqual({ changes: [], unchanged: 1 });
    const rounded = {
      ...placement,
      spec: { ...placement.spec, link: { ...placement.spec.link, latency: 0.13400000000000001 as Milliseconds } },
    };
    expect(
      diff(
        {
          ...placement,
          spec: { ...placement.spec, link: { ...placement.spec.link, latency: 0.13399999999999998 as Milliseconds } },
        },
        rounded,
      ),
    ).toEqual({
      changes: [],
      unchanged: 1,
    });
    const predicted = {
      ...placement,
      predictedForwardUs: 1001,
      placement: [placement.placement[1]!, placement.placement[0]!, placement.placement[2]!],
    };
    expect(diff(placement, predicted)).toEqual({ changes: [], unchanged: 2 });
  });
});

describe('differencesOf', () => {
  it('compares unnamed lists as one thing, and what came or went', () => {
    expect(
      differencesOf({ list: [1, 2], gone: 1, deep: { x: { y: 1 } } }, { list: [1, 3], come: 2, deep: { x: { y: 2 } } }),
    ).toEqual({
      differences: [
        { path: ['list'], before: [1, 2], after: [1, 3] },
        { path: ['gone'], before: 1, after: undefined },
        { path: ['deep', 'x', 'y'], before: 1, after: 2 },
        { path: ['come'], before: undefined, after: 2 },
      ],
      meaningless: 0,
    });
    expect(differencesOf({ a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, ['*.b']).differences[0]!.path).toEqual([
      'a',
      'b',
    ]);
  });
});
