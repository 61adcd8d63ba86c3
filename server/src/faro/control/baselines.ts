/** The policies that Faro is compared with (reference, section 8). */
import { fitsCapacity } from '../job.ts';
import type { JobDeclaration } from '../job.ts';
import { counted, judged, lookThresholds } from './overload.ts';
import type { LookCounts } from './overload.ts';
import type { Observation } from './observation.ts';
import type { ClusterDeclaration, PolicyName, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';
import { itemAt } from '../../numeric/at.ts';

/** Nothing ever changes. @param replicas of each job. */
export function fixed(name: PolicyName, replicas: readonly number[]): ScalingPolicy<null> {
  return {
    name,
    lookSeconds: 60,
    firstLookSeconds: 60,
    initialState: null,
    isFixed: true,
    initialReplicas: replicas,
    decide: () => ({ state: null, requests: [] }),
  };
}

/** The same number for every job, as large as fits, within each job's limits; never changed. The minima must fit. */
export function fairShare(cluster: ClusterDeclaration): ScalingPolicy<null> {
  return fixed('fairShare', equalShares(cluster));
}

function equalShares({ jobs, capacity }: ClusterDeclaration): readonly number[] {
  const shares = (count: number): number[] =>
    jobs.map((job) => Math.min(job.maxReplicas, Math.max(job.minReplicas, count)));
  let [share, tooMany] = [0, 1 + jobs.reduce((max, job) => Math.max(max, job.maxReplicas), 0)];
  while (tooMany - share > 1) {
    const middle = (share + tooMany) >> 1;
    if (fitsCapacity(jobs, shares(middle), capacity)) share = middle;
    else tooMany = middle;
  }
  return shares(share);
}

/** Seconds between two looks of the reactive policies, and the first of them. */
const [reactiveLook, firstReactiveLook] = [10, 60];

/**
 * Additive increase, additive decrease: one replica more after thirty seconds over the SLO, one less after ten minutes
 * within it.
 */
export function aiad(cluster: ClusterDeclaration): ScalingPolicy<LookCounts> {
  return reactive(cluster, 'aiad', (job, due) => ({
    job,
    to: { by: due === 'more' ? 1 : -1 },
    trials: 1,
    cause: 'latency',
    reason: due === 'more' ? 'Requests took longer than the SLO for 30 s.' : 'Requests met the SLO for 10 min.',
  }));
}

/** In proportion: replicas times measured latency over SLO, up after thirty seconds over it, down after ten minutes within it. */
export function oneshot(cluster: ClusterDeclaration): ScalingPolicy<LookCounts> {
  return reactive(cluster, 'oneshot', (job, due, { jobs }) => {
    const { meanLatencyMs, target } = itemAt(jobs, job);
    const ratio = (meanLatencyMs ?? 0) / itemAt(cluster.jobs, job).sloMs;
    return {
      job,
      to: { replicas: Math.ceil(target * ratio) },
      trials: 1,
      cause: 'latency',
      reason: `Requests took ${ratio.toFixed(2)} times the SLO on average${due === 'more' ? '' : ', and met it for 10 min'}.`,
    };
  });
}

function reactive(
  { jobs }: ClusterDeclaration,
  name: PolicyName,
  request: (job: number, due: 'more' | 'less', observation: Observation) => ScalingRequest,
): ScalingPolicy<LookCounts> {
  const thresholds = lookThresholds(reactiveLook);
  return {
    name,
    lookSeconds: reactiveLook,
    firstLookSeconds: firstReactiveLook,
    initialState: jobs.map(() => 0),
    initialReplicas: minima(jobs),
    decide(counts, observation) {
      const requests: ScalingRequest[] = [];
      const state = counts.map((count, job) => {
        const observed = itemAt(observation.jobs, job);
        const judgement = observed.isScaling ? undefined : judged(itemAt(jobs, job), observed);
        if (judgement === undefined) return count;
        const next = counted(count, judgement, thresholds);
        if (next.due !== undefined) requests.push(request(job, next.due, observation));
        return next.count;
      });
      return { state, requests };
    },
  };
}

/** What every autoscaling policy of the reference begins with. */
export function minima(jobs: readonly JobDeclaration[]): readonly number[] {
  return jobs.map((job) => job.minReplicas);
}
