import type { Times as WrittenTimes, WrittenInferenceCluster } from '../../generated/inference-cluster.ts';
import { mostReplicas } from '../../quantities/most-replicas.ts';
import type {
  Autoscaler,
  Bytes,
  Cores,
  InferenceCluster,
  InferenceJob,
  Milliseconds,
  Node,
  Optimizer,
  Resources,
  Serve,
  Simulation,
  Times,
  Workload,
} from '../../types.ts';
import { quantity, standard, type Resolver } from '../written.ts';

type WrittenJob = WrittenInferenceCluster['spec']['jobs'][number];
type WrittenNode = NonNullable<WrittenInferenceCluster['spec']['nodes']>[number];

export function inferenceCluster({ metadata, spec }: WrittenInferenceCluster, resolver: Resolver): InferenceCluster {
  const kind = 'InferenceCluster';
  const nodes = (spec.nodes ?? []).flatMap(clusterNodes);
  const capacity = spec.capacity ? resources(spec.capacity) : together(nodes);
  const written = spec.autoscaler ?? {};
  const time = (key: 'interval' | 'reactiveInterval' | 'horizon' | 'coldStart') =>
    quantity(written[key] ?? standard<string>(kind, 'spec', 'autoscaler', key), 'duration');
  const autoscaler: Autoscaler = {
    policy: written.policy ?? standard(kind, 'spec', 'autoscaler', 'policy'),
    interval: time('interval'),
    reactiveInterval: time('reactiveInterval'),
    horizon: time('horizon'),
    coldStart: time('coldStart'),
    quantile: written.quantile ?? standard(kind, 'spec', 'autoscaler', 'quantile'),
    adaptQuantile: written.adaptQuantile ?? standard(kind, 'spec', 'autoscaler', 'adaptQuantile'),
    ...(written.forecast === undefined ? {} : { forecast: forecast(written.forecast, resolver) }),
    shedding: written.shedding ?? standard(kind, 'spec', 'autoscaler', 'shedding'),
  };
  return {
    kind,
    name: metadata.name,
    target: spec.target ?? standard(kind, 'spec', 'target'),
    capacity,
    nodes,
    objective: spec.objective ?? standard(kind, 'spec', 'objective'),
    optimizer: optimizer(spec.optimizer ?? {}),
    autoscaler,
    jobs: spec.jobs.map((job) => inferenceJob(job, capacity, nodes, resolver)),
    simulation: simulation(spec.simulation ?? {}, autoscaler.coldStart),
  };
}

/** The same cluster with other paths to traces and forecasts. */
export function withClusterPaths(spec: InferenceCluster, path: (path: string) => string): InferenceCluster {
  const { forecast } = spec.autoscaler;
  const workload = (load: Workload): Workload => (load.type === 'trace' ? { ...load, path: path(load.path) } : load);
  return {
    ...spec,
    autoscaler: { ...spec.autoscaler, ...(forecast && { forecast: { ...forecast, path: path(forecast.path) } }) },
    jobs: spec.jobs.map((job) => ({ ...job, workload: workload(job.workload) })),
  };
}

/** `node` with a count becomes `node0`, `node1` …; without one it is a machine of that name. */
function clusterNodes(written: WrittenNode): Node[] {
  const node = {
    name: written.name,
    cpu: quantity(String(written.cpu), 'cpu'),
    ...(written.memory === undefined ? {} : { memory: quantity(written.memory, 'size') }),
    accelerators: written.accelerators ?? standard<number>('InferenceCluster', 'spec', 'nodes', 0, 'accelerators'),
  };
  if (written.count === undefined) return [node];
  return Array.from({ length: written.count }, (_, i) => ({ ...node, name: `${written.name}${i}` }));
}

/** What the machines of a cluster have together: its capacity, where none is given. Memory counts if all of them name theirs. */
function together(nodes: readonly Node[]): Resources {
  const sum = (of: (node: Node) => number | undefined): number =>
    nodes.reduce((total, node) => total + (of(node) ?? NaN), 0);
  const [cpu, memory, accelerators] = [
    sum((node) => node.cpu),
    sum((node) => node.memory),
    sum((node) => node.accelerators),
  ];
  return {
    cpu: cpu as Cores,
    ...(Number.isNaN(memory) ? {} : { memory: memory as Bytes }),
    ...(accelerators === 0 ? {} : { accelerators }),
  };
}

function optimizer(written: NonNullable<WrittenInferenceCluster['spec']['optimizer']>): Optimizer {
  const of = <T>(key: string): T => standard<T>('InferenceCluster', 'spec', 'optimizer', key);
  return {
    ...(written.gamma === undefined ? {} : { gamma: written.gamma }),
    utility: written.utility ?? of('utility'),
    alpha: written.alpha ?? of('alpha'),
    latency: written.latency ?? of('latency'),
    solver: written.solver ?? of('solver'),
    ...(written.groups === undefined ? {} : { groups: written.groups }),
    changePenalty: written.changePenalty ?? of('changePenalty'),
    drops: written.drops ?? of('drops'),
  };
}

function simulation(
  written: NonNullable<WrittenInferenceCluster['spec']['simulation']>,
  startsWithin: Milliseconds,
): Simulation {
  const of = <T>(key: string): T => standard<T>('InferenceCluster', 'spec', 'simulation', key);
  const coldStart = written.coldStart === undefined ? startsWithin : quantity(written.coldStart, 'duration');
  return {
    ...(written.router ? { router: times(written.router) } : {}),
    coldStart,
    hotStart: written.hotStart === undefined ? coldStart : quantity(written.hotStart, 'duration'),
    idle: quantity(written.idle ?? of('idle'), 'duration'),
    queue: written.queue ?? of('queue'),
    concurrency: written.concurrency ?? of('concurrency'),
  };
}

function times(written: WrittenTimes): Times {
  const shortest = standard<string>('InferenceCluster', 'spec', 'jobs', 0, 'serviceTime', 'min');
  return {
    min: quantity(written.min ?? shortest, 'duration'),
    median: quantity(written.median, 'duration'),
    p99: quantity(written.p99, 'duration'),
  };
}

function inferenceJob(job: WrittenJob, capacity: Resources, nodes: readonly Node[], resolver: Resolver): InferenceJob {
  const of = <T>(...path: string[]): T => standard<T>('InferenceCluster', 'spec', 'jobs', 0, ...path);
  const takes: Resources = {
    ...(capacity.replicas === undefined ? {} : { replicas: 1 }),
    ...resources(job.resources ?? {}),
  };
  const min = job.replicas?.min ?? of<number>('replicas', 'min');
  return {
    name: job.name,
    slo: { latency: quantity(job.slo.latency, 'duration'), percentile: job.slo.percentile ?? of('slo', 'percentile') },
    processingTime: quantity(job.processingTime, 'duration'),
    ...(job.serviceTime ? { serviceTime: times(job.serviceTime) } : {}),
    replicas: {
      min,
      max: job.replicas?.max ?? Math.max(1, min, mostReplicas(capacity, takes, nodes)),
      ...(min === 0
        ? {
            scaleToZeroAfter: quantity(
              job.replicas?.scaleToZeroAfter ?? of('replicas', 'scaleToZeroAfter'),
              'duration',
            ),
          }
        : {}),
    },
    priority: job.priority ?? of('priority'),
    resources: takes,
    workload: workload(job.workload, resolver),
    ...(job.serve ? { serve: serve(job.serve) } : {}),
  };
}

function serve({ timeout, bodyLimit, ...written }: NonNullable<WrittenJob['serve']>): Serve {
  return {
    ...written,
    ...(timeout === undefined ? {} : { timeout: quantity(timeout, 'duration') }),
    ...(bodyLimit === undefined ? {} : { bodyLimit: quantity(bodyLimit, 'size') }),
  };
}

function forecast(written: string, resolver: Resolver): NonNullable<Autoscaler['forecast']> {
  const path = resolver.path(written);
  return { path, text: resolver.text(path) };
}

function workload(written: WrittenJob['workload'], resolver: Resolver): Workload {
  if (written.rate !== undefined) return { type: 'rate', rate: quantity(written.rate, 'rate') };
  const path = resolver.path(written.trace!);
  const column = written.column!.normalize('NFC');
  const { unit, timezone } = written;
  return {
    ...{ type: 'trace', path, column },
    ...(timezone === undefined ? {} : { timezone }),
    requestsPerMinute: resolver.requestsPerMinute(path, column, { unit, timezone }),
  };
}

function resources(written: {
  replicas?: number;
  cpu?: string | number;
  memory?: string;
  accelerators?: number;
}): Resources {
  return {
    ...(written.replicas === undefined ? {} : { replicas: written.replicas }),
    ...(written.cpu === undefined ? {} : { cpu: quantity(String(written.cpu), 'cpu') }),
    ...(written.memory === undefined ? {} : { memory: quantity(written.memory, 'size') }),
    ...(written.accelerators === undefined ? {} : { accelerators: written.accelerators }),
  };
}
