import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { desiredOf } from '../../../server/src/deploy/plan/desired.ts';
import type { DesiredFederation, DesiredPlacement, DesiredServing } from '../../../server/src/deploy/types.ts';
import { DiskFiles } from '../../../server/src/host/disk-files.ts';
import { readGraph } from '../../../server/src/graph/source.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import type { Spec, TrainingPlacement } from '../../../server/src/spec/types.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));

async function read(name: string): Promise<Spec> {
  const uri = pathOf(`${name}.berth.yaml`);
  const file = await new DiskFiles().settled((files) => readSpecFile(readFileSync(uri, 'utf8'), { uri, files }));
  expect(file.problems).toEqual([]);
  return file.documents[0]!.spec!;
}

async function resolve(spec: Spec) {
  return desiredOf(spec, {
    source: pathOf('spec.berth.yaml'),
    readGraph: (path) => Promise.resolve(readGraph(parse(readFileSync(path, 'utf8')))),
    solver: defaultSolver,
  });
}

async function desired<D>(name: string): Promise<D> {
  const result = await resolve(await read(name));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.desired as D;
}

describe('the examples', () => {
  test('serving is without a problem and fits its cluster', async () => {
    const { replicas } = await desired<DesiredServing>('serving');
    expect(Object.keys(replicas)).toEqual(['search-images', 'scan-forms', 'sort-mail']);
    expect(Object.values(replicas).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(6);
  });

  test('training is spread over all its devices, and does not fit on one of them', async () => {
    const { placement, predictedForwardUs, predictedBackwardUs } = await desired<DesiredPlacement>('training');
    expect(placement.length).toBe(32);
    expect(new Set(placement.map(({ device }) => device))).toEqual(new Set(['gpu0', 'gpu1', 'gpu2']));
    expect(predictedBackwardUs).toBeGreaterThan(predictedForwardUs);
    expect(await resolve({ ...((await read('training')) as TrainingPlacement), algorithm: 'single' })).toMatchObject({
      ok: false,
    });
  });

  test('the PyTorch module fits on two devices, and not on one of them', async () => {
    const { placement, spec } = await desired<DesiredPlacement>('chars');
    expect(spec.train).toMatchObject({ module: 'models/chars.py:Net' });
    expect(new Set(placement.map(({ device }) => device))).toEqual(new Set(['gpu0', 'gpu1']));
    expect(await resolve({ ...((await read('chars')) as TrainingPlacement), algorithm: 'single' })).toMatchObject({
      ok: false,
    });
  });

  test('the cluster of GPUs is without a problem, and has nothing to run', async () => {
    const problems = [0, 1, 2].map((job) => ({ code: 'BERTH5012', path: ['spec', 'jobs', job] }));
    expect(await resolve(await read('gpus'))).toMatchObject({ ok: false, problems });
  });

  test('the transformer has something to look at and nothing to run', async () => {
    const spec = (await read('transformer')) as TrainingPlacement;
    expect(await resolve(spec)).toMatchObject({ ok: false, problems: [{ code: 'BERTH5012' }] });
    const file = readGraph(parse(readFileSync(spec.graphPath, 'utf8')));
    expect(file.ok && file.graph.nodeCount).toBe(401);
  });

  test('the federation has a pattern for its nine sites, weighed by what their trainers hold', async () => {
    const { rounds, rhoSchedule, spec } = await desired<DesiredFederation>('federation');
    expect(rounds.every((partition) => partition.every((group) => group.length === 3))).toBe(true);
    expect(rhoSchedule).toEqual([3, expect.closeTo(9e-4, 12)]);
    // 8,337 training pictures, each n-th of them at a site.
    expect(spec.sites.map(({ samples }) => samples)).toEqual(spec.sites.map((_, site) => Math.ceil((8337 - site) / 9)));
  });

  test('have no address in a comment that leads nowhere: editors make links of them', () => {
    for (const name of ['serving', 'gpus', 'training', 'transformer', 'federation'])
      expect(readFileSync(pathOf(`${name}.berth.yaml`), 'utf8'), name).not.toMatch(/https?:\/\/\S*[A-Z]{2}/);
  });

  test('are small', () => {
    for (const [name, most] of [['models/classifier-weights.json', 100_000], ['graphs/transformer.graph.yaml', 150_000], ['traces/day.csv', 50_000]] as const)
      expect(statSync(pathOf(name)).size, name).toBeLessThan(most);
  }); // prettier-ignore
});
