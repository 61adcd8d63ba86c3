/** Placers and groups: what a placer is given to place where nodes must stay together, and what its answer means for the graph. */
import type { Graph } from '../../graph/graph.ts';
import { intAt, itemAt } from '../../numeric/at.ts';
import type { Device } from '../devices.ts';
import type { DeadEnd, PlacementResult, PlacerOptions } from '../placement.ts';
import { placementOf } from '../schedule.ts';
import { placingRules, type TrainingRun } from '../training-run.ts';
import { adjustGroups, type AdjustmentFailure } from './adjuster.ts';
import { fuse } from './fusion.ts';
import type { GroupReserve } from './reservations.ts';

/** A placer on any graph: the run's own, or the one that is left when its groups are fused. */
export type GraphPlacer = (
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options: PlacerOptions,
) => PlacementResult;

/**
 * Places a run by a placer, and keeps its groups: by binding them while it places (co-adjusting), on the fused graph, or by moving
 * them together afterwards (the adjuster), as the run's rules say. Devices are those of the plan, with their fraction of memory.
 */
export function placeGrouped(run: TrainingRun, options: PlacerOptions, place: GraphPlacer): PlacementResult {
  const { graph, tensorUs, planDevices, colocation, rules, unlike } = run;
  const { pins, shouldStop } = options;
  const asked = { ...(pins && { pins }), ...(shouldStop && { shouldStop }) };
  const given: PlacerOptions = { ...asked, ...placingRules(run) };
  if (!colocation || !rules.groups) return place(graph, planDevices, tensorUs, given);
  const { adjust, reserve, fuse: fuses } = rules.groups;
  if (adjust !== 'none') return placeAndAdjust(run, given, place, adjust);
  // Times that differ from device to device are known of the graph's own nodes only.
  if (fuses && !unlike) return placeFused(run, given, place, reserve);
  return place(graph, planDevices, tensorUs, { ...given, groups: { colocation, reserve } });
}

function placeAndAdjust(
  run: TrainingRun,
  options: PlacerOptions,
  place: GraphPlacer,
  rule: Parameters<typeof adjustGroups>[3],
): PlacementResult {
  const { graph, tensorUs, planDevices, colocation } = run;
  const result = place(graph, planDevices, tensorUs, options);
  if (result.kind !== 'placement' || !colocation) return result;
  const { pins } = options;
  const limits = { limits: planDevices, ...(pins && { pins }) };
  const adjusted = adjustGroups(graph, colocation, result.device, rule, planDevices.length, limits);
  if (adjusted.kind === 'no-room') return noRoom(run, adjusted);
  return placementOf(graph, adjusted.device, planDevices.length, tensorUs, options);
}

function noRoom({ graph, colocation, planDevices }: TrainingRun, { unit, need, free }: AdjustmentFailure): DeadEnd {
  const node = itemAt(colocation?.members.row(unit) ?? [], 0);
  const reason = planDevices.every(({ memory }) => need > memory) ? 'too-large' : 'memory-full';
  return { kind: 'dead-end', node, need, free, placed: graph.nodeCount, reason };
}

function placeFused(
  run: TrainingRun,
  options: PlacerOptions,
  place: GraphPlacer,
  reserve: GroupReserve,
): PlacementResult {
  const { graph, tensorUs, planDevices, colocation, rules } = run;
  if (!colocation) return place(graph, planDevices, tensorUs, options);
  const fused = fuse(graph, colocation, rules.memory?.accounting ?? 'tensorflow');
  const { pins } = options;
  const fusedPins =
    pins && Int32Array.from(fused.graph.names, (_, node) => intAt(pins, itemAt(fused.members.row(node), 0)));
  const result = place(fused.graph, planDevices, tensorUs, {
    ...options,
    groups: { colocation: fused.colocation, reserve },
    ...(fusedPins && { pins: fusedPins }),
  });
  if (result.kind === 'dead-end') return { ...result, node: itemAt(fused.members.row(result.node), 0) };
  if (result.kind !== 'placement') return result;
  const device = fused.fusedOf.map((node) => intAt(result.device, node));
  // The graph is simulated as it is; what the placer thought of the fused one stays its estimate.
  const { estimateUs, peakBytes } = result;
  return { ...placementOf(graph, device, planDevices.length, tensorUs, options), estimateUs, peakBytes };
}
