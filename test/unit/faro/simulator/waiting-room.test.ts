import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceAdmission, type Admission } from '../../../../server/src/faro/simulator/admission.ts';
import { minuteArrivals } from '../../../../server/src/faro/simulator/arrivals.ts';
import { JobLane } from '../../../../server/src/faro/simulator/job-lane.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import { nobody, WaitingRoom } from '../../../../server/src/faro/simulator/waiting-room.ts';

function roomOf(arrivals: readonly number[], changes: Partial<Admission> = {}): WaitingRoom {
  const room = new WaitingRoom(Float64Array.from(arrivals), { ...referenceAdmission, ...changes });
  for (const arrival of arrivals) room.count(arrival);
  return room;
}

describe('who waits for a replica', () => {
  test('is served in the order of arrival, and turned away where more than the limit wait', () => {
    const room = roomOf([0, 0, 0, 0], { queueLimit: 1 });
    expect([0, 1, 2, 3].map((request) => room.enter(request, 0))).toEqual([nobody, nobody, nobody, 3]);
    expect([room.next(), room.next(), room.next()]).toEqual([0, 1, 2]);
    expect(room.length).toBe(0);
  });

  const overrun = { queueLimit: 1, lateAfterSeconds: 1, lateLast: true };

  test('waits for all who can still be in time, once the room has been full; who is latest makes room', () => {
    const room = roomOf([0, 0, 0, 5, 5], overrun);
    for (const request of [0, 1, 2]) room.enter(request, 0);
    expect([room.enter(3, 5), room.enter(4, 5)]).toEqual([0, 1]);
    expect(room.shed(5)).toBe(nobody);
    expect([room.next(), room.next(), room.next()]).toEqual([3, 4, 2]);
  });

  test('is first come, first served until the room is full, and again when it has been empty', () => {
    const room = roomOf([0, 4, 5, 5, 9, 9], { ...overrun, shedShare: 0 });
    room.enter(0, 0);
    room.enter(1, 4);
    expect(room.shed(6)).toBe(nobody);
    expect(room.next()).toBe(0);
    for (const request of [2, 3, 4]) room.enter(request, 7);
    while (room.length > 0) room.next();
    room.enter(4, 9);
    room.enter(5, 9.5);
    room.shed(10.2);
    expect([room.next(), room.next()]).toEqual([4, 5]);
  });

  test('keeps its place where nobody is late', () => {
    const room = roomOf([0, 0, 0, 0], overrun);
    for (const request of [0, 1, 2]) room.enter(request, 0);
    expect(room.enter(3, 0.5)).toBe(3);
    expect([room.next(), room.next(), room.next()]).toEqual([0, 1, 2]);
  });
});

test('late requests last: no one more is turned away, and each still ends once', () => {
  const traffic = fc.record({
    counts: fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 5 }),
    replicas: fc.integer({ min: 1, max: 3 }),
    queueLimit: fc.integer({ min: 0, max: 60 }),
    lateAfterSeconds: fc.constantFrom(0, 0.3, 2),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(traffic, ({ counts, replicas, seed, ...limits }) => {
      const { times } = minuteArrivals(counts, randomStream(seed, 'arrivals'));
      const latencies = [false, true].map((lateLast) => {
        const random = randomStream(seed, 'service');
        const lane = new JobLane({
          arrivals: times,
          serviceSeconds: () => 0.05 + 0.1 * random.uniform(),
          routerSeconds: () => 0.002,
          random: randomStream(seed, 'turns'),
          admission: { ...referenceAdmission, concurrency: 1, shedShare: 0, ...limits, lateLast },
          replicas,
        });
        lane.finish();
        return lane.latencies;
      });
      const [refused, refusedWithLateLast] = latencies.map(
        (each) => each.filter((latency) => latency === Infinity).length,
      );
      expect(refusedWithLateLast).toBe(refused);
      expect(latencies[1]!.some(Number.isNaN)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
