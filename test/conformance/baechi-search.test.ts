/** `algorithm: auto` is never worse than any published way, nor than METIS, by the same simulator. */
import { expect, it } from 'vitest';
import { defaultSolver } from '../../server/src/baechi/default-solver.ts';
import { provedTooLittle } from '../../server/src/baechi/memory-bound.ts';
import { planPlacement } from '../../server/src/baechi/plan.ts';
import { searchPlacement } from '../../server/src/baechi/search/search.ts';
import { trainingRun, type TrainingRun } from '../../server/src/baechi/training-run.ts';
import { recordedGraph } from './baechi-recordings.ts';
import { describeWithSharedData, sharedJson } from './shared-data.ts';

interface Scored {
  readonly single_device_us: number;
  readonly virtual_scheduler: { readonly makespan_us: number };
}

/** The best simulated makespan of the published placers, with any LP solver, µs (reference, section 13). */
const PUBLISHED: Readonly<Record<string, number>> = {
  'layered-200': 30_142,
  'layered-2000': 253_028,
  'layered-10000': 1_247_798,
  'real-gnmt-train-layers': 378_883,
  'real-inceptionv3-train-layers': 536_873,
};

describeWithSharedData('auto', () => {
  it.each(Object.entries(PUBLISHED))('is at least as good as all others on %s', async (name, published) => {
    const { results } = sharedJson<{ results: Record<string, Scored> }>('baechi/metis-baseline.json');
    const { single_device_us: single, virtual_scheduler: metis } = results[name]!;
    const { graph, devices } = recordedGraph(name);
    const run = trainingRun(graph, devices, { usPerByte: Number.NaN, latencyUs: Number.NaN });
    const plan = planPlacement('auto', run, { solve: await defaultSolver() });
    if (plan.kind === 'cancelled') throw new Error(plan.kind);
    expect(plan.best?.fits).toBe(true);
    const makespanUs = plan.best!.schedule.makespanUs;
    expect(makespanUs).toBeLessThanOrEqual(Math.min(single, metis.makespan_us, published));
    expect(makespanUs).toBeGreaterThanOrEqual(plan.lowerBound.us);
  });

  // 2,494 nodes, of which each move is slow: its groups are tried whole first.
  it('finds in 3,000 moves what the aim after two seconds is on the forward graph of GNMT', () => {
    const { graph } = recordedGraph('gnmt-fwd-b128-s40');
    const devices = [0, 1, 2, 3].map((d) => ({ name: `gpu${d}`, memory: 8e9 }));
    const run = trainingRun(graph, devices, { usPerByte: 0.000_175_4, latencyUs: 134 });
    const found = searchPlacement(run, { budget: { moves: 3000 }, seed: 1 })!;
    expect(found.excessBytes).toBe(0);
    expect(found.makespanUs).toBeLessThanOrEqual(92_000);
  });

  /** The recorded limits are 40 % of the graph's memory. */
  const limited = (share: number): TrainingRun => {
    const { graph, devices } = recordedGraph('layered-200');
    const memory = Math.floor((devices[0]!.memory / 0.4) * share);
    return trainingRun(graph, devices.map((device) => ({ ...device, memory })), { usPerByte: Number.NaN, latencyUs: Number.NaN }); // prettier-ignore
  };

  it.each([0.15, 0.12, 0.1])('finds a placement within %f of the memory, in the simulation itself', async (share) => {
    const plan = planPlacement('auto', limited(share), { solve: await defaultSolver() });
    if (plan.kind === 'cancelled') throw new Error(plan.kind);
    expect(plan.best?.fits).toBe(true);
  });

  it('proves that nothing fits within 6.5 % of the memory, and says what would do at the least', () => {
    const run = limited(0.065);
    expect(provedTooLittle(run)!.leastEachBytes).toBeGreaterThan(run.devices[0]!.memory);
    expect(provedTooLittle(limited(0.07))).toBeUndefined();
  });
});
