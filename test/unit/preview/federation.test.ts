import { describe, expect, it } from 'vitest';
import { aggregate } from '../../../server/src/securedfl/admm.ts';
import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';
import { previewFederation } from '../../../server/src/preview/federation.ts';
import { explain } from '../../../server/src/spec/problems/catalogue.ts';
import type { FederationPreview } from '../../../server/src/preview/model.ts';
import type { Path } from '../../../server/src/spec/problems/finding.ts';
import type { Federation } from '../../../server/src/spec/types.ts';
import { federation } from './specs.ts';

describe('preview of a Federation', () => {
  it('shows who meets whom, and that nine sites learn only the mean in two iterations', () => {
    const { preview, findings } = previewFederation(federation(9), 0);
    expect(findings).toEqual([]);
    expect(preview?.gap).toBe(4);
    expect(preview?.partitions.map((groups) => groups.flat().sort())).toEqual(new Array(4).fill(preview?.sites));
    expect(preview?.leaks.map(({ dimension, words }) => [dimension, words])).toEqual(
      new Array(9).fill([1, 'the mean only']),
    );
    expect(preview?.sentence).toBe(
      'Nine sites average in 2 iterations; none of them learns more than the mean, and no two meet twice within 4 iterations.',
    );
  });

  it('refuses a third iteration, and offers two', () => {
    const { preview, findings } = previewFederation(federation(9, { pattern: { groupSize: 3, iterations: 3 } }), 0);
    expect(preview?.meanOnly).toBe(false);
    expect(findings).toMatchObject([
      {
        code: 'BERTH4003',
        path: ['spec', 'pattern', 'iterations'],
        params: { dimension: 2, safe: 2 },
        suggestions: [{ value: 2 }],
      },
    ]);
  });

  it('says of an observer the same in problem, sentence and list, with one count', () => {
    const pattern = { groupSize: 3, iterations: 25 };
    const { preview, findings } = previewFederation(federation(9, { pattern }), 0);
    const [first] = preview!.leaks;
    expect(first).toMatchObject({ dimension: 8, beyondMean: 7 });
    expect(preview?.sentence).toContain(` could compute ${first!.words}; up to 2 iterations nobody could.`);
    const { message } = explain('BERTH4003', findings[0]!.params as never);
    expect(message).toContain(` alone could compute ${first!.words}.`);
  });

  it('gives no size to an error of which rounding has left nothing to measure', () => {
    const accuracyOf = (iterations: number): FederationPreview['accuracy'] =>
      previewFederation(federation(9, { pattern: { groupSize: 3, iterations } }), 0).preview!.accuracy;
    expect(accuracyOf(2).words).toMatch(/^The average is off by 0\.03\d+ % of the weights\.$/);
    const { offPerIteration, words } = accuracyOf(25);
    expect(words).toBe('Rounding drowns the average from iteration 4 on.');
    expect(offPerIteration.slice(0, 3).every((off) => off !== null && off < 1)).toBe(true);
    expect(offPerIteration.slice(3)).toEqual(new Array(22).fill(null));
  });

  it('finds the two sites that together learn a third one, where two may collude', () => {
    const { findings } = previewFederation(federation(15, { privacy: { collusion: 2 } }), 0);
    // A single iteration would be safe, but is no average: it is not offered.
    expect(findings).toMatchObject([{ code: 'BERTH4004', params: { collusion: 2, safe: 1 }, suggestions: [] }]);
    expect(explain('BERTH4004', findings[0]!.params as never).hint).not.toContain('iterations: 1');
  });

  it('names group sizes that exist where the wanted one does not', () => {
    const { preview, findings } = previewFederation(federation(9, { pattern: { groupSize: 7, iterations: 2 } }), 0);
    expect(preview).toBeNull();
    expect(findings).toMatchObject([{ code: 'BERTH4002', path: ['spec', 'pattern', 'groupSize'] }]);
    const offered = findings[0]?.suggestions.map(({ value }) => value as number) ?? [];
    expect(offered.length).toBeGreaterThan(0);
    for (const groupSize of offered) {
      expect(previewFederation(federation(9, { pattern: { groupSize, iterations: 2 } }), 0).preview).not.toBeNull();
    }
  });

  it.each([
    { iterations: 2, most: 1 }, // two could learn a third one's weights
    { iterations: 1, most: 7 },
  ])('knows that somebody must be left to protect, and how many to guard against: $most', ({ iterations, most }) => {
    const { findings } = previewFederation(
      federation(9, { pattern: { groupSize: 3, iterations }, privacy: { collusion: 8 } }),
      0,
    );
    expect(findings).toMatchObject([{ code: 'BERTH4006', params: { most }, suggestions: [{ value: most }] }]);
    expect(explain('BERTH4006', findings[0]!.params as never).hint).toBe(`Use at most ${most}.`);
  });

  it.each([1, 2, 3])('says of %i sites that they are too few', (sites) => {
    expect(previewFederation(federation(sites), 0).findings).toMatchObject([{ code: 'BERTH4001', params: { sites } }]);
  });

  it('says both, that there are too few sites and that they guard against too many', () => {
    expect(previewFederation(federation(3, { privacy: { collusion: 3 } }), 0).findings).toMatchObject([
      { code: 'BERTH4001' },
      { code: 'BERTH4006', suggestions: [] },
    ]);
    const unmet = federation(9, { pattern: { groupSize: 7, iterations: 2 }, privacy: { collusion: 8 } });
    expect(previewFederation(unmet, 0).findings).toMatchObject([{ code: 'BERTH4002' }, { code: 'BERTH4006' }]);
  });

  it('says what one iteration lacks, and offers a second where that is safe', () => {
    const pattern = { groupSize: 3, iterations: 1 };
    const { preview, findings } = previewFederation(federation(9, { pattern }), 0);
    expect(preview?.sentence).toMatch(/^Nine sites average in 1 iteration; none of them learns more than the mean/);
    expect(findings).toMatchObject([
      { code: 'BERTH4007', path: ['spec', 'pattern', 'iterations'], suggestions: [{ value: 2 }] },
    ]);
    expect(explain('BERTH4007', findings[0]!.params as never)).toMatchObject({ hint: 'Use iterations: 2.' });
    const guarded = previewFederation(federation(9, { pattern, privacy: { collusion: 2 } }), 0).findings;
    expect(guarded).toMatchObject([{ code: 'BERTH4007', params: { safe: 0 }, suggestions: [] }]);
    expect(explain('BERTH4007', guarded[0]!.params as never).hint).not.toMatch(/iterations: \d/);
  });

  it.each([
    { why: 'the default', sites: 9, rho: 3, decay: 3e-4, coarse: false },
    { why: 'a penalty that does not fall', sites: 9, rho: 3, coarse: true, rounding: false },
    { why: 'one so small from the start', sites: 9, rho: 1e-6, coarse: true, rounding: false },
    {
      why: 'one that falls too fast for single precision',
      sites: 9,
      rho: 3,
      decay: 1e-8,
      coarse: true,
      rounding: true,
    },
    { why: 'the default over three iterations', sites: 25, rho: 3, decay: 3e-4, coarse: true, rounding: true },
    { why: 'a slower fall over three', sites: 25, rho: 0.1, decay: 0.1, coarse: false },
  ])('calls an average coarse that is: $why', ({ sites, rho, decay, coarse, rounding }) => {
    const pattern = sites === 25 ? { groupSize: 5, iterations: 3 } : { groupSize: 3, iterations: 2 };
    const admm = decay === undefined ? { rho } : { rho, decay: { rate: decay, period: 1 } };
    const { preview, findings } = previewFederation(federation(sites, { pattern, admm }), 0);
    const told = { code: 'BERTH4007', params: { rounding }, suggestions: [] };
    expect(findings.filter(({ code }) => code === 'BERTH4007')).toMatchObject(coarse ? [told] : []);
    // and as the sites would find it
    const actual = relativeErrorOfAnAggregation(preview!.partitions.map(numbered), preview!.rho);
    if (coarse) expect(actual).toBeGreaterThan(0.1 / 2);
    else expect(actual).toBeLessThan(0.1 / 2);
  });

  it.each([
    { rho: 3, rate: 3e-4, plain: false },
    { rho: 7, rate: 1e-3, plain: false },
    { rho: 12, rate: 3e-4, plain: true },
    { rho: 70, rate: 1e-5, plain: true, share: '98.1 %', margin: '0.0143' },
    { rho: 3, rate: 1, plain: true }, // what is left of the masks halves and more with every iteration
  ])('says of messages whether they are nearly the weights: $rho, falling to $rate of it', (expected) => {
    const { rho, rate, plain, share, margin } = expected;
    const { findings } = previewFederation(federation(9, { admm: { rho, decay: { rate, period: 1 } } }), 0);
    const params = { iteration: 2, ...(share === undefined ? {} : { share, margin }) };
    const told = { code: 'BERTH4008', path: ['spec', 'admm', 'rho'], params };
    expect(findings.filter(({ code }) => code === 'BERTH4008')).toMatchObject(plain ? [told] : []);
  });

  it('offers no value that is an error itself', () => {
    const seen = new Set<string>();
    for (const sites of [4, 5, 6, 7, 9, 15])
      for (const groupSize of [2, 3, 4, 7])
        for (const iterations of [1, 2, 3, 5])
          for (const collusion of [1, 2, sites - 1]) {
            const spec = federation(sites, { pattern: { groupSize, iterations }, privacy: { collusion } });
            for (const { code, suggestions } of previewFederation(spec, 0).findings)
              for (const { path, value } of suggestions) {
                seen.add(code);
                const errors = previewFederation(withValue(spec, path, value), 0).findings.filter(
                  (found) => explain(found.code, found.params as never).severity === 'error',
                );
                expect(errors, `${code}: ${path.join('.')} ${value} of ${JSON.stringify(spec)}`).toEqual([]);
              }
          }
    expect([...seen].sort()).toEqual(['BERTH4002', 'BERTH4003', 'BERTH4006', 'BERTH4007']);
  });
});

/** The spec with that value in place of what it has there. */
function withValue(spec: Federation, [, ...path]: Path, value: string | number): Federation {
  const changed = structuredClone(spec);
  let part = changed as unknown as Record<string, unknown>;
  for (const key of path.slice(0, -1)) part = part[key] as Record<string, unknown>;
  part[path.at(-1)!] = value;
  return changed;
}

const numbered = (groups: readonly (readonly string[])[]): number[][] =>
  groups.map((group) => group.map((name) => Number(name.slice('site'.length))));

/** Root mean square error of the average that sites with weights around 0.06 get over a float32 wire, over these. */
function relativeErrorOfAnAggregation(rounds: readonly (readonly number[][])[], rho: readonly number[]): number {
  const n = rounds[0]!.flat().length;
  const random = mulberry32(7);
  const vector = (scale: number): Float64Array => Float64Array.from({ length: 500 }, () => scale * (2 * random() - 1));
  const shared = vector(0.06 * Math.sqrt(3)); // what the sites agree on; each differs a little
  const w = Array.from({ length: n }, () => vector(0.01).map((own, j) => own + shared[j]!));
  const lambda0 = Array.from({ length: n }, () => vector(1));
  const weights = new Array<number>(n).fill(1 / n);
  const z = aggregate({ pattern: { n, rounds }, rho, weights, w, lambda0, precision: 'float32' });
  const square = (value: (j: number) => number): number => shared.reduce((sum, _, j) => sum + value(j) ** 2, 0);
  const mean = (j: number): number => w.reduce((sum, own) => sum + own[j]!, 0) / n;
  return Math.sqrt(square((j) => z[j]! - mean(j)) / square(mean));
}
