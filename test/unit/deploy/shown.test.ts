import { expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { desiredOf } from '../../../server/src/deploy/plan/desired.ts';
import type { DesiredSources } from '../../../server/src/deploy/plan/desired-result.ts';
import type { DesiredFederation, DesiredPlacement, DesiredServing } from '../../../server/src/deploy/types.ts';
import { computePreview, type PreviewOutcome } from '../../../server/src/preview/compute.ts';
import { graphFile } from '../../../server/src/preview/graph-file.ts';
import type {
  FederationPreview,
  InferencePreview,
  PlacementPreview,
  Preview,
} from '../../../server/src/preview/model.ts';
import type { RequestsPerSecond, Spec } from '../../../server/src/spec/types.ts';
import { bytes, cluster, federation, job, placement } from '../preview/specs.ts';

/** Two branches of a graph: what is best depends on the link and on the algorithm. */
const graph = {
  path: '/specs/net.graph.json',
  version: '1',
  text: JSON.stringify({
    nodes: Array.from({ length: 12 }, (_, id) => ({ id, compute_us: 500 + 37 * id, out_bytes: 1000, perm_bytes: 4e6 })),
    edges: Array.from({ length: 11 }, (_, i) => ({ src: i < 2 ? 0 : i - 1, dst: i + 1, bytes: 1000 })),
  }),
};

async function shown<P extends Preview>(spec: Spec): Promise<PreviewOutcome & { preview: P }> {
  const outcome = await computePreview({ spec, document: 0, graph, whatIf: {}, replay: false });
  expect(outcome.preview, JSON.stringify(outcome.findings)).not.toBeNull();
  return outcome as PreviewOutcome & { preview: P };
}

async function deployed<D>(spec: Spec, sources: Partial<DesiredSources>): Promise<D> {
  const result = await desiredOf(spec, {
    source: '/specs/a.berth.yaml',
    readGraph: async () => graphFile(graph),
    solver: defaultSolver,
    ...sources,
  });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.desired as D;
}

/** No engine may plan: there is no time, and no solver. */
const NO_BUDGET: Partial<DesiredSources> = {
  shouldStop: () => true,
  solver: () => Promise.reject(new Error('nothing is to be planned again')),
};

const placed = ({ placement }: DesiredPlacement): Record<string, string> =>
  Object.fromEntries(placement.map(({ node, device }) => [node, device]));

it.each(['auto', 'm-SCT', 'm-TOPO'] as const)('deploys the placement that was shown by %s', async (algorithm) => {
  const train = { module: '/specs/net.mjs', steps: 1, batchSize: 1, learningRate: 0.1 };
  const devices = ['gpu0', 'gpu1', 'gpu2'].map((name) => ({ name, memory: bytes(3e7) }));
  const spec = placement({ algorithm, train, devices });
  const { preview, decision } = await shown<PlacementPreview>(spec);
  expect(new Set(Object.values(preview.placement)).size).toBeGreaterThan(1);
  expect(placed(await deployed(spec, { ...NO_BUDGET, decision: decision! }))).toEqual(preview.placement);
  // Other options would place it otherwise; what was shown is deployed all the same.
  const single = placement({
    algorithm: 'single',
    train,
    devices: devices.map((one) => ({ ...one, memory: bytes(1e9) })),
  });
  expect(placed(await deployed(single, {}))).not.toEqual(preview.placement);
  expect(placed(await deployed(single, { ...NO_BUDGET, decision: decision! }))).toEqual(preview.placement);
});

it('deploys the replicas that were shown', async () => {
  const jobs = ['a', 'b'].map((name, i) => {
    const rate = (i === 0 ? 30 : 4) as RequestsPerSecond;
    return job(name, { workload: { type: 'rate', rate }, serve: { command: ['node', 'serve.mjs'] } });
  });
  const spec = cluster({ jobs });
  const { preview, decision } = await shown<InferencePreview>(spec);
  const replicas = Object.fromEntries(preview.jobs.map((one) => [one.name, one.replicas]));
  const other = cluster({ jobs, capacity: { replicas: 2 } });
  expect((await deployed<DesiredServing>(other, {})).replicas).not.toEqual(replicas);
  expect((await deployed<DesiredServing>(other, { decision: decision! })).replicas).toEqual(replicas);
});

it('starts with what a policy says where that is not the best allocation, as it would without a preview', async () => {
  const jobs = ['a', 'b'].map((name) => job(name, { serve: { command: ['node', 'serve.mjs'] } }));
  const spec = cluster({ jobs, autoscaler: { ...cluster().autoscaler, policy: 'fairShare' } });
  const { decision } = await shown(spec);
  const fair = await deployed<DesiredServing>(spec, { decision: decision! });
  expect(fair.replicas).toEqual({ a: 4, b: 4 });
  expect(await deployed(spec, {})).toEqual(fair);
});

it('deploys the pattern that was shown', async () => {
  const training = { command: ['node', 't.mjs'], rounds: 1, localEpochs: 1 };
  const spec = federation(9, { training });
  const { preview, decision } = await shown<FederationPreview>(spec);
  const other = federation(9, { training, pattern: { groupSize: 3, iterations: 1 }, privacy: { collusion: 2 } });
  const { rounds } = await deployed<DesiredFederation>(other, { decision: decision! });
  const names = rounds.map((round) => round.map((group) => group.map((site) => `site${site}`)));
  expect(names).toEqual(preview.partitions);
});

it('refuses what was decided for another graph or kind: that would be a mistake of ours', async () => {
  const train = { module: '/specs/net.mjs', steps: 1, batchSize: 1, learningRate: 0.1 };
  const spec = placement({ train });
  const decision = { kind: 'TrainingPlacement', placer: 'single', device: Int32Array.of(0) } as const;
  await expect(deployed(spec, { decision })).rejects.toThrow('another graph');
  await expect(deployed(spec, { decision: { kind: 'InferenceCluster', replicas: [1] } })).rejects.toThrow(
    'another kind',
  );
});
