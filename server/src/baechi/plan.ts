import type { Algorithm, TrainingPlacement } from '../spec/types.ts';
import type { Graph } from '../graph/graph.ts';
import type { GraphFinding } from '../graph/graph-finding.ts';
import { realAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import { specRun } from './from-spec.ts';
import type { LpSolver } from './linear-program.ts';
import { lowerBound, type LowerBound } from './lower-bound.ts';
import type { Cancelled, DeadEnd, Placement, PlacementResult } from './placement.ts';
import type { AlgorithmOptions, Placer, PlacerName } from './placer.ts';
import { AUTO, placerOf, placersOf, placing } from './placers.ts';
import { chooseRecomputed, type RecomputeTrial, type RecomputeUnit } from './recompute.ts';
import type { Schedule } from './schedule.ts';
import type { SearchProgress } from './search/search.ts';
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
  /** Only what is there at once on every graph: no linear programs for `auto`, and of the search what it begins with. */
  readonly quick?: boolean;
  /** Told of every candidate as soon as it is judged. */
  readonly onCandidate?: (candidate: Candidate) => void;
}

/** Tries the placers of an algorithm and judges each by the simulator. Of equally good ones the first wins. */
export function planPlacement(algorithm: Algorithm, run: TrainingRun, options: PlanOptions): PlacementPlan | Cancelled {
  const steps = planSteps(algorithm, run, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same in steps. Each step may bring the way to a plan that is better than those before.
 *
 * Where a placement comes up that no placement beats, linear programs are solved only for comparison.
 */
export function* planSteps(
  algorithm: Algorithm,
  run: TrainingRun,
  options: PlanOptions,
): Generator<(() => PlacementPlan) | undefined, PlacementPlan | Cancelled> {
  const wanted = placing(soughtPlacers(algorithm, options.quick), run);
  const { clock = () => 0, compared = [] } = options;
  const candidates: Candidate[] = [];
  const bound = lowerBound(run.step, run.devices.length, run.stepTensorUs, run.stepUnlike);
  const plan = (sofar: readonly Candidate[]): PlacementPlan => {
    const best = bestOf(
      sofar.filter(({ placer }) => wanted.includes(placerOf(placer))),
      run.devices,
    );
    return { kind: 'plan', candidates: sofar, best, lowerBound: bound };
  };
  for (const placer of new Set([...wanted, ...placing(compared, run)])) {
    if (options.shouldStop?.()) return { kind: 'cancelled' };
    const { best } = plan(candidates);
    const optimal = best?.fits === true && best.schedule.makespanUs <= bound.us;
    if (optimal && placer.needsLp && algorithm === AUTO.name && !compared.includes(placer)) continue;
    const began = clock();
    const judged = (result: Exclude<PlacementResult, Cancelled>): Candidate => {
      const one = { placer: placer.name, planMs: clock() - began };
      return result.kind === 'dead-end' ? { ...one, result } : { ...one, result, ...simulateStep(run, result.device) };
    };
    const starts = candidates.flatMap(({ result }) => (result.kind === 'placement' ? [result.device] : []));
    const steps = improvementsOf(placer, run, { ...options, search: { ...options.search, starts } });
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      const placed = step.value;
      yield placed && (() => plan([...candidates, judged(placed())]));
    }
    if (step.value.kind === 'cancelled') return step.value;
    const candidate = judged(step.value);
    candidates.push(candidate);
    options.onCandidate?.(candidate);
    yield () => plan(candidates.slice());
  }
  return plan(candidates);
}

/** The placers that an algorithm stands for; of `auto` where one looks on, those that are soon done. */
function soughtPlacers(algorithm: Algorithm, quick = false): readonly Placer[] {
  const all = placersOf(algorithm);
  return quick && algorithm === AUTO.name ? all.filter(({ needsLp }) => !needsLp) : all;
}

function improvementsOf(
  placer: Placer,
  run: TrainingRun,
  options: AlgorithmOptions,
): Generator<(() => Placement) | undefined, PlacementResult> {
  return placer.improvements?.(run, options) ?? atOnce(placer, run, options);
}

// eslint-disable-next-line require-yield -- most placers have nothing to say before they are done
function* atOnce(placer: Placer, run: TrainingRun, options: AlgorithmOptions): Generator<undefined, PlacementResult> {
  return placer.place(run, options);
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
  /** How the search came to its best placement that fits: after how many moves it had one of which makespan. Empty where nothing was searched. */
  readonly searched: readonly SearchStep[];
}

export interface SearchStep {
  readonly moves: number;
  readonly makespanUs: number;
}

export interface SpecPlanOptions extends Pick<PlanOptions, 'compared' | 'clock' | 'quick' | 'shouldStop'> {
  /** Loads the solver of linear programs; asked only where a placer needs it. */
  readonly solver: () => Promise<LpSolver>;
  /** Ends a search with what it has found; unlike `shouldStop`, which gives up. */
  readonly enough?: () => boolean;
  /** Told between steps that there may be a better plan than before; waited for. @param planned makes it. */
  readonly onBetter?: (planned: () => PlannedPlacement) => Promise<void>;
}

/** Plans the placement of a spec. The one place where it is decided which device runs which node, and what is computed again. */
export async function planSpec(
  spec: TrainingPlacement,
  graph: Graph,
  { solver, enough, onBetter, ...options }: SpecPlanOptions,
): Promise<PlannedPlacement | Cancelled> {
  const sought = [...soughtPlacers(spec.algorithm, options.quick), ...(options.compared ?? [])];
  const solve = sought.some(({ needsLp }) => needsLp) ? await solver() : noSolver;
  const search = {
    ...(options.quick ? { budget: { moves: 0 } } : spec.budget && { budget: spec.budget }),
    ...(spec.seed !== undefined && { seed: spec.seed }),
    ...(options.clock && { clock: options.clock }),
    ...(enough && { shouldStop: enough }),
  };
  const plannedWith = async (recomputed: readonly RecomputeUnit[]): Promise<PlannedPlacement | Cancelled> => {
    const { run, pins, problems } = specRun(spec, graph, recomputed);
    const searched: SearchStep[] = [];
    const steps = planSteps(spec.algorithm, run, {
      ...options,
      solve,
      search: { ...search, onProgress: (progress) => follow(searched, progress) },
      ...(pins && { pins }),
    });
    const made = (plan: PlacementPlan): PlannedPlacement => {
      const decision = problems.length === 0 ? decided(plan, recomputed) : null;
      return { kind: 'planned', run, problems, plan, decision, recomputed, searched: searched.slice() };
    };
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      const plan = step.value;
      if (plan && onBetter) await onBetter(() => made(plan()));
    }
    return step.value.kind === 'cancelled' ? step.value : made(step.value);
  };
  const first = await plannedWith([]);
  if (first.kind === 'cancelled' || first.plan.best?.fits || first.problems.length > 0) return first;
  if (spec.memory?.recompute !== 'auto') return first;
  const chosen = chooseForSpec(spec, graph, options, solve);
  return chosen ? plannedWith(chosen) : first;
}

/** Of a way that becomes long every other step is left out. */
const MOST_STEPS = 400;

function follow(searched: SearchStep[], { moves, makespanUs, excessBytes }: SearchProgress): void {
  if (excessBytes > 0) return;
  const last = searched.at(-1);
  // That nothing better was found for a while is the end of the way, not a step of it.
  if (last && searched.at(-2)?.makespanUs === makespanUs && last.makespanUs === makespanUs) searched.pop();
  searched.push({ moves, makespanUs });
  if (searched.length <= MOST_STEPS) return;
  const thinned = searched.filter((_, i) => i % 2 === 0 || i === searched.length - 1);
  searched.splice(0, searched.length, ...thinned);
}

/** Null where nothing that was placed fits. */
function decided({ best }: PlacementPlan, recomputed: readonly RecomputeUnit[]): PlacementDecision | null {
  if (!best?.fits) return null;
  const { placer, result } = best;
  return { kind: 'TrainingPlacement', placer, device: result.device, ...(recomputed.length > 0 ? { recomputed } : {}) };
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
