import type { Graph } from '../graph/graph.ts';
import { intAt } from '../numeric/at.ts';
import { communicationTimes, type LinkModel } from '../graph/link-model.ts';
import { trainingGraph } from '../graph/training-graph.ts';
import type { DeviceLinks } from './device-links.ts';
import type { Device } from './devices.ts';
import { fitsMemory } from './memory.ts';
import { simulate, type Schedule } from './schedule.ts';
import { UnlikeDevices } from './unlike-devices.ts';

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
  /** Where devices or links differ: the times of `graph`, and those of `step`. Absent where all are alike. */
  readonly unlike?: UnlikeDevices;
  readonly stepUnlike?: UnlikeDevices;
  /** What joins the devices: `link`, unless `links` has another for two of them. */
  readonly link: LinkModel;
  readonly links?: DeviceLinks;
}

/** @param links between some devices, where `link` is not what joins all. */
export function trainingRun(
  graph: Graph,
  devices: readonly Device[],
  link: LinkModel,
  links?: DeviceLinks,
): TrainingRun {
  const { graph: step, origin: stepOrigin } = trainingGraph(graph);
  const tensorUs = communicationTimes(graph, link);
  const stepTensorUs = step === graph ? tensorUs : communicationTimes(step, link);
  const unlike = UnlikeDevices.of(graph, devices, tensorUs, links);
  const stepUnlike = step === graph ? unlike : UnlikeDevices.of(step, devices, stepTensorUs, links);
  const times = { ...(unlike && { unlike }), ...(stepUnlike && { stepUnlike }), link, ...(links && { links }) };
  return { graph, tensorUs, step, stepOrigin, stepTensorUs, devices, ...times };
}

/** What joins two devices. */
export function linkOf({ link, links }: TrainingRun, from: number, to: number): LinkModel {
  if (!links) return link;
  const { placeOf, placeCount, between, models } = links;
  return models[intAt(between, intAt(placeOf, from) * placeCount + intAt(placeOf, to))] ?? link;
}

/** Simulates the forward half alone. */
export function simulateForward(run: TrainingRun, device: Int32Array): Schedule {
  const { graph, devices, tensorUs, unlike } = run;
  return simulate(graph, device, devices.length, tensorUs, { unlike });
}

/** Simulates a step of a placed graph: the one measure that all placements are compared by. */
export function simulateStep(
  run: TrainingRun,
  device: Int32Array,
): { readonly schedule: Schedule; readonly fits: boolean } {
  const deviceOf = run.stepOrigin.map((node) => intAt(device, node));
  const { step, devices, stepTensorUs, stepUnlike } = run;
  const schedule = simulate(step, deviceOf, devices.length, stepTensorUs, { unlike: stepUnlike });
  return { schedule, fits: fitsMemory(schedule.peakBytes, devices) };
}
