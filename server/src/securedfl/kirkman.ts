import type { GaloisField } from './galois-field.ts';
import { galoisField, isPrimePower } from './galois-field.ts';
import type { Pattern } from './pattern.ts';
import { normaliseRounds } from './pattern.ts';
import { transversalGrid, withColumns } from './transversal-grid.ts';

const isSixths = (q: number): boolean => q >= 7 && q % 6 === 1 && isPrimePower(q);

/** GF(q) for a prime power q = 6t+1, t ≥ 1. */
function fieldOfSixths(q: number): { field: GaloisField; t: number } | undefined {
  const field = isSixths(q) ? galoisField(q) : undefined;
  return field && { field, t: (q - 1) / 6 };
}

/** The exponents [from, from+t) of each given multiple of t. */
function exponents(t: number, ...multiples: number[]): number[] {
  return multiples.flatMap((multiple) => Array.from({ length: t }, (_, i) => multiple * t + i));
}

/**
 * n = 3q: points GF(q) × {0,1,2}, w the primitive element. A base partition of short triples inside the columns
 * (exponents [0,t), [2t,3t), [4t,5t)), of the zeros, and of triples across the columns; its q translates are
 * partitions. The translates of each remaining triple across the columns form 3t more. Differences within a column
 * come from the short triples and differences between columns from the others, each value exactly once.
 */
function threeColumns(n: number): number[][][] | undefined {
  const shape = fieldOfSixths(n / 3);
  if (shape === undefined) return undefined;
  const { field, t } = shape;
  const q = field.order;
  const site = (element: number, column: number): number => column * q + element;
  const shift = (group: readonly number[], h: number): number[] =>
    group.map((point) => site(field.add(point % q, h), Math.floor(point / q)));
  const across = (i: number): number[] => [0, 1, 2].map((column) => site(field.power(i + 2 * t * column), column));

  const base: number[][] = [[site(0, 0), site(0, 1), site(0, 2)]];
  for (const i of exponents(t, 0)) {
    for (const column of [0, 1, 2]) base.push([0, 2, 4].map((s) => site(field.power(i + s * t), column)));
  }
  for (const i of exponents(t, 1, 3, 5)) base.push(across(i));

  const translations = Array.from({ length: q }, (_, h) => h);
  return [
    ...translations.map((h) => base.map((group) => shift(group, h))),
    ...exponents(t, 0, 2, 4).map((i) => translations.map((h) => shift(across(i), h))),
  ];
}

/**
 * n = 2q+1: points GF(q) × {0,1} and one at infinity (Ray-Chaudhuri and Wilson's construction); all (n-1)/2 partitions
 * are translates of one base partition, built with the M for which 2·w^M = w^t + 1.
 */
function twoColumnsAndInfinity(n: number): number[][][] | undefined {
  const shape = fieldOfSixths((n - 1) / 2);
  if (shape === undefined) return undefined;
  const { field, t } = shape;
  const q = field.order;
  const infinity = 2 * q;
  const two = field.add(1, 1);
  const M = field.logarithm(field.add(field.power(t), 1)) - field.logarithm(two);

  const base: number[][] = [[infinity, 0, q]];
  for (const i of exponents(t, 0, 2, 4)) {
    base.push([field.power(i), field.power(i + t), q + field.power(i + M)]);
  }
  for (const i of exponents(t, 0)) base.push([1, 3, 5].map((s) => q + field.power(i + M + s * t)));

  return Array.from({ length: q }, (_, h) =>
    base.map((group) =>
      group.map((point) =>
        point === infinity ? infinity : point < q ? field.add(point, h) : q + field.add(point - q, h),
      ),
    ),
  );
}

/** True when {@link kirkmanTripleSystem} builds one on n sites. */
export function isKirkmanBuilt(n: number): boolean {
  if (n % 6 !== 3) return false;
  return n === 3 || isSixths(n / 3) || isSixths((n - 1) / 2) || (n % 9 === 0 && isKirkmanBuilt(n / 3));
}

/**
 * A Kirkman triple system: (n-1)/2 partitions into triples in which every pair of sites meets exactly once.
 *
 * Exists for every n = 3 mod 6; built here for n = 3q and n = 2q+1 with a prime power q = 6t+1, and for three times
 * any n that is built (a grid of three columns, then a system inside each). Below 200 that leaves out 33, 69, 105,
 * 141, 165 and 177, which need other recursions.
 *
 * @returns undefined where none is built.
 */
export function kirkmanTripleSystem(n: number): Pattern | undefined {
  if (!isKirkmanBuilt(n)) return undefined;
  const name = `Kirkman triple system on ${n} sites`;
  if (n === 3) return { name, n, rounds: [[[0, 1, 2]]] };
  const direct = threeColumns(n) ?? twoColumnsAndInfinity(n);
  if (direct !== undefined) return { name, n, rounds: normaliseRounds(direct) };
  const third = kirkmanTripleSystem(n / 3);
  const grid = transversalGrid(n / 3, 3);
  return third && grid && withColumns(grid, third, name);
}
