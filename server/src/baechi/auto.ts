import { placeBy, type AlgorithmOptions, type Placer } from './algorithms.ts';
import { lowerBound, type LowerBound } from './lower-bound.ts';
import type { Cancelled, DeadEnd, Placement } from './placement.ts';
import type { Schedule } from './schedule.ts';
import { simulateStep, type TrainingRun } from './training-run.ts';

/** One algorithm's answer, judged by the simulator. */
export type Candidate =
  | { readonly placer: Placer; readonly result: DeadEnd }
  | {
      readonly placer: Placer;
      readonly result: Placement;
      readonly schedule: Schedule;
      /** Whether every device stays within its limit in the simulation (the placer's own account may differ). */
      readonly fits: boolean;
    };

export type PlacedCandidate = Extract<Candidate, { readonly schedule: Schedule }>;

export interface PlacementPlan {
  readonly kind: 'plan';
  readonly candidates: readonly Candidate[];
  /** The fastest candidate that fits; where none fits, the fastest that was placed; undefined where none was. */
  readonly best: PlacedCandidate | undefined;
  /** Of one step of the run. */
  readonly lowerBound: LowerBound;
}

/** What `auto` tries. Of equally fast ones the first wins: the simplest. */
export const AUTO_PLACERS = ['single', 'm-TOPO', 'm-ETF', 'm-SCT'] as const satisfies readonly Placer[];

export interface PlanOptions extends AlgorithmOptions {
  /** Told of every candidate as soon as it is judged. */
  readonly onCandidate?: (candidate: Candidate) => void;
}

/** Tries the given algorithm, or for `auto` all of `AUTO_PLACERS`, and judges each by the simulator. */
export function planPlacement(
  algorithm: Placer | 'auto',
  run: TrainingRun,
  options: PlanOptions,
): PlacementPlan | Cancelled {
  const candidates: Candidate[] = [];
  for (const placer of algorithm === 'auto' ? AUTO_PLACERS : [algorithm]) {
    if (options.shouldStop?.()) return { kind: 'cancelled' };
    const result = placeBy(placer, run, options);
    if (result.kind === 'cancelled') return result;
    const candidate: Candidate =
      result.kind === 'dead-end' ? { placer, result } : { placer, result, ...simulateStep(run, result.device) };
    candidates.push(candidate);
    options.onCandidate?.(candidate);
  }
  const bound = lowerBound(run.step, run.devices.length, run.stepTensorUs);
  return { kind: 'plan', candidates, best: bestOf(candidates), lowerBound: bound };
}

function bestOf(candidates: readonly Candidate[]): PlacedCandidate | undefined {
  let best: PlacedCandidate | undefined;
  for (const candidate of candidates) {
    if (!('schedule' in candidate)) continue;
    const faster = !best || candidate.schedule.makespanUs < best.schedule.makespanUs;
    if (!best || (candidate.fits && !best.fits) || (candidate.fits === best.fits && faster)) best = candidate;
  }
  return best;
}
