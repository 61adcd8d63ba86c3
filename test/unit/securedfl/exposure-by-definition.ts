import type { Exposure, PartialSums } from '../../../server/src/securedfl/exposure.ts';
import type { Pattern } from '../../../server/src/securedfl/pattern.ts';
import { partitionOf } from '../../../server/src/securedfl/pattern.ts';
import { mulberry32 } from '../../../server/src/securedfl/seeded-uniform.ts';

const P = (1n << 61n) - 1n;
const modulo = (value: bigint): bigint => ((value % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
}

function rankOf(matrix: readonly (readonly bigint[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let rank = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const pivot = rows.findIndex((row, i) => i >= rank && row[column] !== 0n);
    if (pivot < 0) continue;
    [rows[rank], rows[pivot]] = [rows[pivot]!, rows[rank]!];
    const lead = rows[rank]!;
    const inverse = power(lead[column]!, P - 2n);
    for (let i = rank + 1; i < rows.length; i++) {
      const factor = modulo(rows[i]![column]! * inverse);
      if (factor !== 0n) rows[i] = rows[i]!.map((entry, c) => modulo(entry - factor * lead[c]!));
    }
    rank++;
  }
  return rank;
}

/**
 * The exposure straight from its definition, for comparison: every row of the observer's system including the redundant
 * ones, over the field of 2^61 - 1 elements, each question answered by whether a vector raises the rank.
 */
export function exposureByDefinition(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  observers: readonly number[],
  iterations: number,
  partialSums: PartialSums,
): Exposure {
  const random = mulberry32(77);
  const others = Array.from({ length: pattern.n }, (_, site) => site).filter((site) => !observers.includes(site));
  const half = others.length;
  const rows: bigint[][] = [];
  for (let i = 1; i <= iterations; i++) {
    const a = BigInt(Math.floor(random() * 2 ** 30)) * (1n << 30n) + BigInt(Math.floor(random() * 2 ** 30)) + 1n;
    const observe = (sites: readonly number[]): void => {
      const row = new Array<bigint>(2 * half).fill(0n);
      for (const site of sites) {
        row[others.indexOf(site)] = 1n;
        row[half + others.indexOf(site)] = a;
      }
      rows.push(row);
    };
    for (const group of partitionOf(pattern, i)) {
      if (group.some((site) => observers.includes(site))) {
        for (const site of group) if (!observers.includes(site)) observe([site]);
      } else if (partialSums === 'visible') observe(group);
    }
    observe(others);
  }
  const rank = rankOf(rows);
  const known = (entries: readonly (readonly [number, bigint])[]): boolean => {
    const row = new Array<bigint>(2 * half).fill(0n);
    for (const [column, value] of entries) row[column] = modulo(value);
    return rankOf([...rows, row]) === rank;
  };
  const columns = others.map((_, column) => column);
  const recovered = columns.filter((u) => known([[u, 1n]]));
  const open = columns.filter((u) => !recovered.includes(u));
  const differences = open.flatMap((u) =>
    open
      .filter(
        (v) =>
          v > u &&
          known([
            [u, 1n],
            [v, -1n],
          ]),
      )
      .map((v) => [others[u]!, others[v]!] as const),
  );
  return {
    observers,
    rank,
    unknowns: 2 * half,
    dimension: rank - rankOf(rows.map((row) => row.slice(half))),
    sites: recovered.map((column) => others[column]!),
    differences,
  };
}
