import { describe, expect, it } from 'vitest';
import { criticalTimes, Waits } from '../../../server/src/baechi/critical-path.ts';
import { simulate } from '../../../server/src/baechi/schedule.ts';
import { numbers, randomGraph, smallGraph } from './small-graph.ts';

describe('the critical path', () => {
  it('goes through a transfer that had to wait for its receiver', () => {
    const graph = smallGraph([1, 2, 1, 1], [], [[0, 2, 10], [1, 3, 10]]); // prettier-ignore
    const schedule = simulate(graph, Int32Array.of(0, 1, 2, 2), 3, graph.tensorCommUs);
    const waits = new Waits(graph, schedule);
    expect(waits.criticalPath()).toEqual([
      { kind: 'compute', node: 0, startUs: 0, endUs: 1 },
      { kind: 'transfer', transfer: 0, startUs: 1, endUs: 11 },
      { kind: 'transfer', transfer: 1, startUs: 11, endUs: 21 },
      { kind: 'compute', node: 3, startUs: 21, endUs: 22 },
    ]);
    expect(waits.ofNode(0)).toBeUndefined();
    expect(waits.ofNode(3)).toEqual({ kind: 'input', producer: 1, transfer: 1 });
  });

  it('tells a device that was at work from an input that came late', () => {
    const graph = smallGraph([5, 2, 1], [], [[1, 2, 0]]); // prettier-ignore
    const schedule = simulate(graph, Int32Array.of(0, 1, 0), 2, graph.tensorCommUs);
    const waits = new Waits(graph, schedule);
    expect(waits.ofNode(2)).toEqual({ kind: 'device', after: 0 });
    const path = waits.criticalPath();
    expect([...criticalTimes(graph, path)]).toEqual([5, 0, 1]);
  });

  it.each(Array.from({ length: 30 }, (_, seed) => seed))('has no gap from start to end on random graph %d', (seed) => {
    const graph = randomGraph(seed, 60);
    const next = numbers(seed + 7);
    const device = Int32Array.from({ length: 60 }, () => Math.floor(4 * next()));
    const schedule = simulate(graph, device, 4, graph.tensorCommUs);
    const waits = new Waits(graph, schedule);
    const path = waits.criticalPath();
    expect(path[0]!.startUs).toBe(0);
    expect(path.at(-1)!.endUs).toBe(schedule.makespanUs);
    path.slice(1).forEach((step, i) => expect(step.startUs).toBe(path[i]!.endUs));
    for (let node = 0; node < graph.nodeCount; node++) {
      const wait = waits.ofNode(node);
      const until =
        wait === undefined
          ? 0
          : wait.kind === 'device'
            ? schedule.end[wait.after]
            : wait.transfer < 0
              ? schedule.end[wait.producer]
              : schedule.transfers[wait.transfer]!.receiveEnd;
      expect(schedule.start[node]).toBe(until);
    }
  });
});
