/** What a spec gives a search: moves, a seed, and how the way to the best placement is told. */
import { expect, it } from 'vitest';
import { defaultSolver } from '../../../server/src/baechi/default-solver.ts';
import { planSpec, type SpecPlanOptions } from '../../../server/src/baechi/plan.ts';
import type { SearchBudget, TrainingPlacement } from '../../../server/src/spec/types.ts';
import { bytes, placement } from '../preview/specs.ts';
import { randomGraph } from './small-graph.ts';

const graph = randomGraph(11, 120);

function spec(budget: SearchBudget, seed = 1): TrainingPlacement {
  const devices = ['a', 'b', 'c'].map((name) => ({ name, memory: bytes(1e9) }));
  return { ...placement(), algorithm: 'search', devices, budget, seed };
}

async function planned(written: TrainingPlacement, options: Partial<SpecPlanOptions> = {}) {
  const plan = await planSpec(written, graph, { solver: defaultSolver, ...options });
  if (plan.kind === 'cancelled') throw new Error(plan.kind);
  return plan;
}

it('one seed and one number of moves give one placement, and the way to it', async () => {
  const once = await planned(spec({ moves: 4000 }, 3));
  const again = await planned(spec({ moves: 4000 }, 3));
  expect(again.decision).toEqual(once.decision);
  expect(again.searched).toEqual(once.searched);
  const { searched, plan } = once;
  expect(searched.at(-1)?.makespanUs).toBe(plan.best?.schedule.makespanUs);
  for (const [i, { moves, makespanUs }] of searched.entries()) {
    // What it is at when they are used up it ends.
    expect(moves).toBeLessThanOrEqual(4100);
    expect(makespanUs).toBeLessThanOrEqual(searched[i - 1]?.makespanUs ?? Infinity);
    expect(moves).toBeGreaterThanOrEqual(searched[i - 1]?.moves ?? 0);
  }
});

it('more moves are never worse', async () => {
  const few = await planned(spec({ moves: 0 }));
  const many = await planned(spec({ moves: 8000 }));
  expect(many.plan.best!.schedule.makespanUs).toBeLessThanOrEqual(few.plan.best!.schedule.makespanUs);
});

it('ends with what it has when it is told that this is enough', async () => {
  let looks = 0;
  const plan = await planned(spec({ moves: 1e9 }), { enough: () => ++looks > 20 });
  expect(plan.plan.best?.fits).toBe(true);
  expect(plan.decision).not.toBeNull();
});
