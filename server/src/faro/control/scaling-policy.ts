import type { Policy } from '../../spec/types.ts';
import type { MinimaExceedCapacity } from '../allocation/allocation.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import type { Observation } from './observation.ts';

/** The name of a policy, as specs write it. */
export type PolicyName = Policy;

/** What is shared, and by whom: what every policy is told once. */
export interface ClusterDeclaration {
  readonly jobs: readonly JobDeclaration[];
  readonly capacity: ResourceVector;
}

/** A wish for one job's replicas. */
export interface ScalingRequest {
  /** Index of the job. */
  readonly job: number;
  /** A number of replicas, or a change of the number that was last asked for. */
  readonly to: { readonly replicas: number } | { readonly by: number };
  /** Looks at which it may be tried, while the job is busy or the capacity is used up. */
  readonly trials: number;
  readonly cause: 'forecast' | 'latency';
  /** One sentence for people. */
  readonly reason: string;
}

/** How a job's router lets requests in; absent fields are left as they are. */
export interface RouterSettings {
  /** Share of the requests that are let in, by chance. */
  readonly acceptRate?: number;
  readonly queueLimit?: number;
  readonly concurrency?: number;
  readonly lateAfterSeconds?: number;
  readonly shedShare?: number;
  readonly expectedPerMinute?: number;
  readonly lateLast?: boolean;
}

/** What a policy decided at one look. */
export interface Decision<State> {
  readonly state: State;
  readonly requests: readonly ScalingRequest[];
  /** New settings of the jobs' routers, by job; absent where nothing changes. */
  readonly routers?: readonly (RouterSettings | undefined)[];
  /** Requests expected in each coming minute, by job, the present minute first; undefined for a job without a forecast. */
  readonly forecasts?: readonly (readonly number[] | undefined)[];
  /** Why no allocation could be made. */
  readonly problem?: MinimaExceedCapacity;
}

/**
 * Decides on replicas at regular looks. A pure function of state and observation; the state is plain data, so that it can be
 * stored and picked up again.
 *
 * Whoever asks may come more often than `lookSeconds`, or late; a policy is only shown what {@link Controller} finds due.
 */
export interface ScalingPolicy<State = unknown> {
  readonly name: PolicyName;
  readonly lookSeconds: number;
  /** The first look. */
  readonly firstLookSeconds: number;
  readonly initialState: State;
  /** True of one that never changes replicas: under it no job is put to sleep, and none wakes. */
  readonly isFixed?: true;
  /** Replicas of each job at the start. */
  readonly initialReplicas: readonly number[];
  decide(state: State, observation: Observation): Decision<State>;
}
