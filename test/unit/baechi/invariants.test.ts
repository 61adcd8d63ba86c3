/** What every placer promises on every graph: precedence, no two runs at once on a device, memory within its limits by its own accounting. */
import loadHighs from 'highs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ledgerOf, type Accounting } from '../../../server/src/baechi/accounting.ts';
import { ADJUSTMENTS } from '../../../server/src/baechi/grouping/adjuster.ts';
import { loadHighsSolver } from '../../../server/src/baechi/highs-solver.ts';
import type { LpSolver } from '../../../server/src/baechi/linear-program.ts';
import { pinGroups } from '../../../server/src/baechi/pinned.ts';
import type { Placement } from '../../../server/src/baechi/placement.ts';
import { PLACERS, placing } from '../../../server/src/baechi/placers.ts';
import { simulateStep, trainingRun, type RunRules, type TrainingRun } from '../../../server/src/baechi/training-run.ts';
import { devices, numbers, randomGraph } from './small-graph.ts';

const link = { usPerByte: 0.5, latencyUs: 3 };
let solve: LpSolver;
beforeAll(async () => {
  solve = await loadHighsSolver(loadHighs);
});

const pick = <T>(next: () => number, from: readonly T[]): T => from[Math.floor(next() * from.length)]!;

/** A run with rules drawn at random; memory from too little to ample. */
function randomRun(seed: number): { readonly run: TrainingRun; readonly pins: Int32Array | undefined } {
  const next = numbers(seed * 31 + 5);
  const plain = randomGraph(seed, 3 + Math.floor(next() * 40));
  const graph = {
    ...plain,
    groups: plain.names.map(() => (next() < 0.5 ? `g${Math.floor(next() * 5)}` : undefined)),
    ...(seed % 5 === 0 ? { backwardUs: plain.computeUs.map((us) => 2 * us) } : {}),
  };
  const total = graph.permBytes.reduce((sum, perm, i) => sum + perm + graph.outBytes[i]! + graph.tempBytes[i]!, 0);
  const memory = Array.from({ length: 2 + (seed % 3) }, () => Math.ceil(total * (0.15 + next())));
  const rules: RunRules = {
    channel: pick(next, ['sequential', 'parallel']),
    memory: {
      accounting: pick<Accounting>(next, ['tensorflow', 'pytorch', 'honest']),
      ...pick(next, [{}, { lifetime: 'kept' }, { lifetime: 'released' }] as const),
    },
    fraction: pick(next, [1, 1, 0.8]),
    fill: pick(next, ['even', 'filled']),
    threshold: pick(next, [0.1, 0.5]),
    groups: {
      keep: pick(next, ['none', 'graph', 'coplace']),
      reserve: (['needed', 'published', 'none'] as const)[Math.floor(next() * 3)]!,
      fuse: next() < 0.4,
      adjust: next() < 0.25 ? pick(next, ADJUSTMENTS) : 'none',
    },
  };
  const run = trainingRun(graph, devices(...memory), link, undefined, rules);
  if (seed % 4 !== 0) return { run, pins: undefined };
  const pins = Int32Array.from(graph.names, () => (next() < 0.15 ? Math.floor(next() * memory.length) : -1));
  // What would tear a group apart is refused before anything is placed.
  const torn = run.colocation ? pinGroups(pins, run.colocation, graph, run.devices) : [];
  return { run, pins: torn.length > 0 ? undefined : pins };
}

function demandOrder({ graph }: TrainingRun, { device, start, end }: Placement): void {
  for (let e = 0; e < graph.edgeCount; e++) {
    expect(start[graph.edgeDst[e]!]).toBeGreaterThanOrEqual(end[graph.edgeSrc[e]!]!);
  }
  for (const d of new Set(device)) {
    const nodes = [...graph.names.keys()].filter((node) => device[node] === d);
    nodes.sort((a, b) => start[a]! - start[b]! || end[a]! - end[b]!);
    for (let k = 1; k < nodes.length; k++) expect(start[nodes[k]!]).toBeGreaterThanOrEqual(end[nodes[k - 1]!]!);
  }
}

function demandGroups({ colocation }: TrainingRun, device: Int32Array): void {
  const at = new Map<number, number>();
  colocation?.unitOf.forEach((unit, node) => {
    expect(at.get(unit) ?? device[node]).toBe(device[node]);
    at.set(unit, device[node]!);
  });
}

/** By the simulator of the run: lacks more memory, or is slower where it lacks the same. */
function isWorse(run: TrainingRun, device: Int32Array, than: Int32Array): boolean {
  const [one, other] = [device, than].map((each) => {
    const { makespanUs, peakBytes } = simulateStep(run, each).schedule;
    const excess = run.devices.reduce((sum, { memory }, d) => sum + Math.max(0, peakBytes[d]! - memory), 0);
    return { makespanUs, excess };
  });
  return one!.excess > other!.excess || (one!.excess === other!.excess && one!.makespanUs > other!.makespanUs);
}

/** Placers that look at the limits while they place, by the accounting of the run. */
const WATCHFUL = ['m-ETF', 'm-SCT'];

describe('every placer, under any rules', () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed + 1))('random run %d', (seed) => {
    const { run, pins } = randomRun(seed);
    const starts: Int32Array[] = [];
    for (const placer of placing(PLACERS, run)) {
      const result = placer.place(run, { solve, search: { budget: { moves: 300 }, starts }, ...(pins && { pins }) });
      if (result.kind === 'cancelled') throw new Error('nobody asked to stop');
      if (result.kind === 'dead-end') {
        expect(result.placed).toBeLessThanOrEqual(run.graph.nodeCount);
        continue;
      }
      expect(result.device.every((d) => d >= 0 && d < run.devices.length)).toBe(true);
      demandGroups(run, result.device);
      pins?.forEach((pin, node) => {
        if (pin >= 0) expect(result.device[node]).toBe(pin);
      });
      demandOrder(run, result);
      const { groups } = run.rules;
      const afterwards = groups?.adjust !== 'none' && run.colocation !== undefined;
      if (WATCHFUL.includes(placer.name) && !afterwards) {
        result.peakBytes.forEach((peak, d) => expect(peak).toBeLessThanOrEqual(run.planDevices[d]!.memory));
      }
      const { schedule } = simulateStep(run, result.device);
      if (placer.name === 'search') {
        for (const start of starts) expect(isWorse(run, result.device, start)).toBe(false);
      }
      starts.push(result.device);
      // Lines over time and the largest figure are two accounts of one thing.
      const drawn = schedule.memory.map(({ bytes }) => Math.max(...bytes));
      if (run.rules.memory?.accounting === 'honest')
        drawn.forEach((most, d) => expect(most).toBeLessThanOrEqual(schedule.peakBytes[d]!));
      else drawn.forEach((most, d) => expect(most).toBeCloseTo(schedule.peakBytes[d]!, 6));
    }
  });
});

describe('honest accounting', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'counts never less than TensorFlow’s: random graph %d',
    (seed) => {
      const next = numbers(seed + 99);
      const graph = randomGraph(seed, 4 + Math.floor(next() * 40));
      const device = Int32Array.from(graph.names, () => Math.floor(next() * 3));
      const run = (accounting: Accounting) =>
        simulateStep(trainingRun(graph, devices(1e9, 1e9, 1e9), link, undefined, { memory: { accounting } }), device)
          .schedule;
      const [plain, honest] = [run('tensorflow'), run('honest')];
      honest.peakBytes.forEach((peak, d) => expect(peak).toBeGreaterThanOrEqual(plain.peakBytes[d]!));
      expect([honest.makespanUs, honest.transferBytes]).toEqual([plain.makespanUs, plain.transferBytes]);
      // In the end every copy that somebody read is gone.
      const ledger = ledgerOf({ accounting: 'honest' }, graph, 3, device, true);
      const outputs = ledgerOf({ accounting: 'tensorflow' }, graph, 3, device, true);
      for (const node of graph.topoOrder) {
        for (const each of [ledger, outputs]) {
          each.charge(node, device[node]!);
          each.releaseInputs(node, () => undefined);
        }
      }
      expect([...ledger.used]).toEqual([...outputs.used]);
    },
  );
});
