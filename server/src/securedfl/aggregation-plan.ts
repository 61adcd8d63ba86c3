import type { Vector, WirePrecision } from './admm.ts';
import type { Pattern, PatternReport } from './pattern.ts';
import { normaliseRounds, partitionOf, verifyPattern } from './pattern.ts';
import { partialSumSender } from './traffic.ts';
import { itemAt } from '../numeric/at.ts';

/** All that the sites of one aggregation have to agree on. Plain data: it can be sent, stored and hashed. */
export interface AggregationPlan {
  readonly pattern: Pattern;
  /** rho_1..rho_T; its length is the number of iterations. */
  readonly rho: readonly number[];
  /** Aggregation weights p_0..p_{n-1}, which add up to 1. */
  readonly weights: readonly number[];
  /** Parameters of the model. */
  readonly length: number;
  readonly precision: WirePrecision;
  /** Messages with a larger magnitude than this are refused; the largest finite number when left out. */
  readonly limit?: number;
}

/** What is wrong with a plan, first its pattern. */
export type PlanFlaw =
  | { readonly kind: 'pattern'; readonly report: PatternReport }
  | { readonly kind: 'order' | 'rho' | 'weights' | 'length'; readonly found: string };

/**
 * The check that every site makes of a plan before it takes part: the pattern holds its definition, no pair meets
 * twice within the aggregation, and the numbers are sane. Undefined when nothing is wrong.
 */
export function checkPlan(plan: AggregationPlan): PlanFlaw | undefined {
  const { pattern, rho, weights, length } = plan;
  const report = verifyPattern(pattern.n, pattern.rounds, { iterations: rho.length });
  if (!report.ok) return { kind: 'pattern', report };
  // Sums are taken in the order of the partitions: all sites have to have the same.
  if (JSON.stringify(normaliseRounds(pattern.rounds)) !== JSON.stringify(pattern.rounds)) {
    return { kind: 'order', found: 'members of groups and groups of partitions that do not ascend' };
  }
  if (rho.length === 0 || !rho.every((r) => r > 0 && Number.isFinite(r))) return { kind: 'rho', found: rho.join(', ') };
  const total = weights.reduce((sum, p) => sum + p, 0);
  if (weights.length !== pattern.n || !weights.every((p) => p >= 0) || !(Math.abs(total - 1) < 1e-9)) {
    return { kind: 'weights', found: weights.join(', ') };
  }
  if (!Number.isSafeInteger(length) || length < 1) return { kind: 'length', found: String(length) };
  return undefined;
}

export type MessageKind = 'y' | 'partial' | 'digest';

interface Envelope {
  /** Training round, attempt within it (the restart counter) and ADMM iteration (from 1). */
  readonly round: number;
  readonly attempt: number;
  readonly iteration: number;
  readonly from: number;
  readonly to: number;
}

/** A vector in the plan's wire precision. */
export interface VectorMessage extends Envelope {
  readonly kind: 'y' | 'partial';
  readonly vector: Vector;
}

/** The hash of the z that the sender computed, which all sites compare before they go on. */
export interface DigestMessage extends Envelope {
  readonly kind: 'digest';
  readonly digest: string;
}

export type SiteMessage = VectorMessage | DigestMessage;

/** Whom one site hears from and writes to in one iteration. */
export interface Neighbourhood {
  /** Index of the own group in the partition. */
  readonly group: number;
  readonly mates: readonly number[];
  /** For each group of the partition the member whose partial sum this site gets; undefined for the own group. */
  readonly senders: readonly (number | undefined)[];
  /** Sites of other groups to which this site sends its group's partial sum. */
  readonly receivers: readonly number[];
}

export function neighbourhood(pattern: Pick<Pattern, 'rounds'>, site: number, iteration: number): Neighbourhood {
  const partition = partitionOf(pattern, iteration);
  const group = partition.findIndex((members) => members.includes(site));
  const own = itemAt(partition, group);
  const rank = own.indexOf(site);
  return {
    group,
    mates: own.filter((other) => other !== site),
    senders: partition.map((members, index) =>
      index === group ? undefined : itemAt(members, partialSumSender(rank, group, members.length)),
    ),
    receivers: partition
      .flatMap((members, index) =>
        index === group
          ? []
          : members.filter((_, memberRank) => own[partialSumSender(memberRank, index, own.length)] === site),
      )
      .sort((a, b) => a - b),
  };
}
