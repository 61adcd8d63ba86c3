import { describe, expect, it } from 'vitest';
import type { PlacedCandidate } from '../../../server/src/baechi/plan.ts';
import { simulateStep, trainingRun } from '../../../server/src/baechi/training-run.ts';
import { comparison } from '../../../server/src/preview/comparison.ts';
import { devices, randomGraph } from '../baechi/small-graph.ts';

const graph = randomGraph(3, 30);
const link = { usPerByte: 1, latencyUs: 0 };

function placed(run: ReturnType<typeof trainingRun>, device: Int32Array): PlacedCandidate {
  const { schedule, fits } = simulateStep(run, device);
  const { start, end, makespanUs: estimateUs, peakBytes } = schedule;
  const result = { kind: 'placement', device, start, end, estimateUs, peakBytes } as const;
  return { placer: 'm-ETF', planMs: 0, result, schedule, fits };
}

describe('comparing placements', () => {
  it('finds nothing moved where only the names of devices that are alike are exchanged', () => {
    const run = trainingRun(graph, devices(100, 100, 100), link);
    const device = Int32Array.from({ length: 30 }, (_, i) => i % 3);
    const turned = device.map((d) => (d + 1) % 3);
    const { preview } = comparison(run, placed(run, device), placed(run, turned));
    expect(preview.moved).toBe(0);
    expect(new Map(preview.renamed)).toEqual(new Map([['gpu1', 'gpu0'], ['gpu2', 'gpu1'], ['gpu0', 'gpu2']])); // prettier-ignore
    for (const { peakBytes } of preview.devices) expect(peakBytes[0]).toBe(peakBytes[1]);
  });

  it('takes no device for one of another size', () => {
    const run = trainingRun(graph, devices(100, 200), link);
    const device = Int32Array.from({ length: 30 }, (_, i) => i % 2);
    const turned = device.map((d) => 1 - d);
    const { preview } = comparison(run, placed(run, device), placed(run, turned));
    expect(preview).toMatchObject({ moved: 30, renamed: [] });
    expect(preview.nodes[0]!.computeUs).toBe(Math.max(...graph.computeUs));
  });
});
