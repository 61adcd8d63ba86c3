/** Models that PyTorch exports to ONNX, read as graphs: beside what the package `onnx` says of the same files. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../server/src/graph/graph.ts';
import { readGraphFile } from '../../server/src/graph/source.ts';
import { json, PYTORCH } from './python.ts';

const PROGRAM = `
import json, math, os, sys
import onnx, torch, torchvision
from transformers import GPT2Config, GPT2LMHeadModel
folder = sys.argv[1]
gpt2 = GPT2LMHeadModel(GPT2Config(n_layer=2, use_cache=False))
resnet = torchvision.models.resnet50(weights=None)
models = {
    'resnet50': (resnet, torch.randn(8, 3, 224, 224), dict(dynamo=True, external_data=True)),
    'gpt2': (gpt2, torch.zeros(2, 128, dtype=torch.long), dict(dynamo=True, external_data=True)),
    'script': (torchvision.models.squeezenet1_1(weights=None), torch.randn(1, 3, 64, 64), dict(dynamo=False)),
}
said = {}
for name, (model, example, options) in models.items():
    path = os.path.join(folder, name + '.onnx')
    torch.onnx.export(model.eval(), (example,), path, **options)
    model = onnx.load(path, load_external_data=False)
    size = lambda t: math.prod(t.dims) * onnx.helper.tensor_dtype_to_np_dtype(t.data_type).itemsize
    said[name] = {
        'nodes': sum(node.op_type != 'Constant' for node in model.graph.node),
        'weights': sum(size(t) for t in model.graph.initializer),
    }
    whole = onnx.shape_inference.infer_shapes(model)
    onnx.save(whole, os.path.join(folder, name + '-whole.onnx'))
    del model.graph.value_info[:]
    onnx.save(model, os.path.join(folder, name + '-bare.onnx'))
print(json.dumps(said))
`;

describe.skipIf(PYTORCH === undefined)('models of PyTorch in ONNX', () => {
  let folder: string;
  let said: Record<string, { nodes: number; weights: number }>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-onnx-'));
    said = (await json(PYTORCH!, PROGRAM, folder)) as typeof said;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function graphOf(name: string): Graph {
    const path = join(folder, `${name}.onnx`);
    const read = readGraphFile({ path, bytes: readFileSync(path) });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    return read.graph;
  }

  const sum = (numbers: Float64Array): number => numbers.reduce((all, one) => all + one, 0);

  it.each(['resnet50', 'gpt2', 'script'])('%s has the operations and weights that onnx counts', (name) => {
    const graph = graphOf(name);
    expect(graph.nodeCount).toBe(said[name]!.nodes);
    // Constants and small weights that several operations read count with each of them.
    const weights = sum(graph.permBytes);
    expect(weights).toBeGreaterThanOrEqual(said[name]!.weights);
    expect(weights).toBeLessThan(said[name]!.weights + 4096 * graph.nodeCount);
  });

  it.each(['resnet50', 'gpt2', 'script'])('shapes of %s are inferred as onnx infers them', (name) => {
    const [whole, bare] = [graphOf(`${name}-whole`), graphOf(`${name}-bare`)];
    expect([...bare.outBytes]).toEqual([...whole.outBytes]);
    expect([...bare.computeUs]).toEqual([...whole.computeUs]);
  });

  it('weights beside a file are counted, and not read', () => {
    rmSync(join(folder, 'resnet50.onnx.data'));
    expect(existsSync(join(folder, 'resnet50.onnx.data'))).toBe(false);
    const graph = graphOf('resnet50');
    expect(sum(graph.permBytes)).toBeGreaterThan(100e6);
    expect(graph.layers).toContain('layer1/0/bn1');
  });

  it('the tied embedding of GPT-2 is one group, whose bytes are counted once', () => {
    const graph = graphOf('gpt2');
    const tied = graph.names.filter((_, i) => graph.groups[i] !== undefined);
    expect(tied.length).toBe(2);
    const largest = Math.max(...graph.permBytes);
    expect(largest).toBe(50_257 * 768 * 4);
    expect([...graph.permBytes].filter((bytes) => bytes === largest)).toHaveLength(1);
  });
});
