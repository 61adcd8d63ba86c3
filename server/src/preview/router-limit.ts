/** A simulated router that is slower than the traffic: no policy and no capacity could then meet an SLO. */
import { lognormalTime, meanMs } from '../faro/simulator/service-time.ts';
import type { InferenceCluster, InferenceJob } from '../spec/types.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';

/** Every request passes its job's router on the way in and on the way out, one at a time. */
const PASSES = 2;

export function beyondRouter({ jobs, simulation }: InferenceCluster): Finding[] {
  const { router } = simulation;
  if (router === undefined) return [];
  const perSecond = 1000 / (PASSES * meanMs(lognormalTime(router.min, router.median, router.p99)));
  const beyond = jobs.filter((job) => busiestRate(job) > perSecond).map(({ name }) => name);
  return beyond.length === 0
    ? []
    : [finding('BERTH2015', ['spec', 'simulation', 'router'], { perSecond, jobs: beyond })];
}

/** Requests a second in the minute that brings the most. */
function busiestRate({ workload }: InferenceJob): number {
  if (workload.type === 'rate') return workload.rate;
  return workload.requestsPerMinute.reduce((most, count) => Math.max(most, count), 0) / 60;
}
