import { describe, expect, it } from 'vitest';
import { placementOf } from '../../../server/src/baechi/schedule.ts';
import { provedTooLittle } from '../../../server/src/baechi/memory-bound.ts';
import { simulateStep, trainingRun, type TrainingRun } from '../../../server/src/baechi/training-run.ts';
import { devices, randomGraph } from './small-graph.ts';

const link = { usPerByte: 2, latencyUs: 0 };

/** Every placement of a small run. */
function* placements({ graph, devices: all }: TrainingRun): Generator<Int32Array> {
  const device = new Int32Array(graph.nodeCount);
  for (let code = 0; code < all.length ** graph.nodeCount; code++) {
    for (let node = 0, rest = code; node < device.length; node++, rest = Math.floor(rest / all.length)) {
      device[node] = rest % all.length;
    }
    yield device;
  }
}

describe('what proves that nothing fits', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed + 1))('is right about every placement: graph %d', (seed) => {
    const graph = randomGraph(seed, 8);
    const all = graph.permBytes.reduce((sum, bytes) => sum + bytes, 0);
    for (const memory of [Math.ceil(all / 3), Math.ceil(all / 2), all]) {
      const run = trainingRun(graph, devices(memory, memory), link);
      const proved = provedTooLittle(run);
      const fits = [...Array.from(placements(run), (device) => simulateStep(run, device).fits)].includes(true);
      if (proved) {
        expect(fits).toBe(false);
        expect(proved.leastEachBytes).toBeGreaterThan(memory);
        const least = trainingRun(graph, devices(proved.leastEachBytes, proved.leastEachBytes), link);
        expect(provedTooLittle(least)).toBeUndefined();
      }
    }
  });

  it('counts what is left when a step is over, and nothing else', () => {
    const graph = randomGraph(3, 12);
    const { memory } = simulateStep(trainingRun(graph, devices(1), link), new Int32Array(12)).schedule;
    const left = memory[0]!.bytes.at(-1)!;
    expect(placementOf(graph, new Int32Array(12), 1, new Float64Array(graph.tensorCount)).peakBytes[0]).toBeGreaterThan(
      left,
    );
    expect(provedTooLittle(trainingRun(graph, devices(left - 1), link))).toMatchObject({ staysBytes: left });
    expect(provedTooLittle(trainingRun(graph, devices(left), link))).toBeUndefined();
  });
});
