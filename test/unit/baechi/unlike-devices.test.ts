import { describe, expect, it } from 'vitest';
import { deviceLinks } from '../../../server/src/baechi/device-links.ts';
import type { Device } from '../../../server/src/baechi/devices.ts';
import { placeExactly } from '../../../server/src/baechi/exact.ts';
import { lowerBound } from '../../../server/src/baechi/lower-bound.ts';
import type { Placer } from '../../../server/src/baechi/placer.ts';
import { PLACERS } from '../../../server/src/baechi/placers.ts';
import { planPlacement } from '../../../server/src/baechi/plan.ts';
import { sharedLoadUs } from '../../../server/src/baechi/shared-load.ts';
import { simulateStep, trainingRun, type TrainingRun } from '../../../server/src/baechi/training-run.ts';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import type { DeviceLink } from '../../../server/src/spec/types.ts';
import { devices, numbers, randomGraph, smallGraph } from './small-graph.ts';

const link = { usPerByte: 1, latencyUs: 2 };
const solve = await defaultSolver();

/** The least makespan of all placements within the limits, each tried. */
function byTrying(run: TrainingRun): number {
  const { nodeCount } = run.graph;
  const device = new Int32Array(nodeCount);
  let best = Infinity;
  for (let k = 0; k < run.devices.length ** nodeCount; k++) {
    for (let i = 0, rest = k; i < nodeCount; i++, rest = Math.floor(rest / run.devices.length)) {
      device[i] = rest % run.devices.length;
    }
    const { schedule, fits } = simulateStep(run, device);
    if (fits) best = Math.min(best, schedule.makespanUs);
  }
  return best;
}

describe('times', () => {
  const rows = [
    { name: 'a', computeUs: 10, backwardUs: 20, byKind: { cpu: { computeUs: 90, backwardUs: 200 } } },
    { name: 'b', computeUs: 5, backwardUs: 7, byKind: { cpu: { computeUs: 60 } } },
    { name: 'c', computeUs: 3 },
  ].map((row) => ({ ...row, permBytes: 0, tempBytes: 0, outBytes: 1 }));
  const graph = buildGraph('kinds', rows, [{ src: 0, dst: 1, tensor: 't', bytes: 10 }]);

  it('are divided by the speed and differ by kind, forward and backward', () => {
    const run = trainingRun(
      graph,
      [
        { name: 'gpu', memory: 1e9 },
        { name: 'half', memory: 1e9, speed: 0.5 },
        { name: 'cpu', memory: 1e9, kind: 'cpu', speed: 2 },
      ],
      link,
    );
    const times = (node: number) => [0, 1, 2].map((device) => run.stepUnlike!.timeOn(node, device));
    expect([0, 1, 2, 3, 4].map(times)).toEqual([
      [10, 20, 45],
      [5, 10, 30],
      [3, 6, 2],
      [20, 40, 100],
      [7, 14, 4],
    ]);
    expect([...run.stepUnlike!.leastUs]).toEqual([10, 5, 2, 20, 4]);
  });

  it('cost nothing where all devices are alike', () => {
    const run = trainingRun(graph, [{ name: 'gpu', memory: 1, kind: 'gpu', speed: 1, host: 'a' }], link);
    expect(run.unlike).toBeUndefined();
    expect(trainingRun(graph, devices(1, 1), link, deviceLinks(devices(1, 1), [])).unlike).toBeUndefined();
  });
});

describe('links', () => {
  const joined = (over: Partial<DeviceLink>[], all: readonly Device[]): number[][] => {
    const links = over.map((one, i) => ({ bandwidth: 1e6 / (i + 2), latency: 0, ...one }) as DeviceLink);
    const graph = smallGraph([1, 1], [1, 1], []);
    const sent = buildGraph(
      'one tensor',
      graph.names.map((name) => ({ name, computeUs: 1, permBytes: 0, tempBytes: 0, outBytes: 0 })),
      [{ src: 0, dst: 1, tensor: 't', bytes: 100 }],
    );
    const run = trainingRun(sent, all, { usPerByte: 1, latencyUs: 0 }, deviceLinks(all, links));
    return all.map((_, a) => all.map((__, b) => (a === b ? 0 : (run.unlike?.transferUs(0, a, b) ?? 100))));
  };
  const four: Device[] = [
    { name: 'a0', memory: 1, host: 'h1', rack: 'r' },
    { name: 'a1', memory: 1, host: 'h1', rack: 'r' },
    { name: 'b0', memory: 1, host: 'h2', rack: 'r' },
    { name: 'c', memory: 1 },
  ];

  it('take the narrowest: a pair, a host, a rack, the common one', () => {
    const table = joined([{ within: 'host' }, { within: 'rack' }, { between: [['a1'], ['b0']] }], four);
    expect(table).toEqual([
      [0, 200, 300, 100],
      [200, 0, 400, 100],
      [300, 400, 0, 100],
      [100, 100, 100, 0],
    ]);
  });

  it('take the later of two alike, in both directions, and every pair that two lists mean', () => {
    expect(joined([{ within: 'host' }, { within: 'host' }], four)[0]).toEqual([0, 300, 100, 100]);
    expect(joined([{ between: [['c'], ['a0', 'a1']] }], four).map((row) => row[3])).toEqual([200, 200, 100, 0]);
    expect(
      joined(
        [
          {
            between: [
              ['a0', 'a1'],
              ['a0', 'a1'],
            ],
          },
        ],
        four,
      )[1],
    ).toEqual([200, 0, 100, 100]);
  });

  it('change the transfers of the simulation, and no time that the file records for the common link', () => {
    const graph = smallGraph([1, 1], [1, 1], [[0, 1, 9]]);
    const pair = [{ between: [['gpu0'], ['gpu1']], bandwidth: 1, latency: 0.04 } as unknown as DeviceLink];
    const apart = Int32Array.of(0, 1);
    const two = devices(9, 9);
    expect(simulateStep(trainingRun(graph, two, link), apart).schedule.makespanUs).toBe(11);
    expect(simulateStep(trainingRun(graph, two, link, deviceLinks(two, pair)), apart).schedule.makespanUs).toBe(42);
  });
});

describe('the load that unlike devices share', () => {
  it('is the work over the sum of the speeds where a speed is all that differs', () => {
    const us = Float64Array.of(10, 20, 30);
    const half = us.map((time) => 2 * time);
    expect(sharedLoadUs([{ devices: 1, us }, { devices: 1, us: half }])).toBeCloseTo(40, 9); // prettier-ignore
    expect(sharedLoadUs([{ devices: 2, us }, { devices: 4, us: half }])).toBeCloseTo(15, 9); // prettier-ignore
  });

  it('sees that each device is good at something', () => {
    const [one, other] = [Float64Array.of(10, 1000), Float64Array.of(1000, 10)];
    expect(sharedLoadUs([{ devices: 1, us: one }, { devices: 1, us: other }])).toBeCloseTo(10, 6); // prettier-ignore
  });
});

describe('two devices, one half as fast', () => {
  const unequal = (seed: number, memory: number): TrainingRun =>
    trainingRun(
      randomGraph(seed, 12),
      devices(memory, memory).map((device, d) => ({ ...device, speed: d === 0 ? 0.5 : 1 })),
      link,
    );

  it.each([1, 2, 3, 4, 5, 6])('auto finds the exact optimum of 12 nodes: graph %d', (seed) => {
    const run = unequal(seed, 1e6);
    const best = byTrying(run);
    const plan = planPlacement('auto', run, { solve });
    if (plan.kind !== 'plan') throw new Error(plan.kind);
    expect(plan.best?.schedule.makespanUs).toBe(best);
    expect(plan.lowerBound.us).toBeLessThanOrEqual(best);
  });

  it.each([1, 2, 3, 4])('so it does where memory is scarce: graph %d', (seed) => {
    const total = randomGraph(seed, 12).permBytes.reduce((sum, bytes) => sum + bytes, 0);
    const run = unequal(seed, Math.ceil(0.75 * total));
    const found = placeExactly(run);
    if (found.kind !== 'exact') throw new Error(found.kind);
    const best = byTrying(run);
    expect(found.device ? simulateStep(run, found.device).schedule.makespanUs : Infinity).toBe(best);
    expect(found.isOptimal).toBe(true);
  });

  it.each(['m-ETF', 'm-SCT'] as const)('%s gives it a third of independent work', (name) => {
    const alike = smallGraph(Array.from({ length: 30 }, () => 10), [], []); // prettier-ignore
    const run = trainingRun(alike, [{ name: 'slow', memory: 9, speed: 0.5 }, { name: 'fast', memory: 9 }], link); // prettier-ignore
    expect(planPlacement(name, run, { solve })).toMatchObject({
      best: { schedule: { makespanUs: 200, busyUs: Float64Array.of(200, 200) } },
      lowerBound: { us: 200 },
    });
  });
});

describe('three devices, each unlike the others', () => {
  const links = (all: readonly Device[]) =>
    deviceLinks(all, [{ within: 'host', bandwidth: 5e6, latency: 0.001 } as unknown as DeviceLink]);
  const three: Device[] = [
    { name: 'gpu0', memory: 140, host: 'a' },
    { name: 'gpu1', memory: 90, host: 'a', speed: 1.5 },
    { name: 'cpu', memory: 900, speed: 0.125 },
  ];
  const placers: readonly Placer[] = PLACERS.filter(
    ({ mostNodes = Infinity, needsAllPins }) => mostNodes > 60 && !needsAllPins,
  );

  it.each(placers.map((placer) => [placer.name, placer] as const))(
    '%s places on them as the simulator can run it',
    (_, placer) => {
      for (const seed of [1, 2, 3, 4]) {
        const run = trainingRun(randomGraph(seed, 60), three, link, links(three));
        const result = placer.place(run, { solve, search: { budget: { moves: 2000 } } });
        if (result.kind !== 'placement') throw new Error(result.kind);
        const { schedule } = simulateStep(run, result.device);
        expect(schedule.makespanUs).toBeGreaterThanOrEqual(
          lowerBound(run.step, 3, run.stepTensorUs, run.stepUnlike).us,
        );
        for (let i = 0; i < 60; i++) {
          expect(schedule.end[i]! - schedule.start[i]!).toBe(run.unlike!.timeOn(i, result.device[i]!));
        }
      }
    },
  );

  it('never takes more than the fastest alone where that holds everything', () => {
    const next = numbers(5);
    for (const seed of [1, 2, 3]) {
      const ample = three.map((device) => ({ ...device, memory: 1e6, speed: 0.2 + next() }));
      const run = trainingRun(randomGraph(seed, 40), ample, link, links(ample));
      const alone = Math.min(...ample.map((_, d) => simulateStep(run, new Int32Array(40).fill(d)).schedule.makespanUs));
      const plan = planPlacement('auto', run, { solve });
      if (plan.kind !== 'plan') throw new Error(plan.kind);
      expect(plan.best!.schedule.makespanUs).toBeLessThanOrEqual(alone);
    }
  });

  it('keeps pins, and says where the dead end is', () => {
    const run = trainingRun(smallGraph([5, 5], [60, 60], [[0, 1, 9]]), three.slice(1), link);
    const pins = Int32Array.of(1, -1);
    expect(planPlacement('m-ETF', run, { solve, pins })).toMatchObject({
      best: { result: { device: Int32Array.of(1, 0) } },
    });
    const small = trainingRun(smallGraph([5, 5], [95, 95], [[0, 1, 9]]), three.slice(0, 2), link);
    expect(planPlacement('m-ETF', small, { solve })).toMatchObject({
      candidates: [{ result: { kind: 'dead-end', node: 1, placed: 1, reason: 'memory-full' } }],
    });
  });
});
