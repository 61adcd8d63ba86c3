import { expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { planPlacement } from '../../../server/src/baechi/plan.ts';
import type { RecomputeUnit } from '../../../server/src/baechi/recompute.ts';
import { remediesOf } from '../../../server/src/baechi/remedies.ts';
import { specRun } from '../../../server/src/baechi/from-spec.ts';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import { previewPlacement } from '../../../server/src/preview/placement.ts';
import { bytes, placement } from '../preview/specs.ts';

/** Six layers of two nodes, of which the first one's output is large and read inside alone. */
const graph = buildGraph(
  'layers',
  Array.from({ length: 12 }, (_, i) => ({
    name: `block${Math.floor(i / 2)}/${i % 2 === 0 ? 'wide' : 'out'}`,
    computeUs: 10,
    backwardUs: 20,
    permBytes: 10,
    tempBytes: 0,
    outBytes: i % 2 === 0 ? 100 : 10,
  })),
  Array.from({ length: 11 }, (_, i) => ({ src: i, dst: i + 1, tensor: 'y', bytes: 10 })),
);
const never = () => false;
const spec = (memory: number, count = 2) =>
  placement({ devices: Array.from({ length: count }, (_, d) => ({ name: `gpu${d}`, memory: bytes(memory) })) });

it('each makes the placement fit by itself, in the time that it says', async () => {
  const solve = await defaultSolver();
  const tight = spec(380);
  const { memory, recompute, device } = remediesOf(tight, graph, never);
  const plan = (changed: ReturnType<typeof spec>, units: readonly RecomputeUnit[] = []) => {
    const result = planPlacement('auto', specRun(changed, graph, units).run, { solve });
    if (result.kind !== 'plan') throw new Error(result.kind);
    return result.best!;
  };
  expect(plan(tight).fits).toBe(false);
  expect(memory!.largest).toBeGreaterThan(380);
  for (const [best, us] of [
    [plan(spec(Math.ceil(memory!.largest))), memory!.makespanUs],
    [plan(tight, recompute!.units), recompute!.makespanUs],
    [plan(spec(380, 3)), device!.makespanUs],
  ] as const) {
    expect(best.fits).toBe(true);
    expect(best.schedule.makespanUs).toBeLessThanOrEqual(us);
  }
});

it('are left out where they do not help', () => {
  expect(remediesOf(spec(1), graph, never)).toEqual({});
  expect(remediesOf(spec(9), graph, never).device).toBeUndefined();
});

it('stand beside every device that lacks memory, of the closest placement', async () => {
  const outcome = await previewPlacement(
    spec(380),
    0,
    graph,
    {},
    {
      thorough: true,
      solve: defaultSolver,
      shouldStop: never,
    },
  );
  const findings = outcome!.findings;
  const [help] = findings.filter(({ code }) => code === 'BERTH3037');
  expect(
    (help!.params as { remedies: string[] }).remedies.map((way) => way.split(/\s+/).slice(0, 3).join(' ')),
  ).toEqual([expect.stringMatching(/^with \d+B? ?/), 'with "recompute: auto",', 'with one more']);
  expect(findings.some(({ code }) => code === 'BERTH3014')).toBe(true);
});
