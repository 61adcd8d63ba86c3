import type { WrittenTrainingPlacement } from '../../generated/training-placement.ts';
import type { Device, DeviceLink, Pipeline, SearchBudget, TrainingPlacement } from '../../types.ts';
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
    link: {
      bandwidth: quantity(spec.link.bandwidth, 'bandwidth'),
      latency: quantity(spec.link.latency, 'duration'),
      ...(spec.link.channel === undefined ? {} : { channel: spec.link.channel }),
      ...(spec.link.override === undefined ? {} : { override: spec.link.override }),
    },
    ...(spec.links?.length ? { links: spec.links.map((link) => deviceLink(link, spec.devices)) } : {}),
    algorithm: spec.algorithm ?? standard(kind, 'spec', 'algorithm'),
    ...(spec.budget === undefined ? {} : { budget: budget(spec.budget) }),
    ...(spec.seed === undefined ? {} : { seed: spec.seed }),
    ...rules(spec),
    pins: spec.pins ?? {},
    ...(spec.pipeline ? { pipeline: pipeline(spec.pipeline) } : {}),
    ...memory(train),
    ...(train?.module === undefined
      ? {}
      : {
          train: {
            module: train.module,
            ...(train.python !== undefined && { python: train.python }),
            steps: train.steps ?? standard(kind, 'spec', 'train', 'steps'),
            batchSize: train.batchSize ?? standard(kind, 'spec', 'train', 'batchSize'),
            learningRate: train.learningRate ?? standard(kind, 'spec', 'train', 'learningRate'),
          },
        }),
  };
}

function budget(written: string | number): SearchBudget {
  return typeof written === 'number' ? { moves: written } : { ms: quantity(written, 'duration') };
}

/** How it is placed, as far as something is said of it. */
function rules({ placer, memory, groups }: Written): Pick<TrainingPlacement, 'placer' | 'accounting' | 'groups'> {
  const otherwise = <T>(...path: string[]): T => standard('TrainingPlacement', 'spec', ...path);
  return {
    ...(placer && {
      placer: {
        threshold: placer.threshold ?? otherwise('placer', 'threshold'),
        capacity: placer.capacity ?? otherwise('placer', 'capacity'),
      },
    }),
    ...(memory && {
      accounting: {
        by: memory.accounting ?? otherwise('memory', 'accounting'),
        mode: memory.mode ?? otherwise('memory', 'mode'),
        fraction: memory.fraction ?? otherwise('memory', 'fraction'),
      },
    }),
    ...(groups && {
      groups: {
        keep: groups.keep ?? otherwise('groups', 'keep'),
        keepWhole: groups.keepWhole ?? otherwise('groups', 'keepWhole'),
        reserve: groups.reserve ?? otherwise('groups', 'reserve'),
        fuse: groups.fuse ?? otherwise('groups', 'fuse'),
        adjust: groups.adjust ?? otherwise('groups', 'adjust'),
      },
    }),
  };
}

/** The same placement with another path to its graph. */
export function withPlacementPaths(spec: TrainingPlacement, path: (path: string) => string): TrainingPlacement {
  return { ...spec, graphPath: path(spec.graphPath) };
}

/** Nothing where `train` says nothing of memory, so that what was deployed before there was such a thing has not changed. */
function memory(train: WrittenTrainingPlacement['spec']['train']): Pick<TrainingPlacement, 'memory'> {
  const { optimizer, precision = 'fp32', masterWeights = true, recompute = 'none', recomputeLayers = [] } = train ?? {};
  if (optimizer === undefined && recompute === 'none' && recomputeLayers.length === 0) return {};
  const states = { precision, masterWeights, recompute, recomputeLayers };
  return { memory: optimizer === undefined ? states : { optimizer, ...states } };
}

function pipeline(written: NonNullable<WrittenTrainingPlacement['spec']['pipeline']>): Pipeline {
  const { schedule = '1f1b', microBatches, stages, replicas = 1, chunks = 2 } = written;
  return {
    schedule,
    ...(microBatches === undefined ? {} : { microBatches }),
    ...(stages === undefined ? {} : { stages }),
    replicas,
    chunks: schedule === 'interleaved' ? chunks : 1,
  };
}

type Written = WrittenTrainingPlacement['spec'];
type WrittenDevice = WrittenTrainingPlacement['spec']['devices'][number];
type WrittenLink = NonNullable<WrittenTrainingPlacement['spec']['links']>[number];

/** `gpu` with a count becomes `gpu0`, `gpu1` …; without one it is a device of that name. */
function devices(written: WrittenDevice): Device[] {
  const { speed, kind, host, rack, reserved } = written;
  const alike = {
    memory: quantity(written.memory, 'size'),
    ...(reserved === undefined ? {} : { reserved: quantity(reserved, 'size') }),
    ...(speed === undefined ? {} : { speed }),
    ...(kind === undefined ? {} : { kind }),
    ...(host === undefined ? {} : { host }),
    ...(rack === undefined ? {} : { rack }),
  };
  return deviceNames(written).map((name) => ({ name, ...alike }));
}

function deviceNames({ name, count }: WrittenDevice): string[] {
  return count === undefined ? [name] : Array.from({ length: count }, (_, i) => `${name}${i}`);
}

/** The name of an entry with a count stands for all of its devices. */
function deviceLink(written: WrittenLink, entries: readonly WrittenDevice[]): DeviceLink {
  const { within, between } = written;
  const namesOf = (name: string): string[] => {
    const entry = entries.find((one) => one.count !== undefined && one.name === name);
    return entry ? deviceNames(entry) : [name];
  };
  return {
    ...(within === undefined ? {} : { within }),
    ...(between === undefined ? {} : { between: between.map(namesOf) }),
    bandwidth: quantity(written.bandwidth, 'bandwidth'),
    latency: quantity(written.latency, 'duration'),
  };
}
