import type { Graph } from '../graph/graph.ts';
import { intAt } from '../numeric/at.ts';
import { communicationTimes, type LinkModel } from '../graph/link-model.ts';
import { trainingGraph } from '../graph/training-graph.ts';
import type { DeviceLinks } from './device-links.ts';
import type { Device } from './devices.ts';
import type { MemoryRules } from './accounting.ts';
import type { Adjustment } from './grouping/adjuster.ts';
import { colocation, type Colocation, type GroupRules } from './grouping/colocation.ts';
import type { GroupReserve } from './grouping/reservations.ts';
import type { TopoFill } from './m-topo.ts';
import { fitsMemory } from './memory.ts';
import type { ChannelMode } from './placement.ts';
import { simulate, type Schedule, type SimulationRules } from './schedule.ts';
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
  /** The same devices with the fraction of their memory that a placer may plan with. */
  readonly planDevices: readonly Device[];
  /** Which nodes stay together; absent where each may go where it likes. */
  readonly colocation?: Colocation;
  readonly rules: RunRules;
  /** Where devices or links differ: the times of `graph`, and those of `step`. Absent where all are alike. */
  readonly unlike?: UnlikeDevices;
  readonly stepUnlike?: UnlikeDevices;
  /** What joins the devices: `link`, unless `links` has another for two of them. */
  readonly link: LinkModel;
  readonly links?: DeviceLinks;
}

/** How groups are kept. */
export interface RunGroups extends GroupRules {
  /** What is set aside for all of a group with its first node. */
  readonly reserve: GroupReserve;
  /** Whether groups are fused before they are placed. */
  readonly fuse: boolean;
  /** Places without groups, then moves each to one device by this rule. */
  readonly adjust: Adjustment | 'none';
}

/** What of a run is chosen rather than given by its graph and devices. */
export interface RunRules {
  /** `sequential` by default. */
  readonly channel?: ChannelMode;
  /** TensorFlow's by default. */
  readonly memory?: MemoryRules;
  /** Of its memory, what of a device a placer plans with: above 0, at most 1, which is the default. */
  readonly fraction?: number;
  /** None are kept by default. */
  readonly groups?: RunGroups;
  /** Whether the link decides also where the graph gives transfer times. */
  readonly overridesTransferTimes?: boolean;
  /** m-TOPO: even shares by default. */
  readonly fill?: TopoFill;
  /** m-SCT: largest x of a favourite edge, 0.1 by default. */
  readonly threshold?: number;
}

/** @param links between some devices, where `link` is not what joins all. */
export function trainingRun(
  graph: Graph,
  devices: readonly Device[],
  link: LinkModel,
  links?: DeviceLinks,
  rules: RunRules = {},
): TrainingRun {
  const { fraction = 1, overridesTransferTimes: overrides = false, groups } = rules;
  const { graph: step, origin: stepOrigin } = trainingGraph(graph);
  const tensorUs = communicationTimes(graph, link, overrides);
  const stepTensorUs = step === graph ? tensorUs : communicationTimes(step, link, overrides);
  const unlike = UnlikeDevices.of(graph, devices, tensorUs, links);
  const stepUnlike = step === graph ? unlike : UnlikeDevices.of(step, devices, stepTensorUs, links);
  const times = { ...(unlike && { unlike }), ...(stepUnlike && { stepUnlike }), link, ...(links && { links }) };
  const planDevices =
    fraction === 1 ? devices : devices.map((device) => ({ ...device, memory: Math.floor(fraction * device.memory) }));
  const units = groups && colocation(graph, groups);
  const kept = units?.binds ? { colocation: units } : {};
  return { graph, tensorUs, step, stepOrigin, stepTensorUs, devices, planDevices, rules, ...kept, ...times };
}

/** What holds while the graph itself is placed and simulated. */
export function placingRules({ rules: { channel, memory }, unlike }: TrainingRun): SimulationRules {
  return { ...(channel && { channel }), ...(memory && { memory }), ...(unlike && { unlike }) };
}

/** What holds for a whole step: where that has backward runs of its own, outputs go when these have read them. */
export function stepRules({ rules: { channel, memory }, stepUnlike, graph, step }: TrainingRun): SimulationRules {
  const rules = memory && step !== graph ? { accounting: memory.accounting } : memory;
  return { ...(channel && { channel }), ...(rules && { memory: rules }), ...(stepUnlike && { unlike: stepUnlike }) };
}

/** What joins two devices. */
export function linkOf({ link, links }: TrainingRun, from: number, to: number): LinkModel {
  if (!links) return link;
  const { placeOf, placeCount, between, models } = links;
  return models[intAt(between, intAt(placeOf, from) * placeCount + intAt(placeOf, to))] ?? link;
}

/** Simulates the forward half alone. */
export function simulateForward(run: TrainingRun, device: Int32Array): Schedule {
  const { graph, devices, tensorUs } = run;
  return simulate(graph, device, devices.length, tensorUs, placingRules(run));
}

/** Simulates a step of a placed graph: the one measure that all placements are compared by. */
export function simulateStep(
  run: TrainingRun,
  device: Int32Array,
): { readonly schedule: Schedule; readonly fits: boolean } {
  const deviceOf = run.stepOrigin.map((node) => intAt(device, node));
  const { step, devices, stepTensorUs } = run;
  const schedule = simulate(step, deviceOf, devices.length, stepTensorUs, stepRules(run));
  return { schedule, fits: fitsMemory(schedule.peakBytes, devices) };
}
