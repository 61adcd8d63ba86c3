/** A spec's pipeline as a preview: its stages, what each device does when, and what it waits. */
import { specPipeline } from '../baechi/from-spec.ts';
import { planPipeline, type PipelineOptions, type PipelinePlan } from '../baechi/pipeline/plan-pipeline.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { Graph } from '../graph/graph.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import type { PipelinePreview } from './model.ts';
import { countOf, distinctly, percent, quantity } from './words.ts';

export interface PipelineOutcome {
  readonly pipeline: PipelinePreview | undefined;
  readonly findings: readonly Finding[];
}

/** Nothing where the spec has no pipeline. @param run the graph as it is planned. */
export function previewPipeline(
  spec: TrainingPlacement,
  graph: Graph,
  run: TrainingRun,
  shouldStop: () => boolean,
): PipelineOutcome {
  const options = specPipeline(spec, graph, run);
  if (!options) return { pipeline: undefined, findings: [] };
  const { stages, replicas, chunks } = options;
  if (stages * replicas > run.devices.length) return larger('devices', stages * replicas, run.devices.length);
  if (stages * chunks > graph.nodeCount) return larger('nodes', stages * chunks, graph.nodeCount);
  const plan = planPipeline(run, { ...options, shouldStop });
  if (!plan) {
    const { microBatches } = options;
    const given = typeof microBatches === 'number' ? microBatches : Math.max(...microBatches);
    return none(finding('BERTH3036', ['spec', 'pipeline'], { microBatches: given, devices: stages }));
  }
  return { pipeline: pictured(plan, run, options), findings: overfull(plan, run) };
}

function none(...findings: Finding[]): PipelineOutcome {
  return { pipeline: undefined, findings };
}

function larger(what: 'devices' | 'nodes', needs: number, has: number): PipelineOutcome {
  return none(finding('BERTH3034', ['spec', 'pipeline'], { what, needs, has }));
}

function overfull({ partition, shape }: PipelinePlan, run: TrainingRun): Finding[] {
  return Array.from(partition.timeline.peakBytes).flatMap((peak, d) => {
    const { name, memory } = run.devices[d]!;
    if (partition.fits || peak <= memory) return [];
    const [needs, has] = distinctly(peak, memory, (bytes, digits) => quantity(bytes, 'size', digits));
    const params = { device: name, peak: needs, memory: has, microBatches: shape.microBatches };
    return [finding('BERTH3035', ['spec', 'pipeline'], params)];
  });
}

function pictured(plan: PipelinePlan, run: TrainingRun, options: PipelineOptions): PipelinePreview {
  const { partition, shape, equalLayers, tried } = plan;
  const { makespanUs, bubbleShare, passes, busyUs, peakBytes } = partition.timeline;
  return {
    schedule: shape.schedule,
    microBatches: shape.microBatches,
    replicas: options.replicas,
    makespanUs,
    fits: partition.fits,
    bubbleShare,
    isOptimal: plan.isOptimal,
    equalLayersUs: equalLayers.timeline.makespanUs,
    sentence: sentence(plan),
    stages: plan.nodes.map((nodes, stage) => {
      const { forwardUs, backwardUs, weightsUs } = partition.costs[stage]!;
      return {
        device: run.devices[stage % shape.devices]!.name,
        nodes: nodes.length,
        first: run.graph.names[nodes[0]!] ?? '',
        last: run.graph.names[nodes.at(-1)!] ?? '',
        forwardUs,
        backwardUs: backwardUs + weightsUs,
      };
    }),
    devices: passes.map((of, d) => ({
      name: run.devices[d]!.name,
      memoryBytes: run.devices[d]!.memory,
      peakBytes: peakBytes[d]!,
      busyUs: busyUs[d]!,
      passes: of,
    })),
    tried,
  };
}

function sentence({ partition, shape, replicas, equalLayers }: PipelinePlan): string {
  const { makespanUs, bubbleShare } = partition.timeline;
  const rows = replicas > 1 ? `${countOf(replicas, 'pipeline')} of ` : 'A pipeline of ';
  const parts = countOf(shape.microBatches, 'micro-batch', 'micro-batches');
  const step = `${rows}${countOf(shape.devices * shape.chunks, 'stage')} with ${parts} (${shape.schedule}) needs ${quantity(makespanUs / 1000, 'duration')} for one step, ${percent(bubbleShare)} of it waiting`;
  const slower = equalLayers.timeline.makespanUs / makespanUs - 1;
  const cuts = slower > 0.005 ? `; equal layers would take ${percent(slower)} longer` : '';
  return partition.fits ? `${step}${cuts}.` : `${step}, and does not fit.`;
}
