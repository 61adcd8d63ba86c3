/** A resource of Kubernetes as what an InferenceCluster would say of it, and the spec's text. */

export interface ImportedJob {
  readonly name: string;
  readonly replicas: { readonly min: number; readonly max: number };
  /** What one replica takes. */
  readonly resources: Resources;
}

/** Absent is unknown. */
export interface Resources {
  /** Cores. */
  readonly cpu?: number;
  /** Bytes, more than 0. */
  readonly memory?: number;
  readonly accelerators?: number;
}

export interface ImportedNodes extends Resources {
  readonly name: string;
  readonly count: number;
  readonly cpu: number;
}

export interface ImportedCluster {
  readonly name: string;
  /** Machines that the resource itself asks for, or how many replicas there are where it asks for none. */
  readonly capacity: { readonly nodes: readonly ImportedNodes[] } | { readonly replicas: number };
  readonly jobs: readonly ImportedJob[];
}

/** What no resource of Kubernetes knows of a job. */
export const UNKNOWN = ['slo.latency', 'processingTime', 'workload.rate'] as const;

/** What none knows either, and a spec must say where a job may have no replica. */
export const UNKNOWN_OF_SLEEPERS = [...UNKNOWN, 'autoscaler.coldStart'] as const;

/** The spec. What is unknown is left empty, which the checks of a spec refuse: no figure is invented. */
export function clusterText({ name, capacity, jobs }: ImportedCluster): string {
  const counted = 'nodes' in capacity;
  const nodes = counted ? capacity.nodes : [];
  // A machine's memory limits only those whose replicas say what they take.
  const memory = jobs.every((job) => job.resources.memory !== undefined);
  const accelerators = nodes.some((node) => node.accelerators);
  const sleeps = jobs.some((job) => job.replicas.min === 0);
  const shown = (resources: Resources): string[] => [
    ...(resources.cpu === undefined ? [] : [`cpu: ${cpuText(resources.cpu)}`]),
    ...(memory && resources.memory !== undefined ? [`memory: ${sizeText(resources.memory)}`] : []),
    ...(accelerators ? [`accelerators: ${resources.accelerators ?? 0}`] : []),
  ];
  return [
    'apiVersion: berth.dev/v1alpha1',
    'kind: InferenceCluster',
    `metadata: { name: "${name}" }`,
    'spec:',
    ...(counted
      ? [
          '  nodes:',
          ...nodes.map((node) => `    - { name: "${node.name}", count: ${node.count}, ${shown(node).join(', ')} }`),
        ]
      : [`  capacity: { replicas: ${capacity.replicas} }`]),
    ...(sleeps
      ? ['  autoscaler:', '    coldStart: # to be filled in: how long a new replica takes to answer, such as 65s']
      : []),
    '  jobs:',
    ...jobs.flatMap((job) => [
      `    - name: "${job.name}"`,
      '      slo:',
      '        latency: # to be filled in: how long requests may take, such as 500ms',
      '      processingTime: # to be filled in: what one request takes by itself, such as 100ms',
      `      replicas: { min: ${job.replicas.min}, max: ${job.replicas.max} }`,
      ...(counted ? [`      resources: { ${shown(job.resources).join(', ')} }`] : []),
      '      workload:',
      '        rate: # to be filled in: requests that come, such as 10/s; or a trace and its column',
    ]),
    '',
  ].join('\n');
}

/** A share of a core that is less than a spec can say is the least that it can. */
function cpuText(cores: number): string {
  return cores < 0.001 ? '1m' : String(cores);
}

function sizeText(bytes: number): string {
  const [unit, factor] = SIZE_UNITS.find(([, each]) => bytes % each === 0) ?? ['B', 1];
  return `${bytes / factor}${unit}`;
}

const SIZE_UNITS = [
  ['Gi', 2 ** 30],
  ['Mi', 2 ** 20],
  ['Ki', 2 ** 10],
] as const;
