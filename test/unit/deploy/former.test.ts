/** State as version 0.1 wrote it, with the absolute paths of a workspace in it, is still read. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contentHash } from '../../../server/src/deploy/plan/content-hash.ts';
import { checkPlan, readPlan } from '../../../server/src/deploy/plan/plan-file.ts';
import { DeploymentRecord } from '../../../server/src/deploy/targets/local/agent/deployment-record.ts';

const STORED = fileURLToPath(new URL('../../fixtures/stored/format-1/', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-'));
  cpSync(join(STORED, 'InferenceCluster.vision'), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a deployment keeps its revisions, and its workspace is told apart from what is wanted', async () => {
  const { record, damage } = DeploymentRecord.open(folder);
  expect(damage).toEqual([]);
  expect(record).toMatchObject({ accepted: 2, reached: 2, cancelled: false, id: 'InferenceCluster/vision' });
  expect(record!.wanted).toMatchObject({
    desired: {
      id: 'InferenceCluster/vision',
      replicas: { search: 2 },
      spec: { jobs: [{ workload: { path: 'traces/day.csv' } }] },
    },
    origin: { repository: null, path: '/somewhere/vision.berth.yaml', document: 'vision' },
    particulars: { folder: '/somewhere' },
  });
  expect(JSON.stringify(record!.wanted!.desired)).not.toContain('/somewhere');
  expect(record!.revision(1)!.desired).toMatchObject({ replicas: { search: 1 } });

  // What is written from now on is of the present form, and the earlier revisions beside it are still read.
  await record!.accept(record!.revision(1)!, 'rollback');
  const again = DeploymentRecord.open(folder);
  expect(again.damage).toEqual([]);
  expect(again.record!.wanted).toEqual(record!.revision(1));
  expect(again.record!.hash).toBe(contentHash(again.record!.wanted!.desired));
  expect(again.record!.revision(2)!.desired).toMatchObject({ replicas: { search: 2 } });
});

it('a saved plan keeps its seal and fits the state that it was made from', () => {
  const text = readFileSync(join(STORED, 'update.plan.json'), 'utf8');
  const read = readPlan(text);
  if (!read.ok) throw read.problem;
  const { record } = DeploymentRecord.open(folder);
  expect(read.plan).toMatchObject({
    format: 2,
    action: 'update',
    identity: null,
    live: { revision: record!.accepted, hash: record!.hash },
    origin: record!.wanted!.origin,
    particulars: record!.wanted!.particulars,
    desired: { replicas: { search: 3 } },
    steps: [{ text: 'search: replicas 2 → 3', reason: 'change', reversible: true }],
  });
  expect(checkPlan(JSON.parse(JSON.stringify(read.plan)))).toEqual(read);
  expect(readPlan(text.replace('"search": 3', '"search": 4'))).toMatchObject({ problem: { code: 'BERTH5025' } });
});

it('a revision whose spec lacks what its kind has gives way to the one before', () => {
  const path = join(folder, 'revisions', '2.json');
  const stored = JSON.parse(readFileSync(path, 'utf8')) as { spec: object };
  writeFileSync(path, JSON.stringify({ ...stored, spec: { kind: 'InferenceCluster', name: 'vision' } }));
  const { record, damage } = DeploymentRecord.open(folder);
  expect(damage.map(({ message }) => message)).toEqual([expect.stringContaining('spec.target is missing')]);
  expect(record).toMatchObject({ accepted: 1 });
});

it('what a newer version wrote is left alone', () => {
  const path = join(folder, 'deployment.json');
  const text = readFileSync(path, 'utf8').replace('"format":1', '"format":99');
  writeFileSync(path, text);
  expect(DeploymentRecord.open(folder)).toEqual({ record: undefined, damage: [], newerFormat: 99 });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('a record that is none is set aside, with what is wrong in it', () => {
  writeFileSync(join(folder, 'deployment.json'), '{"format":1,"id":"InferenceCluster/vision","revisions":[{}]}');
  const { record, damage } = DeploymentRecord.open(folder);
  expect(damage.map(({ message }) => message)).toEqual([expect.stringContaining('revisions.0.revision is missing')]);
  expect(record!.accepted).toBe(2); // found again from the revisions
});
