/** From a document without errors to the typed spec: units read, defaults of the schema filled in, references resolved. */
import type { WrittenFederation } from './generated/federation.ts';
import type { Times as WrittenTimes, WrittenInferenceCluster } from './generated/inference-cluster.ts';
import type { WrittenTrainingPlacement } from './generated/training-placement.ts';
import { mostReplicas } from './quantities/most-replicas.ts';
import { parseQuantity } from './quantities/quantity.ts';
import type { QuantityKind, QuantityValue } from './quantities/quantity.ts';
import { schemaAt } from './schema/schema-tree.ts';
import { KINDS } from './types.ts';
import type {
  Autoscaler,
  Bytes,
  Cores,
  Device,
  Federation,
  InferenceCluster,
  InferenceJob,
  Kind,
  Milliseconds,
  Node,
  Optimizer,
  Resources,
  Simulation,
  Spec,
  Times,
  TrainingPlacement,
  Workload,
} from './types.ts';

/** Gives what a reference stands for. */
export interface Resolver {
  /** Absolute path of a file beside the spec. */
  path(written: string): string;
  /** A trace's column, minute by minute. */
  requestsPerMinute(path: string, column: string): readonly number[];
  /** What a file says. */
  text(path: string): string;
}

export function isSpecKind(kind: string | undefined): kind is Kind {
  return KINDS.some((known) => known === kind);
}

/** @param data a document that its schema and `checkMeaning` have nothing against. */
export function typedSpec(kind: Kind, data: unknown, resolver: Resolver): Spec {
  switch (kind) {
    case 'InferenceCluster':
      return inferenceCluster(data as WrittenInferenceCluster, resolver);
    case 'TrainingPlacement':
      return trainingPlacement(data as WrittenTrainingPlacement, resolver);
    case 'Federation':
      return federation(data as WrittenFederation);
  }
}

type WrittenJob = WrittenInferenceCluster['spec']['jobs'][number];
type WrittenNode = NonNullable<WrittenInferenceCluster['spec']['nodes']>[number];

function inferenceCluster({ metadata, spec }: WrittenInferenceCluster, resolver: Resolver): InferenceCluster {
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
    replicas: { min, max: job.replicas?.max ?? Math.max(min, mostReplicas(capacity, takes, nodes)) },
    priority: job.priority ?? of('priority'),
    resources: takes,
    workload: workload(job.workload, resolver),
    ...(job.serve ? { serve: { command: job.serve.command } } : {}),
  };
}

function forecast(written: string, resolver: Resolver): NonNullable<Autoscaler['forecast']> {
  const path = resolver.path(written);
  return { path, text: resolver.text(path) };
}

function workload(written: WrittenJob['workload'], resolver: Resolver): Workload {
  if (written.rate !== undefined) return { type: 'rate', rate: quantity(written.rate, 'rate') };
  const path = resolver.path(written.trace!);
  const column = written.column!;
  return { type: 'trace', path, column, requestsPerMinute: resolver.requestsPerMinute(path, column) };
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

function trainingPlacement({ metadata, spec }: WrittenTrainingPlacement, resolver: Resolver): TrainingPlacement {
  const kind = 'TrainingPlacement';
  const { train } = spec;
  return {
    kind,
    name: metadata.name,
    target: spec.target ?? standard(kind, 'spec', 'target'),
    graphPath: resolver.path(spec.graph),
    devices: spec.devices.flatMap(devices),
    link: { bandwidth: quantity(spec.link.bandwidth, 'bandwidth'), latency: quantity(spec.link.latency, 'duration') },
    algorithm: spec.algorithm ?? standard(kind, 'spec', 'algorithm'),
    pins: spec.pins ?? {},
    ...(train
      ? {
          train: {
            module: train.module,
            steps: train.steps ?? standard(kind, 'spec', 'train', 'steps'),
            batchSize: train.batchSize ?? standard(kind, 'spec', 'train', 'batchSize'),
            learningRate: train.learningRate ?? standard(kind, 'spec', 'train', 'learningRate'),
          },
        }
      : {}),
  };
}

/** `gpu` with a count becomes `gpu0`, `gpu1` …; without one it is a device of that name. */
function devices(written: WrittenTrainingPlacement['spec']['devices'][number]): Device[] {
  const memory = quantity(written.memory, 'size');
  if (written.count === undefined) return [{ name: written.name, memory }];
  return Array.from({ length: written.count }, (_, i) => ({ name: `${written.name}${i}`, memory }));
}

function federation({ metadata, spec }: WrittenFederation): Federation {
  const kind = 'Federation';
  const admm = spec.admm ?? standard<NonNullable<typeof spec.admm>>(kind, 'spec', 'admm');
  const { training } = spec;
  return {
    kind,
    name: metadata.name,
    target: spec.target ?? standard(kind, 'spec', 'target'),
    sites: spec.sites.map(({ name, samples }) => ({ name, samples })),
    pattern: {
      groupSize: spec.pattern.groupSize,
      iterations: spec.pattern.iterations ?? standard(kind, 'spec', 'pattern', 'iterations'),
    },
    admm: {
      rho: admm.rho ?? standard(kind, 'spec', 'admm', 'rho'),
      ...(admm.decay
        ? {
            decay: {
              rate: admm.decay.rate,
              period: admm.decay.period ?? standard(kind, 'spec', 'admm', 'decay', 'period'),
            },
          }
        : {}),
    },
    privacy: { collusion: spec.privacy?.collusion ?? standard(kind, 'spec', 'privacy', 'collusion') },
    ...(training
      ? {
          training: {
            command: training.command,
            rounds: training.rounds ?? standard(kind, 'spec', 'training', 'rounds'),
            localEpochs: training.localEpochs ?? standard(kind, 'spec', 'training', 'localEpochs'),
          },
        }
      : {}),
  };
}

/** The schema's default at a path: the one place where defaults are told. */
function standard<T>(kind: Kind, ...path: (string | number)[]): T {
  const schema = schemaAt(path, kind);
  if (schema?.default === undefined) throw new Error(`the schema of ${kind} has no default at ${path.join('.')}`);
  return schema.default as T;
}

function quantity<K extends QuantityKind>(text: string, kind: K): QuantityValue[K] {
  const read = parseQuantity(text, kind);
  if (!read.ok) throw new Error(`the schema let "${text}" pass as a ${kind}`);
  return read.value;
}
