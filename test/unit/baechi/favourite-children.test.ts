import loadHighs from 'highs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  favouriteChildren,
  favouriteChildrenProgram,
  roundFavourites,
} from '../../../server/src/baechi/favourite-children.ts';
import { loadHighsSolver } from '../../../server/src/baechi/highs-solver.ts';
import type { LpSolver } from '../../../server/src/baechi/linear-program.ts';
import { smallGraph } from './small-graph.ts';

let solve: LpSolver;
beforeAll(async () => {
  solve = await loadHighsSolver(loadHighs);
});

describe('the linear program', () => {
  it('has one row an edge, one a fork, one a join and one a node', () => {
    const graph = smallGraph([2, 3, 5], [], [[0, 2, 1], [1, 2, 3]]); // prettier-ignore
    const program = favouriteChildrenProgram(graph, graph.tensorCommUs);
    const rows = Array.from(program.rowLower, (lower, r) => {
      const terms = [...program.rowColumns.keys()].slice(program.rowStart[r], program.rowStart[r + 1]);
      return `${terms.map((k) => `${program.rowValues[k]} c${program.rowColumns[k]}`).join(' + ')} >= ${lower}`;
    });
    // Columns: x of two edges, s of three nodes, w.
    expect(rows).toEqual([
      '-1 c0 + -1 c2 + 1 c4 >= 2',
      '-3 c1 + -1 c3 + 1 c4 >= 3',
      '1 c0 + 1 c1 >= 1',
      '-1 c2 + 1 c5 >= 2',
      '-1 c3 + 1 c5 >= 3',
      '-1 c4 + 1 c5 >= 5',
    ]);
    expect([...program.cost]).toEqual([0, 0, 0, 0, 0, 1]);
    expect([...program.columnUpper]).toEqual([1, 1, Infinity, Infinity, Infinity, Infinity]);
  });

  it.each([
    [
      [2, 5, 3],
      [
        [0, 1, 3],
        [0, 2, 1],
      ],
      7,
    ],
    [
      [2, 3, 3],
      [
        [0, 2, 2],
        [1, 2, 1],
      ],
      19 / 3,
    ],
    [
      [1, 3, 3, 1, 3, 1],
      [
        [0, 1, 1],
        [0, 4, 1],
        [1, 2, 1],
        [2, 3, 1],
        [4, 5, 1],
        [5, 3, 1],
      ],
      8,
    ],
    [
      [5, 4, 7, 4],
      [
        [0, 2, 1],
        [1, 2, 3],
        [1, 3, 1],
      ],
      12.5,
    ],
    [
      [9, 9, 8, 5, 6, 4],
      [
        [0, 2, 2],
        [1, 2, 3],
        [1, 3, 1],
        [4, 5, 3],
      ],
      18.2,
    ],
    [
      [6, 7, 9, 8, 10, 6, 6, 10, 6],
      [
        [0, 2, 1],
        [0, 3, 5],
        [0, 4, 2],
        [1, 2, 1],
        [1, 3, 1],
        [1, 4, 1],
        [2, 5, 5],
        [2, 6, 3],
        [3, 5, 4],
        [3, 6, 1],
        [3, 7, 5],
        [4, 8, 1],
      ],
      77 / 3,
    ],
  ] as [number[], [number, number, number][], number][])('times %j: optimum', (times, edges, optimum) => {
    // prettier-ignore
    const graph = smallGraph(times, [], edges);
    expect(favouriteChildren(graph, graph.tensorCommUs, solve)?.relaxedMakespanUs).toBeCloseTo(optimum, 6);
  });

  it('gives the favourites of a graph in which they are the only choice', () => {
    const graph = smallGraph([1, 3, 3, 1, 3, 1], [], [[0, 1, 1], [0, 4, 1], [1, 2, 1], [2, 3, 1], [4, 5, 1], [5, 3, 1]]); // prettier-ignore
    expect([...favouriteChildren(graph, graph.tensorCommUs, solve)!.favourites]).toEqual([1, 2, 3, -1, 5, -1]);
  });

  it('is solved for a single node and for a graph without edges', () => {
    const lone = smallGraph([7], [], []);
    expect(favouriteChildren(lone, lone.tensorCommUs, solve)).toEqual({
      favourites: Int32Array.of(-1),
      relaxedMakespanUs: 7,
    });
  });
});

describe('rounding', () => {
  const graph = smallGraph([1, 1, 1, 1], [], [[0, 2, 1], [0, 3, 1], [1, 2, 1], [1, 3, 1]]); // prettier-ignore
  const round = (threshold: number, ...x: number[]): number[] => [
    ...roundFavourites(graph, Float64Array.from(x), threshold),
  ];

  it('takes an edge at the threshold and leaves one above it', () => {
    expect(round(0.1, 0.1, 0.9, 0.9, 0.1)).toEqual([2, 3, -1, -1]);
    expect(round(0.1, 0.11, 0.89, 0.89, 0.11)).toEqual([-1, -1, -1, -1]);
  });

  it('lets a later edge win both ends', () => {
    expect(round(0.5, 0.5, 0.5, 1, 1)).toEqual([3, -1, -1, -1]);
    expect(round(0.5, 0.5, 1, 0.5, 1)).toEqual([-1, 2, -1, -1]);
    expect(round(0.5, 0.5, 0.5, 0.5, 0.5)).toEqual([-1, 3, -1, -1]);
  });
});
