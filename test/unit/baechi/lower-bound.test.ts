import { describe, expect, it } from 'vitest';
import { lowerBound } from '../../../server/src/baechi/lower-bound.ts';
import { simulate } from '../../../server/src/baechi/schedule.ts';
import { randomGraph, smallGraph } from './small-graph.ts';

describe('lowerBound', () => {
  it('shares the work, rounded up', () => {
    const graph = smallGraph([3, 3, 4], [], []);
    expect(lowerBound(graph, 4, graph.tensorCommUs)).toEqual({
      us: 4,
      loadUs: 3,
      criticalPathUs: 4,
      communicationUs: 4,
    });
    expect(lowerBound(graph, 3, graph.tensorCommUs).loadUs).toBe(4);
    expect(lowerBound(graph, 1, graph.tensorCommUs).us).toBe(10);
  });

  it('lets a join pay for its parents apart or together, whichever is less', () => {
    const graph = (transfer: number) => smallGraph([5, 5, 1], [], [[0, 2, transfer], [1, 2, transfer]]); // prettier-ignore
    const bound = (transfer: number) => lowerBound(graph(transfer), 2, graph(transfer).tensorCommUs).us;
    expect([0, 2, 4, 5, 50].map(bound)).toEqual([6, 8, 10, 11, 11]);
  });

  it('sees a fork as a join turned around', () => {
    const graph = smallGraph([1, 5, 5], [], [[0, 1, 50], [0, 2, 50]]); // prettier-ignore
    expect(lowerBound(graph, 2, graph.tensorCommUs).us).toBe(11);
  });

  it('adds up the tensors of an edge', () => {
    const graph = randomGraph(12, 8);
    const free = new Float64Array(graph.tensorCount);
    const { communicationUs, criticalPathUs } = lowerBound(graph, 2, free);
    expect(communicationUs).toBe(criticalPathUs);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))('is beaten by no placement of random graph %d', (seed) => {
    const graph = randomGraph(seed, 7);
    const { us } = lowerBound(graph, 3, graph.tensorCommUs);
    let best = Infinity;
    for (let code = 0; code < 3 ** 7; code++) {
      const device = Int32Array.from({ length: 7 }, (_, i) => Math.floor(code / 3 ** i) % 3);
      best = Math.min(best, simulate(graph, device, 3, graph.tensorCommUs).makespanUs);
    }
    expect(us).toBeLessThanOrEqual(best);
  });
});
