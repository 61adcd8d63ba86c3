/**
 * The placers come to the reference's placements: device, start and end of every node, peaks, makespans and dead ends, in every file and
 * every row that is recorded. Nothing is passed over in silence.
 */
import loadHighs from 'highs';
import { beforeAll, expect, it } from 'vitest';
import { loadHighsSolver } from '../../server/src/baechi/highs-solver.ts';
import type { LpSolver } from '../../server/src/baechi/linear-program.ts';
import { DEMANDED_KEYS, GIVEN_KEYS, OTHER_KEYS } from './baechi-record-row.ts';
import { rowsOfAllFiles } from './baechi-records.ts';
import { describeWithSharedData, hasSharedData } from './shared-data.ts';

const rows = hasSharedData ? rowsOfAllFiles() : [];
let dualSimplex: LpSolver;
beforeAll(async () => {
  dualSimplex = await loadHighsSolver(loadHighs, undefined, 'dual-simplex');
});

describeWithSharedData('recordings of the reference', () => {
  it.each(rows.map((row) => [row.but ? `${row.name} (${row.but})` : row.name, row] as const))('%s', (_, row) =>
    row.demand(dualSimplex),
  );

  it('are all there, each row once, and every figure in them is demanded or named with a reason', () => {
    expect(rows.length).toBeGreaterThan(180);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    const known = new Set([...DEMANDED_KEYS, ...GIVEN_KEYS, ...Object.keys(OTHER_KEYS)]);
    expect(rows.flatMap(({ name, keys }) => keys.filter((key) => !known.has(key)).map((key) => `${name}: ${key}`))).toEqual([]); // prettier-ignore
  });

  it('are demanded in full but for those that say why not', () => {
    const why = new Map<string, number>();
    for (const { but } of rows) if (but) why.set(but, (why.get(but) ?? 0) + 1);
    expect(Object.fromEntries(why)).toMatchInlineSnapshot(`
      {
        "its favourites are those of the run without groups: a failed run records none": 1,
        "its favourites are those of the same graph with ample memory: a failed run records none": 1,
        "only the number of its favourites is recorded, and another version of the solver has others: the placement is simulated, not found": 4,
        "the reference crashes on a receive that it has charged before; ours goes on, and must keep the limits": 3,
        "the reference stops at node numbers that are in no topological order; ours sweeps in one": 2,
      }
    `);
  });
});
