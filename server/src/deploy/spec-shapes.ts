/** Typed specs as they come from a plan or a stored record: whoever runs one finds in it all that its type says. */
import {
  DROPS,
  LATENCY_MODELS,
  OBJECTIVES,
  POLICIES,
  SHEDDINGS,
  SOLVERS,
  TARGETS,
  UTILITIES,
  ALGORITHMS,
} from '../spec/types.ts';
import type {
  DeviceLink,
  Federation,
  InferenceCluster,
  InferenceJob,
  Kind,
  Pipeline,
  Resources,
  SpecOf,
  Target,
  SearchBudget,
  Times,
  TrainingMemory,
  TrainingPlacement,
  Workload,
} from '../spec/types.ts';
import {
  isObject,
  listOf,
  mapOf,
  number,
  object,
  oneOf,
  optional,
  someOf,
  taggedBy,
  text,
  trusted,
  truth,
  whole,
} from './shape.ts';
import type { Shape } from './shape.ts';

/** A number in the unit of its type. */
const amount = <T extends number>(): Shape<T> => trusted<T>(number);

const word = oneOf(...TARGETS);
const ray: Shape<Exclude<Target, string>> = object<Exclude<Target, string>>({
  ray: object<{ address: string }>({ address: text }),
});
export const target: Shape<Target> = (value) => (typeof value === 'string' ? word(value) : ray(value));

const free: Shape<Readonly<Record<string, unknown>>> = trusted((value) =>
  isObject(value) ? undefined : 'is no object',
);

const resources: Shape<Resources> = object<Resources>({
  replicas: optional(number),
  cpu: optional(amount()),
  memory: optional(amount()),
  accelerators: optional(number),
});

const times: Shape<Times> = object<Times>({ min: amount(), median: amount(), p99: amount() });

const workload: Shape<Workload> = taggedBy<Workload, 'type'>('type', {
  trace: object<Extract<Workload, { type: 'trace' }>>({
    type: oneOf('trace'),
    path: text,
    column: text,
    timezone: optional(text),
    requestsPerMinute: listOf(number),
  }),
  rate: object<Extract<Workload, { type: 'rate' }>>({ type: oneOf('rate'), rate: amount() }),
});

const job: Shape<InferenceJob> = object<InferenceJob>({
  name: text,
  slo: object<InferenceJob['slo']>({ latency: amount(), percentile: number }),
  processingTime: amount(),
  serviceTime: optional(times),
  replicas: object<InferenceJob['replicas']>({ min: whole, max: whole, scaleToZeroAfter: optional(amount()) }),
  priority: number,
  resources,
  workload,
  serve: optional(
    object<NonNullable<InferenceJob['serve']>>({
      command: optional(someOf(text)),
      timeout: optional(amount()),
      bodyLimit: optional(amount()),
      importPath: optional(text),
      deployment: optional(text),
      args: optional(free),
      runtimeEnv: optional(free),
    }),
  ),
});

const cluster: Shape<InferenceCluster> = object<InferenceCluster>({
  kind: oneOf('InferenceCluster'),
  name: text,
  target,
  capacity: resources,
  nodes: listOf(
    object<InferenceCluster['nodes'][number]>({
      name: text,
      cpu: amount(),
      memory: optional(amount()),
      accelerators: number,
    }),
  ),
  objective: oneOf(...OBJECTIVES),
  optimizer: object<InferenceCluster['optimizer']>({
    gamma: optional(number),
    utility: oneOf(...UTILITIES),
    alpha: number,
    latency: oneOf(...LATENCY_MODELS),
    solver: oneOf(...SOLVERS),
    groups: optional(number),
    changePenalty: number,
    drops: oneOf(...DROPS),
  }),
  autoscaler: object<InferenceCluster['autoscaler']>({
    policy: oneOf(...POLICIES),
    interval: amount(),
    reactiveInterval: amount(),
    horizon: amount(),
    coldStart: amount(),
    quantile: number,
    adaptQuantile: truth,
    forecast: optional(object<NonNullable<InferenceCluster['autoscaler']['forecast']>>({ path: text, text })),
    shedding: oneOf(...SHEDDINGS),
  }),
  jobs: listOf(job),
  simulation: object<InferenceCluster['simulation']>({
    router: optional(times),
    coldStart: amount(),
    hotStart: amount(),
    idle: amount(),
    queue: number,
    concurrency: number,
  }),
});

const placement: Shape<TrainingPlacement> = object<TrainingPlacement>({
  kind: oneOf('TrainingPlacement'),
  name: text,
  target,
  graphPath: text,
  devices: listOf(
    object<TrainingPlacement['devices'][number]>({
      name: text,
      memory: amount(),
      reserved: optional(amount()),
      speed: optional(number),
      kind: optional(text),
      host: optional(text),
      rack: optional(text),
    }),
  ),
  link: object<TrainingPlacement['link']>({
    bandwidth: amount(),
    latency: amount(),
    channel: optional(oneOf('sequential', 'parallel')),
    override: optional(truth),
  }),
  links: optional(
    listOf(
      object<DeviceLink>({
        within: optional(oneOf('host', 'rack')),
        between: optional(listOf(listOf(text))),
        bandwidth: amount(),
        latency: amount(),
      }),
    ),
  ),
  algorithm: oneOf(...ALGORITHMS),
  budget: optional(object<SearchBudget>({ moves: optional(whole), ms: optional(amount()) })),
  seed: optional(whole),
  placer: optional(
    object<NonNullable<TrainingPlacement['placer']>>({
      threshold: number,
      capacity: oneOf('uniform', 'nonuniform'),
    }),
  ),
  accounting: optional(
    object<NonNullable<TrainingPlacement['accounting']>>({
      by: oneOf('tensorflow', 'pytorch', 'honest'),
      mode: oneOf('auto', 'training', 'inference'),
      fraction: number,
    }),
  ),
  groups: optional(
    object<NonNullable<TrainingPlacement['groups']>>({
      keep: oneOf('none', 'graph', 'coplace'),
      keepWhole: listOf(text),
      reserve: oneOf('needed', 'published', 'none'),
      fuse: truth,
      adjust: oneOf('none', 'memory', 'time', 'frequent', 'memory-sum', 'time-sum'),
    }),
  ),
  pins: mapOf(text),
  pipeline: optional(
    object<Pipeline>({
      schedule: oneOf('gpipe', '1f1b', 'interleaved', 'zero-bubble'),
      microBatches: optional(whole),
      stages: optional(whole),
      replicas: whole,
      chunks: whole,
    }),
  ),
  memory: optional(
    object<TrainingMemory>({
      optimizer: optional(oneOf('sgd', 'momentum', 'adam', 'adamw')),
      precision: oneOf('fp32', 'bf16', 'fp16'),
      masterWeights: truth,
      recompute: oneOf('none', 'auto'),
      recomputeLayers: listOf(text),
    }),
  ),
  train: optional(
    object<NonNullable<TrainingPlacement['train']>>({
      module: text,
      python: optional(text),
      steps: whole,
      batchSize: whole,
      learningRate: number,
    }),
  ),
});

const federation: Shape<Federation> = object<Federation>({
  kind: oneOf('Federation'),
  name: text,
  target,
  sites: listOf(object<Federation['sites'][number]>({ name: text, samples: number })),
  pattern: object<Federation['pattern']>({ groupSize: whole, iterations: whole }),
  admm: object<Federation['admm']>({
    rho: number,
    decay: optional(object<NonNullable<Federation['admm']['decay']>>({ rate: number, period: number })),
  }),
  privacy: object<Federation['privacy']>({ collusion: number }),
  training: optional(
    object<NonNullable<Federation['training']>>({ command: someOf(text), rounds: whole, localEpochs: whole }),
  ),
});

/** By kind. */
export const SPEC_SHAPES: { readonly [K in Kind]: Shape<SpecOf<K>> } = {
  InferenceCluster: cluster,
  TrainingPlacement: placement,
  Federation: federation,
};
