import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceAdmission } from '../../../../server/src/faro/simulator/admission.ts';
import { JobLane } from '../../../../server/src/faro/simulator/job-lane.ts';
import type { Admission } from '../../../../server/src/faro/simulator/admission.ts';
import type { JobLaneSettings } from '../../../../server/src/faro/simulator/job-lane.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';

/** A lane whose requests take a second each and whose router takes no time, unless said otherwise. */
function laneOf(
  arrivals: readonly number[],
  replicas: number,
  admission: Partial<Admission> = {},
  settings: Partial<JobLaneSettings> = {},
): JobLane {
  return new JobLane({
    arrivals: Float64Array.from(arrivals),
    serviceSeconds: () => 1,
    routerSeconds: () => 0,
    random: randomStream(1, 'turns'),
    admission: { ...referenceAdmission, ...admission },
    replicas,
    ...settings,
  });
}

function rounded(lane: JobLane): number[] {
  return [...lane.latencies].map((latency) => Math.round(latency * 1e4) / 1e4);
}

describe('a job in the simulator', () => {
  test('serves in order, one request a replica', () => {
    const lane = laneOf([0, 0, 0, 0.5, 5], 2, { concurrency: 1 });
    lane.finish();
    expect(rounded(lane)).toEqual([1, 1, 2, 1.5, 1]);
    expect(lane.meanLatencyMs(10, 10)).toBeCloseTo(1300, 3);
    expect(lane.meanLatencyMs(20, 10)).toBeNull();
  });

  test('hands requests to its replicas by turns, up to four each, be they busy or not', () => {
    // Two replicas take three each by turns, so the last of both waits for two before it.
    const lane = laneOf([0, 0, 0, 0, 0, 0], 2);
    lane.advance(0.5);
    expect([lane.outstanding, lane.waiting]).toEqual([6, 0]);
    lane.finish();
    expect(rounded(lane)).toEqual([1, 1, 2, 2, 3, 3]);
    const full = laneOf(new Array<number>(11).fill(0), 2);
    full.advance(0.5);
    expect([full.outstanding, full.waiting]).toEqual([8, 3]);
  });

  test('turns away what finds more than the limit waiting, one in the hand of the router aside', () => {
    // One is served, two may wait (limit 1 and one more), one is in the hand.
    const lane = laneOf([0, 0, 0, 0, 0, 0], 1, { queueLimit: 1, concurrency: 1 });
    lane.finish();
    expect(rounded(lane)).toEqual([1, 2, 3, 4, Infinity, Infinity]);
  });

  test.each([1, 3])('lets 51 wait, besides the one in hand and four at each of %d replicas', (replicas) => {
    const lane = laneOf(new Array<number>(80).fill(0), replicas);
    lane.finish();
    const letIn = 51 + 1 + 4 * replicas;
    expect(rounded(lane).map((latency) => latency < Infinity)).toEqual(Array.from({ length: 80 }, (_, i) => i < letIn));
  });

  test('passes every request twice through the router, those turned away too', () => {
    const lane = laneOf([0, 0, 0], 1, { queueLimit: -1, concurrency: 1 }, { routerSeconds: () => 0.1 });
    lane.finish();
    // In at 0.1, 0.2, 0.3; the third is turned away, goes out until 0.4; the first is done at 1.1, out at 1.2; the second at 2.2.
    expect(rounded(lane)).toEqual([1.2, 2.2, Infinity]);
    expect(lane.meanLatencyMs(1, 1)).toBeCloseTo(400, 3);
  });

  test('drops by chance as asked', () => {
    const lane = laneOf(
      Array.from({ length: 5000 }, (_, i) => i * 2),
      1,
      { acceptRate: 0.8 },
    );
    lane.finish();
    const dropped = [...lane.latencies].filter((latency) => latency === Infinity).length;
    expect(dropped).toBeGreaterThan(850);
    expect(dropped).toBeLessThan(1150);
  });

  test('a replica that is added is found when another answers, or at once where none is busy', () => {
    const lane = laneOf(new Array<number>(6).fill(0), 1, { concurrency: 1 });
    lane.advance(0.5);
    lane.addReplicas(2);
    lane.advance(0.9);
    expect([lane.replicas, lane.outstanding, lane.waiting]).toEqual([3, 1, 5]);
    lane.finish();
    expect(rounded(lane)).toEqual([1, 2, 2, 2, 3, 3]);
    const none = laneOf([0, 0], 0, { concurrency: 1 });
    none.advance(4);
    expect(none.waiting).toBe(2);
    none.addReplicas(1);
    none.finish();
    expect(rounded(none)).toEqual([5, 6]);
  });

  test('replicas that are removed answer what they hold, the latest go first', () => {
    const lane = laneOf([0, 0, 0, 0, 0.6], 2);
    lane.advance(0.5);
    lane.removeReplicas(1);
    expect(lane.replicas).toBe(1);
    lane.finish();
    expect(rounded(lane)).toEqual([1, 1, 2, 2, 2.4]);
  });

  test('a replica that is added gets nothing while the router waits for an answer of another', () => {
    const lane = laneOf([0, 0, 0, 0, 0, 0, 2], 1, {}, { serviceSeconds: () => 10 });
    lane.advance(1);
    lane.addReplicas(1);
    lane.advance(9.9);
    expect([lane.outstanding, lane.waiting]).toEqual([4, 3]);
    lane.advance(10.1);
    expect([lane.outstanding, lane.waiting]).toEqual([6, 0]);
  });

  test('without replicas nobody is served', () => {
    const lane = laneOf([0, 1, 2], 1, { concurrency: 1 });
    lane.advance(0.5);
    lane.removeReplicas(5);
    lane.finish();
    expect(rounded(lane)).toEqual([1, Infinity, Infinity]);
  });

  test('sheds those that waited too long when their turn comes, up to a share of their minute', () => {
    const arrivals = new Array<number>(8).fill(0);
    const all = laneOf(arrivals, 1, { concurrency: 1, lateAfterSeconds: 2 });
    all.finish();
    expect(rounded(all)).toEqual([1, 2, 3, Infinity, Infinity, Infinity, Infinity, Infinity]);
    const some = laneOf(arrivals, 1, { concurrency: 1, lateAfterSeconds: 2, shedShare: 0.25 });
    some.finish();
    expect(rounded(some)).toEqual([1, 2, 3, Infinity, Infinity, 4, 5, 6]);
    // Eight at once: their share does not grow. Were sixteen expected, four of them could be.
    const expecting = laneOf(arrivals, 1, {
      concurrency: 1,
      lateAfterSeconds: 2,
      shedShare: 0.25,
      expectedPerMinute: 16,
    });
    expecting.finish();
    expect(rounded(expecting)).toEqual([1, 2, 3, Infinity, Infinity, Infinity, Infinity, 4]);
    // Those of the minute before count as of theirs.
    const both = laneOf([58, 58, 58, 58, 58, 60, 60, 60, 60, 60], 1, {
      concurrency: 1,
      lateAfterSeconds: 1.5,
      shedShare: 0.2,
    });
    both.finish();
    const shed = rounded(both).map((latency) => latency === Infinity);
    expect([shed.slice(0, 5), shed.slice(5)].map((minute) => minute.filter(Boolean).length)).toEqual([1, 1]);
  });

  test('tells how long the requests were served since it was asked last', () => {
    const lane = laneOf([0, 0, 5], 1);
    lane.advance(3);
    expect(lane.takeServedSeconds()).toEqual([1, 1]);
    expect(lane.takeServedSeconds()).toEqual([]);
    lane.finish();
    expect(lane.takeServedSeconds()).toEqual([1]);
  });

  test('waits as long as queueing theory says', () => {
    // M/D/1 at load 0.7: the mean wait is load / (2 (1 - load)) service times.
    const random = randomStream(1, 'theory');
    let at = 0;
    const arrivals = Float64Array.from({ length: 200_000 }, () => (at += random.exponential() / 420));
    const lane = laneOf([], 1, { queueLimit: 100_000 }, { arrivals, serviceSeconds: () => 1 / 600 });
    lane.finish();
    const mean = lane.latencies.reduce((sum, latency) => sum + latency, 0) / lane.latencies.length;
    const wait = mean * 600 - 1;
    expect(wait / (0.7 / 0.6)).toBeGreaterThan(0.95);
    expect(wait / (0.7 / 0.6)).toBeLessThan(1.05);
  });

  test('counts how long replicas serve', () => {
    const lane = laneOf([], 2);
    lane.advance(10);
    expect(lane.replicaSeconds).toBe(20);
    lane.addReplicas(1);
    lane.advance(14);
    lane.removeReplicas(2);
    lane.advance(20);
    expect(lane.replicaSeconds).toBe(20 + 12 + 6);
  });

  test('first come, first served: where requests take equally long they end in the order of their arrival', () => {
    const change = fc.record({
      after: fc.double({ min: 0.01, max: 8, noNaN: true }),
      by: fc.integer({ min: -3, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 150 }),
        fc.array(change, { maxLength: 10 }),
        fc.integer({ min: 1, max: 4 }),
        (times, changes, replicas) => {
          const arrivals = [...times].sort((a, b) => a - b);
          const lane = laneOf(arrivals, replicas, { concurrency: 1 });
          let now = 0;
          for (const { after, by } of changes) {
            lane.advance((now += after));
            if (by > 0) lane.addReplicas(by);
            else lane.removeReplicas(-by);
          }
          lane.finish();
          let last = 0;
          arrivals.forEach((arrival, i) => {
            if (lane.latencies[i] === Infinity) return;
            expect(arrival + lane.latencies[i]!).toBeGreaterThanOrEqual(last - 1e-4);
            last = arrival + lane.latencies[i]!;
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test('whatever changes meanwhile, every request ends exactly once, served in order, and as many are let in as are held', () => {
    const change = fc.record({
      after: fc.double({ min: 0.01, max: 8, noNaN: true }),
      replicas: fc.integer({ min: -3, max: 3 }),
      lateAfterSeconds: fc.constantFrom(Infinity, 0.5, 2),
      shedShare: fc.constantFrom(1, 0.1),
      queueLimit: fc.integer({ min: 0, max: 6 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
      acceptRate: fc.constantFrom(1, 0.7),
    });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 90, noNaN: true }), { maxLength: 150 }),
        fc.array(change, { maxLength: 12 }),
        fc.integer({ min: 0, max: 4 }),
        (times, changes, replicas) => {
          const arrivals = [...times].sort((a, b) => a - b);
          const service = randomStream(9, 'service');
          const served: number[] = [];
          const lane = laneOf(
            arrivals,
            replicas,
            {},
            { serviceSeconds: () => (served.push(0), 0.05 + service.uniform()) },
          );
          let now = 0;
          for (const { after, replicas: by, ...admission } of changes) {
            lane.advance((now += after));
            lane.admission = { ...referenceAdmission, ...admission };
            if (by > 0) lane.addReplicas(by);
            else lane.removeReplicas(-by);
            expect(lane.replicas).toBeGreaterThanOrEqual(0);
            const begun = [...lane.latencies].filter((latency) => !Number.isNaN(latency)).length;
            expect(begun + lane.waiting + lane.outstanding).toBe(lane.arrived);
          }
          lane.finish();
          expect([...lane.latencies].every((latency) => latency > 0)).toBe(true);
          const answered = [...lane.latencies].filter((latency) => latency < Infinity);
          expect(served).toHaveLength(answered.length);
          expect([lane.outstanding, lane.waiting, lane.arrived]).toEqual([0, 0, arrivals.length]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
