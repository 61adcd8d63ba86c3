/** What goes wrong on a Ray cluster, and what is not Berth's there: on a real head. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Live } from '../../server/src/deploy/live.ts';
import { readAndPlanApply, readAndPlanDelete, readAndPlanRollback } from '../../server/src/deploy/plan/plan.ts';
import type { PlanResult } from '../../server/src/deploy/plan/plan.ts';
import { RayTarget } from '../../server/src/deploy/targets/ray/ray-target.ts';
import type { ApplyEvent } from '../../server/src/deploy/types.ts';
import { onRay, type RaySketch } from '../fixtures/on-ray.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { wanted } from '../fixtures/wanted.ts';
import { until } from '../integration/local-stage.ts';
import { RAY_PYTHON, RayHead } from './ray-head.ts';

const ID = 'InferenceCluster/vision';
const OURS = 'berth.vision.echo';

/** As somebody else put it. */
const THEIRS = {
  name: 'recommender',
  route_prefix: '/recommender',
  import_path: 'gated:build',
  args: { program: 'theirs' },
  deployments: [{ name: 'Echo', num_replicas: 1, ray_actor_options: { num_cpus: 0.1 } }],
};

describe.skipIf(RAY_PYTHON === undefined)('a Ray cluster', () => {
  let head: RayHead;
  let target: RayTarget;
  beforeAll(async () => {
    head = await RayHead.start({ cpus: 4 });
    target = new RayTarget({ ray: { address: head.address } });
  });
  afterEach(() => head.clear());
  afterAll(() => head?.stop());

  const state = (replicas: number, serve: RaySketch = {}) =>
    wanted(onRay(serving({ jobs: [{ name: 'echo', replicas }] }), head.address, serve));
  const carriedOut = async (result: PlanResult, events: ApplyEvent[] = []): Promise<readonly ApplyEvent[]> => {
    if (!result.ok) throw result.problem;
    await target.apply(result.plan, { onEvent: (event) => events.push(event) });
    return events;
  };
  const apply = async (...asked: Parameters<typeof state>) =>
    carriedOut(await readAndPlanApply(target, state(...asked)));
  const live = async (): Promise<Live> => {
    const read = await target.read(ID);
    if (read?.ownership !== 'ours') throw new Error(`${ID} is not deployed`);
    return read;
  };
  const running = async (name: string): Promise<void> =>
    until(async () => (await head.serve()).applications[name]?.status === 'RUNNING', 60_000);
  const processOf = async (name: string) => (await head.serve()).applications[name]!.deployments['Echo']!.replicas[0]!;

  it('keeps applications of others as they are, put or run by a program, through create, scale and delete', async () => {
    await head.put({ proxy_location: 'HeadOnly', applications: [THEIRS] });
    await running('recommender');
    const program = `
import ray, gated
from ray import serve
ray.init(address="${head.gcs}", log_to_driver=False)
serve.run(gated.build({"program": "imperative"}), name="notebook", route_prefix="/notebook")
`;
    await promisify(execFile)(RAY_PYTHON!, ['-c', program], { env: head.environment, timeout: 90_000 });
    const before = { theirs: await processOf('recommender'), notebook: await processOf('notebook') };
    await apply(1);
    const [first] = (await head.serve()).applications[OURS]!.deployments['Echo']!.replicas;
    await apply(2);
    const { replicas } = (await head.serve()).applications[OURS]!.deployments['Echo']!;
    expect(replicas.map(({ replica_id: id }) => id)).toContain(first!.replica_id);
    await carriedOut(await readAndPlanDelete(target, ID));
    expect({ theirs: await processOf('recommender'), notebook: await processOf('notebook') }).toEqual(before);
    expect((await head.serve()).applications['recommender']!.deployed_app_config).toEqual(THEIRS);
    await head.forgetImperative('notebook');
  });

  it('says which application does not come up and in which words of Ray, and goes back', async () => {
    await apply(1);
    const events: ApplyEvent[] = [];
    const plan = await readAndPlanApply(target, state(1, { importPath: 'gated:broken', deployment: 'Broken' }));
    const failed = carriedOut(plan, events);
    await expect(failed).rejects.toThrow(/of job "echo" does not come up: .*the model file model\.bin is not there/);
    expect(await problemCode(failed)).toBe('BERTH5507');
    expect(events.map(({ type }) => type)).toEqual(['accepted', 'fault']);
    expect((await live()).status.faults).toMatchObject([{ code: 'BERTH5507', subject: 'echo' }]);
    await carriedOut(await readAndPlanRollback(target, ID, 1));
    expect(await live()).toMatchObject({ revision: 3, reached: true, status: { phase: 'running', faults: [] } });
  });

  it('has no revision of what Ray does not take', async () => {
    const wrong = state(1, { importPath: 'no-module' });
    expect(await problemCode(readAndPlanApply(target, wrong).then((plan) => carriedOut(plan)))).toBe('BERTH5501');
    expect(await target.read(ID)).toBeUndefined();
    await apply(1);
    expect((await live()).revisions.map(({ revision }) => revision)).toEqual([1]);
  });

  it('is autoscaled by nobody else: who puts that is found, and put right', async () => {
    await apply(1);
    const { name, deployments, ...config } = (await head.serve()).applications[OURS]!.deployed_app_config as {
      name: string;
      deployments: Record<string, unknown>[];
    };
    const { num_replicas: _, ...deployment } = deployments[0]!;
    const theirs = { ...deployment, autoscaling_config: { min_replicas: 2, max_replicas: 2 } };
    await head.put({
      proxy_location: 'HeadOnly',
      applications: [{ name, ...config, external_scaler_enabled: false, deployments: [theirs] }],
    });
    await until(async () => (await live()).complete);
    expect((await live()).drift).toEqual([
      { path: 'jobs.echo', text: 'echo: its application was put by somebody else, with another config' },
    ]);
    await apply(1);
    expect(await live()).toMatchObject({ drift: [], reached: true });
  });

  it('keeps how many replicas there are, where a plan asks for no other number', async () => {
    await apply(1);
    await head.scale(OURS, 'Echo', 3);
    await until(
      async () => (await live()).reached && (await live()).status.summary === 'running: 3/3 replicas',
      60_000,
    );
    await apply(1, { args: { program: 'second' } });
    expect((await live()).status.summary).toBe('running: 3/3 replicas');
  });

  it('says what replicas wait for', async () => {
    const plan = await readAndPlanApply(target, state(3, { cpu: 2 }));
    if (!plan.ok) throw plan.problem;
    const leaving = new AbortController();
    const waiting = target.apply(plan.plan, { signal: leaving.signal, onEvent: () => {} });
    waiting.catch(() => {});
    await until(async () => (await live().catch(() => undefined))?.status.faults.length === 1, 90_000);
    const [fault] = (await live()).status.faults;
    expect(fault).toMatchObject({ code: 'BERTH5508', subject: 'echo' });
    expect(fault!.message).toMatch(/^2 of 3 replicas of "echo" answer: /);
    leaving.abort();
    await target.cancel(ID);
  });

  it('forgets all when its head is killed: the watch says so, and a plan creates anew', async () => {
    await apply(1);
    const { uid } = await target.identify();
    await head.kill();
    expect(await target.probe()).toMatchObject({ state: 'unreachable' });
    expect(await problemCode(target.list())).toBe('BERTH5500');
    await head.up(4);
    expect((await target.identify()).uid).not.toBe(uid);
    const plan = await readAndPlanApply(target, state(1));
    expect(plan).toMatchObject({ ok: true, plan: { action: 'create' } });
    await carriedOut(plan);
    expect(await live()).toMatchObject({ revision: 1, reached: true });
  });
});
