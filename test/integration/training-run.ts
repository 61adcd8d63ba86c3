/** The example network as a desired placement, spread over devices as a test wants it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { DesiredPlacement } from '../../server/src/deploy/types.ts';
import type { Local } from '../../server/src/deploy/targets/local/workload.ts';
import type { OpSettings } from '../../server/src/deploy/runtime/training/module.ts';
import type { Bytes, BytesPerSecond, Milliseconds } from '../../server/src/spec/types.ts';

export const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const GRAPH = fileURLToPath(new URL('../../examples/graphs/digits.graph.yaml', import.meta.url));

export interface NetworkFile {
  readonly nodes: readonly { readonly name: string; readonly op: OpSettings }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export function digitsNetwork(): NetworkFile {
  return parse(readFileSync(GRAPH, 'utf8')) as NetworkFile;
}

export interface RunSettings {
  readonly devices: readonly string[];
  readonly deviceOf: (node: string, index: number) => string;
  readonly steps: number;
  readonly batchSize: number;
  readonly module?: string;
  readonly folder?: string;
  readonly network?: NetworkFile;
}

export const LEARNING_RATE = 0.02;

export function desiredRun(settings: RunSettings): Local<DesiredPlacement> {
  const { nodes, edges } = settings.network ?? digitsNetwork();
  return {
    id: 'TrainingPlacement/digits',
    kind: 'TrainingPlacement',
    name: 'digits',
    target: 'local',
    folder: settings.folder ?? EXAMPLES,
    spec: {
      kind: 'TrainingPlacement',
      name: 'digits',
      target: 'local',
      graphPath: GRAPH,
      devices: settings.devices.map((name) => ({ name, memory: (2 ** 30) as Bytes })),
      link: { bandwidth: 1e9 as BytesPerSecond, latency: 0.1 as Milliseconds },
      algorithm: 'pinned',
      pins: {},
      train: {
        module: settings.module ?? 'models/digits.mjs',
        steps: settings.steps,
        batchSize: settings.batchSize,
        learningRate: LEARNING_RATE,
      },
    },
    placement: nodes.map(({ name }, index) => ({ node: name, device: settings.deviceOf(name, index) })),
    edges: edges.map(({ from, to }) => ({ from, to, bytes: 4 })),
    ops: Object.fromEntries(nodes.map(({ name, op }) => [name, op])),
    predictedForwardUs: 100_000,
    predictedBackwardUs: 200_000,
  };
}
