import type { Graph } from '../graph/graph.ts';
import { intAt } from '../numeric/at.ts';
import { communicationTimes, type LinkModel } from '../graph/link-model.ts';
import { trainingGraph } from '../graph/training-graph.ts';
import type { Device } from './devices.ts';
import { fitsMemory } from './memory.ts';
import { simulate, type Schedule } from './schedule.ts';

/**
 * A graph to be run on devices: what is placed, and what then runs. They differ for graphs with backward times: the forward
 * graph is placed, and the whole step runs, every node's backward run on the node's device.
 */
export interface TrainingRun {
  readonly graph: Graph;
  /** Transfer time of every tensor of `graph`, µs. */
  readonly tensorUs: Float64Array;
  /** The graph of one whole step; its first nodes are those of `graph`, in their order. */
  readonly step: Graph;
  /** Node of `graph` that each node of `step` is a run of. */
  readonly stepOrigin: Int32Array;
  /** Transfer time of every tensor of `step`, µs. */
  readonly stepTensorUs: Float64Array;
  readonly devices: readonly Device[];
}

export function trainingRun(graph: Graph, devices: readonly Device[], link: LinkModel): TrainingRun {
  const { graph: step, origin: stepOrigin } = trainingGraph(graph);
  const tensorUs = communicationTimes(graph, link);
  const stepTensorUs = step === graph ? tensorUs : communicationTimes(step, link);
  return { graph, tensorUs, step, stepOrigin, stepTensorUs, devices };
}

/** Simulates a step of a placed graph: the one measure that all placements are compared by. */
export function simulateStep(
  run: TrainingRun,
  device: Int32Array,
): { readonly schedule: Schedule; readonly fits: boolean } {
  const deviceOf = run.stepOrigin.map((node) => intAt(device, node));
  const schedule = simulate(run.step, deviceOf, run.devices.length, run.stepTensorUs);
  return { schedule, fits: fitsMemory(schedule.peakBytes, run.devices) };
}
