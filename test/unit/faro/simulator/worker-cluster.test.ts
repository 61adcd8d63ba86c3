import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { referenceAdmission } from '../../../../server/src/faro/simulator/admission.ts';
import { JobLane } from '../../../../server/src/faro/simulator/job-lane.ts';
import { randomStream } from '../../../../server/src/faro/simulator/random-stream.ts';
import {
  promptMechanics,
  referenceMechanics,
  WorkerCluster,
} from '../../../../server/src/faro/simulator/worker-cluster.ts';
import type { ClusterMechanics } from '../../../../server/src/faro/simulator/worker-cluster.ts';
import type { ResourceVector } from '../../../../server/src/faro/job.ts';
import { job } from '../golden-instance.ts';

function clusterOf(
  initial: readonly number[],
  nodes: readonly ResourceVector[],
  mechanics: ClusterMechanics = referenceMechanics,
  resources: readonly ResourceVector[] = initial.map(() => ({})),
) {
  const lanes = initial.map(
    (replicas) =>
      new JobLane({
        arrivals: new Float64Array(0),
        serviceSeconds: () => 1,
        routerSeconds: () => 0,
        random: randomStream(1, 'turns'),
        admission: referenceAdmission,
        replicas,
      }),
  );
  const jobs = resources.map((takes, i) => job({ name: `job${i}`, resources: takes }));
  const cluster = new WorkerCluster(jobs, lanes, nodes, mechanics);
  /** The second after which that many replicas of a job serve. */
  const servesFrom = (index: number, replicas: number, from: number, most = 300): number => {
    for (let now = from; now <= most; now += 1) {
      cluster.advance(now + 0.5);
      if (lanes[index]!.replicas === replicas) return now;
    }
    return Infinity;
  };
  return { cluster, lanes, servesFrom };
}

describe('the workers of a cluster', () => {
  test('a new one is cold, one that another replica of the job has just left is hot', () => {
    const { cluster, lanes, servesFrom } = clusterOf([2], [{ replicas: 4 }]);
    cluster.scale(0, 3, 100);
    expect([cluster.target(0), lanes[0]!.replicas, cluster.isScaling(0, 100)]).toEqual([3, 2, true]);
    expect(servesFrom(0, 3, 100)).toBe(135);
    expect(cluster.isScaling(0, 136)).toBe(false);
    cluster.scale(0, 2, 140);
    expect([lanes[0]!.replicas, cluster.isScaling(0, 142), cluster.isScaling(0, 143)]).toEqual([2, true, false]);
    cluster.scale(0, 3, 150);
    expect(servesFrom(0, 3, 150)).toBe(153);
  });

  test('moving a replica from one job to another takes 65 to 70 s: idle, looked for, cold', () => {
    for (const [start, least, most] of [
      [100, 65, 71],
      [112, 65, 71],
    ] as const) {
      const { cluster, servesFrom } = clusterOf([3, 1], [{ replicas: 4 }]);
      cluster.advance(start);
      cluster.scale(0, 2, start);
      cluster.scale(1, 2, start);
      const seconds = servesFrom(1, 2, start) - start;
      expect(seconds).toBeGreaterThanOrEqual(least);
      expect(seconds).toBeLessThanOrEqual(most);
    }
  });

  test('a job that finds no room stays busy until it does, and a job keeps its last worker', () => {
    const { cluster, servesFrom, lanes } = clusterOf([1, 1], [{ replicas: 2 }]);
    cluster.scale(1, 2, 10);
    expect(servesFrom(1, 2, 10, 200)).toBe(Infinity);
    expect(cluster.isScaling(1, 200)).toBe(true);
    cluster.scale(0, 0, 200);
    cluster.advance(300);
    expect(lanes[0]!.replicas).toBe(0);
    cluster.scale(0, 1, 300);
    expect(servesFrom(0, 1, 300, 400)).toBe(303);
  });

  test('replicas must fit a node, whatever all nodes together hold', () => {
    const nodes = [{ cpu: 3 }, { cpu: 3 }];
    const { cluster, lanes } = clusterOf([1, 1], nodes, referenceMechanics, [{ cpu: 2 }, { cpu: 2 }]);
    cluster.scale(0, 2, 0);
    cluster.advance(200);
    // Each node has one core left, and a replica takes two.
    expect(lanes.map((lane) => lane.replicas)).toEqual([1, 1]);
  });

  test('replicas that find no room at the start wait for it, and take none that is not there', () => {
    const { cluster, lanes, servesFrom } = clusterOf([2, 2], [{ cpu: 3 }, { cpu: 3 }], referenceMechanics, [
      { cpu: 2 },
      { cpu: 1 },
    ]);
    const tight = clusterOf([3, 1], [{ replicas: 2 }]);
    expect(lanes.map((lane) => lane.replicas)).toEqual([2, 2]);
    expect(tight.lanes.map((lane) => lane.replicas)).toEqual([2, 0]);
    expect([tight.cluster.target(0), tight.cluster.isScaling(0, 0), tight.cluster.isScaling(1, 0)]).toEqual([
      3,
      true,
      true,
    ]);
    tight.cluster.advance(500);
    expect(tight.lanes.map((lane) => lane.replicas)).toEqual([2, 0]);
    cluster.scale(1, 0, 10);
    cluster.advance(100);
    cluster.scale(0, 3, 100);
    // One core each is left, and one on the node of the worker that is kept.
    expect(servesFrom(0, 3, 100)).toBe(Infinity);
  });

  test('whatever is asked for and when, no node ever holds more than it has', () => {
    const move = fc.record({
      after: fc.double({ min: 0, max: 40, noNaN: true }),
      job: fc.nat({ max: 2 }),
      replicas: fc.nat({ max: 5 }),
    });
    const mechanics = fc.constantFrom(referenceMechanics, promptMechanics(2), {
      ...referenceMechanics,
      idleSeconds: 7,
      retrySeconds: 3,
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), mechanics, fc.integer({ min: 3, max: 8 }), (moves, how, cores) => {
        const nodes = [{ cpu: cores }, { cpu: 4 }];
        const demands = [1, 2, 1.5];
        const { cluster, lanes } = clusterOf(
          [1, 1, 1],
          nodes,
          how,
          demands.map((cpu) => ({ cpu })),
        );
        const used = (counts: readonly number[]): number => counts.reduce((all, n, i) => all + n * demands[i]!, 0);
        const check = (): void => {
          expect(used(lanes.map((lane) => lane.replicas))).toBeLessThanOrEqual(cores + 4);
          lanes.forEach((lane, i) => {
            expect(lane.replicas).toBeLessThanOrEqual(cluster.target(i));
          });
        };
        let now = 0;
        for (const { after, job: index, replicas } of moves) {
          for (const end = now + after; now < end;) cluster.advance((now = Math.min(end, now + 1.7)));
          check();
          if (!cluster.isScaling(index, now)) cluster.scale(index, replicas, now);
          check();
        }
        cluster.advance(now + 1000);
        check();
      }),
      { numRuns: 200 },
    );
  });

  test('where room is free at once a move takes one start', () => {
    const { cluster, servesFrom } = clusterOf([3, 1], [{ replicas: 4 }], promptMechanics(2));
    cluster.advance(100);
    cluster.scale(0, 2, 100);
    cluster.scale(1, 2, 100);
    expect(servesFrom(1, 2, 100) - 100).toBeLessThanOrEqual(4);
  });
});
