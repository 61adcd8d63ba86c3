/** The door between a typed TrainingPlacement with its graph and the engine: the one place where spec fields become engine inputs. */
import type { Graph } from '../graph/graph.ts';
import { didYouMean } from '../spec/problems/did-you-mean.ts';
import { itemAt } from '../numeric/at.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import { linkModel } from '../graph/link-model.ts';
import type { Bytes, TrainingPlacement } from '../spec/types.ts';
import { deviceLinks } from './device-links.ts';
import type { PipelineOptions } from './pipeline/plan-pipeline.ts';
import { unitOf, withRecomputed, type RecomputeUnit } from './recompute.ts';
import { withTrainingState } from './training-memory.ts';
import { AUTO, placerOf } from './placers.ts';
import { pinGroups, resolvePins, unpinnedNodes, type Pins } from './pinned.ts';
import { trainingRun, type RunGroups, type RunRules, type TrainingRun } from './training-run.ts';

export interface SpecRun {
  readonly run: TrainingRun;
  /** By node index; −1 where the placer may choose. Undefined where nothing is pinned. */
  readonly pins: Pins | undefined;
  /** Pins that name something unknown, that would tear a group apart, or that `algorithm: pinned` lacks; their paths are below `spec`. */
  readonly problems: readonly GraphFinding[];
}

/** The spec whose devices have only the memory that nodes can have of them. */
export function withoutReserve(spec: TrainingPlacement): TrainingPlacement {
  const devices = spec.devices.map(({ reserved = 0, ...device }) => ({
    ...device,
    memory: Math.max(0, device.memory - reserved) as Bytes,
  }));
  return { ...spec, devices };
}

/** The graph on the spec's devices, with what training keeps in memory. @param recomputed units beside those that the spec names. */
export function specTrainingRun(
  spec: TrainingPlacement,
  graph: Graph,
  recomputed: readonly RecomputeUnit[] = [],
): TrainingRun {
  const { devices, link, links = [], memory } = withoutReserve(spec);
  const named = (memory?.recomputeLayers ?? []).flatMap((name) => unitOf(graph, name) ?? []);
  const trained = withRecomputed(withTrainingState(graph, memory), [...named, ...recomputed]);
  // Inference runs nothing backwards, whatever the graph could do.
  const { backwardUs: _, ...forward } = trained;
  const placed = spec.accounting?.mode === 'inference' ? forward : trained;
  return trainingRun(placed, devices, linkModel(link), deviceLinks(devices, links), runRules(spec));
}

/** Groups of the graph are kept, and memory is set aside for them: without that the published way dead-ends on most real graphs. */
const USUAL_GROUPS: RunGroups = { keep: 'graph', keepWhole: [], reserve: 'needed', fuse: false, adjust: 'none' };

function runRules({ link, placer, accounting, groups: written }: TrainingPlacement): RunRules {
  const lifetime = accounting && LIFETIMES[accounting.mode];
  return {
    ...(link.channel && { channel: link.channel }),
    ...(link.override && { overridesTransferTimes: true }),
    ...(accounting && {
      memory: { accounting: accounting.by, ...(lifetime && { lifetime }) },
      fraction: accounting.fraction,
    }),
    ...(placer && { threshold: placer.threshold, fill: placer.capacity === 'uniform' ? 'even' : 'filled' }),
    groups: written ?? USUAL_GROUPS,
  };
}

const LIFETIMES = { auto: undefined, training: 'kept', inference: 'released' } as const;

export function specRun(spec: TrainingPlacement, graph: Graph, recomputed: readonly RecomputeUnit[] = []): SpecRun {
  const run = specTrainingRun(spec, graph, recomputed);
  const unknown = unknownLayers(spec, graph);
  const tooLarge = graphLimit(spec, graph);
  if (tooLarge) return { run, pins: undefined, problems: [tooLarge] };
  const anyPin = Object.keys(spec.pins).length > 0;
  const needsAll = spec.algorithm !== AUTO.name && placerOf(spec.algorithm).needsAllPins;
  if (!anyPin && !needsAll) return { run, pins: undefined, problems: unknown };
  const { pins, problems: nameless } = resolvePins(graph, spec.devices, spec.pins);
  const torn = run.colocation ? pinGroups(pins, run.colocation, graph, spec.devices) : [];
  const problems = [...nameless, ...torn];
  const missing = needsAll ? unpinnedNodes(pins).map((node) => itemAt(graph.names, node)) : [];
  const uncovered: readonly GraphFinding[] =
    missing.length > 0 && problems.length === 0
      ? [{ code: 'BERTH3013', path: ['algorithm'], params: { missing: missing.length, nodes: missing } }]
      : [];
  return { run, pins: anyPin ? pins : undefined, problems: [...unknown, ...problems, ...uncovered] };
}

/** More micro-batches are tried only where the spec says so. */
const MOST_MICRO_BATCHES = 64;

/**
 * What the spec says of a pipeline.
 *
 * @param run as it is planned; its persistent bytes may hold the optimiser's state, those of `graph` do not.
 */
export function specPipeline(spec: TrainingPlacement, graph: Graph, run: TrainingRun): PipelineOptions | undefined {
  const { pipeline, memory, train } = spec;
  if (!pipeline) return undefined;
  const { schedule, replicas, chunks } = pipeline;
  const perReplica = Math.max(1, Math.floor((train?.batchSize ?? DEFAULT_BATCH) / replicas));
  const divisors = Array.from({ length: MOST_MICRO_BATCHES }, (_, i) => i + 1).filter((k) => perReplica % k === 0);
  const narrow = memory?.optimizer !== undefined && memory.precision !== 'fp32';
  return {
    schedule,
    replicas,
    chunks,
    stages: pipeline.stages ?? Math.max(1, Math.floor(run.devices.length / replicas)),
    microBatches: pipeline.microBatches ?? divisors,
    gradientBytes: narrow ? graph.permBytes.map((bytes) => bytes / 2) : graph.permBytes,
  };
}

/** As `train.batchSize` of the schema has it, for a placement on which nothing is to run. */
const DEFAULT_BATCH = 32;

function graphLimit({ algorithm }: TrainingPlacement, graph: Graph): GraphFinding | undefined {
  const limit = algorithm === AUTO.name ? undefined : placerOf(algorithm).mostNodes;
  if (limit === undefined || graph.nodeCount <= limit) return undefined;
  return { code: 'BERTH3032', path: ['algorithm'], params: { algorithm, nodes: graph.nodeCount, limit } };
}

function unknownLayers({ memory }: TrainingPlacement, graph: Graph): GraphFinding[] {
  return (memory?.recomputeLayers ?? []).flatMap((name, i): GraphFinding[] => {
    if (unitOf(graph, name)) return [];
    const suggestion = didYouMean(name, new Set(graph.layers));
    return [{ code: 'BERTH3033', path: ['train', 'recomputeLayers', i], params: { name, suggestion } }];
  });
}
