import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { DeviceProcesses, type Setup } from './device-processes.ts';
import { nodesOf } from './programs.ts';
import { OFFLINE, PYTORCH } from './python.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
/** Its loss stands beside the module. */
const TRAINED = path('models/trained.py');
/** Its loss is what its forward returns. */
const CHARS = path('../../examples/models/chars.py');

let running: DeviceProcesses | undefined;
afterEach(async () => running?.end());

type Known = NonNullable<Setup['profile']>;

/** What `berth profile` would write of a module. */
function profileOf(module: string, batch: readonly string[]): Known {
  const request = {
    module,
    batch,
    inputs: null,
    device: 'cpu',
    by: 'op',
    training: true,
    ways: [],
    keepWhole: [],
    seed: 1,
    check: true,
  };
  const { stdout, stderr } = spawnSync(PYTORCH!, ['-m', 'berth_torch.profile'], {
    input: `${JSON.stringify(request)}\n`,
    encoding: 'utf8',
    env: { ...process.env, ...OFFLINE },
  });
  const { answer } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { answer?: { profile: Known } };
  if (answer === undefined) throw new Error(`${stdout} ${stderr}`);
  const { way, fingerprint, torch, inputs } = answer.profile;
  return { way, fingerprint, torch: torch!, inputs: inputs! };
}

/** Names of the nodes by module; they are the same for all batches. */
const namesOf = new Map<string, readonly string[]>();

async function started(module: string, batchSize: number, more: Partial<Setup>): Promise<void> {
  const names = namesOf.get(module) ?? (await nodesOf(PYTORCH!, module, batchSize));
  namesOf.set(module, names);
  const nodes = names.map((name) => ({ name, device: 0 }));
  running = new DeviceProcesses({
    python: PYTORCH!,
    module,
    batchSize,
    learningRate: 0.01,
    devices: 1,
    threads: 1,
    nodes,
    ...more,
  });
  await running.start();
  await running.end();
}

describe.skipIf(PYTORCH === undefined)('before the first step', () => {
  test('a module is known again by what was profiled of it', async () => {
    await started(`${TRAINED}:Net`, 6, { profile: profileOf(`${TRAINED}:Net`, ['6x12:int64']) });
  });

  test.each([
    [{ inputs: ['ids=5x12:int64'] }, 'version: it was profiled with ids=5x12:int64, and a batch is ids=6x12:int64'],
    [{ torch: '2.0.0' }, /version: it was profiled with PyTorch 2\.0\.0, and trains with \S+, which runs other steps/],
    [{}, 'version: its parts, weights or steps are not those that were profiled'],
  ])('one that is another by %j is told so', async (was, says) => {
    const profile: Known = { way: 'export', fingerprint: '0'.repeat(32), inputs: ['ids=6x12:int64'], ...was };
    await expect(started(`${TRAINED}:Net`, 6, { profile })).rejects.toThrow(says);
  });

  test('a module that returns its loss is known again by the one export of its step', async () => {
    await started(`${CHARS}:Net`, 16, { profile: profileOf(`${CHARS}:example`, []) });
  });

  test('an optimizer is the one that memory is planned for', async () => {
    const module = `${TRAINED}:Net`;
    await started(module, 6, { optimizer: 'adamw' });
    await expect(started(module, 6, { optimizer: 'momentum' })).rejects.toThrow(
      'optimizer: the module makes AdamW, and train.optimizer says momentum',
    );
  });
});
