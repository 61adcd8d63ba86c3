import { describe, expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { planSpec } from '../../../server/src/baechi/plan.ts';
import { recomputeCuts, unitOf, withRecomputed } from '../../../server/src/baechi/recompute.ts';
import { simulateStep, trainingRun } from '../../../server/src/baechi/training-run.ts';
import { bytesPerParameterByte, withTrainingState } from '../../../server/src/baechi/training-memory.ts';
import { buildGraph, type Graph } from '../../../server/src/graph/graph.ts';
import { trainingGraph } from '../../../server/src/graph/training-graph.ts';
import type { TrainingMemory } from '../../../server/src/spec/types.ts';
import { bytes, placement } from '../preview/specs.ts';
import { numbers } from './small-graph.ts';

const memory = (change: Partial<TrainingMemory>): TrainingMemory => ({
  precision: 'fp32',
  masterWeights: true,
  recompute: 'none',
  recomputeLayers: [],
  ...change,
});

/** Blocks of three nodes in a row, each block with a skip connection, then a loss. */
function blocks(count: number): Graph {
  const names = Array.from({ length: count }, (_, b) => ['in', 'wide', 'out'].map((name) => `net/block${b}/${name}`));
  const all = [...names.flat(), 'net/loss'];
  return buildGraph(
    'blocks',
    all.map((name) => ({
      name,
      computeUs: name.endsWith('wide') ? 10 : 4,
      backwardUs: name.endsWith('wide') ? 20 : 8,
      permBytes: 10,
      tempBytes: 0,
      outBytes: name.endsWith('wide') ? 100 : name.endsWith('loss') ? 1 : 20,
    })),
    [
      ...all.slice(1).map((_, i) => ({ src: i, dst: i + 1, tensor: 'y', bytes: 20 })),
      ...names.map((_, b) => ({ src: 3 * b, dst: 3 * b + 2, tensor: 'y', bytes: 20 })),
    ],
  );
}

const link = { usPerByte: 0.1, latencyUs: 1 };
const one = (limit: number) => [{ name: 'gpu', memory: limit }];

describe('what training keeps', () => {
  it.each([
    [{ optimizer: 'sgd' }, 8],
    [{ optimizer: 'momentum' }, 12],
    [{ optimizer: 'adam' }, 16],
    [{ optimizer: 'adamw' }, 16],
    // ZeRO (arXiv 1910.02054): 2 + 2 + 12 bytes a parameter.
    [{ optimizer: 'adam', precision: 'bf16' }, 16],
    [{ optimizer: 'sgd', precision: 'fp16' }, 8],
    [{ optimizer: 'adamw', precision: 'bf16', masterWeights: false }, 8],
    [{ optimizer: 'sgd', precision: 'bf16', masterWeights: false }, 4],
    [{}, 4],
  ] as const)('%j: %d bytes a parameter', (change, perParameter) => {
    expect(4 * bytesPerParameterByte(memory(change))).toBe(perParameter);
    const graph = blocks(1);
    expect(withTrainingState(graph, memory(change)).permBytes[0]).toBe((10 * perParameter) / 4);
  });
});

describe('computing again', () => {
  it('takes of a layer what only the layer reads', () => {
    const graph = blocks(3);
    expect(unitOf(graph, 'net/block1')).toMatchObject({ nodes: [3, 4], bytes: 120, us: 14 });
    expect(unitOf(graph, 'net')?.nodes).toHaveLength(9);
    expect(unitOf(graph, 'net/block')).toBeUndefined();
    expect(recomputeCuts(graph)[0]?.map(({ name }) => name)).toEqual(['net/block0', 'net/block1', 'net/block2']);
  });

  it('runs a layer again just before its backward runs, and keeps less until then', () => {
    const graph = blocks(4);
    const again = withRecomputed(graph, [0, 1, 2, 3].map((b) => unitOf(graph, `net/block${b}`)!)); // prettier-ignore
    const { graph: step, origin } = trainingGraph(again);
    expect(step.nodeCount).toBe(2 * 13 + 8);
    expect([...origin.subarray(26)]).toEqual([0, 1, 3, 4, 6, 7, 9, 10]);
    const run = trainingRun(again, one(1e6), link);
    const { schedule } = simulateStep(run, new Int32Array(13));
    const plain = simulateStep(trainingRun(graph, one(1e6), link), new Int32Array(13)).schedule;
    expect(schedule.makespanUs).toBe(plain.makespanUs + 4 * 14);
    // All four blocks at once, against one block and what the others hand on.
    expect(schedule.peakBytes[0]!).toBeLessThanOrEqual(plain.peakBytes[0]! - 3 * 100);
    const at = (name: string) => step.names.indexOf(name);
    expect(schedule.start[at('net/block3/in (again)')]!).toBe(schedule.end[at('net/loss (backward)')]!);
    expect(schedule.start[at('net/block1/in (again)')]!).toBeGreaterThanOrEqual(
      schedule.end[at('net/block2/in (backward)')]!,
    );
  });

  it.each([1, 2, 3, 4, 5, 6])('makes an acyclic step that runs everything, of any choice: graph %d', (seed) => {
    const next = numbers(seed);
    const nodes = Array.from({ length: 30 }, (_, i) => ({
      name: `n${i}`,
      computeUs: 1 + Math.floor(9 * next()),
      ...(next() < 0.9 ? { backwardUs: 2 } : {}),
      permBytes: 0,
      tempBytes: 0,
      outBytes: 5,
    }));
    const edges = nodes.flatMap(
      (_, dst) =>
      Array.from({ length: Math.min(dst, Math.floor(4 * next())) }, () => ({ src: Math.floor(dst * next()), dst, tensor: 'y', bytes: 5 })), // prettier-ignore
    );
    const graph = buildGraph('random', nodes, edges);
    const recomputed = Uint8Array.from(nodes, () => (next() < 0.5 ? 1 : 0));
    const run = trainingRun({ ...graph, recomputed }, [...one(1e6), { name: 'other', memory: 1e6 }], link);
    const device = Int32Array.from(nodes, () => (next() < 0.5 ? 1 : 0));
    const { schedule } = simulateStep(run, device);
    const count = recomputed.reduce((sum, flag) => sum + flag, 0);
    expect(run.step.nodeCount).toBe(30 + nodes.filter((node) => 'backwardUs' in node).length + count);
    for (let e = 0; e < run.step.edgeCount; e++) {
      expect(schedule.start[run.step.edgeDst[e]!]!).toBeGreaterThanOrEqual(schedule.end[run.step.edgeSrc[e]!]!);
    }
  });
});

describe('a limit that only computing again meets', () => {
  const solver = defaultSolver;
  const graph = blocks(6);
  const plan = async (limit: number, recompute: 'none' | 'auto', layers: string[] = []) => {
    const spec = placement({
      devices: [{ name: 'gpu', memory: bytes(limit) }],
      memory: memory({ optimizer: 'adam', recompute, recomputeLayers: layers }),
    });
    const planned = await planSpec(spec, graph, { solver });
    if (planned.kind !== 'planned') throw new Error(planned.kind);
    return planned;
  };
  const peakOf = ({ plan: { best } }: Awaited<ReturnType<typeof plan>>): number => best!.schedule.peakBytes[0]!;

  it('is met by as few layers as do', async () => {
    const whole = peakOf(await plan(1e6, 'none'));
    const limit = whole - 150;
    expect((await plan(limit, 'none')).decision).toBeNull();
    const planned = await plan(limit, 'auto');
    expect(planned.decision).not.toBeNull();
    expect(planned.recomputed.map(({ name }) => name)).toHaveLength(2);
    expect(peakOf(planned)).toBeLessThanOrEqual(limit);
    // Neither of them would do by itself.
    for (const { name } of planned.recomputed) expect((await plan(limit, 'none', [name])).plan.best?.fits).toBe(false);
    expect((await plan(1e6, 'auto')).recomputed).toEqual([]);
  });

  it('is not met where weights alone exceed it, and that is said as ever', async () => {
    expect(await plan(19 * 40 - 1, 'auto')).toMatchObject({ decision: null, recomputed: [] });
  });

  it('names a layer that there is not', async () => {
    expect((await plan(1e6, 'none', ['net/blok1'])).problems).toEqual([
      {
        code: 'BERTH3033',
        path: ['train', 'recomputeLayers', 0],
        params: { name: 'net/blok1', suggestion: 'net/block1' },
      },
    ]);
  });
});
