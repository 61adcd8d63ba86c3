/** What a Ray dashboard says, as far as Berth reads it. Shapes and types of Ray 2.60; further keys are passed over. */
import { isObject, listOf, mapOf, nullable, number, object, oneOf, optional, text, trusted } from '../../shape.ts';
import type { OptionalShape, Shape } from '../../shape.ts';

/** Plain JSON that is passed on as it is. */
export type Free = Readonly<Record<string, unknown>>;
const free: Shape<Free> = trusted<Free>((value) => (isObject(value) ? undefined : 'is no object'));
/** For a key that may be absent or null. */
const perhaps = <T>(shape: Shape<T>): OptionalShape<T | null | undefined> => optional(nullable(shape));

export interface RayVersion {
  readonly ray_version: string;
  /** One for each life of a cluster. */
  readonly session_name: string;
}
export const rayVersion: Shape<RayVersion> = object<RayVersion>({ ray_version: text, session_name: text });

export const REPLICA_STATES = [
  'STARTING',
  'UPDATING',
  'RECOVERING',
  'RUNNING',
  'STOPPING',
  'PENDING_MIGRATION',
] as const;

export interface RayReplica {
  readonly replica_id: string;
  readonly state: (typeof REPLICA_STATES)[number];
  readonly pid?: number | null | undefined;
  readonly actor_id?: string | null | undefined;
  readonly node_id?: string | null | undefined;
  /** Below the node's folder of logs. */
  readonly log_file_path?: string | null | undefined;
  readonly start_time_s?: number | null | undefined;
}
const replica: Shape<RayReplica> = object<RayReplica>({
  replica_id: text,
  state: oneOf(...REPLICA_STATES),
  pid: perhaps(number),
  actor_id: perhaps(text),
  node_id: perhaps(text),
  log_file_path: perhaps(text),
  start_time_s: perhaps(number),
});

export const DEPLOYMENT_STATES = [
  'UPDATING',
  'HEALTHY',
  'UNHEALTHY',
  'DEPLOY_FAILED',
  'UPSCALING',
  'DOWNSCALING',
] as const;

export interface RayDeployment {
  readonly name: string;
  readonly status: (typeof DEPLOYMENT_STATES)[number];
  readonly status_trigger?: string | null | undefined;
  readonly message: string;
  readonly target_num_replicas?: number | null | undefined;
  readonly deployment_config?: Free | null | undefined;
  readonly replicas?: readonly RayReplica[] | null | undefined;
}
const deployment: Shape<RayDeployment> = object<RayDeployment>({
  name: text,
  status: oneOf(...DEPLOYMENT_STATES),
  status_trigger: perhaps(text),
  message: text,
  target_num_replicas: perhaps(number),
  deployment_config: perhaps(free),
  replicas: perhaps(listOf(replica)),
});

export const APPLICATION_STATES = [
  'NOT_STARTED',
  'DEPLOYING',
  'DEPLOY_FAILED',
  'RUNNING',
  'UNHEALTHY',
  'DELETING',
] as const;

export interface RayApplication {
  readonly name: string;
  readonly status: (typeof APPLICATION_STATES)[number];
  readonly message: string;
  readonly route_prefix?: string | null | undefined;
  /** When it was deployed last, in seconds since the epoch. */
  readonly last_deployed_time_s?: number | null | undefined;
  /** As it was put; none of what was not put, and of what is going. */
  readonly deployed_app_config?: Free | null | undefined;
  /** `declarative` where it came by a PUT, `imperative` where a program ran it; some versions do not say. */
  readonly source?: string | null | undefined;
  readonly deployments: Readonly<Record<string, RayDeployment>>;
}
const application: Shape<RayApplication> = object<RayApplication>({
  name: text,
  status: oneOf(...APPLICATION_STATES),
  message: text,
  route_prefix: perhaps(text),
  last_deployed_time_s: perhaps(number),
  deployed_app_config: perhaps(free),
  source: perhaps(text),
  deployments: mapOf(deployment),
});

/** All of Serve; of one that does not run only the empty list of applications. */
export interface ServeState {
  readonly applications: Readonly<Record<string, RayApplication>>;
  readonly target_capacity?: number | null | undefined;
  readonly proxy_location?: string | null | undefined;
  readonly http_options?: Free | null | undefined;
  readonly grpc_options?: Free | null | undefined;
}
export const serveState: Shape<ServeState> = object<ServeState>({
  applications: mapOf(application),
  target_capacity: perhaps(number),
  proxy_location: perhaps(text),
  http_options: perhaps(free),
  grpc_options: perhaps(free),
});

export const JOB_STATES = ['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED'] as const;

export interface RayJob {
  readonly submission_id?: string | null | undefined;
  readonly status: (typeof JOB_STATES)[number];
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /** Milliseconds since the epoch. */
  readonly start_time?: number | null | undefined;
}
export const rayJob: Shape<RayJob> = object<RayJob>({
  submission_id: perhaps(text),
  status: oneOf(...JOB_STATES),
  metadata: perhaps(mapOf(text)),
  start_time: perhaps(number),
});
export const rayJobs: Shape<readonly RayJob[]> = listOf(rayJob);
