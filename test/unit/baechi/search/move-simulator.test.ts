import { describe, expect, it } from 'vitest';
import { simulate } from '../../../../server/src/baechi/schedule.ts';
import { flatGraph } from '../../../../server/src/baechi/search/flat-graph.ts';
import { MoveSimulator } from '../../../../server/src/baechi/search/move-simulator.ts';
import type { Graph } from '../../../../server/src/graph/graph.ts';
import { devices, numbers, randomGraph } from '../small-graph.ts';

/** What `simulate` says of the placement that a simulator holds. */
function reference(graph: Graph, simulator: MoveSimulator, memory: readonly number[]) {
  const device = Int32Array.from(simulator.flat.rankOf, (rank) => simulator.device[rank]!);
  const { makespanUs, peakBytes, start } = simulate(graph, device, memory.length, graph.tensorCommUs);
  const excessBytes = memory.reduce((sum, limit, d) => sum + Math.max(0, peakBytes[d]! - limit), 0);
  return { makespanUs, peaks: [...peakBytes], excessBytes, start };
}

describe('MoveSimulator', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('agrees with the simulator on random graph %d', (seed) => {
    const next = numbers(seed + 100);
    const whole = (below: number): number => Math.floor(next() * below);
    const count = 2 + whole(5);
    const graph = randomGraph(seed, 4 + whole(70));
    // Some devices are full, some never can be.
    const memory = Array.from({ length: count }, () => (next() < 0.3 ? 1e6 : 20 + whole(120)));
    const simulator = new MoveSimulator(flatGraph(graph, graph.tensorCommUs), devices(...memory));
    simulator.load(Int32Array.from({ length: graph.nodeCount }, () => whole(count)));
    const holds = (): void => {
      const { makespanUs, peaks, excessBytes, start } = reference(graph, simulator, memory);
      expect(simulator).toMatchObject({ makespanUs, excessBytes });
      expect([...simulator.peaks()]).toEqual(peaks);
      const late = [...simulator.flat.nodeOf].filter((node, rank) => simulator.readyUs(rank) > start[node]!);
      expect(late).toEqual([]);
    };
    holds();
    for (let move = 0; move < 150; move++) {
      simulator.begin();
      for (let nodes = 1 + whole(3); nodes > 0; nodes--) simulator.move(whole(graph.nodeCount), whole(count));
      const atMostUs = next() < 0.5 ? Infinity : Math.floor(simulator.makespanUs * (0.9 + 0.2 * next()));
      const mostExcess = next() < 0.7 ? Infinity : simulator.excessBytes + whole(30) - 10;
      const expected = reference(graph, simulator, memory);
      const kept = simulator.evaluate(atMostUs, mostExcess);
      expect(kept).toBe(expected.makespanUs <= atMostUs && expected.excessBytes <= mostExcess);
      if (!kept) continue;
      expect(simulator.movedMakespanUs).toBe(expected.makespanUs);
      expect(simulator.movedExcessBytes).toBe(expected.excessBytes);
      if (next() < 0.5) simulator.keep();
      else simulator.begin();
      holds();
    }
  });

  it('goes on from a placement that was taken whole', () => {
    const graph = randomGraph(7, 50);
    const memory = [1e6, 1e6, 1e6];
    const simulator = new MoveSimulator(flatGraph(graph, graph.tensorCommUs), devices(...memory));
    for (const d of [0, 1, 2]) {
      simulator.load(new Int32Array(50).fill(d));
      const { makespanUs } = reference(graph, simulator, memory);
      expect(simulator.makespanUs).toBe(makespanUs);
      simulator.begin();
      simulator.move(10, (d + 1) % 3);
      expect(simulator.evaluate(Infinity)).toBe(true);
      simulator.keep();
      expect(simulator.makespanUs).toBe(reference(graph, simulator, memory).makespanUs);
    }
  });
});
