import type { Partition, Pattern } from './pattern.ts';
import { partitionOf } from './pattern.ts';
import { itemAt } from '../numeric/at.ts';

/** One vector on its way in one iteration: a share inside a group, or the partial sum of `group` to another one. */
export interface Transfer {
  readonly kind: 'y' | 'partial';
  readonly from: number;
  readonly to: number;
  /** Index of the sender's group in the partition. */
  readonly group: number;
}

/**
 * The member of a group of `size` from whom the member of rank `rank` of the group with index `receiverGroup` gets the
 * partial sum; ranks count from 0.
 *
 * Aligned ranks: rank j gets it from rank j, so in equal groups every site sends and receives as many and none is a
 * relay. Where the sending group is smaller, the ranks beyond its end are served in turn, starting at a member that
 * depends on the receiving group, so that not always the same one has the additional work. Whoever sends it, all
 * members of a group know the same sum, so the choice changes nothing about what anyone learns.
 */
export function partialSumSender(rank: number, receiverGroup: number, size: number): number {
  return rank < size ? rank : (rank + receiverGroup) % size;
}

/** Who sends what to whom in one iteration: first all shares, then all partial sums. */
export function iterationTransfers(partition: Partition): Transfer[] {
  const shares: Transfer[] = [];
  const partials: Transfer[] = [];
  partition.forEach((members, group) => {
    for (const from of members) {
      for (const to of members) if (to !== from) shares.push({ kind: 'y', from, to, group });
    }
    partition.forEach((receivers, receiverGroup) => {
      if (receiverGroup === group) return;
      receivers.forEach((to, rank) => {
        const from = itemAt(members, partialSumSender(rank, receiverGroup, members.length));
        partials.push({ kind: 'partial', from, to, group });
      });
    });
  });
  return [...shares, ...partials];
}

export interface Traffic {
  /** Transfers of iterations 1..T. */
  readonly iterations: readonly (readonly Transfer[])[];
  /** Vectors of the model's length that each site sends and receives in one aggregation. */
  readonly sent: readonly number[];
  readonly received: readonly number[];
  /** The most that one site sends. */
  readonly vectorsPerSite: number;
}

/** The traffic of one aggregation with visible partial sums; digests of z, of 32 bytes each, are not counted. */
export function trafficOf(pattern: Pick<Pattern, 'n' | 'rounds'>, iterations: number): Traffic {
  const sent = new Array<number>(pattern.n).fill(0);
  const received = new Array<number>(pattern.n).fill(0);
  const perIteration = Array.from({ length: iterations }, (_, i) => iterationTransfers(partitionOf(pattern, i + 1)));
  for (const { from, to } of perIteration.flat()) {
    sent[from] = itemAt(sent, from) + 1;
    received[to] = itemAt(received, to) + 1;
  }
  return { iterations: perIteration, sent, received, vectorsPerSite: Math.max(0, ...sent) };
}

/** Bytes that a number of vectors of d parameters takes on the wire, without framing. */
export function vectorBytes(vectors: number, parameters: number, bytesPerValue: number): number {
  return vectors * parameters * bytesPerValue;
}
