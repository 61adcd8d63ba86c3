/** Two people's checkouts of one spec are one deployment: the same state, the same hash, the same owner. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentHash } from '../../../server/src/deploy/plan/content-hash.ts';
import { desiredOf } from '../../../server/src/deploy/plan/desired.ts';
import { diffHome } from '../../../server/src/deploy/plan/diff.ts';
import { isSameOwner, originOf } from '../../../server/src/deploy/plan/origin.ts';
import { graphFile } from '../../../server/src/preview/graph-file.ts';
import { DiskFiles } from '../../../server/src/host/disk-files.ts';
import type { Wanted } from '../../../server/src/deploy/live.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';

const SPEC = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  capacity: { replicas: 4 }
  jobs:
    - name: tags
      slo: { latency: 720ms, percentile: 99 }
      processingTime: 20ms
      replicas: { min: 1, max: 3 }
      workload: { trace: ../traces/day.csv, column: tags }
      serve: { command: [node, tags.mjs] }
---
apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  graph: net.graph.json
  devices: [{ name: gpu, count: 2, memory: 1Gi }]
  link: { bandwidth: 1GB/s, latency: 100us }
  algorithm: m-ETF
  train: { module: net.mjs, steps: 10, batchSize: 4, learningRate: 0.1 }
`;
const GRAPH = {
  kind: 'Graph',
  apiVersion: 'berth.dev/v1alpha1',
  metadata: { name: 'net' },
  nodes: ['a', 'b'].map((name) => ({ name, compute: '100us', memory: { output: '1kB' } })),
  edges: [{ from: 'a', to: 'b' }],
};

async function checkout(root: string): Promise<readonly Wanted[]> {
  mkdirSync(join(root, '.git'), { recursive: true });
  writeFileSync(join(root, '.git', 'config'), '[remote "origin"]\n  url = git@host.example:team/models.git\n');
  for (const folder of ['deploy', 'traces']) mkdirSync(join(root, folder));
  const source = join(root, 'deploy', 'all.berth.yaml');
  writeFileSync(source, SPEC);
  writeFileSync(join(root, 'deploy', 'net.graph.json'), JSON.stringify(GRAPH));
  for (const file of ['tags.mjs', 'net.mjs']) writeFileSync(join(root, 'deploy', file), '');
  writeFileSync(join(root, 'traces', 'day.csv'), 'tags\n60\n120\n');
  const { documents, problems, files } = await new DiskFiles().settled((known) => {
    known.read(join(root, 'deploy', 'net.graph.json'));
    return { ...readSpecFile(SPEC, { uri: source, files: known }), files: known };
  });
  expect(problems).toEqual([]);
  const wanted: Wanted[] = [];
  for (const { spec } of documents) {
    const result = await desiredOf(spec!, {
      source,
      readGraph: async (path) => graphFile({ path, ...files.read(path)! }),
      solver: async () => Promise.reject(new Error('not needed')),
    });
    if (!result.ok) throw new Error(result.problems[0]!.message);
    const { desired } = result;
    wanted.push({ desired, origin: originOf(source, desired.name), particulars: { folder: join(root, 'deploy') } });
  }
  return wanted;
}

it('gives the same hash and owner wherever it is checked out', async () => {
  const root = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    const [one, other] = [await checkout(join(root, 'one')), await checkout(join(root, 'two', 'deeper'))];
    expect(one).toHaveLength(2);
    for (const [i, here] of one.entries()) {
      const there = other[i]!;
      expect(there.desired).toEqual(here.desired);
      expect(contentHash(there.desired)).toBe(contentHash(here.desired));
      expect(JSON.stringify(here.desired)).not.toContain(root);
      expect(isSameOwner(here, there)).toBe(true);
      expect(diffHome(here, there).map(({ path }) => path)).toEqual(['folder']);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});
