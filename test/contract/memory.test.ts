import { expect, it } from 'vitest';
import { originOf } from '../../server/src/deploy/plan/origin.ts';
import { readAndPlanApply } from '../../server/src/deploy/plan/plan.ts';
import { serving } from '../fixtures/serving-sketch.ts';
import { targetContract } from './contract.ts';
import { MemoryPlatform, MemoryTarget, MOST_REPLICAS } from './memory-target.ts';

let platforms = 0;

targetContract('in memory', async () => {
  const platform = new MemoryPlatform(`platform-${++platforms}`);
  return {
    connect: () => new MemoryTarget(platform),
    wanted: ({ name = 'vision', replicas = 1, program = 'first' } = {}) => ({
      desired: serving({ name, jobs: [{ name: 'echo', replicas, command: ['node', program] }] }),
      origin: originOf('/somewhere/vision.berth.yaml', name),
      particulars: {},
    }),
    hold: async () => {
      const release = platform.hold();
      return async () => release();
    },
    damage: async (id) => {
      platform.lose(id);
      return async () => {};
    },
    crash: async () => platform.crash(),
    restart: async () => platform.restart(),
    silence: async () => {
      platform.fallSilent();
      return async () => platform.speakAgain();
    },
    plantForeign: async (id) => {
      platform.plantForeign(id, 'a chart of somebody');
      return async () => platform.foreign(id) === 'a chart of somebody';
    },
    write: async (id, text) => platform.write(id, 'echo/0', text),
    running: async () => platform.running,
    close: async () => {},
  };
});

it('says before a plan is sealed what would not be taken of it', async () => {
  const target = new MemoryTarget(new MemoryPlatform('small'));
  const jobs = ['one', 'two', 'three'].map((name, i) => ({ name, replicas: MOST_REPLICAS + i }));
  const desired = serving({ jobs, capacity: 40 });
  const result = await readAndPlanApply(target, {
    desired,
    origin: originOf('/somewhere/vision.berth.yaml', 'vision'),
    particulars: {},
  });
  expect(result).toMatchObject({
    ok: false,
    problem: {
      code: 'BERTH5043',
      message:
        'The target "local" would not take "jobs.two.replicas": it keeps 6 replicas of a job at most; nor "jobs.three.replicas": it keeps 6 replicas of a job at most.',
    },
  });
  expect(await target.list()).toEqual([]);
});
