/** Cuts of a pipeline against all cuts there are. */
import { describe, expect, it } from 'vitest';
import { PipelineChain } from '../../../../server/src/baechi/pipeline/chain.ts';
import {
  splitsBackward,
  type PipelineSchedule,
  type PipelineShape,
} from '../../../../server/src/baechi/pipeline/orders.ts';
import { planPipeline, type PipelineOptions } from '../../../../server/src/baechi/pipeline/plan-pipeline.ts';
import { simulatePipeline } from '../../../../server/src/baechi/pipeline/simulate-pipeline.ts';
import { trainingRun, type TrainingRun } from '../../../../server/src/baechi/training-run.ts';
import type { Device } from '../../../../server/src/baechi/devices.ts';
import { buildGraph, type EdgeRow, type Graph } from '../../../../server/src/graph/graph.ts';
import { roundHalfEven } from '../../../../server/src/graph/link-model.ts';
import { numbers } from '../small-graph.ts';

/** A row of layers, each reading the one before, with skip connections here and there. */
function layers(seed: number, count: number): Graph {
  const next = numbers(seed);
  const whole = (most: number) => Math.floor(most * next());
  const nodes = Array.from({ length: count }, (_, i) => ({
    name: `layer${i}`,
    computeUs: 8 * (1 + whole(40)),
    backwardUs: 8 * (1 + whole(80)),
    permBytes: 100 * whole(10),
    tempBytes: 8 * whole(10),
    outBytes: 80 * (1 + whole(9)),
  }));
  const edges: EdgeRow[] = nodes
    .slice(1)
    .map((_, i) => ({ src: i, dst: i + 1, tensor: 'y', bytes: nodes[i]!.outBytes }));
  for (let i = 0; i + 2 < count; i++) {
    if (next() < 0.3) edges.push({ src: i, dst: i + 2 + whole(count - i - 2), tensor: 'y', bytes: nodes[i]!.outBytes });
  }
  return buildGraph('layers', nodes, edges);
}

const link = { usPerByte: 0.05, latencyUs: 2 };
const alike = (count: number, memory = 1e9): Device[] =>
  Array.from({ length: count }, (_, d) => ({ name: `gpu${d}`, memory }));

const options = (graph: Graph, change: Partial<PipelineOptions>): PipelineOptions => ({
  schedule: '1f1b',
  stages: 4,
  replicas: 1,
  chunks: 1,
  microBatches: 8,
  gradientBytes: graph.permBytes,
  ...change,
});

/** Least makespan of all cuts whose every device stays within its memory in the simulation. */
function byTrying(run: TrainingRun, { schedule, stages, microBatches, gradientBytes }: PipelineOptions): number {
  const shape: PipelineShape = { schedule, devices: stages, chunks: 1, microBatches: Number(microBatches) };
  const split = { parts: shape.microBatches, replicas: 1, gradientBytes, splitsBackward: splitsBackward(schedule) };
  const chain = new PipelineChain(run, split);
  let best = Infinity;
  const cut = (cuts: number[]): void => {
    if (cuts.length < stages) {
      for (let end = cuts.at(-1)! + 1; end < chain.length; end++) cut([...cuts, end]);
      return;
    }
    const all = [...cuts, chain.length];
    const costs = cuts.map((first, stage) => chain.cost(first, all[stage + 1]!, [stage]));
    const { makespanUs, peakBytes } = simulatePipeline(
      shape,
      costs,
      chain.transfers(all, (stage) => [stage]),
    );
    if (peakBytes.every((peak, d) => peak <= run.devices[d]!.memory)) best = Math.min(best, makespanUs);
  };
  cut([0]);
  return best;
}

describe('up to 12 layers and 4 stages', () => {
  const schedules: PipelineSchedule[] = ['gpipe', '1f1b', 'zero-bubble'];
  const cases = schedules.flatMap((schedule) => [1, 2, 3, 4].map((seed) => [schedule, seed] as const));

  it.each(cases)('%s is cut as trying all cuts would: graph %d', (schedule, seed) => {
    const next = numbers(100 + seed);
    for (const stages of [2, 3, 4]) {
      const graph = layers(10 * seed + stages, stages + Math.floor((13 - stages) * next()));
      const wanted = options(graph, { schedule, stages, microBatches: [1, 4, 8][Math.floor(3 * next())]! });
      const ample = planPipeline(trainingRun(graph, alike(stages), link), wanted)!;
      const peak = Math.max(...ample.partition.timeline.peakBytes);
      for (const memory of [1e9, 0.9 * peak, 0.6 * peak]) {
        const unlike = alike(stages, memory).map((device, d) =>
          seed > 2 && d === 1 ? { ...device, speed: 0.5 } : device,
        );
        const run = trainingRun(graph, unlike, link);
        const plan = planPipeline(run, wanted)!;
        const best = byTrying(run, wanted);
        expect(plan.isOptimal).toBe(true);
        expect(plan.partition.fits).toBe(best < Infinity);
        if (plan.partition.fits) expect(plan.partition.timeline.makespanUs).toBe(best);
      }
    }
  });
});

describe('a long row', () => {
  it.each(['gpipe', '1f1b', 'interleaved', 'zero-bubble'] as const)(
    '%s is never worse than equal layers',
    (schedule) => {
      for (const seed of [1, 2]) {
        const graph = layers(seed, 60);
        const chunks = schedule === 'interleaved' ? 2 : 1;
        const plan = planPipeline(trainingRun(graph, alike(4), link), options(graph, { schedule, chunks }))!;
        expect(plan.partition.timeline.makespanUs).toBeLessThanOrEqual(plan.equalLayers.timeline.makespanUs);
        expect([...plan.nodes.flatMap((nodes) => [...nodes])].sort((a, b) => a - b)).toEqual([...graph.names.keys()]);
      }
    },
  );

  it('of more layers than are looked at is cut between pieces of about equal work', () => {
    const graph = layers(5, 900);
    const plan = planPipeline(trainingRun(graph, alike(4), link), options(graph, {}))!;
    expect(plan.isOptimal).toBe(false);
    expect(plan.partition.timeline.makespanUs).toBeLessThanOrEqual(plan.equalLayers.timeline.makespanUs);
    expect(plan.partition.timeline.bubbleShare).toBeLessThan(0.35);
  });
});

describe('a pipeline', () => {
  const graph = layers(3, 12);

  it('takes the number of micro-batches that is fastest, of those that the schedule allows', () => {
    const run = trainingRun(graph, alike(4), link);
    const plan = planPipeline(run, options(graph, { microBatches: [1, 2, 4, 8, 16, 32] }))!;
    const alone = [1, 2, 4, 8, 16, 32].map(
      (microBatches) => planPipeline(run, options(graph, { microBatches }))!.partition.timeline.makespanUs,
    );
    expect(plan.partition.timeline.makespanUs).toBeLessThanOrEqual(
      Math.min(...plan.tried.map((one) => one.makespanUs)),
    );
    expect(alone).toContain(plan.partition.timeline.makespanUs);
    expect(
      planPipeline(run, options(graph, { schedule: 'interleaved', chunks: 2, microBatches: [2, 3] })),
    ).toBeUndefined();
    expect(planPipeline(run, options(graph, { schedule: 'interleaved', chunks: 4 }))).toBeUndefined();
  });

  it('shares a batch among replicas, and counts what they exchange', () => {
    const run = trainingRun(graph, alike(4), link);
    const two = planPipeline(run, options(graph, { stages: 2, replicas: 2, microBatches: 4 }))!;
    const free = planPipeline(
      run,
      options(graph, { stages: 2, replicas: 2, microBatches: 4, gradientBytes: new Float64Array(12) }),
    )!;
    const one = planPipeline(run, options(graph, { stages: 2, replicas: 1, microBatches: 8 }))!;
    // Half of the batch each: as many passes of an eighth, four in place of eight.
    expect(free.partition.timeline.makespanUs).toBeLessThan(one.partition.timeline.makespanUs);
    const gradients = two.nodes.map((nodes) => nodes.reduce((sum, node) => sum + graph.permBytes[node]!, 0));
    two.partition.costs.forEach(({ exchangeUs }, stage) => {
      // A ring of two: two messages of half of the bytes.
      expect(exchangeUs).toBe(2 * roundHalfEven((gradients[stage]! / 2) * link.usPerByte + link.latencyUs));
    });
    expect(two.partition.timeline.makespanUs).toBeGreaterThan(free.partition.timeline.makespanUs);
  });

  it('holds what its schedule holds: the first stage of gpipe all micro-batches, of 1f1b as many as stages', () => {
    const run = trainingRun(graph, alike(4), link);
    const peak = (schedule: PipelineSchedule) =>
      planPipeline(run, options(graph, { schedule, microBatches: 16 }))!.partition.timeline.peakBytes[0]!;
    expect(peak('1f1b')).toBeLessThan(peak('gpipe'));
  });

  it('computes again what is not kept, at the price of another forward run', () => {
    const recomputed = Uint8Array.from(graph.names, (_, i) => (i % 3 === 2 ? 0 : 1));
    const kept = planPipeline(trainingRun(graph, alike(2), link), options(graph, { schedule: 'gpipe', stages: 2 }))!;
    const again = planPipeline(
      trainingRun({ ...graph, recomputed }, alike(2), link),
      options(graph, { schedule: 'gpipe', stages: 2 }),
    )!;
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    expect(sum(again.partition.timeline.peakBytes)).toBeLessThan(sum(kept.partition.timeline.peakBytes));
    expect(sum(again.partition.timeline.busyUs) - sum(kept.partition.timeline.busyUs)).toBeCloseTo(
      graph.computeUs.reduce((total, us, i) => total + us * recomputed[i]!, 0),
      6,
    );
  });
});
