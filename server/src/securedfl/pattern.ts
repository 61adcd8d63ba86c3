import { itemAt } from '../numeric/at.ts';

/** Sites that exchange their shares in one iteration, ascending. */
export type Group = readonly number[];
/** Groups that hold every site exactly once, by ascending first member. */
export type Partition = readonly Group[];

/**
 * A communication pattern for n sites 0..n-1: iteration i (1-based) of an aggregation uses partition (i-1) mod gap.
 * Valid when any two sites share a group in at most one partition (the gap constraint), see {@link verifyPattern}.
 */
export interface Pattern {
  /** What it is, for people: `affine plane AG(2,3)`. */
  readonly name: string;
  readonly n: number;
  readonly rounds: readonly Partition[];
}

/** One fault of a pattern, with the place where it is. Rounds and groups are counted from 0. */
export type PatternViolation =
  | { readonly kind: 'no-rounds' }
  | { readonly kind: 'unknown-site'; readonly round: number; readonly group: number; readonly site: number }
  | { readonly kind: 'repeated-site'; readonly round: number; readonly site: number }
  | { readonly kind: 'missing-site'; readonly round: number; readonly site: number }
  | { readonly kind: 'group-too-small'; readonly round: number; readonly group: number; readonly size: number }
  | {
      readonly kind: 'repeated-pair';
      readonly sites: readonly [number, number];
      readonly rounds: readonly [number, number];
    }
  | { readonly kind: 'iterations-exceed-gap'; readonly iterations: number; readonly gap: number };

export interface PatternReport {
  readonly ok: boolean;
  readonly violations: readonly PatternViolation[];
  /** Number of partitions: a pair that met meets again this many iterations later. */
  readonly gap: number;
  /** The group sizes that occur, ascending. */
  readonly sizes: readonly number[];
  /** Pairs of sites that meet in some partition, of `pairsTotal` = n(n-1)/2. */
  readonly pairsUsed: number;
  readonly pairsTotal: number;
}

export interface VerifyOptions {
  /** Iterations of one aggregation; more than the gap would let a pair meet twice, which reveals both sites' weights. */
  readonly iterations?: number;
  /** A group of one would publish its member's own share as a "partial sum"; hence at least 2. */
  readonly minimumGroupSize?: number;
}

/** Brings the members of groups and the groups of each partition into ascending order; the partitions keep theirs. */
export function normaliseRounds(rounds: readonly (readonly (readonly number[])[])[]): Partition[] {
  return rounds.map((groups) =>
    groups.map((group) => [...group].sort((a, b) => a - b)).sort((a, b) => (a[0] ?? -1) - (b[0] ?? -1)),
  );
}

/** The partition of iteration `iteration`, which is counted from 1. */
export function partitionOf(pattern: Pick<Pattern, 'rounds'>, iteration: number): Partition {
  return itemAt(pattern.rounds, (iteration - 1) % pattern.rounds.length);
}

/**
 * Checks the definition of a pattern (SecureD-FL, section III) without trusting anything about the rounds, so a site
 * can run it on a plan that it received: every partition holds each site once, groups are large enough, and no pair
 * meets in two partitions. What the pattern reveals is another question, answered by exposure.ts.
 *
 * Cost: O(rounds · n · group size).
 */
export function verifyPattern(
  n: number,
  rounds: readonly (readonly (readonly number[])[])[],
  { iterations, minimumGroupSize = 2 }: VerifyOptions = {},
): PatternReport {
  const violations: PatternViolation[] = [];
  const sizes = new Set<number>();
  const metIn = new Map<number, number>();
  if (rounds.length === 0) violations.push({ kind: 'no-rounds' });

  rounds.forEach((groups, round) => {
    const present = new Set<number>();
    groups.forEach((members, group) => {
      sizes.add(members.length);
      if (members.length < minimumGroupSize) {
        violations.push({ kind: 'group-too-small', round, group, size: members.length });
      }
      const known = members.filter((site) => Number.isInteger(site) && site >= 0 && site < n);
      for (const site of members) {
        if (!known.includes(site)) violations.push({ kind: 'unknown-site', round, group, site });
        else if (present.has(site)) violations.push({ kind: 'repeated-site', round, site });
        present.add(site);
      }
      const distinct = [...new Set(known)].sort((a, b) => a - b);
      distinct.forEach((a, i) => {
        for (const b of distinct.slice(i + 1)) {
          const first = metIn.get(a * n + b);
          if (first === undefined) metIn.set(a * n + b, round);
          else violations.push({ kind: 'repeated-pair', sites: [a, b], rounds: [first, round] });
        }
      });
    });
    for (let site = 0; site < n; site++) {
      if (!present.has(site)) violations.push({ kind: 'missing-site', round, site });
    }
  });
  if (iterations !== undefined && iterations > rounds.length) {
    violations.push({ kind: 'iterations-exceed-gap', iterations, gap: rounds.length });
  }
  return {
    ok: violations.length === 0,
    violations,
    gap: rounds.length,
    sizes: [...sizes].sort((a, b) => a - b),
    pairsUsed: metIn.size,
    pairsTotal: (n * (n - 1)) / 2,
  };
}
