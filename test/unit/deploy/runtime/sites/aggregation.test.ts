import { expect, test } from 'vitest';
import { SiteAggregation, type AggregationEnd } from '../../../../../server/src/deploy/runtime/sites/aggregation.ts';
import type { AggregationPlan, SiteMessage } from '../../../../../server/src/securedfl/aggregation-plan.ts';

const PLAN: AggregationPlan = {
  pattern: {
    name: 'affine plane',
    n: 4,
    rounds: [
      [[0, 1], [2, 3]],
      [[0, 2], [1, 3]],
      [[0, 3], [1, 2]],
    ],
  },
  rho: [3, 9e-4],
  weights: [0.1, 0.2, 0.3, 0.4],
  length: 5,
  precision: 'float32',
}; // prettier-ignore

/** Four sites in one process over a network that delivers when it is told to. */
function fourSites(w: (site: number) => Float32Array) {
  const ends: (AggregationEnd | undefined)[] = [undefined, undefined, undefined, undefined];
  const network: SiteMessage[] = [];
  const sites = ends.map(
    (_, site) =>
      new SiteAggregation({
        plan: PLAN,
        site,
        round: 1,
        attempt: 1,
        w: w(site),
        send: (message) => network.push(message),
        onEnd: (end) => (ends[site] = end),
      }),
  );
  const deliverAll = () => {
    while (network.length > 0) {
      const message = network.pop()!;
      expect(sites[message.to]!.receive(message)).toBeUndefined();
    }
  };
  return { sites, ends, network, deliverAll };
}

const own = (site: number) => Float32Array.from({ length: 5 }, (_, j) => site + j / 10);

test('four sites end with one digest and the weighted mean', () => {
  const { sites, ends, deliverAll } = fourSites(own);
  for (const site of sites) site.start();
  deliverAll();
  const digests = ends.map((end) => (end?.kind === 'averaged' ? end.digest : end?.why));
  expect(new Set(digests).size).toBe(1);
  const { z } = ends[0] as Extract<AggregationEnd, { kind: 'averaged' }>;
  // 0.2 + 0.6 + 1.2 = 2, and j/10.
  z.forEach((value, j) => expect(value).toBeCloseTo(2 + j / 10, 2));
});

test('the duals are fresh every time: no two attempts send the same shares', () => {
  const shares = [0, 1].map(() => {
    const { sites, network } = fourSites(own);
    sites[0]!.start();
    return (network[0] as Exclude<SiteMessage, { kind: 'digest' }>).vector;
  });
  expect(shares[0]).not.toEqual(shares[1]);
});

test('an attempt that is given up says whom it waited for, ends once, and takes nothing more', () => {
  const { sites, ends, network, deliverAll } = fourSites(own);
  for (const site of sites.slice(0, 3)) site.start();
  network.splice(0, Infinity, ...network.filter(({ to }) => to !== 3));
  deliverAll();
  expect(sites[2]!.waitingFor()).toEqual([3]);
  sites[2]!.abort('given up');
  sites[2]!.abort('again');
  expect(ends[2]).toEqual({ kind: 'aborted', why: 'given up' });
  sites[3]!.start();
  for (const message of network.splice(0)) sites[message.to]!.receive(message);
  expect(ends[2]).toEqual({ kind: 'aborted', why: 'given up' });
});

test('a message that the pattern does not allow is refused, weights that are no numbers end the attempt', () => {
  const { sites, ends } = fourSites((site) => (site === 1 ? new Float32Array(5).fill(NaN) : own(site)));
  sites[0]!.start();
  const foreign: SiteMessage = {
    kind: 'y',
    round: 1,
    attempt: 1,
    iteration: 1,
    from: 2,
    to: 0,
    vector: new Float32Array(5),
  };
  expect(sites[0]!.receive(foreign)).toBe('not-in-pattern');
  sites[1]!.start();
  expect(ends[1]).toEqual({ kind: 'aborted', why: 'its weights are not all finite' });
});
