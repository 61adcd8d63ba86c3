import { fitsCapacity } from '../job.ts';
import type { Observation } from './observation.ts';
import type { ClusterDeclaration, Decision, ScalingPolicy, ScalingRequest } from './scaling-policy.ts';

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
  readonly cause: ScalingRequest['cause'];
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
  const { state: policyState, requests, ...rest } = policy.decide(state.policy, observation);
  const { actions, pending } = carryOut(cluster, observation, [...state.pending, ...requests]);
  return { ...rest, state: { lastLookSeconds: nowSeconds, policy: policyState, pending }, actions };
}

/** Multiples of an interval that have passed, forgiving the rounding of decimal fractions. */
function passed(seconds: number, interval: number): number {
  return Math.floor(seconds / interval + 1e-9);
}

/**
 * Reductions come first. A job whose change is under way keeps its request for the next look while it has trials; of an
 * increase as much is granted as fits, and what does not fit is asked for again while it has trials.
 */
function carryOut(
  { jobs, capacity }: ClusterDeclaration,
  { jobs: observed }: Observation,
  requests: readonly ScalingRequest[],
): { actions: ScalingAction[]; pending: ScalingRequest[] } {
  const targets = observed.map(({ target }) => target);
  const moved = new Set<number>();
  const wanted = (request: ScalingRequest): number => {
    const { minReplicas, maxReplicas } = jobs[request.job]!;
    const count = 'by' in request.to ? targets[request.job]! + request.to.by : request.to.replicas;
    return Math.max(minReplicas, Math.min(maxReplicas, count));
  };
  const isReduction = (request: ScalingRequest): boolean => wanted(request) < targets[request.job]!;
  const ordered = [...requests.filter(isReduction), ...requests.filter((request) => !isReduction(request))];
  const actions: ScalingAction[] = [];
  const pending: ScalingRequest[] = [];
  const again = (request: ScalingRequest): void => {
    if (request.trials > 1) pending.push({ ...request, trials: request.trials - 1 });
  };
  for (const request of ordered) {
    const { job, cause, reason } = request;
    if (observed[job]!.isScaling || moved.has(job)) {
      again(request);
      continue;
    }
    const from = targets[job]!;
    const to = wanted(request);
    let granted = to;
    while (granted > from && !fitsCapacity(jobs, targets.with(job, granted), capacity)) granted--;
    if (granted < to) again({ ...request, to: { by: to - granted } });
    if (granted === from) continue;
    targets[job] = granted;
    moved.add(job);
    actions.push({ job, from, to: granted, cause, reason });
  }
  return { actions, pending };
}
