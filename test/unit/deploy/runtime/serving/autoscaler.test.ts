import { describe, expect, it } from 'vitest';
import { Autoscaler } from '../../../../../server/src/deploy/runtime/serving/autoscaler.ts';
import { JobMetrics } from '../../../../../server/src/deploy/runtime/serving/job-metrics.ts';
import { serving } from '../../../../fixtures/serving-sketch.ts';
import type { ServingSketch } from '../../../../fixtures/serving-sketch.ts';

/** A cluster in simulated time: real measurements and the real loop, replicas that are there as soon as they are wanted. */
class Cluster {
  now = 0;
  readonly replicas: Record<string, number>;
  readonly metrics = new Map<string, JobMetrics>();
  readonly reasons: string[] = [];
  readonly #scaler: Autoscaler;

  constructor(sketch: ServingSketch) {
    const { spec, replicas } = serving(sketch);
    this.replicas = { ...replicas };
    const clock = { now: () => this.now };
    for (const job of spec.jobs) this.metrics.set(job.name, new JobMetrics(job.slo.latency, clock));
    this.#scaler = new Autoscaler(spec, clock, {
      measure: (name) => {
        const metrics = this.metrics.get(name)!;
        const arrivals = metrics.arrivalsPerMinute();
        return {
          arrivalsPerMinute: arrivals.slice(0, -1),
          arrivalsUnderWay: arrivals.at(-1)!,
          meanLatencyMs: metrics.window(30_000).meanMs,
          running: this.replicas[name]!,
          target: this.replicas[name]!,
          isScaling: false,
          waiting: 0,
          servedSeconds: [],
        };
      },
      admit: () => {},
      move: (name, replicas, reason) => {
        this.replicas[name] = replicas;
        this.reasons.push(reason);
        expect(Object.values(this.replicas).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
          sketch.capacity!,
        );
      },
    });
  }

  /** Lets seconds pass with so many requests a second and this latency, by job. */
  run(seconds: number, load: Readonly<Record<string, { readonly rate: number; readonly ms: number }>>): void {
    for (let second = 0; second < seconds; second++) {
      for (const [name, { rate, ms }] of Object.entries(load)) {
        const metrics = this.metrics.get(name)!;
        for (let i = 0; i < rate; i++) {
          metrics.arrived();
          metrics.answered({ code: 200, latencyMs: ms, refused: false });
        }
      }
      this.now += 1000;
      this.#scaler.tick();
    }
  }
}

describe('the autoscaler', () => {
  // One request takes 50 ms: a replica serves 20 a second.
  const sketch: ServingSketch = {
    capacity: 8,
    jobs: [
      { name: 'a', sloMs: 200 },
      { name: 'b', sloMs: 200 },
    ],
  };

  it('allocates from measured arrivals after the first minute, and gives back every five', () => {
    const cluster = new Cluster(sketch);
    cluster.run(59, { a: { rate: 60, ms: 50 }, b: { rate: 1, ms: 50 } });
    expect(cluster.replicas).toEqual({ a: 1, b: 1 });
    cluster.run(1, { a: { rate: 60, ms: 50 }, b: { rate: 1, ms: 50 } });
    expect(cluster.replicas.a).toBeGreaterThanOrEqual(4); // more than three are busy all the time
    expect(cluster.replicas.b).toBe(1);
    expect(cluster.reasons[0]).toMatch(/^Up to 6\d\.\d requests\/s are expected/);
    const busy = cluster.replicas.a;
    cluster.run(200, { b: { rate: 60, ms: 50 } });
    expect(cluster.replicas.a).toBe(busy);
    cluster.run(400, { b: { rate: 60, ms: 50 } });
    expect(cluster.replicas.a).toBe(1);
    expect(cluster.replicas.b).toBeGreaterThanOrEqual(4);
  });

  it('adds a replica after half a minute over the SLO, without waiting for an allocation', () => {
    const cluster = new Cluster(sketch);
    cluster.run(29, { a: { rate: 5, ms: 900 } });
    expect(cluster.replicas).toEqual({ a: 1, b: 1 });
    cluster.run(1, { a: { rate: 5, ms: 900 } });
    expect(cluster.replicas).toEqual({ a: 2, b: 1 });
    expect(cluster.reasons).toEqual([expect.stringContaining('took 900 ms on average, over the SLO of 200 ms')]);
  });

  it.each(['static', 'fairShare'] as const)('leaves the policy %s alone', (policy) => {
    const cluster = new Cluster({ ...sketch, policy });
    cluster.run(700, { a: { rate: 60, ms: 900 } });
    expect(cluster.replicas).toEqual({ a: 1, b: 1 });
  });
});
