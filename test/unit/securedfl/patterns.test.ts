import { describe, expect, it } from 'vitest';
import { affinePlane } from '../../../server/src/securedfl/affine-plane.ts';
import { galoisField } from '../../../server/src/securedfl/galois-field.ts';
import { isKirkmanBuilt, kirkmanTripleSystem } from '../../../server/src/securedfl/kirkman.ts';
import { verifyPattern } from '../../../server/src/securedfl/pattern.ts';
import { patternCandidates } from '../../../server/src/securedfl/pattern-catalogue.ts';
import { planPattern, safeGroupSizes } from '../../../server/src/securedfl/planner.ts';
import { transversalGrid } from '../../../server/src/securedfl/transversal-grid.ts';

describe('Galois fields', () => {
  it.each([2, 3, 4, 5, 7, 8, 9, 16, 25, 27, 49])('GF(%i) obeys the laws of a field', (q) => {
    const field = galoisField(q)!;
    const all = Array.from({ length: q }, (_, i) => i);
    for (const a of all) {
      expect(new Set(all.map((b) => field.add(a, b))).size).toBe(q);
      if (a !== 0) expect(new Set(all.map((b) => field.multiply(a, b))).size).toBe(q);
      for (const b of all) {
        const c = (7 * a + 3 * b + 1) % q;
        expect(field.multiply(a, field.add(b, c))).toBe(field.add(field.multiply(a, b), field.multiply(a, c)));
        expect(field.multiply(a, b)).toBe(field.multiply(b, a));
      }
    }
    expect(new Set(all.slice(1).map((e) => field.power(e))).size).toBe(q - 1);
    expect(() => field.logarithm(0)).toThrow(RangeError);
  });

  it.each([0, 1, 6, 10, 12, 15, 100])('there is none of order %i', (q) => {
    expect(galoisField(q)).toBeUndefined();
  });
});

describe('constructions', () => {
  it.each([2, 3, 4, 5, 7, 8, 9, 11, 13])('AG(2,%i) lets every pair meet exactly once', (q) => {
    const plane = affinePlane(q)!;
    const report = verifyPattern(plane.n, plane.rounds);
    expect(report).toMatchObject({ ok: true, gap: q + 1, sizes: [q], pairsUsed: report.pairsTotal });
  });

  it('Kirkman systems exist for all n = 3 mod 6 below 200 but the six that need other recursions', () => {
    const missing: number[] = [];
    for (let n = 3; n < 200; n += 6) {
      const system = kirkmanTripleSystem(n);
      expect(isKirkmanBuilt(n)).toBe(system !== undefined);
      if (system === undefined) missing.push(n);
      else {
        const report = verifyPattern(n, system.rounds);
        expect(report).toMatchObject({ ok: true, gap: (n - 1) / 2, sizes: [3], pairsUsed: report.pairsTotal });
      }
    }
    expect(missing).toEqual([33, 69, 105, 141, 165, 177]);
  });

  it('a truncated grid keeps its rounds and loses at most one site per group', () => {
    for (let n = 17; n <= 20; n++) {
      const grid = transversalGrid(5, 4, n)!;
      expect(verifyPattern(n, grid.rounds)).toMatchObject({ ok: true, gap: 5, sizes: n === 20 ? [4] : [3, 4] });
    }
  });

  it('refuses grids that would not hold the constraint or would leave a group of one', () => {
    expect(transversalGrid(6, 3)).toBeUndefined();
    expect(transversalGrid(2, 3)).toBeUndefined();
    expect(transversalGrid(5, 2, 9)).toBeUndefined();
    expect(transversalGrid(5, 3, 16)).toBeUndefined();
    expect(transversalGrid(5, 3, 10)).toBeUndefined();
  });
});

describe('verifier', () => {
  const good = [
    [
      [0, 1],
      [2, 3],
    ],
    [
      [0, 2],
      [1, 3],
    ],
  ];

  it('accepts a valid pattern and counts', () => {
    expect(verifyPattern(4, good, { iterations: 2 })).toEqual({
      ok: true,
      violations: [],
      gap: 2,
      sizes: [2],
      pairsUsed: 4,
      pairsTotal: 6,
    });
  });

  it.each([
    [
      'a pair that meets twice',
      [good[0]!, good[0]!],
      [
        { kind: 'repeated-pair', sites: [0, 1], rounds: [0, 1] },
        { kind: 'repeated-pair', sites: [2, 3], rounds: [0, 1] },
      ],
    ],
    [
      'a site twice in a round',
      [
        [
          [0, 1],
          [1, 2, 3],
        ],
      ],
      [{ kind: 'repeated-site', round: 0, site: 1 }],
    ],
    ['a site left out', [[[0, 1, 2]]], [{ kind: 'missing-site', round: 0, site: 3 }]],
    ['a group of one', [[[0], [1, 2, 3]]], [{ kind: 'group-too-small', round: 0, group: 0, size: 1 }]],
    [
      'sites that do not exist',
      [
        [
          [0, 1, 4],
          [2, 3, 0.5],
        ],
      ],
      [
        { kind: 'unknown-site', round: 0, group: 0, site: 4 },
        { kind: 'unknown-site', round: 0, group: 1, site: 0.5 },
      ],
    ],
    ['no rounds', [], [{ kind: 'no-rounds' }]],
  ])('names %s', (_, rounds, violations) => {
    expect(verifyPattern(4, rounds)).toMatchObject({ ok: false, violations });
  });

  it('names more iterations than the gap', () => {
    expect(verifyPattern(4, good, { iterations: 3 }).violations).toEqual([
      { kind: 'iterations-exceed-gap', iterations: 3, gap: 2 },
    ]);
  });
});

describe('planner', () => {
  it('has a pattern of at least three valid rounds for every n from 6 to 130', () => {
    for (let n = 6; n <= 130; n++) {
      const candidates = patternCandidates(n);
      expect(Math.max(...candidates.map((c) => c.gap))).toBeGreaterThanOrEqual(3);
      const planned = planPattern(n, { iterations: 1 });
      if (!planned.ok) throw new Error(`no plan for ${n}`);
      const { pattern, candidate } = planned;
      const report = verifyPattern(n, pattern.rounds);
      expect(report).toMatchObject({ ok: true, gap: candidate.gap });
      expect([report.sizes.at(-1), report.sizes[0]]).toEqual([candidate.groupSize, candidate.minimumGroupSize]);
    }
  });

  it('reveals only the average at two iterations for every n from 8 to 40, and for 4 and 6', () => {
    for (const n of [4, 6, ...Array.from({ length: 33 }, (_, i) => i + 8)]) {
      expect(planPattern(n, { iterations: 2 }), `n = ${n}`).toMatchObject({ ok: true, safe: true });
    }
  });

  it('says that 5 and 7 sites are safe for one iteration only', () => {
    for (const n of [5, 7]) {
      expect(planPattern(n, { iterations: 1 })).toMatchObject({ ok: true, safe: true });
      expect(planPattern(n, { iterations: 2 })).toMatchObject({ ok: true, safe: false });
    }
  });

  it('honours the group size, and takes the longer gap of patterns that cost the same', () => {
    expect(planPattern(9, { iterations: 2, groupSize: 3 })).toMatchObject({
      pattern: { name: 'affine plane AG(2,3)' },
    });
    expect(planPattern(15, { iterations: 2, groupSize: 3 })).toMatchObject({ candidate: { family: 'kirkman' } });
    expect(planPattern(15, { iterations: 2, groupSize: 4 })).toMatchObject({ candidate: { family: 'grid', gap: 4 } });
  });

  it('names the nearest group sizes where the wanted one does not exist', () => {
    expect(planPattern(9, { iterations: 2, groupSize: 4 })).toEqual({
      ok: false,
      kind: 'no-such-group-size',
      n: 9,
      groupSize: 4,
      nearest: [3],
    });
    expect(safeGroupSizes(40, { iterations: 2, groupSize: 6 })).toEqual([6, 5, 4]);
    expect(safeGroupSizes(9, { iterations: 3, groupSize: 3 })).toEqual([]);
  });

  it('refuses fewer than four sites', () => {
    for (const n of [0, 1, 2, 3, 4.5]) {
      expect(planPattern(n, { iterations: 1 })).toMatchObject({ ok: false, kind: 'too-few-sites', minimum: 4 });
    }
  });

  it('is deterministic', () => {
    expect(planPattern(22, { iterations: 2 })).toMatchObject({
      pattern: (planPattern(22, { iterations: 2 }) as { pattern: object }).pattern,
    });
  });
});
