import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { WirePrecision } from '../../../server/src/securedfl/admm.ts';
import { aggregate, aggregationWeights } from '../../../server/src/securedfl/admm.ts';
import type { AggregationPlan, SiteMessage } from '../../../server/src/securedfl/aggregation-plan.ts';
import { checkPlan, neighbourhood } from '../../../server/src/securedfl/aggregation-plan.ts';
import { planPattern } from '../../../server/src/securedfl/planner.ts';
import { rhoSchedule } from '../../../server/src/securedfl/rho-schedule.ts';
import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';
import type { SiteContext, SiteState } from '../../../server/src/securedfl/site-protocol.ts';
import { awaited, deliver, startSite } from '../../../server/src/securedfl/site-protocol.ts';
import { iterationTransfers, trafficOf } from '../../../server/src/securedfl/traffic.ts';
import { siteDuals, siteWeights } from './federated-vectors.ts';

const d = 17;
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function planFor(n: number, iterations: number, precision: WirePrecision = 'float32'): AggregationPlan {
  const planned = planPattern(n, { iterations });
  if (!planned.ok) throw new Error(`no pattern for ${n}`);
  const weights = aggregationWeights(Array.from({ length: n }, (_, k) => 100 + 7 * k));
  const rho = rhoSchedule({ rho: 3, decay: { rate: 0.01, period: 1 } }, iterations);
  return { pattern: planned.pattern, rho, weights, length: d, precision };
}

/** All sites of one aggregation and what is on its way between them. */
class Federation {
  readonly plan: AggregationPlan;
  readonly contexts: SiteContext[];
  readonly states: SiteState[] = [];
  readonly inFlight: SiteMessage[] = [];

  constructor(plan: AggregationPlan) {
    this.plan = plan;
    const { n } = plan.pattern;
    this.contexts = Array.from({ length: n }, (_, site) => ({ plan, site, hash }));
    const [w, duals] = [siteWeights(n, d), siteDuals(n, d)];
    for (const context of this.contexts) {
      const { site } = context;
      const started = startSite(context, { round: 1, attempt: 0, w: w[site]!, lambda0: duals[site]! });
      if (!started.ok) throw new Error(started.code);
      this.states.push(started.state);
      this.inFlight.push(...started.outgoing);
    }
  }

  deliver(message: SiteMessage): ReturnType<typeof deliver> {
    const delivery = deliver(this.contexts[message.to]!, this.states[message.to]!, message);
    this.states[message.to] = delivery.state;
    this.inFlight.push(...delivery.outgoing);
    return delivery;
  }

  /** Delivers all that is in flight, in an order drawn from the generator, some messages twice. */
  run(random: () => number, repeat = 0): void {
    while (this.inFlight.length > 0) {
      const at = Math.floor(random() * this.inFlight.length);
      const [message] = this.inFlight.splice(at, 1);
      expect(this.deliver(message!).outcome).toBe('accepted');
      if (random() < repeat) expect(this.deliver(message!).outcome).toBe('duplicate');
    }
  }
}

const resultOf = (state: SiteState): string => `${state.phase} ${hash(new Uint8Array(state.z.buffer as ArrayBuffer))}`;

describe('an aggregation by messages', () => {
  it.each([
    [4, 2],
    [6, 3],
    [7, 2],
    [9, 4],
    [10, 3],
    [14, 2],
    [15, 2],
  ])('%i sites, %i iterations: every order of delivery gives every site the same bits', (n, iterations) => {
    for (const precision of ['float32', 'float64'] as const) {
      const plan = planFor(n, iterations, precision);
      expect(checkPlan(plan)).toBeUndefined();
      const { pattern, rho, weights } = plan;
      const inOneProcess = aggregate({
        pattern,
        rho,
        weights,
        precision,
        w: siteWeights(n, d),
        lambda0: siteDuals(n, d),
      });
      for (let seed = 0; seed < 12; seed++) {
        const federation = new Federation(plan);
        federation.run(mulberry32(seed), 0.3);
        expect(new Set(federation.states.map(resultOf))).toEqual(
          new Set([`done ${hash(new Uint8Array(inOneProcess.buffer as ArrayBuffer))}`]),
        );
      }
    }
  });

  it('sends vectors exactly as the traffic says', () => {
    for (const [n, iterations] of [
      [9, 2],
      [10, 3],
      [14, 2],
    ] as const) {
      const plan = planFor(n, iterations);
      const federation = new Federation(plan);
      const sent: string[] = [];
      while (federation.inFlight.length > 0) {
        const message = federation.inFlight.shift()!;
        if (message.kind !== 'digest') sent.push(`${message.iteration} ${message.kind} ${message.from}>${message.to}`);
        federation.deliver(message);
      }
      const expected = trafficOf(plan.pattern, iterations).iterations.flatMap((transfers, i) =>
        transfers.map(({ kind, from, to }) => `${i + 1} ${kind} ${from}>${to}`),
      );
      expect(sent.sort()).toEqual(expected.sort());
    }
  });

  it('survives a site that is written to disk and read back after every message', () => {
    const federation = new Federation(planFor(9, 2));
    const random = mulberry32(3);
    while (federation.inFlight.length > 0) {
      const [message] = federation.inFlight.splice(Math.floor(random() * federation.inFlight.length), 1);
      federation.deliver(message!);
      federation.states[message!.to] = deserialize(serialize(federation.states[message!.to])) as SiteState;
    }
    expect(new Set(federation.states.map(resultOf)).size).toBe(1);
    expect(federation.states[0]!.phase).toBe('done');
  });

  it('recovers lost messages from the outboxes, unchanged', () => {
    const federation = new Federation(planFor(9, 3));
    const random = mulberry32(8);
    for (let resend = 0; federation.states.some((state) => state.phase !== 'done'); resend++) {
      expect(resend).toBeLessThan(200);
      while (federation.inFlight.length > 0) {
        const [message] = federation.inFlight.splice(Math.floor(random() * federation.inFlight.length), 1);
        if (random() < 0.3) continue;
        expect(federation.deliver(message!).outcome).not.toBe('refused');
      }
      federation.states.forEach((state, site) => {
        for (const { from, kind } of awaited(federation.contexts[site]!, state)) {
          const again = federation.states[from]!.outbox.filter(
            (sent) => sent.to === site && sent.kind === kind && sent.iteration === state.iteration,
          );
          expect(again.length).toBeLessThanOrEqual(1);
          federation.inFlight.push(...again);
        }
      });
    }
    expect(new Set(federation.states.map(resultOf)).size).toBe(1);
  });

  it('says for whom it waits', () => {
    const { contexts, states } = new Federation(planFor(9, 2));
    expect(awaited(contexts[0]!, states[0]!)).toEqual([
      { kind: 'y', from: 3 },
      { kind: 'y', from: 6 },
    ]);
  });
});

describe('a site refuses', () => {
  const plan = planFor(9, 2);
  const fresh = (): Federation => new Federation(plan);
  const valid = (): SiteMessage & { kind: 'y' } =>
    fresh().inFlight.find((m) => m.kind === 'y' && m.from === 3 && m.to === 0) as SiteMessage & { kind: 'y' };

  it.each([
    ['wrong-round', { round: 2 }],
    ['wrong-attempt', { attempt: 1 }],
    ['unknown-sender', { from: 9 }],
    ['unknown-sender', { from: 0 }],
    ['unknown-sender', { from: -1 }],
    ['wrong-iteration', { iteration: 0 }],
    ['wrong-iteration', { iteration: 3 }],
    ['wrong-iteration', { iteration: 1.5 }],
    ['not-in-pattern', { from: 1 }],
    ['not-in-pattern', { kind: 'partial' }],
    ['not-in-pattern', { kind: 'partial', from: 4 }],
    ['wrong-length', { vector: new Float32Array(d - 1) }],
    ['wrong-precision', { vector: new Float64Array(d) }],
    ['non-finite', { vector: new Float32Array(d).fill(NaN) }],
    ['non-finite', { vector: new Float32Array(d).fill(Infinity) }],
    ['malformed', { kind: 'digest', digest: '' }],
    ['malformed', { kind: 'model' }],
  ])('%s: %j', (code, change) => {
    const federation = fresh();
    const delivery = federation.deliver({ ...valid(), ...change } as SiteMessage);
    expect(delivery).toMatchObject({ outcome: 'refused', code });
    expect(delivery.state).toBe(federation.states[0]);
    expect(delivery.outgoing).toEqual([]);
  });

  it('a message for someone else', () => {
    const { contexts, states } = fresh();
    expect(deliver(contexts[6]!, states[6]!, valid())).toMatchObject({ outcome: 'refused', code: 'wrong-recipient' });
  });

  it('another content under the same name, but takes the same one twice', () => {
    const federation = fresh();
    expect(federation.deliver(valid()).outcome).toBe('accepted');
    expect(federation.deliver(valid())).toMatchObject({ outcome: 'duplicate', outgoing: [] });
    const other = { ...valid(), vector: new Float32Array(d) };
    expect(federation.deliver(other)).toMatchObject({ outcome: 'refused', code: 'conflict' });
  });

  it('a message two iterations ahead, but keeps one that is one ahead', () => {
    const federation = new Federation(planFor(9, 4));
    const ahead = (iteration: number): SiteMessage => {
      const from = neighbourhood(federation.plan.pattern, 0, iteration).mates[0]!;
      return { ...valid(), iteration, from };
    };
    expect(federation.deliver(ahead(3))).toMatchObject({ outcome: 'refused', code: 'wrong-iteration' });
    expect(federation.deliver(ahead(2))).toMatchObject({ outcome: 'accepted', outgoing: [] });
  });

  it('values beyond the limit', () => {
    const limited = new Federation({ ...plan, limit: 1e-3 });
    expect(limited.deliver(valid())).toMatchObject({ outcome: 'refused', code: 'out-of-range' });
  });

  it('to begin with weights that are no numbers or too few', () => {
    const context = { plan, site: 0, hash };
    const lambda0 = new Float64Array(d);
    const start = { round: 1, attempt: 0, lambda0 };
    expect(startSite(context, { ...start, w: new Float64Array(d).fill(NaN) })).toEqual({
      ok: false,
      code: 'non-finite',
    });
    expect(startSite(context, { ...start, w: new Float64Array(3) })).toEqual({ ok: false, code: 'wrong-length' });
  });

  it('anything new once it is done', () => {
    const federation = fresh();
    const all: SiteMessage[] = [];
    while (federation.inFlight.length > 0) {
      all.push(federation.inFlight[0]!);
      federation.deliver(federation.inFlight.shift()!);
    }
    const last = all.filter((m) => m.to === 0 && m.kind === 'digest').at(-1)!;
    expect(federation.deliver(last).outcome).toBe('duplicate');
    expect(federation.deliver({ ...last, digest: 'other' } as SiteMessage)).toMatchObject({ code: 'conflict' });
  });
});

describe('a site that tells different sites different things', () => {
  it('is stopped before the dual update, on every site', () => {
    const federation = new Federation(planFor(9, 2));
    const altered = federation.inFlight.findIndex((m) => m.kind === 'y' && m.from === 3 && m.to === 0);
    const message = federation.inFlight[altered] as SiteMessage & { kind: 'y' };
    federation.inFlight[altered] = { ...message, vector: message.vector.map((v) => v + 1) as Float32Array };
    while (federation.inFlight.length > 0) federation.deliver(federation.inFlight.shift()!);
    for (const state of federation.states) {
      expect(state).toMatchObject({ phase: 'aborted', iteration: 1, abort: { kind: 'digest-mismatch', iteration: 1 } });
    }
  });

  it('overflow of the wire ends the aggregation', () => {
    const context = { plan: planFor(9, 2), site: 0, hash };
    const huge = new Float64Array(d).fill(1e300);
    const started = startSite(context, { round: 1, attempt: 0, w: huge, lambda0: new Float64Array(d) });
    expect(started).toMatchObject({ ok: true, outgoing: [], state: { phase: 'aborted', abort: { kind: 'overflow' } } });
  });
});

describe('plan check', () => {
  const plan = planFor(9, 2);
  it.each([
    ['pattern', { rho: [1, 1, 1, 1, 1] }],
    ['pattern', { pattern: { ...plan.pattern, n: 10 } }],
    ['order', { pattern: { ...plan.pattern, rounds: plan.pattern.rounds.map((groups) => [...groups].reverse()) } }],
    ['rho', { rho: [] }],
    ['rho', { rho: [3, 0] }],
    ['rho', { rho: [3, NaN] }],
    ['weights', { weights: plan.weights.map((p) => 2 * p) }],
    ['weights', { weights: [1] }],
    ['weights', { weights: [2, -1, 0, 0, 0, 0, 0, 0, 0] }],
    ['length', { length: 0 }],
  ])('names a wrong %s (%#)', (kind, change) => {
    expect(checkPlan({ ...plan, ...change })).toMatchObject({ kind });
  });
});

describe('traffic', () => {
  it('is (g-1)+(G-1) vectors for every site in equal groups', () => {
    const { sent, received, vectorsPerSite } = trafficOf(planFor(9, 2).pattern, 2);
    expect(sent).toEqual(new Array(9).fill(8));
    expect(received).toEqual(new Array(9).fill(8));
    expect(vectorsPerSite).toBe(8);
  });

  it('brings every partial sum to everyone once, in uneven groups too', () => {
    for (const n of [7, 10, 13, 14, 23]) {
      const { pattern } = planFor(n, 2);
      pattern.rounds.forEach((partition, round) => {
        const transfers = iterationTransfers(partition).filter(({ kind }) => kind === 'partial');
        for (let site = 0; site < n; site++) {
          const heard = transfers.filter(({ to }) => to === site);
          const own = partition.findIndex((group) => group.includes(site));
          expect(heard.map(({ group }) => group).sort((a, b) => a - b)).toEqual(
            partition.map((_, index) => index).filter((index) => index !== own),
          );
          expect(heard.every(({ from, group }) => partition[group]!.includes(from))).toBe(true);
          const { receivers, senders } = neighbourhood(pattern, site, round + 1);
          expect(heard.map(({ from }) => from).sort()).toEqual(senders.filter((s) => s !== undefined).sort());
          expect(
            transfers
              .filter(({ from }) => from === site)
              .map(({ to }) => to)
              .sort((a, b) => a - b),
          ).toEqual(receivers);
        }
      });
    }
  });
});
