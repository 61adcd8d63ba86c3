import { amountOf, demandPerReplica, roundingOf, usedResources } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import type { Observation } from './observation.ts';
import type { ClusterDeclaration, Decision, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';
import { fewestNow, isAsleep, isDueToSleep, roomToWake, withAsleep } from './sleep.ts';
import { itemAt } from '../../numeric/at.ts';

/** What a controller remembers; plain data. */
export interface ControllerState {
  readonly lastLookSeconds: number;
  readonly policy: unknown;
  /** Requests that could not be carried out yet. */
  readonly pending: readonly ScalingRequest[];
}

/** A change of one job's replicas that is to be made now. */
export interface ScalingAction {
  readonly job: number;
  readonly from: number;
  readonly to: number;
  readonly cause: ScalingRequest['cause'] | 'idle' | 'request';
  readonly reason: string;
}

export interface ControlOutcome extends Omit<Decision<unknown>, 'state' | 'requests'> {
  readonly state: ControllerState;
  /** Reductions first: they make room for the rest. */
  readonly actions: readonly ScalingAction[];
}

/** The state before the first look. */
export function initialState(policy: ScalingPolicy): ControllerState {
  return { lastLookSeconds: 0, policy: policy.initialState, pending: [] };
}

/** Whether the next look is due. */
export function isDue(
  { lookSeconds, firstLookSeconds }: ScalingPolicy,
  { lastLookSeconds }: ControllerState,
  nowSeconds: number,
): boolean {
  return (
    nowSeconds >= firstLookSeconds - 1e-9 && passed(nowSeconds, lookSeconds) > passed(lastLookSeconds, lookSeconds)
  );
}

/**
 * One look of an autoscaler: asks the policy, and carries out what it wishes as far as the capacity and changes under way
 * allow (reference, section 7.3).
 *
 * A pure function of state and observation. It may be called more often than the policy looks, or late: what is due is
 * decided by the multiples of the interval that were passed. Time that runs backwards changes nothing.
 */
export function look(
  policy: ScalingPolicy,
  cluster: ClusterDeclaration,
  state: ControllerState,
  observation: Observation,
): ControlOutcome {
  const { nowSeconds } = observation;
  if (!isDue(policy, state, nowSeconds)) return { state, actions: [] };
  const { actions: turns, observation: seen } = sleepAndWake(policy, cluster, observation);
  const { state: policyState, requests, ...rest } = policy.decide(state.policy, seen);
  // A new number of replicas makes what is left of an older wish void, and so does sleep.
  const valid = state.pending.filter(
    ({ job }) => !requests.some((request) => request.job === job && 'replicas' in request.to),
  );
  const wishes = [...valid, ...requests].filter(({ job }) => !isAsleep(itemAt(seen.jobs, job)));
  const { actions, pending } = carryOut(cluster, seen, wishes);
  return {
    ...rest,
    state: { lastLookSeconds: nowSeconds, policy: policyState, pending },
    actions: reductionsFirst([...turns, ...actions]),
  };
}

/**
 * Wakes a job that has no replica, at once when the first request comes to it: no look is waited for. Where there is no room, jobs that have
 * been idle for a while go to sleep for it; where that is not enough nothing is done, and the next look asks again.
 *
 * @param job somebody waits there, whatever the observation says.
 */
export function wake(
  policy: ScalingPolicy,
  cluster: ClusterDeclaration,
  observation: Observation,
  job: number,
): readonly ScalingAction[] {
  const { target, isScaling } = itemAt(observation.jobs, job);
  if (policy.isFixed || target > 0 || isScaling || itemAt(cluster.jobs, job).maxReplicas < 1) return [];
  const put = roomToWake(cluster, observation, job);
  if (put === undefined) return [];
  const sleeper = itemAt(cluster.jobs, job).name;
  return [
    ...put.map((other): ScalingAction => {
      const { target: from, idleSeconds } = itemAt(observation.jobs, other);
      const reason = `No request came for ${inWords(idleSeconds)}, and "${sleeper}" needs the room.`;
      return { job: other, from, to: 0, cause: 'idle', reason };
    }),
    { job, from: 0, to: 1, cause: 'request', reason: 'A request came while it slept.' },
  ];
}

/** What is done before the policy is asked, and what it is shown then. */
function sleepAndWake(
  policy: ScalingPolicy,
  cluster: ClusterDeclaration,
  observation: Observation,
): { readonly actions: readonly ScalingAction[]; readonly observation: Observation } {
  if (policy.isFixed) return { actions: [], observation };
  const { jobs } = cluster;
  const actions: ScalingAction[] = jobs.flatMap((job, i): ScalingAction[] => {
    const observed = itemAt(observation.jobs, i);
    if (!isDueToSleep(job, observed)) return [];
    const reason = `No request came for ${inWords(observed.idleSeconds)}.`;
    return [{ job: i, from: observed.target, to: 0, cause: 'idle', reason }];
  });
  let seen = withAsleep(observation, (i) => actions.some(({ job }) => job === i));
  jobs.forEach((_, i) => {
    if (itemAt(observation.jobs, i).waiting === 0) return;
    const woken = wake(policy, cluster, seen, i);
    actions.push(...woken);
    seen = {
      ...seen,
      jobs: seen.jobs.map((job, at) => {
        const turn = woken.find((action) => action.job === at);
        return turn === undefined ? job : { ...job, target: turn.to, running: 0, isScaling: turn.to > 0 };
      }),
    };
  });
  return { actions, observation: seen };
}

function reductionsFirst(actions: readonly ScalingAction[]): readonly ScalingAction[] {
  return [...actions.filter(({ from, to }) => to < from), ...actions.filter(({ from, to }) => to >= from)];
}

/** `45 s`, `10 min`. */
function inWords(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Multiples of an interval that have passed, forgiving the rounding of decimal fractions. */
function passed(seconds: number, interval: number): number {
  return Math.floor(seconds / interval + 1e-9);
}

/**
 * Reductions come first. A job whose change is under way keeps its request for the next look while it has trials; of an
 * increase as much is granted as fits, and what does not fit is asked for again while it has trials. A wish for what is no
 * number is none.
 */
function carryOut(
  { jobs, capacity }: ClusterDeclaration,
  { jobs: observed }: Observation,
  requests: readonly ScalingRequest[],
): { actions: ScalingAction[]; pending: ScalingRequest[] } {
  const targets = observed.map(({ target }) => target);
  const left: Record<string, number> = {};
  for (const [resource, used] of Object.entries(usedResources(jobs, targets, capacity))) {
    left[resource] = amountOf(capacity, resource) - used;
  }
  const moved = new Set<number>();
  const wanted = (request: ScalingRequest): number => {
    const job = itemAt(jobs, request.job);
    const count = 'by' in request.to ? itemAt(targets, request.job) + request.to.by : request.to.replicas;
    return Math.max(fewestNow(job, itemAt(observed, request.job)), Math.min(job.maxReplicas, count));
  };
  const isReduction = (request: ScalingRequest): boolean => wanted(request) < itemAt(targets, request.job);
  const ordered = [...requests.filter(isReduction), ...requests.filter((request) => !isReduction(request))];
  const actions: ScalingAction[] = [];
  const pending: ScalingRequest[] = [];
  const again = (request: ScalingRequest): void => {
    if (request.trials > 1) pending.push({ ...request, trials: request.trials - 1 });
  };
  for (const request of ordered) {
    const { job, cause, reason } = request;
    if (itemAt(observed, job).isScaling || moved.has(job)) {
      again(request);
      continue;
    }
    const declared = itemAt(jobs, job);
    const from = itemAt(targets, job);
    const to = wanted(request);
    if (Number.isNaN(to)) continue;
    const granted = to <= from ? to : from + Math.min(to - from, roomFor(declared, left, capacity));
    if (granted < to) again({ ...request, to: { by: to - granted } });
    if (granted === from) continue;
    targets[job] = granted;
    for (const resource of Object.keys(left)) {
      left[resource] = amountOf(left, resource) - demandPerReplica(declared, resource) * (granted - from);
    }
    moved.add(job);
    actions.push({ job, from, to: granted, cause, reason });
  }
  return { actions, pending };
}

/** How many more replicas of a job fit what is left of each resource. */
function roomFor(job: JobDeclaration, left: ResourceVector, capacity: ResourceVector): number {
  let room = Infinity;
  for (const [resource, limit] of Object.entries(capacity)) {
    const demand = demandPerReplica(job, resource);
    if (demand > 0)
      room = Math.min(room, Math.max(0, Math.floor((amountOf(left, resource) + roundingOf(limit)) / demand)));
  }
  return room;
}
