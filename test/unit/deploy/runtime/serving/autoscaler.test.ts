import { describe, expect, it } from 'vitest';
import { Autoscaler } from '../../../../../server/src/deploy/runtime/serving/autoscaler.ts';
import type { AutoscaleHost } from '../../../../../server/src/deploy/runtime/serving/autoscaler.ts';
import { JobMetrics } from '../../../../../server/src/deploy/runtime/serving/job-metrics.ts';
import { serving } from '../../../../fixtures/serving-sketch.ts';
import type { ServingSketch } from '../../../../fixtures/serving-sketch.ts';

/** A cluster in simulated time: real measurements and the real loop, replicas that are there as soon as they are wanted. */
class Cluster {
  now = 0;
  readonly replicas: Record<string, number>;
  readonly metrics = new Map<string, JobMetrics>();
  readonly reasons: string[] = [];
  readonly #clock = { now: () => this.now };
  readonly #host: AutoscaleHost;
  #scaler: Autoscaler;
  #served = 0;
  /** Nothing can be measured of these. */
  readonly lost = new Set<string>();
  /** Nothing of these has started. */
  readonly starting = new Set<string>();

  constructor(sketch: ServingSketch) {
    const { spec, replicas } = serving(sketch);
    this.replicas = { ...replicas };
    for (const job of spec.jobs) this.metrics.set(job.name, new JobMetrics(job.slo.latency, this.#clock));
    this.#host = {
      measure: (name) => {
        if (this.lost.has(name)) return undefined;
        const metrics = this.metrics.get(name)!;
        const arrivals = metrics.arrivalsPerMinute();
        return {
          arrivalsPerMinute: arrivals.slice(0, -1),
          arrivalsUnderWay: arrivals.at(-1)!,
          meanLatencyMs: metrics.window(30_000).meanMs,
          running: this.starting.has(name) ? 0 : this.replicas[name]!,
          target: this.replicas[name]!,
          isScaling: this.starting.has(name),
          waiting: 0,
          idleSeconds: metrics.idleSeconds,
        };
      },
      takeServedSeconds: () => Array.from({ length: 20 }, () => 0.02 + 0.001 * (this.#served++ % 40)),
      admit: () => {},
      move: (name, replicas, reason) => {
        this.replicas[name] = replicas;
        this.reasons.push(reason);
        expect(Object.values(this.replicas).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
          sketch.capacity!,
        );
      },
    };
    this.#scaler = new Autoscaler(spec, this.#clock, this.#host);
  }

  /** Routers that count from now on. */
  restart(...names: readonly string[]): void {
    for (const name of names) this.metrics.set(name, new JobMetrics(200, this.#clock, this.#scaler.began));
  }

  get stored(): string {
    return JSON.stringify(this.#scaler.state);
  }

  /** Another autoscaler goes on, in another process, whose clock began at another time. */
  handOver(sketch: ServingSketch, stored?: unknown): void {
    const clock = { now: () => this.now + 777_777 };
    this.#scaler = new Autoscaler(serving(sketch).spec, clock, this.#host, stored);
  }

  /** Somebody asks a job that has no replica. */
  knock(name: string): void {
    this.metrics.get(name)!.arrived();
    this.#scaler.wake(name);
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
      for (const metrics of this.metrics.values()) metrics.seen();
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

  describe.each(['berth', 'faro', 'mark', 'aiad', 'oneshot'] as const)('on silence, policy %s', (policy) => {
    const busy = { a: { rate: 60, ms: 300 }, b: { rate: 40, ms: 300 } };
    const quiet = { a: { rate: 20, ms: 100 }, b: { rate: 20, ms: 100 } };
    /** After a rush, with replicas that calm would take away sooner or later. */
    function afterRush(): Cluster {
      const cluster = new Cluster({ ...sketch, capacity: 12, policy });
      cluster.run(330, busy);
      expect(cluster.replicas.a! + cluster.replicas.b!).toBeGreaterThan(4);
      return cluster;
    }

    it.each([
      ['while nothing can be measured', (cluster: Cluster) => cluster.lost.add('b').add('a')],
      ['while no replica has started', (cluster: Cluster) => cluster.starting.add('a').add('b')],
    ])('holds the replicas %s', (_, befall) => {
      const cluster = afterRush();
      const before = { ...cluster.replicas };
      befall(cluster);
      cluster.run(1500, {});
      expect(cluster.replicas).toEqual(before);
    });

    it('holds the replicas when the machine had slept, whatever the clock says', () => {
      const cluster = afterRush();
      const before = { ...cluster.replicas };
      for (const hours of [0.02, 1, 24, 1000]) {
        cluster.now += 3_600_000 * hours;
        cluster.run(59, {});
        expect(cluster.replicas).toEqual(before);
      }
      cluster.now -= 5_000_000;
      cluster.run(60, {});
      expect(cluster.replicas).toEqual(before);
    });

    it('holds the replicas when routers count anew, and takes them away when a calm was measured', () => {
      const cluster = afterRush();
      const before = { ...cluster.replicas };
      cluster.restart('a', 'b');
      cluster.run(29, {});
      cluster.restart('a', 'b');
      cluster.run(59, {});
      expect(cluster.replicas).toEqual(before);
      cluster.run(1500, {});
      expect(cluster.replicas.a).toBeLessThan(before.a!);
      expect(cluster.replicas.b).toBeLessThan(before.b!);
    });

    it('wants the same of a job that joined within a minute', () => {
      const cluster = afterRush();
      cluster.run(900, quiet);
      const before = { ...cluster.replicas };
      // The minute under way of the new router begins with that of the control: its few requests are not those of a whole minute.
      cluster.run(45, quiet);
      cluster.restart('b');
      cluster.run(120, quiet);
      expect(cluster.replicas).toEqual(before);
    });
  });

  describe.each(['berth', 'faro', 'mark', 'aiad', 'oneshot'] as const)('scale to zero under policy %s', (policy) => {
    const sleepy: ServingSketch = {
      capacity: 8,
      policy,
      jobs: [
        { name: 'a', sloMs: 200, min: 0, replicas: 2, sleepsAfterMs: 600_000 },
        { name: 'b', sloMs: 200 },
      ],
    };

    it('puts a job to sleep after ten minutes that were measured, and wakes it in the moment in which it is asked', () => {
      const cluster = new Cluster(sleepy);
      cluster.run(120, { a: { rate: 3, ms: 30 }, b: { rate: 3, ms: 30 } });
      cluster.run(590, { b: { rate: 3, ms: 30 } });
      expect(cluster.replicas.a).toBeGreaterThanOrEqual(1);
      cluster.run(15, { b: { rate: 3, ms: 30 } });
      expect(cluster.replicas.a).toBe(0);
      expect(cluster.reasons.at(-1)).toBe('No request came for 10 min.');
      cluster.run(3600, { b: { rate: 3, ms: 30 } });
      expect(cluster.replicas.a).toBe(0);
      cluster.knock('a');
      expect(cluster.replicas.a).toBe(1);
      expect(cluster.reasons.at(-1)).toBe('A request came while it slept.');
    });

    it('never on silence: while the machine sleeps, routers count anew or nothing can be measured', () => {
      const cluster = new Cluster(sleepy);
      cluster.run(120, { a: { rate: 3, ms: 30 }, b: { rate: 3, ms: 30 } });
      for (const hours of [0.02, 1, 24, 1000]) {
        cluster.now += 3_600_000 * hours;
        cluster.run(500, {});
        expect(cluster.replicas.a).toBeGreaterThanOrEqual(1);
      }
      cluster.restart('a', 'b');
      cluster.run(500, {});
      cluster.lost.add('a');
      cluster.run(3000, {});
      expect(cluster.replicas.a).toBeGreaterThanOrEqual(1);
    });
  });

  describe('stored and taken up again', () => {
    /** A rush, calm and another rush; every so many seconds the autoscaler is replaced as `replace` says. */
    function day(policy: ServingSketch['policy'], every: number, replace: (cluster: Cluster) => void): Cluster {
      const cluster = new Cluster({ ...sketch, ...(policy && { policy }) });
      const second = (load: Parameters<Cluster['run']>[1], count: number): void => {
        for (let i = 1; i <= count; i++) {
          cluster.run(1, load);
          if (i % every === 0) replace(cluster);
        }
      };
      second({ a: { rate: 60, ms: 50 }, b: { rate: 2, ms: 450 } }, 400);
      second({ a: { rate: 3, ms: 30 }, b: { rate: 40, ms: 60 } }, 900);
      second({ a: { rate: 25, ms: 900 }, b: { rate: 25, ms: 150 } }, 300);
      return cluster;
    }

    it.each(['berth', 'faro', 'mark', 'aiad', 'oneshot'] as const)(
      'as JSON, %s decides as if nothing had been',
      (policy) => {
        const whole = day(policy, Infinity, () => {});
        const inPieces = day(policy, 17, (cluster) =>
          cluster.handOver({ ...sketch, policy }, JSON.parse(cluster.stored)),
        );
        expect(whole.reasons.length).toBeGreaterThan(2);
        expect(inPieces.reasons).toEqual(whole.reasons);
        expect(inPieces.replicas).toEqual(whole.replicas);
        expect(inPieces.stored).toBe(whole.stored);
        const forgetful = day(policy, 17, (cluster) => cluster.handOver({ ...sketch, policy }));
        expect(forgetful.reasons).not.toEqual(whole.reasons);
      },
    );

    it.each([
      ['of another policy', (state: object) => ({ ...state, policy: 'aiad' })],
      ['of other jobs', (state: object) => ({ ...state, jobs: ['a', 'c'] })],
      [
        'of another shape',
        (state: object) => ({ ...state, controller: { lastLookSeconds: 1, policy: [0], pending: [] } }),
      ],
      ['that is none', () => null],
    ])('what was stored %s is not gone on from', (_, spoil) => {
      const cluster = new Cluster(sketch);
      cluster.run(100, { a: { rate: 5, ms: 50 } });
      const state = JSON.parse(cluster.stored) as { readonly seconds: number };
      expect(state.seconds).toBe(100);
      cluster.handOver(sketch, spoil(state));
      expect(JSON.parse(cluster.stored)).toMatchObject({ seconds: 0, controller: { lastLookSeconds: 0 } });
      cluster.handOver(sketch, state);
      expect(JSON.parse(cluster.stored)).toEqual(state);
    });
  });
});
