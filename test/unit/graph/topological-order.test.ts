import { describe, expect, it } from 'vitest';
import { findCycle, topologicalOrder } from '../../../server/src/graph/topological-order.ts';
import { IntRows } from '../../../server/src/numeric/int-rows.ts';

const ends = (edges: [number, number][]): [Int32Array, Int32Array] => [
  Int32Array.from(edges, ([src]) => src),
  Int32Array.from(edges, ([, dst]) => dst),
];

function order(n: number, edges: [number, number][]): number[] {
  const [src, dst] = ends(edges);
  return [...topologicalOrder(n, dst, IntRows.placesOf(src, n))];
}

describe('topologicalOrder', () => {
  it('takes roots in node order and children in edge order, first in first out', () => {
    expect(order(6, [[3, 1], [3, 0], [2, 1], [1, 4], [0, 5]])).toEqual([2, 3, 1, 0, 4, 5]); // prettier-ignore
    expect(order(4, [[0, 3], [0, 1], [0, 2]])).toEqual([0, 3, 1, 2]); // prettier-ignore
  });

  it('leaves the nodes of a cycle, and what follows it, out', () => {
    expect(order(4, [[0, 1], [1, 2], [2, 1], [2, 3]])).toEqual([0]); // prettier-ignore
  });
});

describe('findCycle', () => {
  it('finds none in an acyclic graph', () => {
    expect(findCycle(3, ...ends([[0, 1], [0, 2], [1, 2]]))).toBeUndefined(); // prettier-ignore
  });

  it('walks a cycle edge by edge, without what leads into it or out of it', () => {
    const edges: [number, number][] = [[0, 1], [1, 2], [2, 3], [3, 1], [3, 4]]; // prettier-ignore
    const cycle = findCycle(5, ...ends(edges))!;
    expect(cycle.map((e) => edges[e]![0]).sort()).toEqual([1, 2, 3]);
    cycle.forEach((e, i) => expect(edges[e]![1]).toBe(edges[cycle[(i + 1) % cycle.length]!]![0]));
  });
});
