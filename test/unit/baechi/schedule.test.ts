import { describe, expect, it } from 'vitest';
import { MemoryCurve } from '../../../server/src/baechi/memory-over-time.ts';
import { simulate } from '../../../server/src/baechi/schedule.ts';
import { buildGraph } from '../../../server/src/graph/graph.ts';
import { numbers, randomGraph, smallGraph } from './small-graph.ts';

describe('simulate', () => {
  it('sends a tensor once to a device, one transfer at a time, booked when its producer is taken', () => {
    const node = { computeUs: 2, permBytes: 1, tempBytes: 3, outBytes: 4 };
    const graph = buildGraph(
      'fan',
      ['a', 'b', 'c', 'd'].map((name) => ({ name, ...node })),
      [
        { src: 0, dst: 1, tensor: 'x', bytes: 10, commUs: 5 },
        { src: 0, dst: 2, tensor: 'x', bytes: 10, commUs: 5 },
        { src: 0, dst: 3, tensor: 'y', bytes: 20, commUs: 7 },
      ],
    );
    const schedule = simulate(graph, Int32Array.of(0, 1, 1, 1), 2, graph.tensorCommUs);
    expect(schedule.transfers).toEqual([
      { tensor: 0, from: 0, to: 1, sendStart: 2, receiveStart: 2, receiveEnd: 7 },
      { tensor: 1, from: 0, to: 1, sendStart: 7, receiveStart: 7, receiveEnd: 14 },
    ]);
    expect([...schedule.start]).toEqual([0, 7, 9, 14]);
    expect(schedule).toMatchObject({ makespanUs: 16, transferBytes: 30, cutEdges: 3 });
    expect([...schedule.busyUs]).toEqual([2, 6]);
    expect([...schedule.peakBytes]).toEqual([8, 18]);
  });

  it('lets a receiver start later than the sender when its channel is taken', () => {
    const graph = smallGraph([1, 2, 1, 1], [], [[0, 2, 10], [1, 3, 10]]); // prettier-ignore
    const { transfers } = simulate(graph, Int32Array.of(0, 1, 2, 2), 3, graph.tensorCommUs);
    expect(transfers[1]).toMatchObject({ from: 1, sendStart: 2, receiveStart: 11, receiveEnd: 21 });
  });

  it.each([1, 2, 3, 4, 5, 6])('keeps the rules of a schedule on random graph %d', (seed) => {
    const graph = randomGraph(seed, 40);
    const next = numbers(seed);
    const device = Int32Array.from({ length: 40 }, () => Math.floor(3 * next()));
    const { start, end, transfers, makespanUs, memory, peakBytes } = simulate(graph, device, 3, graph.tensorCommUs);
    for (let i = 0; i < 40; i++) expect(end[i]! - start[i]!).toBe(graph.computeUs[i]);
    for (const d of [0, 1, 2]) {
      const runs = [...device.keys()].filter((i) => device[i] === d).sort((a, b) => start[a]! - start[b]!);
      runs.slice(1).forEach((i, k) => expect(start[i]!).toBeGreaterThanOrEqual(end[runs[k]!]!));
      const received = transfers.filter(({ to }) => to === d);
      received
        .slice(1)
        .forEach((transfer, k) => expect(transfer.receiveStart).toBeGreaterThanOrEqual(received[k]!.receiveEnd));
    }
    for (let e = 0; e < graph.edgeCount; e++) {
      const [src, dst] = [graph.edgeSrc[e]!, graph.edgeDst[e]!];
      if (device[src] === device[dst]) expect(start[dst]!).toBeGreaterThanOrEqual(end[src]!);
      if (device[src] === device[dst]) continue;
      for (const sent of graph.edgeTensors.row(e)) {
        const arrival = transfers.filter(({ tensor, to }) => tensor === sent && to === device[dst]);
        expect(arrival).toHaveLength(1);
        expect(arrival[0]!.sendStart).toBeGreaterThanOrEqual(end[src]!);
        expect(start[dst]!).toBeGreaterThanOrEqual(arrival[0]!.receiveEnd);
      }
    }
    expect(makespanUs).toBe(Math.max(...end));
    memory.forEach(({ timeUs, bytes }, d) => {
      expect(Math.max(...bytes)).toBe(peakBytes[d]);
      expect([...timeUs]).toEqual([...timeUs].sort((a, b) => a - b));
      expect(timeUs.at(-1)!).toBeLessThanOrEqual(makespanUs);
      const stays = graph.permBytes.reduce((sum, perm, i) => sum + (device[i] === d ? perm + kept(i) : 0), 0);
      expect(bytes.at(-1)).toBe(stays);
    });
    function kept(i: number): number {
      return graph.outEdges.length(i) === 0 ? graph.outBytes[i]! : 0;
    }
  });

  it('steps memory up at a start and takes temporary bytes away at the end', () => {
    const curve = new MemoryCurve();
    curve.run(0, 4, 10, 5);
    curve.change(2, 7);
    curve.run(6, 8, 9, 0);
    const { timeUs, bytes } = curve.finish(8);
    expect([...timeUs]).toEqual([0, 0, 2, 4, 6]);
    expect([...bytes]).toEqual([0, 15, 12, 7, 9]);
  });
});
