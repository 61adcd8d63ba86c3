import { galoisField } from './galois-field.ts';
import type { Pattern } from './pattern.ts';
import { normaliseRounds } from './pattern.ts';

/**
 * The affine plane AG(2,q) as a pattern: n = q² sites, q+1 partitions of q groups of q.
 *
 * Site x·q + y is the point (x, y) of GF(q)². One partition for each slope m, of the lines y = m·x + b, and a last one
 * of the vertical lines. Two points with different x lie on a common line for exactly one slope, two with equal x on a
 * vertical only, so every pair meets exactly once.
 *
 * @returns undefined when q is not a prime power.
 */
export function affinePlane(q: number): Pattern | undefined {
  const field = galoisField(q);
  if (field === undefined) return undefined;
  const elements = Array.from({ length: q }, (_, i) => i);
  const slopes = elements.map((m) =>
    elements.map((b) => elements.map((x) => x * q + field.add(field.multiply(m, x), b))),
  );
  const verticals = elements.map((x) => elements.map((y) => x * q + y));
  return { name: `affine plane AG(2,${q})`, n: q * q, rounds: normaliseRounds([...slopes, verticals]) };
}
