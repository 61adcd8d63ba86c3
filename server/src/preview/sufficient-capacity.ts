/** The smallest capacity that meets every SLO which some capacity can meet, and the SLOs that none can. */
import { smallestCapacityForSlos } from '../faro/allocation/what-if.ts';
import { specModels } from '../faro/from-spec.ts';
import { demandPerReplica, type Job, type ResourceVector } from '../faro/job.ts';
import type { InferenceCluster } from '../spec/types.ts';
import type { InferencePreview, JobPreview } from './model.ts';
import { resourceAmount } from './resource-amount.ts';
import { limitedByCapacity } from './what-if.ts';
import { countOf, figureOf, listOf } from './words.ts';

/** The smallest capacity that meets every SLO which some capacity can meet. */
export interface Sufficient {
  /** Jobs whose SLO some capacity meets. */
  readonly within: readonly string[];
  /** For these, and the least of all others; null where there are none. */
  readonly capacity: ResourceVector | null;
}

export function sufficient(
  spec: InferenceCluster,
  jobs: readonly Job[],
  previews: readonly JobPreview[],
  capacity: ResourceVector,
): Sufficient {
  const within = jobs
    .map((job, i) => (limitedByCapacity(spec.jobs[i]!, spec) ? { ...job, maxReplicas: Infinity } : job))
    .filter((job, i) => (previews[i]!.needed ?? Infinity) <= job.maxReplicas && previews[i]!.needed !== null);
  const enough = smallestCapacityForSlos(within, Object.keys(capacity), specModels(spec));
  if (enough.kind === 'never' || within.length === 0) return { within: [], capacity: null };
  // Jobs that no capacity helps keep the least they can have.
  const kept = new Set(within.map((job) => job.name));
  const beyond = jobs.filter((job) => !kept.has(job.name));
  const amounts = Object.entries(enough.capacity).map(([resource, amount]) => [
    resource,
    beyond.reduce((sum, job) => sum + demandPerReplica(job, resource) * job.minReplicas, amount),
  ]);
  return { within: [...kept], capacity: Object.fromEntries(amounts) as ResourceVector };
}

/** The same for people: `All ten SLOs need a capacity of 31 replicas.` */
export function enoughInWords(
  { within, capacity }: Sufficient,
  previews: readonly JobPreview[],
  unit: string,
): InferencePreview['enough'] {
  const beyond = previews.filter(({ name }) => !within.includes(name));
  const never = beyond.map(({ name }) => name);
  const needs =
    capacity &&
    listOf(
      Object.entries(capacity).map(([resource, amount]) => resourceAmount(resource, amount)),
      4,
    );
  const one = previews.length === 1;
  const words = ((): string => {
    if (never.length === 0) return `${allSlos(previews.length)} ${one ? 'needs' : 'need'} a capacity of ${needs}.`;
    const [first] = beyond;
    const why =
      beyond.length > 1 || first === undefined || first.needed === null
        ? ''
        : `, which may have ${figureOf(first.max, 'replica')} and needs ${first.needed}`;
    const none = one
      ? 'No capacity meets the SLO'
      : `No capacity meets the SLO${beyond.length === 1 ? '' : 's'} of ${listOf(never)}`;
    if (needs === null) return `${none}${why}.`;
    return `${none}${why}; the smallest that meets ${within.length === 1 ? `that of ${within[0]}` : 'all others'} is ${needs}.`;
  })();
  return { amount: capacity?.[unit] ?? null, never, words };
}

/** `The SLO`, `Both SLOs`, `All ten SLOs`. */
export function allSlos(count: number): string {
  if (count === 1) return 'The SLO';
  return count === 2 ? 'Both SLOs' : `All ${countOf(count, 'SLO')}`;
}
