import { expect, it } from 'vitest';
import { placerOf } from '../../../../server/src/baechi/placers.ts';
import { trainingRun } from '../../../../server/src/baechi/training-run.ts';
import type { GroupReserve } from '../../../../server/src/baechi/grouping/reservations.ts';
import { buildGraph } from '../../../../server/src/graph/graph.ts';
import { devices } from '../small-graph.ts';

/** An embedding whose weights the head reads too: they stand at the embedding, and both are one group. */
const tied = buildGraph(
  'tied',
  [
    { name: 'embed', computeUs: 2, permBytes: 150, tempBytes: 0, outBytes: 1, group: 'tied' },
    { name: 'block', computeUs: 5, permBytes: 100, tempBytes: 5, outBytes: 1 },
    { name: 'head', computeUs: 3, permBytes: 0, tempBytes: 0, outBytes: 25, group: 'tied' },
  ],
  [
    { src: 0, dst: 1, tensor: 'words', bytes: 1, commUs: 1 },
    { src: 1, dst: 2, tensor: 'hidden', bytes: 1, commUs: 1 },
  ],
);

function placedWith(reserve: GroupReserve) {
  const groups = { keep: 'graph', keepWhole: [], reserve, fuse: false, adjust: 'none' } as const;
  const run = trainingRun(tied, devices(200, 200), { usPerByte: 1, latencyUs: 0 }, undefined, { groups });
  return placerOf('m-ETF').place(run, {
    solve: () => {
      throw new Error('m-ETF solves nothing');
    },
  });
}

it('tied weights fit where what both nodes need does', () => {
  const placed = placedWith('needed');
  expect(placed).toMatchObject({ kind: 'placement', device: Int32Array.of(0, 1, 0) });
});

it('the authors’ code counts them twice, and finds no room', () => {
  expect(placedWith('published').kind).toBe('dead-end');
});
