import { describe, expect, it } from 'vitest';
import { placeMEtf } from '../../../server/src/baechi/m-etf.ts';
import { placeMSct } from '../../../server/src/baechi/m-sct.ts';
import { roundFavourites } from '../../../server/src/baechi/favourite-children.ts';
import type { Placement, PlacementResult } from '../../../server/src/baechi/placement.ts';
import { literalScheduler } from './literal-scheduler.ts';
import { devices, numbers, randomGraph, smallGraph } from './small-graph.ts';

function placed(result: PlacementResult): Placement {
  if (result.kind !== 'placement') throw new Error(result.kind);
  return result;
}

/** Expects `device start–end` of every node. */
function check(result: PlacementResult, ...expected: string[]): void {
  const { device, start, end } = placed(result);
  expect(Array.from(device, (d, i) => `${d} ${start[i]}–${end[i]}`)).toEqual(expected);
}

const favourites = (n: number, ...pairs: [number, number][]): Int32Array => {
  const children = new Int32Array(n).fill(-1);
  for (const [parent, child] of pairs) children[parent] = child;
  return children;
};

describe('tiny graphs', () => {
  const join = smallGraph([2, 3, 5], [5, 6, 2], [[0, 2, 1], [1, 2, 3]]); // prettier-ignore
  const fork = smallGraph([2, 5, 3], [5, 3, 2], [[0, 1, 3], [0, 2, 1]]); // prettier-ignore
  const lateJoin = smallGraph([2, 3, 3], [5, 3, 2], [[0, 2, 2], [1, 2, 1]]); // prettier-ignore
  const two = devices(10, 10);

  it('m-ETF: a join goes where its inputs are first', () => {
    check(placeMEtf(join, two, join.tensorCommUs), '0 0–2', '1 0–3', '1 3–8');
    check(placeMEtf(lateJoin, two, lateJoin.tensorCommUs), '0 0–2', '1 0–3', '0 4–7');
  });

  it('m-SCT: a fork keeps its favourite', () => {
    check(placeMSct(fork, two, fork.tensorCommUs, favourites(3, [0, 1])), '0 0–2', '0 2–7', '1 3–6');
  });

  it('m-SCT: a device that waits for its favourite lets time pass', () => {
    check(placeMSct(lateJoin, two, lateJoin.tensorCommUs, favourites(3, [0, 2])), '0 0–2', '1 0–3', '0 4–7');
    check(placeMSct(lateJoin, two, lateJoin.tensorCommUs, favourites(3, [1, 2])), '0 0–2', '1 0–3', '0 4–7');
  });

  it('m-SCT: waiting can lose', () => {
    const graph = smallGraph([9, 9, 8, 5, 6, 4], [], [[0, 2, 2], [1, 2, 3], [1, 3, 1], [4, 5, 3]]); // prettier-ignore
    const mEtf = placed(placeMEtf(graph, devices(400, 400), graph.tensorCommUs));
    const waiting = favourites(6, [1, 2], [4, 5]);
    expect(mEtf.estimateUs).toBe(22);
    check(
      placeMSct(graph, devices(400, 400), graph.tensorCommUs, waiting),
      '0 0–9',
      '1 0–9',
      '1 11–19',
      '0 19–24',
      '0 9–15',
      '0 15–19', // prettier-ignore
    );
  });
});

describe('memory', () => {
  it('comes back when the last consumer has been scheduled, so that a full device takes nodes again', () => {
    // Each node's output fills half a device; only because the chain releases it can the third one follow.
    const graph = smallGraph([1, 1, 1, 1], [], [[0, 1, 50], [1, 2, 50], [2, 3, 50]]); // prettier-ignore
    const heavy = { ...graph, outBytes: new Float64Array([5, 5, 5, 5]) };
    check(placeMEtf(heavy, devices(10), heavy.tensorCommUs), '0 0–1', '0 1–2', '0 2–3', '0 3–4');
    expect(placed(placeMEtf(heavy, devices(10), heavy.tensorCommUs)).peakBytes[0]).toBe(10);
  });

  it('stays in use when the graph is to run backwards', () => {
    const graph = smallGraph([1, 1, 1], [], [[0, 1, 1], [1, 2, 1]]); // prettier-ignore
    const trained = { ...graph, outBytes: new Float64Array([5, 5, 5]), backwardUs: new Float64Array([1, 1, 1]) };
    expect(placeMEtf(trained, devices(10), trained.tensorCommUs)).toMatchObject({ kind: 'dead-end', node: 2 });
    expect(placeMEtf(trained, devices(15), trained.tensorCommUs)).toMatchObject({ kind: 'placement' });
  });

  it('says at which node there was no room, and how much there was', () => {
    const graph = smallGraph([1, 1, 1], [6, 6, 6], []);
    expect(placeMEtf(graph, devices(10, 9), graph.tensorCommUs)).toEqual({
      kind: 'dead-end',
      node: 2,
      need: 6,
      free: new Float64Array([4, 3]),
      placed: 2,
      reason: 'memory-full',
    });
    expect(placeMEtf(graph, devices(5, 4), graph.tensorCommUs)).toMatchObject({
      node: 0,
      placed: 0,
      reason: 'too-large',
    });
  });
});

describe('pins and stopping', () => {
  const graph = smallGraph([2, 2, 2], [1, 1, 1], [[0, 1, 1], [0, 2, 1]]); // prettier-ignore

  it('runs a node only where it is pinned', () => {
    const pins = Int32Array.of(1, -1, 0);
    expect([...placed(placeMEtf(graph, devices(9, 9), graph.tensorCommUs, { pins })).device]).toEqual([1, 1, 0]);
  });

  it('calls a node too large when its own device is too small', () => {
    const pins = Int32Array.of(0, -1, -1);
    expect(placeMEtf(graph, devices(0, 9), graph.tensorCommUs, { pins })).toMatchObject({
      node: 0,
      reason: 'too-large',
    });
  });

  it('stops when asked', () => {
    let asked = 0;
    const shouldStop = (): boolean => ++asked > 1;
    expect(placeMEtf(graph, devices(9), graph.tensorCommUs, { shouldStop })).toEqual({ kind: 'cancelled' });
    expect(asked).toBe(2);
  });
});

describe('against the description, step by step', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('random graph %d', (seed) => {
    const next = numbers(seed + 1000);
    const graph = randomGraph(seed, 3 + Math.floor(next() * 40));
    const total = graph.outBytes.reduce((sum, bytes, i) => sum + bytes + graph.permBytes[i]!, 0);
    const limits = Array.from({ length: 1 + (seed % 4) }, () => Math.ceil(total * (0.1 + 0.7 * next())));
    const pins =
      graph.computeUs.length % 3 === 0 ? Int32Array.from(graph.names, () => (next() < 0.2 ? 0 : -1)) : undefined;
    const x = Float64Array.from({ length: graph.edgeCount }, () => next());
    const options = pins ? { pins } : {};
    for (const favourite of [undefined, roundFavourites(graph, x, 0.6)]) {
      const wanted = literalScheduler(graph, devices(...limits), graph.tensorCommUs, favourite, pins);
      const got = favourite
        ? placeMSct(graph, devices(...limits), graph.tensorCommUs, favourite, options)
        : placeMEtf(graph, devices(...limits), graph.tensorCommUs, options);
      if (wanted.placed < graph.nodeCount) {
        expect(got).toMatchObject({ kind: 'dead-end', placed: wanted.placed });
      } else {
        const { device, start, end, peakBytes, estimateUs } = placed(got);
        const { placed: _, ...rest } = wanted;
        expect({
          device: [...device],
          start: [...start],
          end: [...end],
          estimateUs,
          peakBytes: [...peakBytes],
        }).toEqual(rest);
      }
    }
  });
});
