import { intAt, realAt } from '../numeric/at.ts';
import { simulateStep, type TrainingRun } from './training-run.ts';

/** What a step would be with one node on another device and all else where it is. */
export interface NodeMove {
  readonly device: number;
  /** By the simulator that all placements are judged by, µs. */
  readonly makespanUs: number;
  readonly fits: boolean;
  /** Largest memory in use, by device. */
  readonly peakBytes: Float64Array;
}

/**
 * Simulates a step for every device that a node could go to.
 *
 * @param deviceOf device of every node of the run's graph.
 * @param most simulations at most; the first devices are tried.
 * @returns in the order of the devices, without the one that the node is on; undefined when asked to stop.
 */
export function nodeMoves(
  run: TrainingRun,
  deviceOf: Int32Array,
  node: number,
  { most = Infinity, shouldStop }: { readonly most?: number; readonly shouldStop?: () => boolean } = {},
): NodeMove[] | undefined {
  const moves: NodeMove[] = [];
  const moved = deviceOf.slice();
  for (let device = 0; device < run.devices.length && moves.length < most; device++) {
    if (device === intAt(deviceOf, node)) continue;
    if (shouldStop?.()) return undefined;
    moved[node] = device;
    const { schedule, fits } = simulateStep(run, moved);
    moves.push({ device, makespanUs: schedule.makespanUs, fits, peakBytes: schedule.peakBytes });
  }
  return moves;
}

/** Bytes by which devices are over their limits, by device; 0 where they are not. */
export function lackingBytes(run: TrainingRun, peakBytes: Float64Array): number[] {
  return run.devices.map(({ memory }, d) => Math.max(0, realAt(peakBytes, d) - memory));
}
