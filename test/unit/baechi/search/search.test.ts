import { describe, expect, it } from 'vitest';
import { placeMEtf } from '../../../../server/src/baechi/m-etf.ts';
import { searchPlacement } from '../../../../server/src/baechi/search/search.ts';
import { simulateStep, trainingRun } from '../../../../server/src/baechi/training-run.ts';
import { devices, randomGraph } from '../small-graph.ts';

const link = { usPerByte: 2, latencyUs: 0 };
const budget = { moves: 3000 };

describe('searchPlacement', () => {
  it.each([1, 2, 3, 4])('is never worse than what it starts from, and says truly how good it is: graph %d', (seed) => {
    const graph = randomGraph(seed, 60);
    const run = trainingRun(graph, devices(1e6, 1e6, 1e6), link);
    const start = placeMEtf(graph, run.devices, run.tensorUs);
    if (start.kind !== 'placement') throw new Error(start.kind);
    const found = searchPlacement(run, { budget, starts: [start.device] })!;
    const { schedule } = simulateStep(run, found.device);
    expect(schedule.makespanUs).toBe(found.makespanUs);
    expect(found.makespanUs).toBeLessThanOrEqual(simulateStep(run, start.device).schedule.makespanUs);
    expect(found.makespanUs).toBeGreaterThanOrEqual(found.boundUs);
  });

  it('finds one placement for one seed and one number of moves', () => {
    const run = trainingRun(randomGraph(5, 80), devices(200, 200, 200), link);
    const once = searchPlacement(run, { budget, seed: 7 })!;
    expect(searchPlacement(run, { budget, seed: 7 })).toEqual(once);
  });

  it('keeps pins, and what must sit together, together', () => {
    const graph = randomGraph(9, 60);
    const run = trainingRun(graph, devices(1e6, 1e6, 1e6), link);
    const pins = Int32Array.from({ length: 60 }, (_, node) => (node % 7 === 0 ? 2 : -1));
    const together = Int32Array.from({ length: 60 }, (_, node) => (node % 5 === 1 && node % 7 !== 0 ? 0 : -1));
    const { device } = searchPlacement(run, { budget, pins, together })!;
    expect(new Set(device.filter((_, node) => node % 7 === 0))).toEqual(new Set([2]));
    expect(new Set(device.filter((_, node) => together[node] === 0)).size).toBe(1);
  });

  it('makes placements fit before it makes them fast', () => {
    const graph = randomGraph(4, 80);
    const ample = trainingRun(graph, devices(1e6, 1e6, 1e6), link);
    const peaks = simulateStep(ample, searchPlacement(ample, { budget })!.device).schedule.peakBytes;
    const memory = Math.ceil(0.9 * Math.max(...peaks));
    const tight = trainingRun(graph, devices(memory, memory, memory), link);
    const found = searchPlacement(tight, { budget: { moves: 20_000 } })!;
    expect(found.excessBytes).toBe(0);
    expect(simulateStep(tight, found.device).fits).toBe(true);
  });

  it('has no placement where nodes that must sit together are pinned apart', () => {
    const run = trainingRun(randomGraph(2, 4), devices(1e6, 1e6), link);
    expect(searchPlacement(run, { pins: Int32Array.of(0, 1, -1, -1), together: Int32Array.of(3, 3, -1, -1) })).toBe(
      undefined,
    );
  });
});
