import { describe, expect, test } from 'vitest';
import { bestMoves, judgeMap, readDeviceMap, uncovered } from '../../../server/src/baechi/export/device-map.ts';
import { MODULE_FORMATS } from '../../../server/src/baechi/export/formats.ts';
import { moduleMapOf } from '../../../server/src/baechi/export/module-map.ts';
import type { PlacedModule } from '../../../server/src/baechi/export/placed-module.ts';
import { trainingRun } from '../../../server/src/baechi/training-run.ts';
import type { GraphProfile } from '../../../server/src/graph/graph-profile.ts';
import { readGraph } from '../../../server/src/graph/source.ts';

const DEVICES = [
  { name: 'gpu0', memory: 1e9 },
  { name: 'gpu1', memory: 1e9 },
];

interface Step {
  readonly name: string;
  readonly reads: readonly string[];
  readonly parameters?: readonly string[];
  readonly layer?: string;
  readonly layers?: readonly string[];
}

/** embed → h.0 → add (of the model itself, with embed) → h.1 → head. */
const STEPS: readonly Step[] = [
  { name: 'words', reads: [] },
  { name: 'embed', reads: ['words'], parameters: ['embed.weight'], layer: 'embed' },
  { name: 'h/0', reads: ['embed'], parameters: ['h.0.up.weight', 'h.0.down.weight'], layer: 'h/0' },
  { name: 'add', reads: ['h/0', 'embed'] },
  { name: 'h/1', reads: ['add'], parameters: ['h.1.up.weight', 'h.1.down.weight'], layer: 'h/1' },
  { name: 'head', reads: ['h/1'], parameters: ['head.weight'], layer: 'head' },
];

function placed(device: readonly number[], steps = STEPS, ties: readonly (readonly string[])[] = []): PlacedModule {
  const data = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Graph',
    metadata: {
      name: 'net',
      profile: { module: 'net.py', mode: 'inference', by: 'module', way: 'export', fingerprint: '1', ties },
    },
    nodes: steps.map(({ name, parameters, layer, layers }) => ({
      name,
      compute: '100us',
      memory: { persistent: '1kB', output: '1kB' },
      ...(layer === undefined ? {} : { layer }),
      op: { type: 'x', ...(parameters ? { parameters } : {}), ...(layers ? { layers } : {}) },
    })),
    edges: steps.flatMap(({ name, reads }) => reads.map((from) => ({ from, to: name }))),
  };
  const read = readGraph(data);
  if (!read.ok || !read.profile) throw new Error('the graph of the test is none');
  const { graph, profile } = read;
  return { name: 'net', graph, profile, devices: DEVICES, device: Int32Array.from(device) };
}

function written(format: string, module: PlacedModule): string {
  const result = MODULE_FORMATS.find(({ name }) => name === format)!.write(module);
  return result.ok ? result.text : `refused: ${result.detail}`;
}

describe('device_map', () => {
  test('keys are the largest modules that lie on one device', () => {
    const result = moduleMapOf(placed([0, 0, 0, 0, 0, 1]));
    expect(result).toMatchObject({
      ok: true,
      map: new Map([
        ['embed', 0],
        ['h', 0],
        ['head', 1],
      ]),
    });
    expect(written('accelerate', placed([1, 1, 1, 1, 1, 1]))).toBe('{\n  "": 1\n}\n');
  });

  test('what has no parameters runs where its inputs are, whatever was planned', () => {
    const result = moduleMapOf(placed([1, 0, 0, 1, 1, 1]));
    expect(result.ok && [...result.runs]).toEqual([0, 0, 0, 0, 1, 1]);
  });

  test('a step between modules whose inputs lie apart is refused by name', () => {
    expect(written('accelerate', placed([0, 0, 1, 1, 1, 1]))).toBe(
      'refused: "add" belongs to no module that lies on one device, and what it reads is on gpu1 and on gpu0',
    );
  });

  test('steps of several modules in one node are judged by all of them', () => {
    const joined = STEPS.map((step) =>
      step.name === 'h/0' ? { ...step, layers: ['h/0', ''], reads: ['embed', 'words'] } : step,
    );
    expect(written('accelerate', placed([0, 0, 1, 1, 1, 1], joined))).toContain('refused: "h/0" belongs to no module');
  });

  test('weights with two names lie on one device under both', () => {
    const tied = STEPS.map((step) => (step.name === 'head' ? { ...step, parameters: ['embed.weight'] } : step));
    const ties = [['embed.weight', 'head.weight']];
    const result = moduleMapOf(placed([0, 0, 0, 0, 1, 0], tied, ties));
    expect(result).toMatchObject({
      ok: true,
      map: new Map([
        ['embed', 0],
        ['h.0', 0],
        ['h.1', 1],
        ['head', 0],
      ]),
    });
    expect(written('accelerate', placed([0, 0, 0, 0, 1, 1], tied, ties))).toBe(
      'refused: "embed.weight" is read on gpu0 and, by "head", on gpu1',
    );
  });
});

describe('stages', () => {
  const cut = placed([0, 0, 0, 0, 1, 1]);

  test('a stage begins with the outermost module that begins there', () => {
    expect(written('pipelining', cut)).toContain('    "h.1": SplitPoint.BEGINNING,\n}');
    expect(written('pipelining', placed([0, 0, 1, 1, 1, 1]))).toContain('    "h": SplitPoint.BEGINNING,\n}');
  });

  test('of a pipeline the micro-batches are said, and the schedule where torch has it', () => {
    const shape = { devices: 2, chunks: 1, microBatches: 8 } as const;
    expect(written('pipelining', { ...cut, pipeline: { ...shape, schedule: '1f1b' } })).toMatch(
      /stages = \["gpu0", "gpu1"\]\n\nn_microbatches = 8\nschedule = "1F1B"\n$/,
    );
    expect(written('pipelining', { ...cut, pipeline: { ...shape, schedule: 'zero-bubble' } })).toMatch(
      /n_microbatches = 8\n# planned with the schedule zero-bubble\n$/,
    );
  });

  test('layers and stages of DeepSpeed, vLLM and llama.cpp', () => {
    expect(JSON.parse(written('deepspeed', cut))).toEqual({
      layers: ['embed', 'h.0', 'h.1', 'head'],
      parts: [0, 2, 4],
      devices: ['gpu0', 'gpu1'],
    });
    expect(written('vllm', cut)).toBe('VLLM_PP_LAYER_PARTITION=1,1 vllm serve MODEL --pipeline-parallel-size 2\n');
    expect(written('llama.cpp', cut)).toBe('--split-mode layer --tensor-split 1,2 --n-gpu-layers 3\n');
    expect(written('llama.cpp', placed([1, 1, 1, 1, 0, 0]))).toContain('refused: devices are filled in their order');
  });

  test('what is gone back to, and what is neither first nor last, is refused by name', () => {
    expect(written('pipelining', placed([0, 0, 1, 1, 0, 0]))).toBe(
      'refused: "h/1" on gpu0 comes after "h/0" on gpu1, and a stage is not gone back to',
    );
    expect(written('vllm', placed([0, 0, 1, 1, 1, 1]))).toBe(
      'VLLM_PP_LAYER_PARTITION=0,2 vllm serve MODEL --pipeline-parallel-size 2\n',
    );
    const parted = STEPS.map((step) => (step.name === 'head' ? { ...step, name: 'h/1/end', layer: 'h/1/end' } : step));
    expect(written('deepspeed', placed([0, 0, 0, 0, 0, 1], parted))).toBe('refused: "h.1" would be in two stages');
  });
});

describe('a device_map that another tool made', () => {
  const { graph, profile } = placed([0, 0, 0, 0, 0, 0]);
  const run = trainingRun(graph, DEVICES, { usPerByte: 0, latencyUs: 50 });

  test('devices are read as accelerate and PyTorch write them', () => {
    expect(readDeviceMap('{"embed": 1, "h": "cuda:0", "head": "cpu"}')).toEqual({
      ok: true,
      map: new Map([
        ['embed', 1],
        ['h', 0],
        ['head', 2],
      ]),
      devices: ['cuda:0', 'cuda:1', 'cpu'],
    });
    for (const text of ['[]', '{', '{}', '{"h": "disk"}', '{"h": [0]}', '{"h": -1}'])
      expect(readDeviceMap(text)).toMatchObject({ ok: false });
  });

  test('it must hold every parameter', () => {
    expect(
      uncovered(
        run,
        profile,
        new Map([
          ['embed', 0],
          ['h.0', 0],
          ['head', 0],
        ]),
      ),
    ).toEqual(['h.1.up.weight', 'h.1.down.weight']);
  });

  test('moves gain what the simulator says, one after the other', () => {
    const map = new Map([
      ['embed', 0],
      ['h.0', 0],
      ['h.1', 0],
      ['head', 1],
    ]);
    const before = judgeMap(run, map);
    expect(before.ok && before.schedule.makespanUs).toBe(650);
    expect(bestMoves(run, profile, map)).toMatchObject([
      { module: 'head', from: 1, to: 0, makespanUs: 600, fits: true },
    ]);
  });

  test('weights with two names move together, and a device that is too full is relieved first', () => {
    const tied: GraphProfile = { ...profile, ties: [['h.1.up.weight', 'head.weight']] };
    const narrow = {
      ...run,
      devices: [
        { name: 'gpu0', memory: 7000 },
        { name: 'gpu1', memory: 1e9 },
      ],
    };
    const all = new Map(['embed', 'h.0', 'h.1', 'head'].map((module) => [module, 0]));
    const moves = bestMoves(narrow, tied, all);
    // By itself the module would come back to the first device for its reader: two transfers and not one.
    const alone = judgeMap(narrow, new Map([...all, ['h.1', 1]]));
    const both = judgeMap(narrow, new Map([...all, ['h.1', 1], ['head', 1]]));
    if (!alone.ok || !both.ok) throw new Error('both can run');
    expect(both.schedule.makespanUs).toBeLessThan(alone.schedule.makespanUs);
    expect(moves).toMatchObject([{ module: 'h.1', from: 0, to: 1, makespanUs: both.schedule.makespanUs, fits: true }]);
  });
});
