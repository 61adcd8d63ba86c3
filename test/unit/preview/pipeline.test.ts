import { describe, expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { pipelineLines } from '../../../server/src/cli/text/pipeline-text.ts';
import { previewPlacement } from '../../../server/src/preview/placement.ts';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import type { Pipeline, TrainingPlacement } from '../../../server/src/spec/types.ts';
import { bytes, placement } from './specs.ts';

const graph = buildGraph(
  'layers',
  Array.from({ length: 8 }, (_, i) => ({
    name: `block${i}/layer`,
    computeUs: 800,
    backwardUs: 1600,
    permBytes: 1000,
    tempBytes: 0,
    outBytes: 8000,
  })),
  Array.from({ length: 7 }, (_, i) => ({ src: i, dst: i + 1, tensor: 'y', bytes: 8000, commUs: 0 })),
);

async function preview(pipeline: Partial<Pipeline>, change: Partial<TrainingPlacement> = {}) {
  const memory = bytes(1e6);
  const spec = placement({
    devices: ['gpu0', 'gpu1', 'gpu2', 'gpu3'].map((name) => ({ name, memory })),
    pipeline: { schedule: '1f1b', replicas: 1, chunks: 1, ...pipeline },
    ...change,
  });
  const outcome = await previewPlacement(
    spec,
    0,
    graph,
    {},
    {
      thorough: true,
      solve: defaultSolver,
      shouldStop: () => false,
    },
  );
  return {
    pipeline: outcome?.preview?.pipeline,
    codes: outcome?.findings.map(({ code, params }) => ({ code, params })),
  };
}

describe('preview of a pipeline', () => {
  it('shows stages, bubbles and what was compared', async () => {
    const { pipeline, codes } = await preview({ microBatches: 4 });
    expect(codes).toEqual([]);
    // Stages of 1200 µs a micro-batch: (4 + 4 − 1) of them.
    expect(pipeline).toMatchObject({
      makespanUs: 8400,
      fits: true,
      isOptimal: true,
      equalLayersUs: 8400,
      microBatches: 4,
    });
    expect(pipeline?.bubbleShare).toBeCloseTo(3 / 7, 12);
    expect(pipeline?.stages[1]).toEqual({
      device: 'gpu1',
      nodes: 2,
      first: 'block2/layer',
      last: 'block3/layer',
      forwardUs: 400,
      backwardUs: 800,
    });
    expect(pipeline?.sentence).toMatch(
      /^A pipeline of four stages with four micro-batches \(1f1b\) needs 8\.4\s?ms for one step, 42\.9\s%/,
    );
  });

  it('takes the number of micro-batches that is fastest of those that divide the batch', async () => {
    const { pipeline } = await preview({});
    expect(pipeline?.tried.map(({ microBatches }) => microBatches)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(pipeline?.microBatches).toBe(32);
    expect((await preview({ schedule: 'interleaved', chunks: 2 })).pipeline?.tried[0]?.microBatches).toBe(4);
  });

  it('says what is too large, does not come out even, or does not fit', async () => {
    expect((await preview({ stages: 4, replicas: 2 })).codes).toEqual([
      { code: 'BERTH3034', params: { what: 'devices', needs: 8, has: 4 } },
    ]);
    expect((await preview({ schedule: 'interleaved', chunks: 4 })).codes).toEqual([
      { code: 'BERTH3034', params: { what: 'nodes', needs: 16, has: 8 } },
    ]);
    expect((await preview({ schedule: 'interleaved', chunks: 2, microBatches: 6 })).codes).toEqual([
      { code: 'BERTH3036', params: { microBatches: 6, devices: 4 } },
    ]);
    const tight = Array.from({ length: 2 }, (_, d) => ({ name: `gpu${d}`, memory: bytes(36_000) }));
    const gpipe = await preview({ schedule: 'gpipe', microBatches: 4 }, { devices: tight });
    expect(gpipe.codes?.map(({ code }) => code)).toContain('BERTH3035');
    expect(gpipe.pipeline?.fits).toBe(false);
    expect((await preview({ microBatches: 4 }, { devices: tight })).pipeline?.fits).toBe(true);
  });

  it('is drawn in a terminal, bubbles and all', async () => {
    const { pipeline } = await preview({ microBatches: 2, schedule: 'gpipe', stages: 2 });
    const plain = { bold: String, red: String, dim: String } as never;
    const lines = pipelineLines(pipeline!, plain, 80);
    const lanes = lines.filter((line) => /^gpu\d .*█/.test(line) && line.includes('·'));
    expect(lanes).toHaveLength(2);
    expect(lanes[0]).toMatch(/█+·+▓+/);
    expect(lines.every((line) => line.length <= 140)).toBe(true);
  });
});
