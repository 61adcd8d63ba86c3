import { describe, expect, it } from 'vitest';
import { affinePlane } from '../../../server/src/securedfl/affine-plane.ts';
import {
  coalitionCount,
  coalitions,
  largestSafeIterations,
  surveyExposure,
} from '../../../server/src/securedfl/coalition.ts';
import { EchelonBasis } from '../../../server/src/securedfl/echelon-basis.ts';
import type { PartialSums } from '../../../server/src/securedfl/exposure.ts';
import { exposure, exposureByIteration, RANK_PRIMES } from '../../../server/src/securedfl/exposure.ts';
import { primeFactors } from '../../../server/src/securedfl/galois-field.ts';
import { kirkmanTripleSystem } from '../../../server/src/securedfl/kirkman.ts';
import type { Pattern } from '../../../server/src/securedfl/pattern.ts';
import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';
import { transversalGrid } from '../../../server/src/securedfl/transversal-grid.ts';
import { exposureByDefinition } from './exposure-by-definition.ts';

const nine = affinePlane(3)!;
const fifteen = kirkmanTripleSystem(15)!;

describe('echelon basis over a prime field', () => {
  it('uses primes', () => {
    for (const prime of RANK_PRIMES) expect(primeFactors(prime)).toEqual([prime]);
  });

  it('finds ranks and members of the row space of random matrices of known rank', () => {
    const random = mulberry32(1);
    const p = RANK_PRIMES[0];
    const element = (): number => Math.floor(random() * p);
    const product = (a: number, b: number): number => Number((BigInt(a) * BigInt(b)) % BigInt(p));
    for (let rank = 1; rank <= 6; rank++) {
      const generators = Array.from({ length: rank }, () => Array.from({ length: 9 }, element));
      const basis = new EchelonBasis(p, 9);
      for (let i = 0; i < 12; i++) {
        const row = new Float64Array(9);
        for (const generator of generators) {
          const factor = element();
          generator.forEach((entry, c) => (row[c] = (row[c]! + product(factor, entry)) % p));
        }
        basis.insert(row);
      }
      expect(basis.pivots()).toBe(rank);
      expect(basis.reducedFrom(0).size).toBe(rank);
    }
  });
});

describe('what one site learns', () => {
  const cases: [string, Pick<Pattern, 'n' | 'rounds'>, number[], number][] = [
    ['AG(2,3)', nine, [0], 8],
    ['AG(2,3)', nine, [2, 7], 4],
    ['KTS(15)', fifteen, [4], 6],
    ['5×3 truncated to 14', transversalGrid(5, 3, 14)!, [13], 6],
    ['3×3 truncated to 7', transversalGrid(3, 3, 7)!, [6], 3],
    ['4×3 truncated to 10', transversalGrid(4, 3, 10)!, [3, 5, 9], 4],
  ];
  it.each(cases)('%s: equals the definition, computed over another field', (_, pattern, observers, upTo) => {
    for (const partialSums of ['visible', 'hidden'] satisfies PartialSums[]) {
      const series = exposureByIteration(pattern, observers, partialSums);
      for (let iterations = 1; iterations <= upTo; iterations++) {
        const found = exposure(pattern, observers, { iterations, partialSums });
        expect(found).toEqual(exposureByDefinition(pattern, observers, iterations, partialSums));
        expect(series.next().value).toEqual(found);
      }
    }
  });

  it('one message reveals nothing, two of the same site reveal its weights', () => {
    const together = { n: 4, rounds: [[[0, 1, 2, 3]]] };
    expect(exposure(together, [0], { iterations: 1 })).toMatchObject({ dimension: 0, sites: [] });
    expect(exposure(together, [0], { iterations: 2 })).toMatchObject({ dimension: 3, sites: [1, 2, 3] });
  });

  it('seven sites: the one that is in a group of three both times learns two sums, not only the average', () => {
    const seven = transversalGrid(3, 3, 7)!;
    const dimensions = surveyExposure(seven, 2).exposures.map((found) => found.dimension);
    expect(dimensions).toEqual([1, 1, 1, 1, 1, 1, 2]);
  });
});

describe('coalitions', () => {
  it('are enumerated completely and once', () => {
    for (const [n, size] of [
      [5, 1],
      [6, 3],
      [9, 2],
      [4, 4],
    ] as const) {
      const all = [...coalitions(n, size)].map((sites) => sites.join());
      expect(new Set(all).size).toBe(coalitionCount(n, size));
      expect(all.length).toBe(coalitionCount(n, size));
    }
    expect([...coalitions(3, 4)]).toEqual([]);
    expect(coalitionCount(40, 3)).toBe(9880);
  });

  it('two that met the same third learn its weights at two iterations, so one iteration is all that is safe', () => {
    const { exposures, exhaustive } = surveyExposure(nine, 2, { collusion: 2 });
    expect(exhaustive).toBe(true);
    expect(exposures.length).toBe(9 + 36);
    expect(exposures.filter((found) => found.sites.length > 0).length).toBe(18);
    for (const test of ['mean-only', 'no-site'] as const) {
      expect(largestSafeIterations(nine, test, { collusion: 2 })).toBe(1);
      expect(largestSafeIterations(nine, test, { collusion: 8 })).toBe(1);
    }
    expect(surveyExposure(nine, 1, { collusion: 3 }).exposures.every((found) => found.dimension === 0)).toBe(true);
  });

  it('beyond the limit a sample is taken that holds a coalition which learns most', () => {
    const { exposures, exhaustive } = surveyExposure(fifteen, 2, { collusion: 3 }, 20);
    expect(exhaustive).toBe(false);
    expect(exposures.length).toBe(15 + 20 + 20);
    expect(new Set(exposures.map((found) => found.observers.join())).size).toBe(exposures.length);
    expect(exposures.find((found) => found.observers.length === 3)!.sites.length).toBeGreaterThan(0);
  });

  it('all but one know the last one from the average alone, whatever the pattern', () => {
    const all = exposure(nine, [0, 1, 2, 3, 4, 5, 6, 7], { iterations: 2 });
    expect(all).toMatchObject({ dimension: 1, sites: [8], unknowns: 2 });
  });
});

describe('safe iterations', () => {
  it.each([
    [nine, 'mean-only', 'visible', 2],
    [nine, 'no-site', 'visible', 4],
    [nine, 'mean-only', 'hidden', 3],
    [fifteen, 'mean-only', 'visible', 2],
    [fifteen, 'no-site', 'visible', 5],
    [fifteen, 'mean-only', 'hidden', 6],
    [affinePlane(5)!, 'mean-only', 'visible', 3],
  ] as const)('%#', (pattern, test, partialSums, expected) => {
    expect(largestSafeIterations(pattern, test, { partialSums })).toBe(expected);
    expect(largestSafeIterations(pattern, test, { partialSums }, 2)).toBe(2);
  });
});
