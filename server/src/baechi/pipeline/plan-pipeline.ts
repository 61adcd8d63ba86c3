/** A spec's pipeline, planned: how many micro-batches, where it is cut, and what its schedule comes to. */
import { itemAt } from '../../numeric/at.ts';
import type { TrainingRun } from '../training-run.ts';
import { PipelineChain } from './chain.ts';
import { isPossible, splitsBackward, type PipelineSchedule, type PipelineShape } from './orders.ts';
import { partition, type Partition, type PartitionSearch } from './partition.ts';

export interface PipelineOptions {
  readonly schedule: PipelineSchedule;
  /** Stages in a row; each replica of the pipeline has as many devices, in their order. */
  readonly stages: number;
  readonly replicas: number;
  /** Stages of a device (`interleaved`), else 1. */
  readonly chunks: number;
  /** The number of micro-batches of each replica, or those of which the best is taken. */
  readonly microBatches: number | readonly number[];
  /** Bytes of each node's gradients, which replicas exchange. */
  readonly gradientBytes: Float64Array;
  readonly shouldStop?: () => boolean;
}

export interface PipelinePlan {
  readonly shape: PipelineShape;
  readonly replicas: number;
  readonly partition: Partition;
  /** Node indices of every stage. */
  readonly nodes: readonly Int32Array[];
  readonly equalLayers: Partition;
  readonly isOptimal: boolean;
  /** Each number of micro-batches that was tried, and its makespan. */
  readonly tried: readonly { readonly microBatches: number; readonly makespanUs: number; readonly fits: boolean }[];
  /** Device of every node in the first replica. */
  readonly device: Int32Array;
}

/** @returns undefined where the graph has fewer nodes than there would be stages, or no number of micro-batches suits the schedule. */
export function planPipeline(run: TrainingRun, options: PipelineOptions): PipelinePlan | undefined {
  const { schedule, stages, replicas, chunks, gradientBytes, shouldStop } = options;
  if (run.graph.nodeCount < stages * chunks || run.devices.length < stages * replicas) return undefined;
  const numbers = typeof options.microBatches === 'number' ? [options.microBatches] : options.microBatches;
  const devicesOf = (stage: number): number[] =>
    Array.from({ length: replicas }, (_, replica) => replica * stages + (stage % stages));
  const search = (microBatches: number, quick: boolean): Tried => {
    const shape: PipelineShape = { schedule, devices: stages, chunks, microBatches };
    const parts = microBatches * replicas;
    const chain = new PipelineChain(run, { parts, replicas, gradientBytes, splitsBackward: splitsBackward(schedule) });
    return { shape, chain, found: partition(chain, shape, devicesOf, { quick, ...(shouldStop && { shouldStop }) }) };
  };
  const possible = numbers.filter((microBatches) => isPossible({ schedule, devices: stages, chunks, microBatches }));
  // Every number is looked at; only the best one is searched to the end.
  const quick = possible.map((microBatches) => search(microBatches, possible.length > 1));
  const [first] = [...quick].sort((a, b) => rank(a.found.best, b.found.best));
  if (!first) return undefined;
  const { shape, chain, found } = possible.length > 1 ? search(first.shape.microBatches, false) : first;
  const { cuts } = found.best;
  const nodes = cuts.slice(1).map((end, stage) => chain.nodes(itemAt(cuts, stage), end));
  const device = new Int32Array(run.graph.nodeCount);
  nodes.forEach((ofStage, stage) => ofStage.forEach((node) => (device[node] = stage % stages)));
  return {
    shape,
    replicas,
    partition: found.best,
    nodes,
    equalLayers: found.equalLayers,
    isOptimal: found.isOptimal,
    tried: quick.map((one) => ({
      microBatches: one.shape.microBatches,
      makespanUs: one.found.best.timeline.makespanUs,
      fits: one.found.best.fits,
    })),
    device,
  };
}

interface Tried {
  readonly shape: PipelineShape;
  readonly chain: PipelineChain;
  readonly found: PartitionSearch;
}

/** What fits first, then what is faster. */
function rank(a: Partition, b: Partition): number {
  return Number(b.fits) - Number(a.fits) || a.timeline.makespanUs - b.timeline.makespanUs;
}
