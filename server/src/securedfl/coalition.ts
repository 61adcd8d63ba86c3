import type { Exposure, PartialSums } from './exposure.ts';
import { exposure, exposureByIteration } from './exposure.ts';
import type { Pattern } from './pattern.ts';
import { partitionOf } from './pattern.ts';
import { mulberry32 } from './seeded-uniform.ts';
import { itemAt } from '../numeric/at.ts';

/** All sets of `size` of the sites 0..n-1, in lexicographic order. */
export function* coalitions(n: number, size: number): Generator<number[], void, undefined> {
  const chosen = Array.from({ length: size }, (_, i) => i);
  if (size < 1 || size > n) return;
  for (;;) {
    yield [...chosen];
    let i = size - 1;
    while (i >= 0 && chosen[i] === n - size + i) i--;
    if (i < 0) return;
    chosen[i] = itemAt(chosen, i) + 1;
    for (let j = i + 1; j < size; j++) chosen[j] = itemAt(chosen, j - 1) + 1;
  }
}

/** Number of sets of `size` out of n; exact below 2^53. */
export function coalitionCount(n: number, size: number): number {
  let count = 1;
  for (let i = 1; i <= size; i++) count = Math.round((count * (n - size + i)) / i);
  return count;
}

export interface CollusionQuestion {
  readonly partialSums?: PartialSums;
  /** How many curious sites may put together what they saw; 1 ≤ collusion < n. */
  readonly collusion?: number;
}

export interface Survey {
  /** One entry per coalition of 1, 2, …, `collusion` sites that was examined. */
  readonly exposures: readonly Exposure[];
  /** False when there were more coalitions of some size than the limit, of which a sample was examined. */
  readonly exhaustive: boolean;
}

/**
 * What each site alone, and each coalition of up to `collusion` sites, has learnt exactly after `iterations`.
 *
 * @param limit coalitions examined of each size above one; if there are more, this many are drawn with a fixed seed,
 *   beginning with the coalition that is known to learn most ({@link telltaleCoalition}).
 */
export function surveyExposure(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  iterations: number,
  { partialSums = 'visible', collusion = 1 }: CollusionQuestion = {},
  limit = 1000,
): Survey {
  let exhaustive = true;
  const exposures: Exposure[] = [];
  for (let size = 1; size <= Math.min(collusion, pattern.n - 1); size++) {
    const all = size === 1 || coalitionCount(pattern.n, size) <= limit;
    exhaustive &&= all;
    const examined = all ? coalitions(pattern.n, size) : sampleCoalitions(pattern, size, limit);
    for (const observers of examined) exposures.push(exposure(pattern, observers, { iterations, partialSums }));
  }
  return { exposures, exhaustive };
}

function* sampleCoalitions(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  size: number,
  count: number,
): Generator<number[], void, undefined> {
  const seen = new Set<string>();
  const random = mulberry32(size);
  let next = telltaleCoalition(pattern, size);
  while (seen.size < count) {
    if (next !== undefined && !seen.has(next.join())) {
      seen.add(next.join());
      yield next;
    }
    const drawn = new Set<number>();
    while (drawn.size < size) drawn.add(Math.floor(random() * pattern.n));
    next = [...drawn].sort((a, b) => a - b);
  }
}

/**
 * Two sites that met the same third site in the first and in the second iteration, filled up to `size` with others.
 * Their two shares of it are two points of a straight line whose intercept is its weights, so from the second
 * iteration on no pattern withstands them. Undefined when no such sites exist.
 */
export function telltaleCoalition(pattern: Pick<Pattern, 'n' | 'rounds'>, size: number): number[] | undefined {
  if (size < 2 || size >= pattern.n) return undefined;
  for (let target = 0; target < pattern.n; target++) {
    const mates = [1, 2].map((iteration) =>
      partitionOf(pattern, iteration)
        .find((group) => group.includes(target))
        ?.find((site) => site !== target),
    );
    const colluders = new Set(mates.filter((site) => site !== undefined));
    for (let site = 0; site < pattern.n && colluders.size < size; site++) if (site !== target) colluders.add(site);
    if (mates.every((site) => site !== undefined) && colluders.size === size) {
      return [...colluders].sort((a, b) => a - b);
    }
  }
  return undefined;
}

/**
 * The two acceptance tests of a plan. `mean-only`: nobody learns an exact statement about the others' weights besides
 * their average (dimension ≤ 1). `no-site`: nobody recovers one site's weights exactly; weaker, as sums and differences
 * may leak. In a coalition of all sites but one the average itself gives the last one away: no scheme can prevent it,
 * and `no-site` does not hold it against the pattern.
 */
export type SafetyTest = 'mean-only' | 'no-site';

function passes(test: SafetyTest, found: Exposure): boolean {
  if (found.dimension <= 1 && (test === 'mean-only' || found.unknowns === 2)) return true;
  return test === 'no-site' && found.sites.length === 0;
}

/**
 * The largest number of iterations, at most the gap and `upTo`, for which the pattern passes the test against every
 * site and every coalition of up to `collusion` sites.
 *
 * One iteration is always safe: every observation then contains each site's weights and its fresh dual in the same
 * proportion. The coalitions of {@link telltaleCoalition} are tried first: with 4 or more sites they lower the answer
 * to 1 wherever two may collude, so larger sets are never enumerated in vain.
 */
export function largestSafeIterations(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  test: SafetyTest,
  { partialSums = 'visible', collusion = 1 }: CollusionQuestion = {},
  upTo = pattern.rounds.length,
): number {
  const sizes = Array.from({ length: Math.min(collusion, pattern.n - 1) }, (_, i) => i + 1);
  const suspects = function* (): Generator<number[], void, undefined> {
    yield* sizes.map((size) => telltaleCoalition(pattern, size)).filter((coalition) => coalition !== undefined);
    for (const size of sizes) yield* coalitions(pattern.n, size);
  };
  let safe = Math.min(upTo, pattern.rounds.length);
  for (const observers of suspects()) {
    if (safe <= 1) break;
    let iteration = 0;
    for (const found of exposureByIteration(pattern, observers, partialSums)) {
      iteration++;
      if (!passes(test, found)) safe = iteration - 1;
      if (iteration >= safe) break;
    }
  }
  return safe;
}
