/** What the papers say of each schedule holds in the simulation. */
import { describe, expect, it } from 'vitest';
import { isPossible, mostInFlight, type PipelineShape } from '../../../../server/src/baechi/pipeline/orders.ts';
import {
  simulatePipeline,
  type StageCost,
  type TimedPass,
} from '../../../../server/src/baechi/pipeline/simulate-pipeline.ts';
import { numbers } from '../small-graph.ts';

const cost = (change: Partial<StageCost> = {}): StageCost => ({
  forwardUs: 10,
  backwardUs: 20,
  weightsUs: 0,
  heldBytes: 1,
  scratchBytes: 0,
  permBytes: 0,
  exchangeUs: 0,
  ...change,
});

const shape = (
  schedule: PipelineShape['schedule'],
  devices: number,
  microBatches: number,
  chunks = 1,
): PipelineShape => ({
  schedule,
  devices,
  chunks,
  microBatches,
});

const run = (one: PipelineShape, stage = cost()) =>
  simulatePipeline(one, Array.from({ length: one.devices * one.chunks }, () => stage), neighbours(one, 0)); // prettier-ignore

/** Each stage reads of the one before it. */
function neighbours({ devices, chunks }: PipelineShape, us: number) {
  return Array.from({ length: devices * chunks - 1 }, (_, from) => ({ from, to: from + 1, us, bytes: 1 }));
}

const sizes = [
  [1, 1],
  [2, 1],
  [2, 4],
  [3, 5],
  [4, 4],
  [4, 16],
  [8, 32],
] as const;

describe('equal stages', () => {
  it.each(sizes)('gpipe on %d devices with %d micro-batches waits for (p − 1) / (m + p − 1)', (p, m) => {
    const { makespanUs, bubbleShare, peakBytes } = run(shape('gpipe', p, m));
    expect(makespanUs).toBe((m + p - 1) * 30);
    expect(bubbleShare).toBeCloseTo((p - 1) / (m + p - 1), 12);
    expect([...peakBytes]).toEqual(Array.from({ length: p }, () => m));
  });

  it.each(sizes)('1f1b on %d devices with %d waits as long, and holds min(m, p − s) micro-batches', (p, m) => {
    const { makespanUs, bubbleShare, peakBytes } = run(shape('1f1b', p, m));
    expect(makespanUs).toBe((m + p - 1) * 30);
    expect(bubbleShare).toBeCloseTo((p - 1) / (m + p - 1), 12);
    expect([...peakBytes]).toEqual(Array.from({ length: p }, (_, s) => Math.min(m, p - s)));
  });

  it.each([
    [2, 2, 4],
    [4, 2, 8],
    [4, 4, 16],
    [2, 3, 6],
  ])('interleaved on %d devices with %d chunks and %d micro-batches waits for a chunk-th', (p, v, m) => {
    // Work of a device for one micro-batch: 30 µs, v chunks of 30 / v.
    const chunk = cost({ forwardUs: 10 / v, backwardUs: 20 / v });
    const { makespanUs, bubbleShare } = run(shape('interleaved', p, m, v), chunk);
    expect(makespanUs).toBeCloseTo(m * 30 + ((p - 1) * 30) / v, 9);
    // (p − 1) / (v m) of the ideal time m (F + B): Megatron-LM, section 2.2.2.
    expect(bubbleShare / (1 - bubbleShare)).toBeCloseTo((p - 1) / (v * m), 9);
  });

  it.each([
    [2, 4],
    [3, 6],
    [4, 8],
    [4, 12],
    [8, 24],
  ])('zero-bubble on %d devices with %d micro-batches waits for (p − 1) (F + B − W) and holds p', (p, m) => {
    const third = cost({ forwardUs: 10, backwardUs: 10, weightsUs: 10 });
    const { makespanUs, peakBytes } = run(shape('zero-bubble', p, m), third);
    expect(makespanUs).toBe(m * 30 + (p - 1) * 10);
    expect(Math.max(...peakBytes)).toBeLessThanOrEqual(p);
  });

  it('knows before any simulation how many micro-batches are in flight', () => {
    for (const schedule of ['gpipe', '1f1b', 'zero-bubble'] as const) {
      for (const [p, m] of sizes) {
        const one = shape(schedule, p, m);
        const stage = schedule === 'zero-bubble' ? cost({ backwardUs: 10, weightsUs: 10 }) : cost();
        expect(Math.max(...run(one, stage).peakBytes)).toBeLessThanOrEqual(Math.max(...mostInFlight(one)));
      }
    }
    expect(mostInFlight(shape('interleaved', 4, 8, 2))).toHaveLength(8);
    expect(isPossible(shape('interleaved', 4, 6, 2))).toBe(false);
  });
});

describe('a step by hand', () => {
  it('of two unequal stages with a transfer, 1f1b', () => {
    const stages = [cost({ forwardUs: 2, backwardUs: 3 }), cost({ forwardUs: 4, backwardUs: 5 })];
    const one = shape('1f1b', 2, 2);
    const { passes, makespanUs } = simulatePipeline(one, stages, neighbours(one, 1));
    // Forward 0 2, arrives 3; 3–7, back 7–12, gradient 13; the second: 2–4 (arrives 5), 12–16, 16–21, gradient 22.
    expect(passes.map((of) => of.map(brief))).toEqual([
      ['f0 0–2', 'f1 2–4', 'b0 13–16', 'b1 22–25'],
      ['f0 3–7', 'b0 7–12', 'f1 12–16', 'b1 16–21'],
    ]);
    expect(makespanUs).toBe(25);
  });

  it('sends one tensor at a time through a channel, and skips stages', () => {
    const stages = [cost({ forwardUs: 1 }), cost({ forwardUs: 1 }), cost({ forwardUs: 1 })];
    const skip = [...neighbours(shape('gpipe', 3, 2), 0), { from: 0, to: 2, us: 50, bytes: 1 }];
    const { passes } = simulatePipeline(shape('gpipe', 3, 2), stages, skip);
    expect(passes[2]!.slice(0, 2).map(brief)).toEqual(['f0 51–52', 'f1 101–102']);
  });

  it('ends with the exchange of gradients between replicas', () => {
    const { makespanUs } = run(shape('1f1b', 2, 2), cost({ exchangeUs: 7 }));
    expect(makespanUs).toBe(97);
  });
});

function brief({ kind, microBatch, startUs, endUs }: TimedPass): string {
  return `${kind[0]}${microBatch} ${startUs}–${endUs}`;
}

describe('random stages', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('keep the rules of a pipeline: %d', (seed) => {
    const next = numbers(seed);
    const whole = (most: number) => 1 + Math.floor(most * next());
    for (const schedule of ['gpipe', '1f1b', 'interleaved', 'zero-bubble'] as const) {
      const p = whole(5);
      const v = schedule === 'interleaved' ? whole(3) : 1;
      const m = schedule === 'interleaved' ? p * whole(3) : whole(9);
      const one = shape(schedule, p, m, v);
      const costs = Array.from({ length: p * v }, () =>
        cost({ forwardUs: whole(9), backwardUs: whole(9), weightsUs: schedule === 'zero-bubble' ? whole(9) : 0 }),
      );
      const transfers = neighbours(one, whole(5));
      const { passes, makespanUs, busyUs } = simulatePipeline(one, costs, transfers);
      const at = new Map(passes.flat().map((pass) => [`${pass.kind} ${pass.stage} ${pass.microBatch}`, pass]));
      expect(at.size).toBe(p * v * m * (schedule === 'zero-bubble' ? 3 : 2));
      for (const of of passes)
        of.slice(1).forEach((pass, i) => expect(pass.startUs).toBeGreaterThanOrEqual(of[i]!.endUs));
      for (let s = 0; s < p * v; s++) {
        for (let i = 0; i < m; i++) {
          const [forward, backward] = [at.get(`forward ${s} ${i}`)!, at.get(`backward ${s} ${i}`)!];
          expect(backward.startUs).toBeGreaterThanOrEqual(forward.endUs);
          const weights = at.get(`weights ${s} ${i}`);
          if (weights) expect(weights.startUs).toBeGreaterThanOrEqual(backward.endUs);
          const before = transfers[s - 1];
          if (!before) continue;
          expect(forward.startUs).toBeGreaterThanOrEqual(at.get(`forward ${s - 1} ${i}`)!.endUs + before.us);
          expect(at.get(`backward ${s - 1} ${i}`)!.startUs).toBeGreaterThanOrEqual(backward.endUs + before.us);
        }
      }
      expect(makespanUs).toBe(Math.max(...passes.flat().map(({ endUs }) => endUs)));
      expect(busyUs.reduce((sum, us) => sum + us, 0)).toBe(
        m * costs.reduce((sum, one) => sum + one.forwardUs + one.backwardUs + one.weightsUs, 0),
      );
    }
  });
});
