/** The target `ray` keeps the contract of targets, on a real Ray head. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { originOf } from '../../server/src/deploy/plan/origin.ts';
import { RayTarget } from '../../server/src/deploy/targets/ray/ray-target.ts';
import { targetContract } from '../contract/contract.ts';
import { onRay } from '../fixtures/on-ray.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { until } from '../integration/local-stage.ts';
import { RAY_PYTHON, RayHead } from './ray-head.ts';

describe.skipIf(RAY_PYTHON === undefined)('on a real head', () => {
  let head: RayHead;
  beforeAll(async () => {
    head = await RayHead.start();
  });
  afterAll(() => head?.stop());

  targetContract('ray', async () => {
    const gate = join(head.folder, 'gate');
    rmSync(gate, { force: true });
    const ref = { ray: { address: head.address } };
    const planted: string[] = [];
    let isDown = false;
    const shut = async (): Promise<() => Promise<void>> => {
      writeFileSync(gate, '');
      return async () => rmSync(gate, { force: true });
    };
    const ours = async (id?: string) =>
      Object.entries((await head.serve()).applications).filter(
        ([name]) => !planted.includes(name) && (id === undefined || name.startsWith(`berth.${id.split('/')[1]}.`)),
      );
    return {
      connect: () => new RayTarget(ref, { staleAfterMs: 1500 }),
      wanted: ({ name = 'vision', replicas = 1, program = 'first' } = {}) => ({
        desired: onRay(serving({ name, jobs: [{ name: 'echo', replicas }] }), head.address, {
          args: { gate, program },
        }),
        origin: originOf('/somewhere/vision.berth.yaml', name),
        particulars: {},
      }),
      hold: shut,
      damage: async (id) => {
        const open = await shut();
        const [[, app] = []] = await ours(id);
        const replica = Object.values(app!.deployments)[0]!.replicas[0]!;
        process.kill(replica.pid, 'SIGKILL');
        return open;
      },
      crash: async () => {
        head.killDashboard();
        isDown = true;
      },
      restart: async () => {
        await head.restartDashboard();
        isDown = false;
      },
      silence: async () => {
        head.signalDashboard('SIGSTOP');
        return async () => head.signalDashboard('SIGCONT');
      },
      plantForeign: async (id) => {
        const name = `berth.${id.split('/')[1]}.echo`;
        planted.push(name);
        const config = {
          name,
          route_prefix: '/theirs',
          import_path: 'gated:build',
          args: {},
          deployments: [{ name: 'Echo', num_replicas: 1, ray_actor_options: { num_cpus: 0.1 } }],
        };
        await head.put({ proxy_location: 'HeadOnly', applications: [config] });
        await until(async () => (await head.serve()).applications[name]?.status === 'RUNNING');
        const put = JSON.stringify((await head.serve()).applications[name]);
        return async () => JSON.stringify((await head.serve()).applications[name]) === put;
      },
      write: async (id, text) => {
        const response = await fetch(`${head.proxy}/${id.split('/')[1]}/echo`, { method: 'POST', body: text });
        if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      },
      running: async () =>
        (await ours()).flatMap(([, { deployments }]) => Object.values(deployments)).flatMap(({ replicas }) => replicas)
          .length,
      close: async () => {
        head.signalDashboard('SIGCONT');
        if (existsSync(gate)) rmSync(gate);
        if (isDown) await head.restartDashboard();
        await head.clear();
      },
    };
  });
});
