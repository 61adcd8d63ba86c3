import { describe, expect, it } from 'vitest';
import type { Accounting, MemoryRules } from '../../../../server/src/baechi/accounting.ts';
import { deviceLinks } from '../../../../server/src/baechi/device-links.ts';
import type { Device } from '../../../../server/src/baechi/devices.ts';
import type { ChannelMode } from '../../../../server/src/baechi/placement.ts';
import { simulate } from '../../../../server/src/baechi/schedule.ts';
import { flatGraph } from '../../../../server/src/baechi/search/flat-graph.ts';
import { MoveSimulator } from '../../../../server/src/baechi/search/move-simulator.ts';
import { stepRules, trainingRun, type TrainingRun } from '../../../../server/src/baechi/training-run.ts';
import type { DeviceLink } from '../../../../server/src/spec/types.ts';
import { devices, numbers, randomGraph } from '../small-graph.ts';

const link = { usPerByte: 2, latencyUs: 0 };

function simulatorOf(run: TrainingRun): MoveSimulator {
  return new MoveSimulator(flatGraph(run.step, run.devices.length, run.stepTensorUs, stepRules(run)), run.devices);
}

/** What `simulate` says of the placement that a simulator holds. */
function reference(run: TrainingRun, simulator: MoveSimulator) {
  const device = Int32Array.from(simulator.flat.rankOf, (rank) => simulator.device[rank]!);
  const { makespanUs, peakBytes, start } = simulate(run.step, device, run.devices.length, run.stepTensorUs, stepRules(run)); // prettier-ignore
  const excessBytes = run.devices.reduce((sum, { memory }, d) => sum + Math.max(0, peakBytes[d]! - memory), 0);
  return { makespanUs, peaks: [...peakBytes], excessBytes, start };
}

/** Moves nodes of a random placement at random, and compares after each. */
function demandAgreement(run: TrainingRun, next: () => number, moves: number): void {
  const whole = (below: number): number => Math.floor(next() * below);
  const { nodeCount } = run.step;
  const count = run.devices.length;
  const simulator = simulatorOf(run);
  simulator.load(Int32Array.from({ length: nodeCount }, () => whole(count)));
  const holds = (): void => {
    const { makespanUs, peaks, excessBytes, start } = reference(run, simulator);
    expect(simulator).toMatchObject({ makespanUs, excessBytes });
    expect([...simulator.peaks()]).toEqual(peaks);
    const late = [...simulator.flat.nodeOf].filter((node, rank) => simulator.readyUs(rank) > start[node]!);
    expect(late).toEqual([]);
  };
  holds();
  for (let move = 0; move < moves; move++) {
    simulator.begin();
    for (let nodes = 1 + whole(3); nodes > 0; nodes--) simulator.move(whole(nodeCount), whole(count));
    const atMostUs = next() < 0.5 ? Infinity : Math.floor(simulator.makespanUs * (0.9 + 0.2 * next()));
    const mostExcess = next() < 0.7 ? Infinity : simulator.excessBytes + whole(30) - 10;
    const expected = reference(run, simulator);
    const kept = simulator.evaluate(atMostUs, mostExcess);
    expect(kept).toBe(expected.makespanUs <= atMostUs && expected.excessBytes <= mostExcess);
    if (!kept) continue;
    expect(simulator.movedMakespanUs).toBe(expected.makespanUs);
    expect(simulator.movedExcessBytes).toBe(expected.excessBytes);
    if (next() < 0.5) simulator.keep();
    else simulator.begin();
    holds();
  }
}

/** Some devices are full, some never can be. */
const memoryOf = (next: () => number, count: number): number[] =>
  Array.from({ length: count }, () => (next() < 0.3 ? 1e6 : 20 + Math.floor(next() * 120)));

describe('MoveSimulator', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('agrees with the simulator on random graph %d', (seed) => {
    const next = numbers(seed + 100);
    const memory = memoryOf(next, 2 + Math.floor(next() * 5));
    const graph = randomGraph(seed, 4 + Math.floor(next() * 70));
    demandAgreement(trainingRun(graph, devices(...memory), link), next, 150);
  });

  const channels: ChannelMode[] = ['sequential', 'parallel'];
  const rules = (['tensorflow', 'pytorch', 'honest'] as Accounting[]).flatMap((accounting): MemoryRules[] => [
    { accounting },
    { accounting, lifetime: 'kept' },
    { accounting, lifetime: 'released' },
  ]);
  const worlds = channels.flatMap(
    (channel) =>
    rules.flatMap((memory) => ['alike', 'unlike'].flatMap((are) => ['forward', 'training', 'recomputed'].map((step) => ({ channel, memory, are, step })))), // prettier-ignore
  );

  it.each(worlds)(
    'does so with $channel channels, $memory.accounting accounting (lifetime: $memory.lifetime), devices $are, $step steps',
    ({ channel, memory, are, step }) => {
      for (const seed of [1, 2]) {
        const next = numbers(31 * seed + channel.length + 7 * rules.indexOf(memory) + step.length);
        const plain = randomGraph(seed, 10 + Math.floor(next() * 40));
        const graph = {
          ...plain,
          ...(step === 'training' && { backwardUs: plain.computeUs.map((us, i) => (i % 5 === 0 ? Number.NaN : 2 * us)) }), // prettier-ignore
          ...(step === 'recomputed'
            ? { recomputed: Uint8Array.from(plain.computeUs, () => Number(next() < 0.3)) }
            : {}),
        };
        const four: Device[] = devices(...memoryOf(next, 4)).map((device, d) =>
          are === 'alike' ? device : { ...device, host: `host${d % 2}`, ...(d > 1 && { speed: 0.5 + next() }) },
        );
        const within = { within: 'host', bandwidth: 2e6, latency: 0.001 } as unknown as DeviceLink;
        const links = are === 'alike' ? undefined : deviceLinks(four, [within]);
        const run = trainingRun(graph, four, link, links, { channel, memory });
        expect(run.stepUnlike === undefined).toBe(are === 'alike');
        demandAgreement(run, next, 60);
      }
    },
  );

  it('goes on from a placement that was taken whole', () => {
    const run = trainingRun(randomGraph(7, 50), devices(1e6, 1e6, 1e6), link);
    const simulator = simulatorOf(run);
    for (const d of [0, 1, 2]) {
      simulator.load(new Int32Array(50).fill(d));
      expect(simulator.makespanUs).toBe(reference(run, simulator).makespanUs);
      simulator.begin();
      simulator.move(10, (d + 1) % 3);
      expect(simulator.evaluate(Infinity)).toBe(true);
      simulator.keep();
      expect(simulator.makespanUs).toBe(reference(run, simulator).makespanUs);
    }
  });
});
