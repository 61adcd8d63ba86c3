import { describe, expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { planSpec } from '../../../server/src/baechi/plan.ts';
import { sensitivityCases, sensitivityOf, type SensitivityOutcome } from '../../../server/src/baechi/sensitivity.ts';
import {
  sensitivityCsv,
  sensitivityPage,
  sensitivitySvg,
} from '../../../server/src/cli/experiment/sensitivity-files.ts';
import { pointsOf, sensitivityVerdict } from '../../../server/src/preview/sensitivity.ts';
import { bytes, placement } from '../preview/specs.ts';
import { randomGraph, smallGraph } from './small-graph.ts';

const options = { solver: defaultSolver };

async function outcomes(seed: number, memory: number): Promise<{ makespanUs: number; all: SensitivityOutcome[] }> {
  const graph = randomGraph(seed, 12);
  const spec = placement({ devices: [0, 1].map((d) => ({ name: `gpu${d}`, memory: bytes(memory) })) });
  const planned = await planSpec(spec, graph, options);
  if (planned.kind !== 'planned' || !planned.decision) throw new Error('nothing fits');
  const all: SensitivityOutcome[] = [];
  for (const one of sensitivityCases([1, 2])) {
    const outcome = await sensitivityOf(spec, graph, planned.decision, one, options);
    if ('kind' in outcome) throw new Error(outcome.kind);
    all.push(outcome);
  }
  return { makespanUs: planned.plan.best!.schedule.makespanUs, all };
}

describe('sensitivity of a placement', () => {
  it('is nothing where nothing changes, and never below 0 where the optimum is planned', async () => {
    const { makespanUs, all } = await outcomes(4, 200);
    for (const axis of ['memory', 'transfers', 'compute'] as const) {
      expect(all.find((one) => one.axis === axis && one.factor === 1)).toMatchObject({
        kept: { makespanUs, fits: true },
        anew: { makespanUs, fits: true },
        regret: 0,
      });
    }
    // Graphs of 12 nodes are placed exactly: no kept placement is better.
    for (const { regret } of all) expect(regret ?? 0).toBeGreaterThanOrEqual(0);
    expect(new Set(all.filter(({ axis }) => axis === 'noise').map(({ kept }) => kept.makespanUs)).size).toBeGreaterThan(
      1,
    );
  });

  it('says down to which memory the placement holds, and down to which something does', async () => {
    const { all } = await outcomes(4, 120);
    const fits = (of: 'kept' | 'anew') =>
      all.filter((one) => one.axis === 'memory' && one[of]?.fits).map(({ factor }) => factor);
    expect(Math.min(...fits('anew'))).toBeLessThanOrEqual(Math.min(...fits('kept')));
    expect(all[0]).toMatchObject({ factor: 0.05, kept: { fits: false }, regret: null });
    const report = { name: 'net', algorithm: 'auto', makespanUs: 1, outcomes: all };
    expect(sensitivityVerdict(report)).toMatch(
      /^Keeping the placement costs at most [\d.]+\s%.*something fits down to/,
    );
    expect(pointsOf(report, 'noise')).toHaveLength(2);
    expect(pointsOf(report, 'noise')[0]).toMatchObject({ factor: 0.1, cases: 2 });
    expect(sensitivityCsv(report).trim().split('\n')).toHaveLength(1 + 12 + 5 + 5 + 4);
    for (const picture of [sensitivityPage(report), sensitivitySvg(report)]) {
      expect(picture.match(/<polyline/g)).toHaveLength(8);
      expect(picture).not.toContain('NaN');
    }
  });

  it('counts slower links, also those whose times the file gives', async () => {
    const graph = smallGraph([5, 5], [6, 6], [[0, 1, 10]]);
    const spec = placement({ devices: [0, 1].map((d) => ({ name: `gpu${d}`, memory: bytes(9) })) });
    const planned = await planSpec(spec, graph, options);
    if (planned.kind !== 'planned' || !planned.decision) throw new Error('nothing fits');
    const twice = await sensitivityOf(
      spec,
      graph,
      planned.decision,
      { axis: 'transfers', factor: 2, seed: 0 },
      options,
    );
    expect(twice).toMatchObject({ kept: { makespanUs: 30 }, regret: 0 });
    const half = await sensitivityOf(spec, graph, planned.decision, { axis: 'compute', factor: 0.5, seed: 0 }, options);
    // 2.5 µs are 2 on a clock of whole microseconds.
    expect(half).toMatchObject({ kept: { makespanUs: 14 } });
  });
});
