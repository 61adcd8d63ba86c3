import loadHighs from 'highs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AlgorithmOptions } from '../../../server/src/baechi/placer.ts';
import { placerOf } from '../../../server/src/baechi/placers.ts';
import { planPlacement, type Candidate, type PlacementPlan } from '../../../server/src/baechi/plan.ts';
import { specRun } from '../../../server/src/baechi/from-spec.ts';
import { loadHighsSolver } from '../../../server/src/baechi/highs-solver.ts';
import type { LpSolver } from '../../../server/src/baechi/linear-program.ts';
import { placeMTopo } from '../../../server/src/baechi/m-topo.ts';
import { placePinned, resolvePins, unpinnedNodes } from '../../../server/src/baechi/pinned.ts';
import { simulateStep, trainingRun } from '../../../server/src/baechi/training-run.ts';
import type { TrainingPlacement } from '../../../server/src/spec/types.ts';
import { devices, randomGraph, smallGraph } from './small-graph.ts';

const link = { usPerByte: 0.001, latencyUs: 3 };
let solve: LpSolver;
beforeAll(async () => {
  solve = await loadHighsSolver(loadHighs);
});

describe('m-TOPO', () => {
  const chain = smallGraph([1, 1, 1, 1], [4, 3, 2, 3], [[0, 1, 1], [1, 2, 1], [2, 3, 1]]); // prettier-ignore

  it('shares the bytes evenly and never looks at the limits', () => {
    // ⌊12 / 2⌋ + 4 = 10 bytes a device: 4 + 3 + 2 fit, 3 more do not.
    expect(placeMTopo(chain, devices(1, 1), chain.tensorCommUs)).toMatchObject({ device: Int32Array.of(0, 0, 0, 1) });
  });

  it('fills each device to its limit and ends where the last is full', () => {
    const filled = { fill: 'filled' } as const;
    const { tensorCommUs } = chain;
    expect(placeMTopo(chain, devices(7, 5), tensorCommUs, filled)).toMatchObject({ device: Int32Array.of(0, 0, 1, 1) });
    expect(placeMTopo(chain, devices(7, 4), tensorCommUs, filled)).toMatchObject({
      kind: 'dead-end',
      node: 3,
      placed: 3,
      need: 3,
      reason: 'memory-full',
    });
    expect(placeMTopo(chain, devices(3, 3), tensorCommUs, filled)).toMatchObject({ node: 0, reason: 'too-large' });
  });

  it('leaves pinned nodes where they are pinned', () => {
    const pins = Int32Array.of(1, -1, -1, -1);
    expect(placeMTopo(chain, devices(9, 9), chain.tensorCommUs, { pins })).toMatchObject({
      device: Int32Array.of(1, 0, 0, 0),
    });
  });
});

describe('single and pinned', () => {
  const chain = smallGraph([1, 1], [4, 4], [[0, 1, 1]]);
  const place = (placer: 'single' | 'pinned', memory: number[], options: Partial<AlgorithmOptions> = {}) =>
    placerOf(placer).place(trainingRun(chain, devices(...memory), link), { solve, ...options });

  it('puts everything on the first device that holds it, else on the largest', () => {
    expect(place('single', [7, 8, 9])).toMatchObject({ device: Int32Array.of(1, 1), estimateUs: 2 });
    expect(place('single', [5, 7, 6])).toMatchObject({ device: Int32Array.of(1, 1) });
    expect(place('single', [8, 1], { pins: Int32Array.of(-1, 1) })).toMatchObject({ device: Int32Array.of(0, 1) });
  });

  it('follows the pins even where memory does not, and places the rest around them', () => {
    expect(place('pinned', [1, 1], { pins: Int32Array.of(0, 1) })).toMatchObject({ device: Int32Array.of(0, 1) });
    expect(place('pinned', [9, 9], { pins: Int32Array.of(1, -1) })).toMatchObject({ device: Int32Array.of(1, 1) });
    expect(placePinned(chain, devices(3, 9), chain.tensorCommUs)).toMatchObject({ device: Int32Array.of(1, 1) });
  });

  it('turns names into indices and says which are unknown', () => {
    const { pins, problems } = resolvePins(chain, devices(9, 9), { n1: 'gpu1', n7: 'gpu0', n0: 'tpu' });
    expect([...pins]).toEqual([-1, 1]);
    expect(unpinnedNodes(pins)).toEqual([0]);
    expect(problems).toEqual([
      { code: 'BERTH3012', path: ['pins', 'n7'], params: { what: 'node', name: 'n7', suggestion: 'n0' } },
      { code: 'BERTH3012', path: ['pins', 'n0'], params: { what: 'device', name: 'tpu', suggestion: undefined } },
    ]);
  });

  it('asks a spec with "algorithm: pinned" for all pins', () => {
    const spec = {
      devices: devices(9, 9),
      link: { bandwidth: 1e9, latency: 0.003 },
      algorithm: 'pinned',
      pins: { n0: 'gpu1' },
    } as unknown as TrainingPlacement;
    expect(specRun(spec, chain).problems).toEqual([
      { code: 'BERTH3013', path: ['algorithm'], params: { missing: 1, nodes: ['n1'] } },
    ]);
    expect(specRun({ ...spec, pins: { n0: 'gpu1', n1: 'gpu0' } }, chain).problems).toEqual([]);
  });
});

describe('auto', () => {
  const plan = (run: ReturnType<typeof trainingRun>, options: Partial<AlgorithmOptions> = {}): PlacementPlan => {
    const result = planPlacement('auto', run, { solve, ...options });
    if (result.kind !== 'plan') throw new Error(result.kind);
    return result;
  };

  it.each([1, 2, 3, 4, 5])('takes the fastest that fits of all, in the simulation: random graph %d', (seed) => {
    const graph = randomGraph(seed, 50);
    const told: Candidate[] = [];
    const run = trainingRun(graph, devices(150, 150, 150), link);
    const result = planPlacement('auto', run, { solve, onCandidate: (candidate) => told.push(candidate) });
    if (result.kind !== 'plan') throw new Error(result.kind);
    expect(result.candidates.map(({ placer }) => placer)).toEqual([
      'single',
      'm-TOPO',
      'm-ETF',
      'search',
      ...(result.best!.schedule.makespanUs > result.lowerBound.us ? ['m-SCT'] : []),
    ]);
    expect(told).toEqual(result.candidates);
    const fitting = result.candidates.flatMap((one) =>
      'schedule' in one && one.fits ? [one.schedule.makespanUs] : [],
    );
    expect(result.best?.schedule.makespanUs).toBe(Math.min(...fitting));
    expect(result.best?.schedule.peakBytes.every((peak) => peak <= 150)).toBe(true);
    expect(result.lowerBound.us).toBeLessThanOrEqual(result.best!.schedule.makespanUs);
  });

  it('takes the simplest of equally fast ones', () => {
    expect(plan(trainingRun(smallGraph([5, 5], [1, 1], [[0, 1, 9]]), devices(9, 9), link)).best?.placer).toBe('single');
  });

  it('spreads a graph that no single device holds', () => {
    const { best, candidates } = plan(trainingRun(smallGraph([5, 5], [6, 6], [[0, 1, 9]]), devices(9, 9), link));
    expect(best).toMatchObject({ fits: true, schedule: { makespanUs: 19 } });
    expect(candidates[0]).toMatchObject({ placer: 'single', fits: false });
  });

  it('has nothing that fits to offer when a node is too large, and says so', () => {
    const { best, candidates } = plan(trainingRun(smallGraph([5], [60], []), devices(9, 9), link));
    expect(best).toMatchObject({ fits: false });
    expect(candidates[2]).toMatchObject({
      placer: 'm-ETF',
      result: { kind: 'dead-end', reason: 'too-large', node: 0 },
    });
  });

  it('keeps pins in every algorithm', () => {
    const graph = randomGraph(8, 30);
    const pins = Int32Array.from({ length: 30 }, (_, i) => (i % 4 === 0 ? 2 : -1));
    for (const candidate of plan(trainingRun(graph, devices(900, 900, 900), link), { pins }).candidates) {
      if (candidate.result.kind !== 'placement') throw new Error('dead end');
      const { device } = candidate.result;
      for (let i = 0; i < 30; i += 4) expect(device[i]).toBe(2);
    }
  });

  it('stops when asked, in the linear program too', () => {
    const run = trainingRun(randomGraph(3, 300), devices(1e6, 1e6), link);
    expect(planPlacement('auto', run, { solve, shouldStop: () => true })).toEqual({ kind: 'cancelled' });
    let asked = 0;
    expect(planPlacement('m-SCT', run, { solve, shouldStop: () => ++asked > 2 })).toEqual({ kind: 'cancelled' });
    expect(asked).toBe(3);
  });

  it('judges a graph with backward times by its whole step', () => {
    const forward = smallGraph([3, 4], [1, 1], [[0, 1, 2]]);
    const graph = { ...forward, backwardUs: new Float64Array([6, 8]), outBytes: new Float64Array([10, 20]) };
    const run = trainingRun(graph, devices(100, 100), link);
    const together = simulateStep(run, Int32Array.of(0, 0));
    expect(together.schedule.makespanUs).toBe(3 + 4 + 8 + 6);
    // Weights of both, outputs of both until their backward runs, no gradient for the first node's input.
    expect(together.schedule.peakBytes[0]).toBe(2 + 10 + 20);
    const apart = simulateStep(run, Int32Array.of(0, 1));
    expect(apart.schedule.makespanUs).toBe(3 + 2 + 4 + 8 + 2 + 6);
    expect(apart.schedule.transfers).toHaveLength(2);
    expect(plan(run).best).toMatchObject({ placer: 'single', schedule: { makespanUs: 21 } });
  });
});
