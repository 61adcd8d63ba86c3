/** Typed specs for tests, small and complete; a test changes what it is about. */
import type {
  Bytes,
  BytesPerSecond,
  Federation,
  InferenceCluster,
  InferenceJob,
  Milliseconds,
  RequestsPerSecond,
  TrainingPlacement,
} from '../../../server/src/spec/types.ts';

export const ms = (value: number): Milliseconds => value as Milliseconds;
export const bytes = (value: number): Bytes => value as Bytes;

export function job(name: string, change: Partial<InferenceJob> = {}): InferenceJob {
  return {
    name,
    slo: { latency: ms(720), percentile: 99 },
    processingTime: ms(180),
    replicas: { min: 1, max: 20 },
    priority: 1,
    resources: { replicas: 1 },
    workload: { type: 'rate', rate: 10 as RequestsPerSecond },
    ...change,
  };
}

export function cluster(change: Partial<InferenceCluster> = {}): InferenceCluster {
  return {
    kind: 'InferenceCluster',
    name: 'vision',
    target: 'local',
    capacity: { replicas: 8 },
    nodes: [],
    objective: 'Sum',
    optimizer: { utility: 'relaxed', alpha: 1, latency: 'mdc', solver: 'exact', changePenalty: 0, drops: 'unrelieved' },
    autoscaler: {
      policy: 'faro',
      interval: ms(300_000),
      reactiveInterval: ms(10_000),
      horizon: ms(420_000),
      coldStart: ms(65_000),
      quantile: 0.6,
      adaptQuantile: false,
      shedding: 'bounded',
    },
    jobs: [job('a'), job('b')],
    simulation: { coldStart: ms(65_000), hotStart: ms(65_000), idle: ms(0), queue: 50, concurrency: 4 },
    ...change,
  };
}

export function placement(change: Partial<TrainingPlacement> = {}): TrainingPlacement {
  return {
    kind: 'TrainingPlacement',
    name: 'net',
    target: 'local',
    graphPath: '/specs/net.graph.json',
    devices: [
      { name: 'gpu0', memory: bytes(1e9) },
      { name: 'gpu1', memory: bytes(1e9) },
    ],
    link: { bandwidth: 1e9 as BytesPerSecond, latency: ms(0.1) },
    algorithm: 'auto',
    pins: {},
    ...change,
  };
}

export function federation(sites: number, change: Partial<Federation> = {}): Federation {
  return {
    kind: 'Federation',
    name: 'hospitals',
    target: 'local',
    sites: Array.from({ length: sites }, (_, i) => ({ name: `site${i}`, samples: 100 })),
    pattern: { groupSize: 3, iterations: 2 },
    admm: { rho: 3, decay: { rate: 3e-4, period: 1 } },
    privacy: { collusion: 1 },
    ...change,
  };
}
