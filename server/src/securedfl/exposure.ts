import { EchelonBasis } from './echelon-basis.ts';
import type { Pattern } from './pattern.ts';
import { partitionOf } from './pattern.ts';
import { mulberry32 } from './seeded-uniform.ts';
import { intAt, itemAt } from '../numeric/at.ts';

/**
 * Whether the partial sum of each group reaches the other sites (the paper's protocol), or only the total does because
 * the sums are masked.
 */
export type PartialSums = 'visible' | 'hidden';

/** What some honest-but-curious sites, working together, can compute exactly about the weights of the others. */
export interface Exposure {
  readonly observers: readonly number[];
  /** Rank of everything they observe, of `unknowns` = 2(n - observers): weights and initial duals of the others. */
  readonly rank: number;
  readonly unknowns: number;
  /** Dimension of the linear combinations of the others' weights that they know. 0 or 1 (the average) is ideal. */
  readonly dimension: number;
  /** Sites whose weights they recover exactly. */
  readonly sites: readonly number[];
  /**
   * Pairs u < v of sites of which only the difference p_u·w_u - p_v·w_v is recovered (with equal aggregation weights:
   * of which the difference is recovered).
   */
  readonly differences: readonly (readonly [number, number])[];
}

/** The two largest primes below 2^26. */
export const RANK_PRIMES = [67_108_859, 67_108_837] as const;

/**
 * Feeds the observations of a coalition, iteration by iteration, into a basis over GF(p).
 *
 * In iteration i a site u hands out the share W_u + A_i·D_u with W_u = 2·w_u, D_u = lambda_u^0 - 2·w_u and the public
 * A_i = prod_{j≤i} 2/(2+rho_j): everything else in its message is known to all. Columns are the D_u, then the W_u, of
 * the sites outside the coalition. Scaling a site's two columns by its aggregation weight changes neither rank nor
 * dimension nor recovered sites, so weights do not appear. The A_i are random field elements.
 */
class Observations {
  readonly basis: EchelonBasis;
  readonly others: readonly number[];
  /** By site; of the coalition's own sites -1. */
  readonly #columnOf: Int32Array;
  readonly #random: () => number;

  constructor(n: number, coalition: ReadonlySet<number>, prime: number) {
    this.others = Array.from({ length: n }, (_, site) => site).filter((site) => !coalition.has(site));
    this.#columnOf = new Int32Array(n).fill(-1);
    this.others.forEach((site, column) => (this.#columnOf[site] = column));
    this.basis = new EchelonBasis(prime, 2 * this.others.length);
    this.#random = mulberry32(prime);
  }

  addIteration(groups: Pattern['rounds'][number], coalition: ReadonlySet<number>, partialSums: PartialSums): void {
    const a = 1 + Math.floor(this.#random() * (this.basis.prime - 1));
    for (const group of groups) {
      if (group.some((site) => coalition.has(site))) {
        for (const site of group) if (!coalition.has(site)) this.#addSum([site], a);
      } else if (partialSums === 'visible') {
        this.#addSum(group, a);
      }
    }
    // With visible partial sums the total z is the sum of what is there already.
    if (partialSums === 'hidden') this.#addSum(this.others, a);
  }

  #addSum(sites: readonly number[], a: number): void {
    const row = new Float64Array(this.basis.columns);
    for (const site of sites) {
      const column = intAt(this.#columnOf, site);
      row[column] = a;
      row[column + this.others.length] = 1;
    }
    this.basis.insert(row);
  }

  summary(observers: readonly number[]): Exposure {
    const { others, basis } = this;
    const half = others.length;
    // A reduced basis holds e_u only as row u itself; e_u - e_v only as row u, where v leads no row, or as the
    // difference of the rows u and v, which then are alike but for their leading ones.
    const recovered: number[] = [];
    const differences: [number, number][] = [];
    const leadersByTail = new Map<string, number[]>();
    for (const [leader, row] of basis.reducedFrom(half)) {
      const tail = Array.from(row.keys()).filter((column) => column !== leader && row[column] !== 0);
      const last = tail[0];
      if (last === undefined) {
        recovered.push(leader);
        continue;
      }
      if (tail.length === 1 && row[last] === basis.prime - 1) differences.push([leader, last]);
      const key = tail.map((column) => `${column}:${row[column]}`).join();
      leadersByTail.set(key, [...(leadersByTail.get(key) ?? []), leader]);
    }
    for (const leaders of leadersByTail.values()) {
      leaders.sort((a, b) => a - b);
      leaders.forEach((u, i) => leaders.slice(i + 1).forEach((v) => differences.push([u, v])));
    }
    const siteOf = (column: number): number => itemAt(others, column);
    return {
      observers,
      rank: basis.pivots(),
      unknowns: 2 * half,
      dimension: basis.pivots(half),
      sites: recovered.sort((a, b) => a - b).map(siteOf),
      differences: differences
        .sort(([a, b], [c, d]) => a - c || b - d)
        .map(([u, v]) => [siteOf(u), siteOf(v)] as const),
    };
  }
}

/** Ranks over two fields can differ only where chance (or the prime) hid something: the larger one is right. */
function better(a: Exposure, b: Exposure): Exposure {
  if (a.rank !== b.rank) return a.rank > b.rank ? a : b;
  return a.dimension <= b.dimension ? a : b;
}

/**
 * What a coalition learns exactly after each of the iterations 1, 2, …, one at a time (SecureD-FL corrected: the row
 * space of all that it observes, over all its sites).
 *
 * Exact linear algebra over two prime fields of about 2^26 elements, with the A_i drawn at random: true for all but
 * finitely many rho schedules. A rank comes out too small with probability below (n-1)/2^26 per field, hence below
 * 10^-12 in both for n ≤ 64. Deterministic: the draws are seeded.
 *
 * Cost: O(iterations · groups · n · rank) field operations in all.
 */
export function* exposureByIteration(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  observers: readonly number[],
  partialSums: PartialSums,
): Generator<Exposure, never, undefined> {
  const coalition = new Set(observers);
  const fields = RANK_PRIMES.map((prime) => new Observations(pattern.n, coalition, prime));
  for (let iteration = 1; ; iteration++) {
    const groups = partitionOf(pattern, iteration);
    for (const field of fields) field.addIteration(groups, coalition, partialSums);
    yield fields.map((field) => field.summary(observers)).reduce(better);
  }
}

/** What a coalition has learnt exactly after `iterations` ≥ 1 iterations of one aggregation. */
export function exposure(
  pattern: Pick<Pattern, 'n' | 'rounds'>,
  observers: readonly number[],
  { iterations, partialSums = 'visible' }: { readonly iterations: number; readonly partialSums?: PartialSums },
): Exposure {
  const coalition = new Set(observers);
  return RANK_PRIMES.map((prime) => {
    const field = new Observations(pattern.n, coalition, prime);
    for (let i = 1; i <= iterations; i++) field.addIteration(partitionOf(pattern, i), coalition, partialSums);
    return field.summary(observers);
  }).reduce(better);
}
