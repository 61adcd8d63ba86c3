/**
 * Scale to zero: when a job goes to sleep, and what wakes it. The same for every policy, which decides only about jobs that are awake.
 *
 * A job sleeps once no request has come for the stated time, and is woken by a request, never by a forecast: what is expected and does not
 * come would wake it in vain again and again. So it changes at most twice for each stretch of silence that is so long.
 */
import { demandPerReplica, fitsCapacity } from '../job.ts';
import type { JobDeclaration } from '../job.ts';
import type { JobObservation, Observation } from './observation.ts';
import type { ClusterDeclaration } from './scaling-policy.ts';
import { itemAt } from '../../numeric/at.ts';

/** A job that has been idle for so long may be put to sleep early, where a request to another one finds no room. */
export const roomAfterSeconds = 60;

/** Whether a job has no replica and nobody waits for one: no policy is to change that. */
export function isAsleep({ target, waiting }: JobObservation): boolean {
  return target === 0 && waiting === 0;
}

/** The fewest replicas that a policy may give a job now: one that is awake keeps one. */
export function fewestNow({ minReplicas, sleepsAfterSeconds }: JobDeclaration, { target }: JobObservation): number {
  return sleepsAfterSeconds !== undefined && target > 0 ? Math.max(1, minReplicas) : minReplicas;
}

/** Whether a job is to be put to sleep. What was not measured is no silence: `idleSeconds` then says so. */
export function isDueToSleep({ sleepsAfterSeconds }: JobDeclaration, observed: JobObservation): boolean {
  return sleepsAfterSeconds !== undefined && isIdleFor(observed, sleepsAfterSeconds);
}

function isIdleFor({ target, isScaling, waiting, idleSeconds }: JobObservation, seconds: number): boolean {
  return target > 0 && !isScaling && waiting === 0 && idleSeconds >= seconds;
}

/** The same look with some jobs asleep. */
export function withAsleep(observation: Observation, isPutToSleep: (job: number) => boolean): Observation {
  const jobs = observation.jobs.map((job, i) => (isPutToSleep(i) ? { ...job, target: 0, running: 0 } : job));
  return { ...observation, jobs };
}

/**
 * What makes room for the first replica of a job that somebody waits for: nobody where there is room, else those that have been idle
 * longest, {@link roomAfterSeconds} at least. Undefined where that is not enough.
 */
export function roomToWake(
  { jobs, capacity }: ClusterDeclaration,
  { jobs: observed }: Observation,
  woken: number,
): readonly number[] | undefined {
  const targets = observed.map(({ target }) => target);
  targets[woken] = 1;
  const put: number[] = [];
  const idle = jobs
    .flatMap(({ sleepsAfterSeconds }, job) =>
      job !== woken && sleepsAfterSeconds !== undefined && isIdleFor(itemAt(observed, job), roomAfterSeconds)
        ? [job]
        : [],
    )
    .sort((a, b) => itemAt(observed, b).idleSeconds - itemAt(observed, a).idleSeconds);
  for (;;) {
    if (fitsCapacity(jobs, targets, capacity)) return put;
    const next = idle.shift();
    if (next === undefined) return undefined;
    if (!helps(jobs, next, capacity)) continue;
    targets[next] = 0;
    put.push(next);
  }
}

function helps(jobs: readonly JobDeclaration[], job: number, capacity: ClusterDeclaration['capacity']): boolean {
  return Object.keys(capacity).some((resource) => demandPerReplica(itemAt(jobs, job), resource) > 0);
}
