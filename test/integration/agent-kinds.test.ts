import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { defaultSolver } from '../../server/src/baechi/default-solver.ts';
import { desiredOf } from '../../server/src/deploy/plan/desired.ts';
import { FileReader } from '../../server/src/host/file-reader.ts';
import { planDelete, planRollback, readAndPlanApply, wantedFrom } from '../../server/src/deploy/plan/plan.ts';
import { processesOwnedBy } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import type { Live } from '../../server/src/deploy/live.ts';
import type { Desired, FederationStatus, PlacementStatus } from '../../server/src/deploy/types.ts';
import { graphFile } from '../../server/src/preview/graph-file.ts';
import { readSpecFile } from '../../server/src/spec/spec-file.ts';
import { all, Stage, until } from './local-stage.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const read = (path: string) => ({ text: readFileSync(path, 'utf8'), version: '' });

/** The desired state of an example, with what the test needs shorter or longer. */
async function example(file: string, change: (text: string) => string): Promise<Desired> {
  const source = EXAMPLES + file;
  const { documents, problems } = readSpecFile(change(read(source).text), { uri: source, files: { read } });
  expect(problems).toEqual([]);
  const result = await desiredOf(documents[0]!.spec!, {
    source,
    readGraph: async (path) => graphFile({ path, ...read(path) }),
    solver: defaultSolver,
  });
  if (!result.ok) throw new Error(result.problems[0]!.message);
  return result.desired;
}

async function apply(stage: Stage, desired: Desired): Promise<void> {
  const source = `${EXAMPLES}${desired.kind === 'Federation' ? 'federation' : 'training'}.berth.yaml`;
  const wanted = await wantedFrom(stage.target, desired, source, new FileReader());
  const result = await readAndPlanApply(stage.target, wanted);
  if (!result.ok) throw result.problem;
  await stage.run(result.plan);
}

async function status<S>(stage: Stage, desired: Desired): Promise<S> {
  return (await live(stage, desired)).status as S;
}

async function live(stage: Stage, desired: Desired): Promise<Live> {
  const found = await stage.target.read(desired.id);
  if (found?.ownership !== 'ours') throw new Error(`${desired.id} is not deployed`);
  return found;
}

function processes(stage: Stage): number {
  return (
    processesOwnedBy(`${stateName(stage.folder)}:TrainingPlacement/digits`).length +
    processesOwnedBy(`${stateName(stage.folder)}:Federation/hospitals`).length
  );
}

it('trains by a placement, goes on from its checkpoint after kill -9 of the agent, and rolls back', async () => {
  await using stage = new Stage();
  const desired = await example('training.berth.yaml', (text) => text.replace('steps: 200', 'steps: 60'));
  await apply(stage, desired);
  await until(async () => (await status<PlacementStatus>(stage, desired)).step >= 15, 90_000);
  await stage.killAgent();
  // Reading is enough: the next agent takes the run up.
  await until(async () => (await status<PlacementStatus>(stage, desired)).phase === 'completed', 90_000);
  const done = await status<PlacementStatus>(stage, desired);
  expect(done).toMatchObject({ step: 60, steps: 60, faults: [] });
  expect(done.loss).toBeLessThan(2.3); // chance is ln 10
  expect(done.measuredForwardMs).toBeGreaterThan(0);
  expect((await all(stage.target.logs(desired.id, { tail: 1000 }))).length).toBeGreaterThan(0);

  const longer = await example('training.berth.yaml', (text) => text.replace('steps: 200', 'steps: 70'));
  await apply(stage, longer);
  await until(async () => (await status<PlacementStatus>(stage, desired)).step === 70, 90_000);
  const here = await stage.target.identify();
  const plan = planRollback(await live(stage, desired), (await stage.target.revision(desired.id, 1))!, here);
  expect(plan.changes.map(({ text }) => text)).toEqual(['train.steps 70 → 60']);
  await stage.run(plan);
  expect((await live(stage, desired)).revisions.map(({ cause }) => cause)).toEqual(['apply', 'apply', 'rollback']);
  await stage.run(planDelete(await live(stage, desired), await stage.target.identify()));
  expect(processes(stage)).toBe(0);
});

it('averages the models of nine sites, goes on after kill -9 of the agent, and leaves no process', async () => {
  await using stage = new Stage();
  const desired = await example('federation.berth.yaml', (text) => text.replace('rounds: 8', 'rounds: 4'));
  await apply(stage, desired);
  await until(async () => (await status<FederationStatus>(stage, desired)).round >= 1, 90_000);
  await stage.killAgent();
  await until(async () => (await status<FederationStatus>(stage, desired)).phase === 'completed', 90_000);
  const done = await status<FederationStatus>(stage, desired);
  expect(done.round).toBe(4);
  expect(new Set(done.sites.map(({ digest }) => digest)).size).toBe(1);
  expect(done.sites[0]!.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(done.history.at(-1)!.accuracy).toBeGreaterThan(0.7);
  await stage.run(planDelete(await live(stage, desired), await stage.target.identify()));
  expect(processes(stage)).toBe(0);
});
