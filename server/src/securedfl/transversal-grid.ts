import type { FiniteRing } from './galois-field.ts';
import { galoisField, integersModulo, isPrimePower, primeFactors } from './galois-field.ts';
import type { Pattern } from './pattern.ts';
import { normaliseRounds } from './pattern.ts';
import { itemAt } from '../numeric/at.ts';

/**
 * A ring with m elements in which the differences of the first g elements are invertible: the integers modulo m when
 * no prime below g divides m, else GF(m). Undefined when neither serves.
 */
function gridRing(m: number, g: number): FiniteRing | undefined {
  if (!isGridAdmissible(m, g)) return undefined;
  return itemAt(primeFactors(m), 0) >= g ? integersModulo(m) : galoisField(m);
}

/** True when {@link transversalGrid} can build m groups of g. */
export function isGridAdmissible(m: number, g: number): boolean {
  return g >= 2 && m >= g && (itemAt(primeFactors(m), 0) >= g || isPrimePower(m));
}

/**
 * The transversal grid of m rows and g columns as a pattern: m partitions of m groups, one site per column in each.
 *
 * Site j·m + a stands in row a and column j. In partition c, group a holds row a + c·e_j of each column j, where e_j is
 * the j-th ring element. Sites of one column never meet; sites of columns j ≠ l meet when c·(e_j - e_l) is the
 * difference of their rows, which has one solution c because e_j - e_l is invertible.
 *
 * With n < m·g the last m·g - n sites of the last column are left out: groups shrink to g-1 at worst, and sub-sets of
 * groups keep the constraint.
 *
 * @param n sites, m·(g-1) < n ≤ m·g; for g = 2 only n = m·g, since a group of one would show its member's share.
 * @returns undefined when no grid of that shape is known.
 */
export function transversalGrid(m: number, g: number, n = m * g): Pattern | undefined {
  const ring = gridRing(m, g);
  if (ring === undefined || n > m * g || n <= m * (g - 1) || (g === 2 && n < m * g)) return undefined;
  const rounds = Array.from({ length: m }, (_, c) =>
    Array.from({ length: m }, (_, a) =>
      Array.from({ length: g }, (_, j) => j * m + ring.add(a, ring.multiply(c, j))).filter((site) => site < n),
    ),
  );
  const truncated = n < m * g ? `, truncated to ${n}` : '';
  return { name: `transversal grid ${m}×${g}${truncated}`, n, rounds: normaliseRounds(rounds) };
}

/**
 * A full grid followed by the partitions of `column`, a pattern on m sites with groups of g, applied inside every
 * column at once: pairs within one column are untouched by the grid, so they may still meet.
 */
export function withColumns(grid: Pattern, column: Pattern, name: string): Pattern {
  const columns = grid.n / column.n;
  const more = column.rounds.map((groups) =>
    Array.from({ length: columns }, (_, j) => groups.map((group) => group.map((site) => j * column.n + site))).flat(),
  );
  return { name, n: grid.n, rounds: normaliseRounds([...grid.rounds, ...more]) };
}
