/** What lies in a deployment's folder after a crash, and which of it counts. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeploymentRecord } from '../../../server/src/deploy/targets/local/agent/deployment-record.ts';
import { finishRemovals, removeDeployment } from '../../../server/src/deploy/targets/local/agent/removal.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { wanted } from '../../fixtures/wanted.ts';

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-'));
  folder = join(root, 'InferenceCluster.vision');
});
afterEach(() => rmSync(root, { recursive: true }));

const first = wanted(serving({ jobs: [{ name: 'tags' }] }));
const second = wanted(serving({ jobs: [{ name: 'tags' }, { name: 'words' }] }));

async function accepted(): Promise<void> {
  const record = DeploymentRecord.create(folder, 'InferenceCluster/vision');
  await record.accept(first, 'apply');
  await record.accept(second, 'apply');
}

it('clears drafts and a revision that was written and never accepted away', async () => {
  await accepted();
  writeFileSync(join(folder, 'deployment.json.123-0123abcd.part'), '{"for');
  writeFileSync(join(folder, 'processes.json.123-0123abcd.part'), '');
  writeFileSync(join(folder, 'revisions', '3.json'), JSON.stringify(first));
  writeFileSync(join(folder, 'revisions', '4.json.123-0123abcd.part'), '{');
  const { record, damage } = DeploymentRecord.open(folder);
  expect(damage).toEqual([]);
  expect(record).toMatchObject({ accepted: 2, wanted: second });
  expect(readdirSync(folder).sort()).toEqual(['deployment.copy.json', 'deployment.json', 'revisions']);
  expect(readdirSync(join(folder, 'revisions')).sort()).toEqual(['1.copy.json', '1.json', '2.copy.json', '2.json']);
});

it('takes a first revision that no record names for one that was never accepted', () => {
  mkdirSync(join(folder, 'revisions'), { recursive: true });
  writeFileSync(join(folder, 'revisions', '1.json'), JSON.stringify(first));
  expect(DeploymentRecord.open(folder)).toEqual({ record: undefined, damage: [] });
});

it('finds a first revision again whose record was damaged, also when it was set aside before', async () => {
  await DeploymentRecord.create(folder, 'InferenceCluster/vision').accept(first, 'apply');
  writeFileSync(join(folder, 'deployment.json'), '{"form');
  const before = DeploymentRecord.open(folder);
  expect(before.damage.map(({ code }) => code)).toEqual(['BERTH5017']);
  expect(before.record).toMatchObject({ accepted: 1 });
  // The agent that set it aside was killed before it wrote another.
  expect(DeploymentRecord.open(folder).record).toMatchObject({ accepted: 1, wanted: first });
});

it('is gone with its name, and what is left of a removal that broke off goes with the next agent', async () => {
  await accepted();
  removeDeployment(folder);
  expect(readdirSync(root)).toEqual([]);
  removeDeployment(folder); // not there any more, which is no error

  await accepted();
  renameSync(folder, join(root, '.deleted-0123abcd')); // as far as a crash let it come
  finishRemovals(root);
  expect(readdirSync(root)).toEqual([]);
});

it('knows a deletion and a rollback again, wherever the record was cut off', async () => {
  await accepted();
  const record = DeploymentRecord.open(folder).record!;
  await record.accept(first, 'rollback');
  await record.markDeleting();
  const path = join(folder, 'deployment.json');
  const { size } = statSync(path);
  for (let length = size - 1; length >= 0; length -= 40) {
    truncateSync(path, length);
    writeFileSync(join(folder, 'deployment.copy.json.123-0123abcd.part'), '{');
    const found = DeploymentRecord.open(folder);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(found.damage.map(({ code }) => code)).toEqual(['BERTH5017']);
    expect(found.record).toMatchObject({ accepted: 3, deleting: true, wanted: first });
    expect(found.record!.revisions.map(({ cause }) => cause)).toEqual(['apply', 'apply', 'rollback']);
    await found.record!.markDeleting(); // written anew
  }
});

it('mends a revision that was cut off from its copy', async () => {
  await accepted();
  truncateSync(join(folder, 'revisions', '2.json'), 9);
  expect(DeploymentRecord.open(folder)).toMatchObject({ damage: [], record: { accepted: 2, wanted: second } });
  expect(JSON.parse(readFileSync(join(folder, 'revisions', '2.json'), 'utf8'))).toMatchObject(second);
});

it('believes no copy that knows less than the revisions do', async () => {
  await accepted();
  const copy = join(folder, 'deployment.copy.json');
  const before = JSON.parse(readFileSync(copy, 'utf8')) as { revisions: readonly unknown[] };
  writeFileSync(copy, JSON.stringify({ ...before, revisions: before.revisions.slice(0, 1) }));
  writeFileSync(join(folder, 'deployment.json'), '');
  expect(DeploymentRecord.open(folder).record).toMatchObject({ accepted: 2, wanted: second });
});
