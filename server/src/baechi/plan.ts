import type { Algorithm, TrainingPlacement } from '../spec/types.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import { realAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import { specRun } from './from-spec.ts';
import type { LpSolver } from './linear-program.ts';
import { lowerBound, type LowerBound } from './lower-bound.ts';
import type { Cancelled, DeadEnd, Placement } from './placement.ts';
import type { AlgorithmOptions, Placer, PlacerName } from './placer.ts';
import { AUTO, placerOf, placersOf, placing } from './placers.ts';
import { chooseRecomputed, type RecomputeTrial, type RecomputeUnit } from './recompute.ts';
import type { Schedule } from './schedule.ts';
import { simulateStep, type TrainingRun } from './training-run.ts';

/** One placer's answer, judged by the simulator. */
export type Candidate = {
  readonly placer: PlacerName;
  /** Time that the placer took, by the clock that was given; 0 without one. */
  readonly planMs: number;
} & (
  | { readonly result: DeadEnd }
  | {
      readonly result: Placement;
      readonly schedule: Schedule;
      /** Whether every device stays within its limit in the simulation (the placer's own account may differ). */
      readonly fits: boolean;
    }
);

export type PlacedCandidate = Extract<Candidate, { readonly schedule: Schedule }>;

export interface PlacementPlan {
  readonly kind: 'plan';
  /** Of the algorithm, then those that were only compared. */
  readonly candidates: readonly Candidate[];
  /** The fastest candidate of the algorithm that fits; where none fits, the closest to it; undefined where none was. */
  readonly best: PlacedCandidate | undefined;
  /** Of one step of the run. */
  readonly lowerBound: LowerBound;
}

export interface PlanOptions extends AlgorithmOptions {
  /** Placers that are tried too, for comparison: they change nothing about what is best. */
  readonly compared?: readonly Placer[];
  /** Milliseconds, from anywhere on. */
  readonly clock?: () => number;
  /** Told of every candidate as soon as it is judged. */
  readonly onCandidate?: (candidate: Candidate) => void;
}

/** Tries the placers of an algorithm and judges each by the simulator. Of equally good ones the first wins. */
export function planPlacement(algorithm: Algorithm, run: TrainingRun, options: PlanOptions): PlacementPlan | Cancelled {
  const wanted = placing(placersOf(algorithm), run.graph.nodeCount);
  const { clock = () => 0, compared = [] } = options;
  const candidates: Candidate[] = [];
  for (const placer of new Set([...wanted, ...placing(compared, run.graph.nodeCount)])) {
    if (options.shouldStop?.()) return { kind: 'cancelled' };
    const began = clock();
    const result = placer.place(run, options);
    const planMs = clock() - began;
    if (result.kind === 'cancelled') return result;
    const { name } = placer;
    const candidate: Candidate =
      result.kind === 'dead-end'
        ? { placer: name, planMs, result }
        : { placer: name, planMs, result, ...simulateStep(run, result.device) };
    candidates.push(candidate);
    options.onCandidate?.(candidate);
  }
  const bound = lowerBound(run.step, run.devices.length, run.stepTensorUs, run.stepUnlike);
  return { kind: 'plan', candidates, best: bestOf(candidates.slice(0, wanted.length), run.devices), lowerBound: bound };
}

/** The fastest that fits; where none does, the one that exceeds the limits least, all devices together. */
function bestOf(candidates: readonly Candidate[], devices: readonly Device[]): PlacedCandidate | undefined {
  const over = ({ schedule }: PlacedCandidate): number =>
    devices.reduce((sum, { memory }, d) => sum + Math.max(0, realAt(schedule.peakBytes, d) - memory), 0);
  let best: PlacedCandidate | undefined;
  for (const candidate of candidates) {
    if (!('schedule' in candidate)) continue;
    const closer = best ? over(candidate) - over(best) : -1;
    const faster = !best || candidate.schedule.makespanUs < best.schedule.makespanUs;
    if (closer < 0 || (closer === 0 && faster)) best = candidate;
  }
  return best;
}

/** What was decided about a placement: what is shown and what is deployed are made from it. Plain data. */
export interface PlacementDecision {
  readonly kind: 'TrainingPlacement';
  readonly placer: PlacerName;
  /** Device of every node, by node index. */
  readonly device: Int32Array;
  /** Layers that are computed again beside those that the spec names. */
  readonly recomputed?: readonly RecomputeUnit[];
}

/** A spec's placement, planned: all that a preview shows of it, and the decision that a deployment takes. */
export interface PlannedPlacement {
  readonly kind: 'planned';
  readonly run: TrainingRun;
  /** Pins that name nothing, or that are missing; placed as far as they go. */
  readonly problems: readonly GraphFinding[];
  readonly plan: PlacementPlan;
  /** Null where nothing can be deployed: no placer found room, what it found does not fit, or there are problems. */
  readonly decision: PlacementDecision | null;
  /** Layers that are computed again beside those that the spec names, so that the placement fits. */
  readonly recomputed: readonly RecomputeUnit[];
}

export interface SpecPlanOptions extends Pick<PlanOptions, 'compared' | 'clock' | 'shouldStop'> {
  /** Loads the solver of linear programs; asked only where a placer needs it. */
  readonly solver: () => Promise<LpSolver>;
}

/** Plans the placement of a spec. The one place where it is decided which device runs which node, and what is computed again. */
export async function planSpec(
  spec: TrainingPlacement,
  graph: Graph,
  { solver, ...options }: SpecPlanOptions,
): Promise<PlannedPlacement | Cancelled> {
  const needsLp = [...placersOf(spec.algorithm), ...(options.compared ?? [])].some((placer) => placer.needsLp);
  const solve = needsLp ? await solver() : noSolver;
  const planned = (recomputed: readonly RecomputeUnit[], algorithm = spec.algorithm) => {
    const { run, pins, problems } = specRun(spec, graph, recomputed);
    const plan = planPlacement(algorithm, run, { ...options, solve, ...(pins ? { pins } : {}) });
    return { run, problems, plan, recomputed };
  };
  let { run, problems, plan, recomputed } = planned([]);
  if (plan.kind === 'cancelled') return plan;
  if (!plan.best?.fits && problems.length === 0 && spec.memory?.recompute === 'auto') {
    const chosen = chooseForSpec(spec, graph, options, solve);
    const again = chosen ? planned(chosen) : undefined;
    if (again?.plan.kind === 'cancelled') return again.plan;
    if (again?.plan.kind === 'plan') ({ run, problems, plan, recomputed } = { ...again, plan: again.plan });
  }
  const { best } = plan;
  const decision: PlacementDecision | null =
    best?.fits && problems.length === 0
      ? {
          kind: 'TrainingPlacement',
          placer: best.placer,
          device: best.result.device,
          ...(recomputed.length > 0 ? { recomputed } : {}),
        }
      : null;
  return { kind: 'planned', run, problems, plan, decision, recomputed };
}

/** Units that make the placement fit by the algorithm, or, where that is `auto`, by m-ETF or on one device: `auto` tries these too. */
function chooseForSpec(
  spec: TrainingPlacement,
  graph: Graph,
  options: Omit<SpecPlanOptions, 'solver'>,
  solve: LpSolver,
): readonly RecomputeUnit[] | undefined {
  const placers = spec.algorithm === AUTO.name ? [placerOf('single'), placerOf('m-ETF')] : [placerOf(spec.algorithm)];
  const trial = (units: readonly RecomputeUnit[]): RecomputeTrial => {
    const { run, pins } = specRun(spec, graph, units);
    const steps = placers.flatMap((placer) => {
      const placed = placer.place(run, { ...options, solve, ...(pins ? { pins } : {}) });
      return placed.kind === 'placement' ? [simulateStep(run, placed.device)] : [];
    });
    const times = steps.flatMap(({ fits, schedule }) => (fits ? [schedule.makespanUs] : []));
    return { fits: times.length > 0, makespanUs: Math.min(...times) };
  };
  return chooseRecomputed(graph, trial, options.shouldStop);
}

const noSolver: LpSolver = () => {
  throw new Error('the linear program is not to be solved here');
};
