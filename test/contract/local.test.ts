import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { originOf } from '../../server/src/deploy/plan/origin.ts';
import { LocalTarget } from '../../server/src/deploy/targets/local/local-target.ts';
import { FIXTURES, serving } from '../fixtures/serving-sketch.ts';
import { Stage } from '../integration/local-stage.ts';
import { targetContract } from './contract.ts';

/** As a version of Berth that is to come would write it. */
const RECORD_TO_COME = '{"format":99,"deployment":{"shape":"unknown"}}';

targetContract('local', async () => {
  const stage = new Stage();
  const gate = join(stage.folder, 'gate');
  const shut = async (): Promise<() => Promise<void>> => {
    writeFileSync(gate, '');
    return async () => rmSync(gate);
  };
  return {
    connect: () => new LocalTarget({ stateFolder: stage.folder }),
    wanted: ({ name = 'vision', replicas = 1, program = 'first' } = {}) => ({
      desired: serving({ name, jobs: [{ name: 'echo', replicas, command: ['node', 'gated.mjs', gate, program] }] }),
      origin: originOf('/somewhere/vision.berth.yaml', name),
      particulars: { folder: FIXTURES },
    }),
    hold: shut,
    damage: async (id) => {
      const open = await shut();
      process.kill(stage.processes(id)[0]!, 'SIGKILL');
      return open;
    },
    crash: () => stage.killAgent(),
    restart: async () => {
      await stage.target.list();
    },
    silence: async () => {
      const agent = stage.agentPid();
      process.kill(agent, 'SIGSTOP');
      return async () => {
        process.kill(agent, 'SIGCONT');
      };
    },
    plantForeign: async (id) => {
      const record = join(stage.folder, 'deployments', id.replace('/', '.'), 'deployment.json');
      mkdirSync(dirname(record), { recursive: true, mode: 0o700 });
      writeFileSync(record, RECORD_TO_COME);
      return async () => existsSync(record) && readFileSync(record, 'utf8') === RECORD_TO_COME;
    },
    write: async (id, text) => {
      const live = await stage.target.read(id);
      if (live?.ownership !== 'ours' || live.status.kind !== 'InferenceCluster')
        throw new Error(`${id} is not deployed`);
      await fetch(new URL('say', live.status.jobs[0]!.endpoint), { method: 'POST', body: text });
    },
    running: async () =>
      ['InferenceCluster/vision', 'InferenceCluster/speech'].flatMap((id) => stage.processes(id)).length,
    close: () => stage[Symbol.asyncDispose](),
  };
});
