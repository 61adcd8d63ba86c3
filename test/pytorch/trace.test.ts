import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { json, OLD_PYTORCH, PYTORCH } from './python.ts';

const SMALL = fileURLToPath(new URL('models/small.py', import.meta.url));

/** Traces a module of `small.py`, and runs it node by node where that can be done. */
const PROGRAM = `
import json, sys, torch
from berth_torch.load import load
from berth_torch.trace import bound_values, run_node, trace
from berth_torch.failure import Failure

file, name, batch, way, device = sys.argv[1:]
loaded = load(f"{file}:{name}", batch=[batch], device=device)
before = {key: value.clone() for key, value in loaded.module.state_dict().items()}
try:
    graph = trace(loaded.module, loaded.args, loaded.kwargs, (way,) if way else ("export", "fx", "hooks"))
except Failure as failure:
    print(json.dumps({"code": failure.code, **failure.params}))
    sys.exit()
changed = [] if device == "meta" else [key for key, value in loaded.module.state_dict().items() if not torch.equal(value, before[key])]
same = None
if graph.graph_module is not None and device == "cpu":
    with torch.no_grad():
        expected = loaded.module(*loaded.args, **loaded.kwargs)
        values = bound_values(graph, loaded.args, loaded.kwargs)
        for node in graph.nodes:
            values[node.name] = run_node(graph, node, values)
        same = torch.equal(values[graph.outputs[0]], expected)
print(json.dumps({
    "way": graph.way,
    "failed": sorted(graph.failures),
    "nodes": [[node.name, node.op, node.layer, list(node.inputs), list(node.parameters), node.alias_of] for node in graph.nodes],
    "shapes": [list(node.outputs[0].shape) for node in graph.nodes if node.outputs],
    "ties": graph.ties, "keepWhole": graph.keep_whole, "fingerprint": graph.fingerprint, "same": same, "changed": changed,
}))`;

interface Traced {
  readonly way: string;
  readonly failed: readonly string[];
  readonly nodes: readonly (readonly [string, string, string, readonly string[], readonly string[], string | null])[];
  readonly shapes: readonly (readonly number[])[];
  readonly ties: readonly (readonly string[])[];
  readonly keepWhole: Readonly<Record<string, readonly string[]>>;
  readonly fingerprint: string;
  readonly same: boolean | null;
  readonly changed: readonly string[];
}

async function traced(python: string, name: string, batch: string, way = '', device = 'cpu'): Promise<Traced> {
  return (await json(python, PROGRAM, SMALL, name, batch, way, device)) as Traced;
}

const PYTHONS = [
  { python: PYTORCH, version: 'the current PyTorch', ways: ['export', 'fx', 'hooks'] },
  { python: OLD_PYTORCH, version: 'PyTorch 1.13', ways: ['fx', 'hooks'] },
];

describe.each(PYTHONS)('$version', ({ python, ways }) => {
  test.skipIf(python === undefined).each(ways)(
    'traces by %s what it runs, names weights, and leaves the module as it was',
    async (way) => {
      const found = await traced(python!, 'Residual', '2x3x8x8', way);
      expect(found).toMatchObject({ way, ties: [], same: way === 'hooks' ? null : true, changed: [] });
      const convolutions = found.nodes.filter(([, op]) => /conv/i.test(op));
      expect(convolutions.map(([, , layer, , parameters]) => [layer, parameters])).toEqual([
        ['body/0', ['body.0.weight', 'body.0.bias']],
        ['body/3', ['body.3.weight', 'body.3.bias']],
        ['skip', ['skip.weight', 'skip.bias']],
      ]);
      expect(found.shapes.at(-1)).toEqual([2, 10]);
      const [normed] = found.nodes.find(([, op]) => /norm/i.test(op)) ?? [];
      const [, , , reads, , alias] = found.nodes.find(([, op]) => /relu/i.test(op)) ?? [];
      expect({ reads, alias }).toEqual({ reads: [normed], alias: normed });
    },
  );

  test.skipIf(python === undefined)('knows ties and what is not to be split, also without weights', async () => {
    const [real, meta] = [
      await traced(python!, 'Tied', '2x6:int64'),
      await traced(python!, 'Tied', '2x6:int64', '', 'meta'),
    ];
    expect(real.ties).toEqual([['embed.weight', 'head.weight']]);
    expect(real.keepWhole).toEqual({ Block: ['blocks/0', 'blocks/1', 'blocks/2'] });
    expect(real.nodes.filter(([, , , , parameters]) => parameters.includes('embed.weight'))).toHaveLength(2);
    expect(meta).toEqual({ ...real, same: null });
  });

  test.skipIf(python === undefined)(
    'what values decide is traced by hooks, and the other ways say why not',
    async () => {
      const found = await traced(python!, 'Branching', '2x4');
      expect(found).toMatchObject({ way: 'hooks', failed: ['export', 'fx'] });
      expect(found.nodes.map(([, op]) => op)).toEqual(['sum', 'Linear', 'add']);
      expect(await traced(python!, 'Refusing', '2x4')).toMatchObject({
        code: 'BERTH3145',
        ways: [
          ['export', expect.any(String)],
          ['fx', 'ValueError: it wants three channels'],
          ['hooks', 'ValueError: it wants three channels'],
        ],
      });
    },
  );
});

test.skipIf(PYTORCH === undefined)('a fingerprint tells shapes and structures apart, not weights', async () => {
  const again = await Promise.all(
    ['2x3x8x8', '2x3x8x8', '2x3x9x9'].map((batch) => traced(PYTORCH!, 'Residual', batch)),
  );
  const [first, second, other] = again.map(({ fingerprint }) => fingerprint);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});
