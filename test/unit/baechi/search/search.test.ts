import { describe, expect, it } from 'vitest';
import { deviceLinks } from '../../../../server/src/baechi/device-links.ts';
import type { Device } from '../../../../server/src/baechi/devices.ts';
import { placeMEtf } from '../../../../server/src/baechi/m-etf.ts';
import { searchPlacement } from '../../../../server/src/baechi/search/search.ts';
import { simulateStep, trainingRun, type RunGroups } from '../../../../server/src/baechi/training-run.ts';
import type { DeviceLink } from '../../../../server/src/spec/types.ts';
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

  const three: Device[] = devices(400, 300, 1e6).map((device, d) => ({
    ...device,
    host: `h${d >> 1}`,
    speed: 1 - d / 4,
  }));
  const within = { within: 'host', bandwidth: 2e6, latency: 0.001 } as unknown as DeviceLink;
  const worlds = (['sequential', 'parallel'] as const).flatMap((channel) =>
    (['tensorflow', 'pytorch', 'honest'] as const).flatMap((accounting) =>
      [devices(400, 400, 400), three].map((all) => ({
        channel,
        accounting,
        all,
        are: all === three ? 'unlike' : 'alike',
      })),
    ),
  );

  it.each(worlds)('keeps to the rules of a run: $channel channels, $accounting accounting, devices $are', (world) => {
    const { channel, accounting, all } = world;
    const graph = { ...randomGraph(3, 60), groups: Array.from({ length: 60 }, (_, i) => (i % 6 === 0 ? `g${i % 4}` : undefined)) }; // prettier-ignore
    const links = world.are === 'alike' ? undefined : deviceLinks(all, [within]);
    const groups: RunGroups = { keep: 'graph', reserve: 'needed', fuse: false, adjust: 'none' };
    const run = trainingRun(graph, all, link, links, { channel, memory: { accounting }, groups });
    const pins = Int32Array.from(graph.groups, (group, i) => (group === undefined && i % 9 === 1 ? 1 : -1));
    const together = run.colocation!.unitOf;
    const once = searchPlacement(run, { budget, pins, together })!;
    expect(searchPlacement(run, { budget, pins, together })).toEqual(once);
    const { schedule } = simulateStep(run, once.device);
    const excessBytes = all.reduce((sum, { memory }, d) => sum + Math.max(0, schedule.peakBytes[d]! - memory), 0);
    expect(once).toMatchObject({ makespanUs: schedule.makespanUs, excessBytes });
    expect(once.makespanUs).toBeGreaterThanOrEqual(once.boundUs);
    const first = searchPlacement(run, { budget: { moves: 0 }, pins, together })!;
    expect(once.excessBytes).toBeLessThanOrEqual(first.excessBytes);
    if (once.excessBytes === first.excessBytes) expect(once.makespanUs).toBeLessThan(first.makespanUs);
    for (let i = 0; i < 60; i++) {
      if (pins[i]! >= 0) expect(once.device[i]).toBe(pins[i]);
      expect(once.device[i]).toBe(once.device[together.indexOf(together[i]!)]);
    }
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
