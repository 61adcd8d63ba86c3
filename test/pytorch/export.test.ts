import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { berth, type Run } from '../integration/berth-command.ts';
import { json, PYTORCH } from './python.ts';

const SMALL = fileURLToPath(new URL('models/small.py', import.meta.url));

let folder: string;
const command = (...args: readonly string[]): Promise<Run> => berth({ folder, state: folder }, ...args);

interface GraphText {
  readonly nodes: readonly { readonly name: string; readonly layer?: string; readonly group?: string }[];
}

/** Profiles a module of `small.py`, module by module, and writes a spec that pins each node where `place` says. */
async function placed(name: string, place: (layer: string) => number): Promise<string> {
  const graph = join(folder, `${name}.graph.json`);
  const module = [`${SMALL}:${name}`, '--batch', '2x6:int64', '--by', 'module', '--repeat', '1', '--warmup', '0'];
  const { code, err } = await command('profile', ...module, '--python', PYTORCH!, '-o', graph);
  expect({ code, err }).toMatchObject({ code: 0 });
  const { nodes } = JSON.parse(readFileSync(graph, 'utf8')) as GraphText;
  const pins = nodes.map((node) => `    ${JSON.stringify(node.name)}: gpu${place(node.layer ?? '')}`);
  const spec = join(folder, `${name}.berth.yaml`);
  writeFileSync(
    spec,
    `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: ${name.toLowerCase()} }
spec:
  graph: ${name}.graph.json
  devices: [{ name: gpu, count: 2, memory: 1Gi }]
  link: { bandwidth: 10GB/s, latency: 10us }
  algorithm: pinned
  pins:
${pins.join('\n')}
`,
  );
  return spec;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-export-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Puts the first device's modules on the CPU and the second one's on disk, which accelerate brings to work like another device. */
const DISPATCH = `
import json, sys, tempfile, torch
sys.path.insert(0, sys.argv[1])
import small
from accelerate import dispatch_model
from accelerate.utils import check_device_map
torch.manual_seed(0)
model, words = getattr(small, sys.argv[2])().eval(), torch.randint(0, 100, (2, 6))
device_map = json.loads(sys.argv[3])
check_device_map(model, device_map)
names = [name for name, _ in model.named_parameters(remove_duplicate=False)]
keys = [sum(name == key or key == "" or name.startswith(key + ".") for key in device_map) for name in names]
with torch.no_grad():
    expected = model(words)
    model = dispatch_model(model, {key: ["cpu", "disk"][device] for key, device in device_map.items()}, offload_dir=tempfile.mkdtemp(), force_hooks=True)
    same = torch.allclose(model(words), expected, atol=1e-6)
print(json.dumps({"keys": keys, "same": same}))`;

const PIPELINE = `
import json, sys, torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.distributed.pipelining import ScheduleGPipe, pipeline
sys.path.insert(0, sys.argv[1])

def stage(rank, store, split, answers):
    import small
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    torch.manual_seed(0)
    model, words = small.Untied().eval(), torch.randint(0, 100, (2, 6))
    names = {}
    exec(split, names)
    pipe = pipeline(model, mb_args=(words[:1],), split_spec=names["split_spec"])
    assert pipe.num_stages == len(names["stages"]) == 2
    schedule = ScheduleGPipe(pipe.build_stage(rank, torch.device("cpu")), n_microbatches=2)
    with torch.no_grad():
        out = schedule.step(words) if rank == 0 else schedule.step()
        if rank == 1:
            answers.put(bool(torch.allclose(out, model(words), atol=1e-6)))
            answers.close()
            answers.join_thread()
    dist.barrier()
    dist.destroy_process_group()

if __name__ == "__main__":
    context = mp.get_context("fork")
    answers = context.Queue()
    ranks = [context.Process(target=stage, args=(rank, sys.argv[2], sys.argv[3], answers)) for rank in range(2)]
    for each in ranks:
        each.start()
    same = answers.get(timeout=120)
    for each in ranks:
        each.join()
    print(json.dumps({"same": same, "exit": [each.exitcode for each in ranks]}))`;

const MODELS = fileURLToPath(new URL('models', import.meta.url));

describe.skipIf(PYTORCH === undefined)('exported placements run in other tools', () => {
  test('a device_map has each parameter once, ties together, and dispatch_model computes the same', async () => {
    const spec = await placed('Tied', (layer) => (layer === 'blocks/1' || layer === 'blocks/2' ? 1 : 0));
    const { code, out, err } = await command('export', spec, '--to', 'accelerate');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(JSON.parse(out)).toEqual({ embed: 0, 'blocks.0': 0, 'blocks.1': 1, 'blocks.2': 1, head: 0 });
    const found = (await json(PYTORCH!, DISPATCH, MODELS, 'Tied', out)) as { keys: number[]; same: boolean };
    expect(found.same).toBe(true);
    expect(new Set(found.keys)).toEqual(new Set([1]));

    const refused = await command('export', spec, '--to', 'pipelining');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('BERTH3151');
    expect(refused.err).toContain('"head" on gpu0 comes after "blocks/2" on gpu1');
    expect(refused.err).toContain('--to accelerate');

    writeFileSync(join(folder, 'map.json'), out);
    const graph = join(folder, 'Tied.graph.json');
    const judged = await command(
      'import',
      'device_map',
      'map.json',
      '--graph',
      graph,
      '--memory',
      '1Gi',
      '--format',
      'json',
    );
    expect(JSON.parse(judged.out)).toMatchObject({ fits: true, devices: [{ name: 'cuda0' }, { name: 'cuda1' }] });
    writeFileSync(join(folder, 'half.json'), '{"embed": 0, "head": 0}');
    expect((await command('import', 'device_map', 'half.json', '--graph', graph, '--memory', '1Gi')).err).toContain(
      'BERTH3153',
    );
  });

  test('stages of pipelining, DeepSpeed, vLLM and llama.cpp; two processes compute what one does', async () => {
    const spec = await placed('Untied', (layer) => (['blocks/1', 'blocks/2', 'head'].includes(layer) ? 1 : 0));
    const { out: split } = await command('export', spec, '--to', 'pipelining');
    expect(split).toContain('"blocks.1": SplitPoint.BEGINNING');
    const program = join(folder, 'pipeline.py');
    writeFileSync(program, PIPELINE);
    const run = `import runpy, sys; sys.argv = [${JSON.stringify(program)}, *sys.argv[1:]]; runpy.run_path(sys.argv[0], run_name="__main__")`;
    expect(await json(PYTORCH!, run, MODELS, join(folder, 'store'), split)).toEqual({ same: true, exit: [0, 0] });
    expect(JSON.parse((await command('export', spec, '--to', 'deepspeed')).out)).toEqual({
      layers: ['embed', 'blocks.0', 'blocks.1', 'blocks.2', 'head'],
      parts: [0, 2, 5],
      devices: ['gpu0', 'gpu1'],
    });
    expect((await command('export', spec, '--to', 'vllm')).out).toContain('VLLM_PP_LAYER_PARTITION=1,2 ');
    expect((await command('export', spec, '--to', 'llama.cpp')).out).toBe(
      '--split-mode layer --tensor-split 1,3 --n-gpu-layers 4\n',
    );
    // Of a spec with a pipeline the stages of that are written, wherever its nodes are pinned.
    const piped = join(folder, 'piped.berth.yaml');
    const text = readFileSync(spec, 'utf8');
    writeFileSync(
      piped,
      `${text}  pipeline: { schedule: gpipe, microBatches: 2, stages: 2 }\n  train: { batchSize: 2 }\n`,
    );
    const stages = await command('export', piped, '--to', 'pipelining');
    expect(stages).toMatchObject({ code: 0, err: '' });
    expect(stages.out).toContain('n_microbatches = 2\nschedule = "GPipe"\n');
    expect(stages.out).toContain('stages = ["gpu0", "gpu1"]');
    const answer = await json(PYTORCH!, run, MODELS, join(folder, 'other-store'), stages.out);
    expect(answer).toEqual({ same: true, exit: [0, 0] });

    const { placement } = JSON.parse((await command('export', spec, '--to', 'json')).out) as { placement: object };
    expect(placement).toMatchObject({ embed: 'gpu0', head: 'gpu1' });
  });
});
