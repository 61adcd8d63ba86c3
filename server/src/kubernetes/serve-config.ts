/** Ray Serve's multi-application config: what it asks for, and keys that are not where they belong. */
import { didYouMean } from '../spec/problems/did-you-mean.ts';
import type { Found } from './found.ts';
import type { ManifestField, ManifestNode } from './manifest.ts';
import { decimal } from './quantity.ts';
import { MOST_REPLICAS, type Reader } from './reader.ts';

interface Level {
  readonly at: string;
  readonly keys: readonly string[];
}

/** The keys of `serve.schema` in Ray 2.60 and, where older ones had others, of those, by level. */
const LEVELS = {
  config: {
    at: 'the whole config',
    keys: [
      'proxy_location',
      'http_options',
      'grpc_options',
      'logging_config',
      'applications',
      'target_capacity',
      'controller_options',
      'tracing_config',
    ],
  },
  application: {
    at: 'an application',
    keys: [
      ...[
        'name',
        'route_prefix',
        'import_path',
        'runtime_env',
        'host',
        'port',
        'deployments',
        'args',
        'logging_config',
      ],
      ...['autoscaling_policy', 'external_scaler_enabled'],
    ],
  },
  deployment: {
    at: 'a deployment',
    keys: [
      ...['name', 'num_replicas', 'max_ongoing_requests', 'max_queued_requests', 'user_config', 'autoscaling_config'],
      ...['graceful_shutdown_wait_loop_s', 'graceful_shutdown_timeout_s', 'health_check_period_s'],
      ...['health_check_timeout_s', 'ray_actor_options', 'placement_group_bundles', 'placement_group_strategy'],
      ...[
        'max_replicas_per_node',
        'logging_config',
        'request_router_config',
        'backpressure_config',
        'placement_group_bundle_label_selector',
        'gang_scheduling_config',
        'deployment_actors',
        'rolling_update_percentage',
        'max_surge_percent',
      ],
    ],
  },
  actor: {
    at: '"ray_actor_options"',
    keys: [
      'runtime_env',
      'num_cpus',
      'num_gpus',
      'memory',
      'object_store_memory',
      'resources',
      'accelerator_type',
      'label_selector',
      'fallback_strategy',
    ],
  },
} as const satisfies Readonly<Record<string, Level>>;

type LevelName = keyof typeof LEVELS;

/** Why a key of the config is not in a spec; all others are read. */
const LOST: Readonly<Record<string, string>> = {
  import_path: 'what runs is not carried over',
  route_prefix: 'each job has an address of its own',
  runtime_env: 'what runs is not carried over',
  args: 'what runs is not carried over',
  user_config: 'a spec does not configure the model',
};

/** Keys that are read, of whatever level. */
const READ = new Set([
  ...['applications', 'name', 'deployments', 'num_replicas', 'autoscaling_config', 'ray_actor_options'],
  ...['num_cpus', 'num_gpus', 'memory', 'min_replicas', 'max_replicas'],
]);

function findLost({ key, keyRange }: ManifestField, found: Found): void {
  found.add('BERTH5656', { what: key, why: LOST[key] ?? 'a spec has nothing like it' }, keyRange);
}

/** Of one mapping of the config: what is misplaced, unknown or not carried over. */
export function findKeys(node: ManifestNode, level: LevelName, found: Found): void {
  const { at, keys } = LEVELS[level];
  for (const field of node.fields) {
    const { key, keyRange } = field;
    const home = Object.values(LEVELS).find((other) => (other.keys as readonly string[]).includes(key));
    if ((keys as readonly string[]).includes(key)) {
      if (!READ.has(key)) findLost(field, found);
    } else if (home) found.add('BERTH5653', { key, at, belongs: home.at }, keyRange);
    else found.add('BERTH5658', { key, at, suggestion: didYouMean(key, keys) }, keyRange);
  }
}

/** CPUs or accelerators of one replica; a spec can say no more accelerators. */
const MOST_DEVICES = 100_000;

/** What one deployment of an application asks for. */
export interface RayDeployment {
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number | undefined;
  readonly accelerators: number;
}

export function readRayDeployment(node: ManifestNode, reader: Reader): RayDeployment {
  const actor = node.at('ray_actor_options');
  findKeys(node, 'deployment', reader.found);
  findKeys(actor, 'actor', reader.found);
  reader.mapping(actor, 'ray_actor_options');
  return {
    ...rayReplicas(node, reader),
    cpu: reader.number(actor.at('num_cpus'), 'num_cpus', { max: MOST_DEVICES }) ?? 1, // Ray's default for an actor of Serve
    memory: reader.number(actor.at('memory'), 'memory', { whole: true }) || undefined, // 0 limits nothing
    accelerators: reader.number(actor.at('num_gpus'), 'num_gpus', { max: MOST_DEVICES }) ?? 0,
  };
}

function rayReplicas(node: ManifestNode, reader: Reader): { readonly min: number; readonly max: number } {
  const count = node.at('num_replicas');
  const scaling = node.at('autoscaling_config');
  const auto = count.scalar === 'auto';
  if (!auto && scaling.isAbsent) {
    const replicas = reader.number(count, 'num_replicas', { whole: true, min: 1, max: MOST_REPLICAS }) ?? 1;
    return { min: replicas, max: replicas };
  }
  reader.mapping(scaling, 'autoscaling_config');
  for (const field of scaling.fields) if (!READ.has(field.key)) findLost(field, reader.found);
  const min = reader.number(scaling.at('min_replicas'), 'min_replicas', { whole: true, max: MOST_REPLICAS }) ?? 1;
  const written = reader.number(scaling.at('max_replicas'), 'max_replicas', {
    whole: true,
    min: 1,
    max: MOST_REPLICAS,
  });
  const max = written ?? (auto ? 100 : 1); // Ray's defaults: 100 for "auto", else 1
  if (min > max) {
    const params = { key: 'min_replicas', value: String(min), wanted: `at most max_replicas, ${max}` };
    reader.found.add('BERTH5654', params, scaling.at('min_replicas').range);
  }
  return { min, max };
}

/** One of each deployment together: what a replica of the job takes. */
export function together(parts: readonly RayDeployment[]): Omit<RayDeployment, 'min' | 'max'> {
  const sum = (of: (part: RayDeployment) => number): number => decimal(parts.reduce((all, part) => all + of(part), 0));
  const memory = parts.every((part) => part.memory !== undefined) ? sum((part) => part.memory ?? 0) : undefined;
  return { cpu: sum((part) => part.cpu), memory, accelerators: sum((part) => part.accelerators) };
}
