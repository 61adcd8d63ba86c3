import { describe, expect, it } from 'vitest';
import { planPlacement } from '../../../server/src/baechi/plan.ts';
import { specRun } from '../../../server/src/baechi/from-spec.ts';
import type { DesiredSources } from '../../../server/src/deploy/plan/desired-result.ts';
import { desiredOf } from '../../../server/src/deploy/plan/desired.ts';
import { unmetNeeds } from '../../../server/src/deploy/plan/unmet-needs.ts';
import { targetDescriptions } from '../../../server/src/deploy/target-description.ts';
import type { TargetDescription } from '../../../server/src/deploy/target-description.ts';
import type { DesiredFederation, DesiredPlacement, DesiredServing } from '../../../server/src/deploy/types.ts';
import { readGraph } from '../../../server/src/graph/source.ts';
import type {
  Bytes,
  BytesPerSecond,
  Federation,
  InferenceCluster,
  Milliseconds,
  RequestsPerSecond,
  TrainingPlacement,
} from '../../../server/src/spec/types.ts';
import { serving } from '../../fixtures/serving-sketch.ts';

const GRAPH = {
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'Graph',
  metadata: { name: 'small' },
  nodes: ['in', 'left', 'right', 'out'].map((name) => ({
    name,
    compute: '100us',
    backward: '200us',
    memory: { persistent: '1Mi', output: '1Ki' },
    op: { type: name },
  })),
  edges: [
    { from: 'in', to: 'left' },
    { from: 'in', to: 'right' },
    { from: 'left', to: 'out' },
    { from: 'right', to: 'out' },
  ],
};

const sources: DesiredSources = {
  source: '/w/spec.berth.yaml',
  readGraph: async (path) => {
    expect(path).toBe('/w/small.graph.yaml');
    return readGraph(GRAPH);
  },
  solver: async () => {
    throw new Error('not asked for by m-ETF');
  },
};

async function resolved<D>(spec: Parameters<typeof desiredOf>[0], from = sources): Promise<D> {
  const result = await desiredOf(spec, from);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.desired as D;
}

async function codes(spec: Parameters<typeof desiredOf>[0]): Promise<readonly string[]> {
  const result = await desiredOf(spec, sources);
  return result.ok ? [] : result.problems.map(({ code, path }) => `${code} ${path.join('.')}`);
}

describe('desired serving', () => {
  const { spec } = serving({
    capacity: 6,
    jobs: [
      { name: 'busy', sloMs: 200 },
      { name: 'calm', sloMs: 200 },
    ],
  });
  const at = (cluster: InferenceCluster, busy: number, calm: number): InferenceCluster => ({
    ...cluster,
    jobs: cluster.jobs.map((job, i) => ({
      ...job,
      workload: { type: 'rate', rate: [busy, calm][i] as RequestsPerSecond },
    })),
  });

  it('starts with the best allocation for the load', async () => {
    const desired = await resolved<DesiredServing>(at(spec, 60, 2));
    expect(desired).toMatchObject({ id: 'InferenceCluster/vision', target: 'local' });
    expect(desired.replicas.busy).toBeGreaterThanOrEqual(4);
    expect(desired.replicas.calm).toBe(1);
    expect(await resolved(at(spec, 60, 2))).toEqual(desired);
  });

  it('gives all the same under fairShare, within their limits', async () => {
    const fair: InferenceCluster = { ...at(spec, 60, 2), autoscaler: { ...spec.autoscaler, policy: 'fairShare' } };
    expect((await resolved<DesiredServing>(fair)).replicas).toEqual({ busy: 3, calm: 3 });
    const limited = {
      ...fair,
      jobs: fair.jobs.map((job, i) => (i === 1 ? { ...job, replicas: { min: 1, max: 2 } } : job)),
    };
    expect((await resolved<DesiredServing>(limited)).replicas).toEqual({ busy: 4, calm: 2 });
  });

  it('is refused without a command, and where the minima exceed the capacity', async () => {
    const { serve: _, ...incomplete } = spec.jobs[1]!;
    expect(await codes({ ...spec, jobs: [spec.jobs[0]!, incomplete] })).toEqual(['BERTH5012 spec.jobs.1']);
    const none = spec.jobs.map(({ serve: _, ...job }) => job);
    expect(await codes({ ...spec, jobs: none })).toEqual(['BERTH5012 spec.jobs.0', 'BERTH5012 spec.jobs.1']);
    const jobs = spec.jobs.map((job) => ({ ...job, replicas: { min: 4, max: 8 } }));
    expect(await codes({ ...spec, jobs })).toEqual(['BERTH2001 spec.capacity']);
  });
});

describe('what a target needs', () => {
  const { spec } = serving({ jobs: [{ name: 'a' }, { name: 'b' }] });
  const silent: InferenceCluster = { ...spec, jobs: spec.jobs.map(({ serve: _, ...job }) => job) };
  const needs = (...keys: readonly string[]): TargetDescription => ({
    needs: { InferenceCluster: keys, TrainingPlacement: keys, Federation: keys },
  });

  it('is the target’s affair: one that starts no command is planned for without one', async () => {
    const result = await desiredOf(silent, sources, needs());
    expect(result).toMatchObject({ ok: true, desired: { replicas: { a: expect.any(Number), b: expect.any(Number) } } });
  });

  it('is said with the key, the job and the target', async () => {
    expect(await desiredOf(spec, sources, needs('serve.image'))).toMatchObject({
      ok: false,
      problems: ['a', 'b'].map((job, index) => ({
        code: 'BERTH5012',
        message: `Job "${job}" says nothing that the target "local" can run, so it can be previewed but not applied.`,
        hint: 'Add "serve.image".',
        path: ['spec', 'jobs', index],
      })),
    });
  });

  it('is met by what a spec says, whatever else it leaves out', () => {
    const [job, other] = silent.jobs as [InferenceCluster['jobs'][0], InferenceCluster['jobs'][0]];
    const withImage = {
      ...silent,
      jobs: [{ ...job, serve: { image: 'vision:1' } }, other],
    } as unknown as InferenceCluster;
    expect(unmetNeeds(withImage, needs('serve.image')).map(({ path }) => path)).toEqual([['spec', 'jobs', 1]]);
    const empty = { ...spec, jobs: [{ ...job, serve: { command: [] } }] };
    expect(unmetNeeds(empty, targetDescriptions.local)).toHaveLength(1);
  });
});

describe('desired placement', () => {
  const spec: TrainingPlacement = {
    kind: 'TrainingPlacement',
    name: 'small',
    target: 'local',
    graphPath: '/w/small.graph.yaml',
    devices: [
      { name: 'gpu0', memory: (3 * 2 ** 20) as Bytes },
      { name: 'gpu1', memory: (3 * 2 ** 20) as Bytes },
    ],
    link: { bandwidth: 1e9 as BytesPerSecond, latency: 0.001 as Milliseconds },
    algorithm: 'm-ETF',
    pins: {},
    train: { module: '/w/small.mjs', steps: 10, batchSize: 8, learningRate: 0.1 },
  };

  it('is what the engine places, in the order in which it runs', async () => {
    const desired = await resolved<DesiredPlacement>(spec);
    const read = readGraph(GRAPH);
    if (!read.ok) throw new Error('the graph is sound');
    const { run } = specRun(spec, read.graph);
    const plan = planPlacement('m-ETF', run, { solve: () => undefined });
    if (plan.kind !== 'plan' || !plan.best) throw new Error('there is a placement');
    const { device } = plan.best.result;
    const expected = Object.fromEntries(
      read.graph.names.map((name, node) => [name, spec.devices[device[node]!]!.name]),
    );
    expect(Object.fromEntries(desired.placement.map((entry) => [entry.node, entry.device]))).toEqual(expected);
    expect(new Set(Object.values(expected)).size).toBe(2); // not everything fits one device
    const order = desired.placement.map(({ node }) => node);
    for (const { from, to } of desired.edges) expect(order.indexOf(from)).toBeLessThan(order.indexOf(to));
    expect(desired.edges).toContainEqual({ from: 'in', to: 'left', bytes: 1024 });
    expect(desired.ops.left).toEqual({ type: 'left' });
    expect(desired.predictedForwardUs).toBeGreaterThanOrEqual(300);
    expect(desired.predictedForwardUs + desired.predictedBackwardUs!).toBeCloseTo(plan.best.schedule.makespanUs, 9);
    expect(JSON.parse(JSON.stringify(desired))).toEqual(desired);
  });

  it('says by what its module is known again, where training was profiled', async () => {
    const profile = {
      module: 'net.py:Net',
      by: 'op',
      way: 'export',
      fingerprint: 'f00',
      torch: '2.15.0',
      inputs: ['x=1:int64'],
    };
    const of = (mode: string) => ({
      ...sources,
      readGraph: async () => readGraph({ ...GRAPH, metadata: { profile: { ...profile, mode } } }),
    });
    const known = { way: 'export', fingerprint: 'f00', torch: '2.15.0', inputs: ['x=1:int64'] };
    expect(await resolved<DesiredPlacement>(spec, of('training'))).toMatchObject({ profile: known });
    expect(await resolved<DesiredPlacement>(spec, of('inference'))).not.toHaveProperty('profile');
    expect(await resolved<DesiredPlacement>(spec)).not.toHaveProperty('profile');
  });

  it('is refused where it cannot be', async () => {
    const { train: _, ...incomplete } = spec;
    expect(await codes(incomplete)).toEqual(['BERTH5012 spec']);
    expect(await codes({ ...spec, devices: [{ name: 'gpu0', memory: 1000 as Bytes }] })).toEqual([
      'BERTH3010 spec.devices',
    ]);
    expect(await codes({ ...spec, devices: [{ name: 'gpu0', memory: (2 * 2 ** 20) as Bytes }] })).toEqual([
      'BERTH3011 spec.devices',
    ]);
    expect((await codes({ ...spec, pins: { nobody: 'gpu0' } }))[0]).toMatch(/^BERTH3012 /);
    const result = await desiredOf(spec, {
      ...sources,
      readGraph: async () => readGraph({ ...GRAPH, edges: [{ from: 'in', to: 'nobody' }] }),
    });
    expect(result).toMatchObject({ ok: false, problems: [{ code: 'BERTH3001', path: ['spec', 'graph'] }] });
  });
});

describe('desired federation', () => {
  const spec: Federation = {
    kind: 'Federation',
    name: 'hospitals',
    target: 'local',
    sites: Array.from({ length: 9 }, (_, i) => ({ name: `site${i}`, samples: 100 + i })),
    pattern: { groupSize: 3, iterations: 2 },
    admm: { rho: 3, decay: { rate: 3e-4, period: 1 } },
    privacy: { collusion: 1 },
    training: { command: ['node', 't.mjs'], rounds: 3, localEpochs: 1 },
  };

  it('has partitions of all sites into groups in which no two meet twice', async () => {
    const { rounds, rhoSchedule } = await resolved<DesiredFederation>(spec);
    expect(rhoSchedule).toEqual([3, 3 * 3e-4]);
    const met = new Set<string>();
    for (const round of rounds.slice(0, 2)) {
      expect(round.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      for (const group of round) {
        expect(group).toHaveLength(3);
        for (const a of group)
          for (const b of group) {
            if (a >= b) continue;
            expect(met.has(`${a} ${b}`)).toBe(false);
            met.add(`${a} ${b}`);
          }
      }
    }
  });

  it('is refused where it cannot be', async () => {
    const { training: _, ...incomplete } = spec;
    expect(await codes(incomplete)).toEqual(['BERTH5012 spec']);
    expect(await codes({ ...spec, sites: spec.sites.slice(0, 2) })).toEqual(['BERTH4001 spec.sites']);
    expect(await codes({ ...spec, privacy: { collusion: 8 } })).toEqual(['BERTH4006 spec.privacy.collusion']);
    expect(await codes({ ...spec, sites: spec.sites.slice(0, 3) })).toEqual(['BERTH4001 spec.sites']);
    expect(await codes({ ...spec, pattern: { groupSize: 7, iterations: 2 } })).toEqual([
      'BERTH4002 spec.pattern.groupSize',
    ]);
  });
});
