import type { WrittenTrainingPlacement } from '../../generated/training-placement.ts';
import type { Device, TrainingPlacement } from '../../types.ts';
import { quantity, standard, type Resolver } from '../written.ts';

export function trainingPlacement({ metadata, spec }: WrittenTrainingPlacement, resolver: Resolver): TrainingPlacement {
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

/** The same placement with another path to its graph. */
export function withPlacementPaths(spec: TrainingPlacement, path: (path: string) => string): TrainingPlacement {
  return { ...spec, graphPath: path(spec.graphPath) };
}

/** `gpu` with a count becomes `gpu0`, `gpu1` …; without one it is a device of that name. */
function devices(written: WrittenTrainingPlacement['spec']['devices'][number]): Device[] {
  const memory = quantity(written.memory, 'size');
  if (written.count === undefined) return [{ name: written.name, memory }];
  return Array.from({ length: written.count }, (_, i) => ({ name: `${written.name}${i}`, memory }));
}
