/**
 * The typed spec: what a `*.berth.yaml` document means once it was read without an error.
 *
 * Every quantity is a plain number in the unit its brand names, every default is filled in, every reference is a path or a name
 * that was checked. Engines and targets take these types and never look at YAML again.
 */
import { ALGORITHMS, OBJECTIVES, POLICIES } from './generated/choices.ts';

export { ALGORITHMS, OBJECTIVES, POLICIES };

import { TARGETS } from './generated/target.ts';
import type { WrittenTarget } from './generated/target.ts';
import type { WrittenTrainingPlacement } from './generated/training-placement.ts';

declare const unit: unique symbol;
type Branded<U extends string> = number & { readonly [unit]: U };

export type Milliseconds = Branded<'ms'>;
export type Bytes = Branded<'bytes'>;
export type RequestsPerSecond = Branded<'1/s'>;
export type BytesPerSecond = Branded<'bytes/s'>;
/** CPU cores; `250m` is 0.25. */
export type Cores = Branded<'cores'>;

export const API_VERSION = 'berth.dev/v1alpha1';
export const KINDS = ['InferenceCluster', 'TrainingPlacement', 'Federation'] as const;
export type Kind = (typeof KINDS)[number];

/** Where a spec is made real, as it is written; `TARGETS` are those that are a word. What is not built yet is neither. */
export type Target = WrittenTarget;
export { TARGETS };

interface SpecBase<K extends Kind> {
  readonly kind: K;
  readonly name: string;
  readonly target: Target;
}

export type Objective = (typeof OBJECTIVES)[number];

export type Policy = (typeof POLICIES)[number];

export const SHEDDINGS = ['none', 'bounded', 'deadline'] as const;
export type Shedding = (typeof SHEDDINGS)[number];

/** Resources in the order in which a capacity is counted in: in the first that it names. */
export const RESOURCES = ['replicas', 'cpu', 'memory', 'accelerators'] as const satisfies readonly (keyof Resources)[];

/** What a cluster offers, or one replica takes. `replicas` counts replicas that are all alike. */
export interface Resources {
  readonly replicas?: number;
  readonly cpu?: Cores;
  readonly memory?: Bytes;
  readonly accelerators?: number;
}

/** One machine; `nodes: [{name: node, count: 4}]` was expanded to node0 … node3. */
export interface Node {
  readonly name: string;
  readonly cpu: Cores;
  /** Not limited where absent. */
  readonly memory?: Bytes;
  readonly accelerators: number;
}

export const UTILITIES = ['relaxed', 'step'] as const;
export const LATENCY_MODELS = ['mdc', 'upperBound'] as const;
export const SOLVERS = ['exact', 'cobyla'] as const;
export const DROPS = ['unrelieved', 'relieving'] as const;

/** How the best allocation is defined and found. */
export interface Optimizer {
  /** The weight of the spread between jobs; the number of jobs where absent. */
  readonly gamma?: number;
  readonly utility: (typeof UTILITIES)[number];
  readonly alpha: number;
  readonly latency: (typeof LATENCY_MODELS)[number];
  readonly solver: (typeof SOLVERS)[number];
  /** Jobs are shared out in so many groups, then within each; all at once where absent. */
  readonly groups?: number;
  /** What the objective must gain for each job whose replicas change. */
  readonly changePenalty: number;
  /** Whether a request that is dropped relieves the load of those that are not. */
  readonly drops: (typeof DROPS)[number];
}

export interface Autoscaler {
  readonly policy: Policy;
  /** Time between two optimisations. */
  readonly interval: Milliseconds;
  readonly reactiveInterval: Milliseconds;
  readonly horizon: Milliseconds;
  readonly coldStart: Milliseconds;
  /** The quantile of the forecast that is planned for. */
  readonly quantile: number;
  /** Whether the quantile is raised as long as capacity is left. */
  readonly adaptQuantile: boolean;
  /** The text of a forecast file; the traffic is learnt as it comes where absent. */
  readonly forecast?: { readonly path: string; readonly text: string };
  readonly shedding: Shedding;
}

/** A time that varies by chance; min ≤ median ≤ p99, and all alike where the first two are. */
export interface Times {
  readonly min: Milliseconds;
  readonly median: Milliseconds;
  readonly p99: Milliseconds;
}

/** The cluster that traces are replayed on. */
export interface Simulation {
  /** One pass through a job's router; no time where absent. */
  readonly router?: Times;
  readonly coldStart: Milliseconds;
  readonly hotStart: Milliseconds;
  /** How long a worker without a replica is kept. */
  readonly idle: Milliseconds;
  readonly queue: number;
  readonly concurrency: number;
}

/** A job's load: a column of a CSV trace (requests a minute) or a constant rate. */
export type Workload =
  | {
      readonly type: 'trace';
      readonly path: string;
      readonly column: string;
      /** Where the clocks hang whose times the trace has without a zone. */
      readonly timezone?: string;
      readonly requestsPerMinute: readonly number[];
    }
  | { readonly type: 'rate'; readonly rate: RequestsPerSecond };

/** How a replica is started, and what its router bears; what is not said there is as the router has it. */
export interface Serve {
  /** On the target `local`. */
  readonly command?: readonly string[];
  readonly timeout?: Milliseconds;
  readonly bodyLimit?: Bytes;
  /** On the target `ray`, like what follows. */
  readonly importPath?: string;
  readonly deployment?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly runtimeEnv?: Readonly<Record<string, unknown>>;
}

export interface InferenceJob {
  readonly name: string;
  readonly slo: { readonly latency: Milliseconds; readonly percentile: number };
  readonly processingTime: Milliseconds;
  /** What requests really take, for the simulation; always the processing time where absent. */
  readonly serviceTime?: Times;
  readonly replicas: {
    readonly min: number;
    readonly max: number;
    /** How long without a request it takes until the job has no replica; there is one exactly where `min` is 0. */
    readonly scaleToZeroAfter?: Milliseconds;
  };
  readonly priority: number;
  /** What one replica takes of the capacity. */
  readonly resources: Resources;
  readonly workload: Workload;
  readonly serve?: Serve;
}

export interface InferenceCluster extends SpecBase<'InferenceCluster'> {
  readonly capacity: Resources;
  /** The machines that replicas must fit on; none where only the capacity counts. */
  readonly nodes: readonly Node[];
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly autoscaler: Autoscaler;
  readonly jobs: readonly InferenceJob[];
  readonly simulation: Simulation;
}

export type Algorithm = (typeof ALGORITHMS)[number];

/** One device; `devices: [{name: gpu, count: 4}]` was expanded to gpu0 … gpu3. */
export interface Device {
  readonly name: string;
  readonly memory: Bytes;
  /** What of the memory nodes cannot have; nothing where absent, as in what follows. */
  readonly reserved?: Bytes;
  /** Times of the graph are divided by it; 1 where absent. */
  readonly speed?: number;
  readonly kind?: string;
  readonly host?: string;
  readonly rack?: string;
}

/** What some of the devices are joined by: either all of one host or rack, or each of one list with each of another. */
export interface DeviceLink {
  readonly within?: 'host' | 'rack';
  /** Two lists of names of devices. */
  readonly between?: readonly (readonly string[])[];
  readonly bandwidth: BytesPerSecond;
  readonly latency: Milliseconds;
}

/** What training keeps in memory, as far as the spec says it. */
export interface TrainingMemory {
  /** Absent where the graph's persistent bytes are all that stays. */
  readonly optimizer?: 'sgd' | 'momentum' | 'adam' | 'adamw';
  readonly precision: 'fp32' | 'bf16' | 'fp16';
  readonly masterWeights: boolean;
  readonly recompute: 'none' | 'auto';
  readonly recomputeLayers: readonly string[];
}

/** Moves that a search tries, which decide what it finds on every machine, or the time that it has; one of the two. */
export interface SearchBudget {
  readonly moves?: number;
  readonly ms?: Milliseconds;
}

/** A batch cut into micro-batches that go through the devices one behind the other. */
export type PipelineSchedule = 'gpipe' | '1f1b' | 'interleaved' | 'zero-bubble';

export interface Pipeline {
  readonly schedule: PipelineSchedule;
  /** Absent: the number that is fastest. */
  readonly microBatches?: number;
  /** Absent: as many as there are devices for each replica. */
  readonly stages?: number;
  readonly replicas: number;
  /** Stages of a device in `interleaved`. */
  readonly chunks: number;
}

type WrittenPlacement = WrittenTrainingPlacement['spec'];

/** What stands below a key of a placement, as it is when all is said. */
type PlacementWords<K extends keyof WrittenPlacement> = Required<NonNullable<WrittenPlacement[K]>>;

export interface TrainingPlacement extends SpecBase<'TrainingPlacement'> {
  /** Absolute path or URI of the graph file. */
  readonly graphPath: string;
  readonly devices: readonly Device[];
  readonly link: {
    readonly bandwidth: BytesPerSecond;
    readonly latency: Milliseconds;
    /** Absent where it is not said: one transfer at a time. */
    readonly channel?: NonNullable<WrittenPlacement['link']['channel']>;
    /** Whether it decides also where the graph gives transfer times; absent where it does not. */
    readonly override?: boolean;
  };
  /** Between some devices; elsewhere `link` holds. */
  readonly links?: readonly DeviceLink[];
  readonly algorithm: Algorithm;
  /** What a search may take; absent where it decides by itself. */
  readonly budget?: SearchBudget;
  /** Of the search; absent where it is not said. */
  readonly seed?: number;
  /** How the published algorithms are set; absent, like the next two, where nothing is said of it. */
  readonly placer?: { readonly threshold: number; readonly capacity: PlacementWords<'placer'>['capacity'] };
  readonly accounting?: {
    readonly by: PlacementWords<'memory'>['accounting'];
    readonly mode: PlacementWords<'memory'>['mode'];
    /** Of each device's memory, what a placer plans with. */
    readonly fraction: number;
  };
  readonly groups?: {
    readonly keep: PlacementWords<'groups'>['keep'];
    /** Patterns of layers that are never split. */
    readonly keepWhole: readonly string[];
    readonly reserve: PlacementWords<'groups'>['reserve'];
    readonly fuse: boolean;
    readonly adjust: PlacementWords<'groups'>['adjust'];
  };
  /** Node name → device name. */
  readonly pins: Readonly<Record<string, string>>;
  readonly pipeline?: Pipeline;
  /** Absent where nothing is said of it. */
  readonly memory?: TrainingMemory;
  /** Absent where no module is named: then nothing can run. */
  readonly train?: {
    readonly module: string;
    /** The Python of a PyTorch module: a program on the PATH, or a path relative to the spec. */
    readonly python?: string;
    readonly steps: number;
    readonly batchSize: number;
    readonly learningRate: number;
  };
}

export interface Site {
  readonly name: string;
  readonly samples: number;
}

export interface Federation extends SpecBase<'Federation'> {
  readonly sites: readonly Site[];
  readonly pattern: { readonly groupSize: number; readonly iterations: number };
  readonly admm: { readonly rho: number; readonly decay?: { readonly rate: number; readonly period: number } };
  /** How many curious sites may work together without learning one site's weights. */
  readonly privacy: { readonly collusion: number };
  readonly training?: { readonly command: readonly string[]; readonly rounds: number; readonly localEpochs: number };
}

export type Spec = InferenceCluster | TrainingPlacement | Federation;

export type SpecOf<K extends Kind> = Extract<Spec, { readonly kind: K }>;
