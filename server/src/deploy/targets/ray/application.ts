/** A job of an InferenceCluster as an application of Ray Serve: its name, whose it is, and the config that is put. */
import { canonicalJson } from '../../../spec/serialise.ts';
import type { InferenceJob } from '../../../spec/types.ts';
import type { DeploymentId, DesiredServing } from '../../types.ts';
import type { Free, RayApplication } from './heard.ts';

/** The mark of ownership, in the surroundings of its processes. It never changes, so that it starts nothing anew. */
export const OWNER_VARIABLE = 'BERTH_DEPLOYMENT';

/** Requests that wait beyond those that are worked on; the next one is answered 503. The routers of Berth have room for as many. */
const WAITING_ROOM = 50;

/** What a replica prints goes into its log, with a time, and not beside it. A spec may say otherwise. */
const PRINTED_IS_LOGGED = { RAY_SERVE_LOG_TO_STDERR: '0' } as const;

/** What Ray is given of an application; further keys that Ray has are not used by Berth. */
export interface ApplicationConfig {
  readonly name: string;
  readonly route_prefix: string;
  readonly import_path: string;
  readonly args?: Free;
  readonly runtime_env: Free;
  readonly external_scaler_enabled: true;
  /** Lines of JSON have their time, also those that a program prints. */
  readonly logging_config: { readonly encoding: 'JSON' };
  readonly deployments: readonly [
    {
      readonly name: string;
      readonly num_replicas: number;
      /** Also where the code of the application says otherwise: replicas have one who moves them. */
      readonly autoscaling_config: null;
      readonly max_ongoing_requests: 1;
      readonly max_queued_requests: number;
      readonly ray_actor_options: Free;
    },
  ];
}

/** `berth.vision.search-images`; neither name has a dot in it. */
export function applicationName(id: DeploymentId, job: string): string {
  return `${prefixOf(id)}${job}`;
}

/** The job that an application of that name would be of; undefined where the name is of another deployment, or of none. */
export function jobOf(id: DeploymentId, application: string): string | undefined {
  const prefix = prefixOf(id);
  return application.startsWith(prefix) ? application.slice(prefix.length) : undefined;
}

function prefixOf(id: DeploymentId): string {
  return `berth.${id.slice(id.indexOf('/') + 1)}.`;
}

/** Whose an application is by its mark; undefined where it has none, or is going and says nothing of itself any more. */
export function ownerOf({ deployed_app_config: config }: RayApplication): string | undefined {
  const environment = (config?.['runtime_env'] as { env_vars?: Readonly<Record<string, unknown>> } | undefined)
    ?.env_vars;
  const owner = environment?.[OWNER_VARIABLE];
  return typeof owner === 'string' ? owner : undefined;
}

/** @param replicas how many it shall have now. */
export function applicationConfig(
  { id, name }: DesiredServing,
  job: InferenceJob,
  replicas: number,
): ApplicationConfig {
  const { importPath, deployment, args, runtimeEnv = {} } = job.serve!; // a spec without was refused where it was planned
  const { cpu, memory, accelerators } = job.resources;
  return {
    name: applicationName(id, job.name),
    route_prefix: `/${name}/${job.name}`,
    import_path: importPath!,
    ...(args !== undefined && { args }),
    runtime_env: {
      ...runtimeEnv,
      env_vars: { ...PRINTED_IS_LOGGED, ...(runtimeEnv['env_vars'] as Free | undefined), [OWNER_VARIABLE]: id },
    },
    external_scaler_enabled: true,
    logging_config: { encoding: 'JSON' },
    deployments: [
      {
        name: deployment!,
        num_replicas: replicas,
        autoscaling_config: null,
        max_ongoing_requests: 1,
        max_queued_requests: WAITING_ROOM,
        ray_actor_options: {
          ...(cpu !== undefined && { num_cpus: cpu }),
          ...(memory !== undefined && { memory }),
          ...(accelerators !== undefined && { num_gpus: accelerators }),
        },
      },
    ],
  };
}

/** Whether two configs are one but for the numbers of replicas, which move by themselves. */
export function isSameApplication(a: unknown, b: unknown): boolean {
  return canonicalJson(withoutCounts(a)) === canonicalJson(withoutCounts(b));
}

export function withoutCounts(config: unknown): unknown {
  const { deployments = [], ...rest } = config as { deployments?: readonly Free[] };
  return { ...rest, deployments: deployments.map(({ num_replicas: _, ...deployment }) => deployment) };
}
