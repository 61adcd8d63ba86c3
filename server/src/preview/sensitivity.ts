/** How a placement takes other figures than it was planned with, by axis: of an experiment, and of the panel while the cases are judged. */
import {
  sensitivityCases,
  sensitivityOf,
  type SensitivityAxis,
  type SensitivityOutcome,
} from '../baechi/sensitivity.ts';
import type { PlacementDecision, SpecPlanOptions } from '../baechi/plan.ts';
import type { Graph } from '../graph/graph.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import type { SensitivityPoint, SensitivityPreview } from './model.ts';
import { percent } from './words.ts';

/** Seeds of the noise; `berth experiment` takes any. */
const SEEDS = [1, 2, 3];

export interface Judged {
  readonly outcomes: readonly SensitivityOutcome[];
}

export interface SensitivityReport extends Judged {
  readonly name: string;
  readonly algorithm: string;
  /** Of the placement as it was planned. */
  readonly makespanUs: number;
}

export const AXES: readonly { readonly axis: SensitivityAxis; readonly title: string; readonly means: string }[] = [
  { axis: 'memory', title: 'Memory of every device', means: 'as a part of what it has' },
  { axis: 'transfers', title: 'Transfer times', means: 'times this factor' },
  { axis: 'compute', title: 'Compute times', means: 'times this factor' },
  { axis: 'noise', title: 'Noise on the profile', means: 'every time off by up to this part; means over the seeds' },
];

export function pointsOf({ outcomes }: Judged, axis: SensitivityAxis): SensitivityPoint[] {
  const ofAxis = outcomes.filter((one) => one.axis === axis);
  return [...new Set(ofAxis.map(({ factor }) => factor))].map((factor) => {
    const cases = ofAxis.filter((one) => one.factor === factor);
    const kept = cases.filter((one) => one.kept.fits);
    const anew = cases.flatMap((one) => (one.anew?.fits ? [one.anew.makespanUs] : []));
    const regrets = cases.flatMap(({ regret }) => (regret === null ? [] : [regret]));
    return {
      factor,
      keptUs: mean(kept.map((one) => one.kept.makespanUs)),
      anewUs: mean(anew),
      regret: mean(regrets),
      worstRegret: regrets.length === 0 ? null : Math.max(...regrets),
      keptFits: kept.length,
      anewFits: anew.length,
      cases: cases.length,
    };
  });
}

/** In one sentence: what is lost at most where the placement is kept, and down to which memory something fits. */
export function sensitivityVerdict(report: Judged): string {
  const regrets = report.outcomes.flatMap(({ regret }) => (regret === null ? [] : [regret]));
  const most = regrets.length === 0 ? null : Math.max(0, ...regrets);
  const lost =
    most === null
      ? 'The placement fits in none of the cases'
      : `Keeping the placement costs at most ${percent(most)} against planning anew, where both fit`;
  const memory = pointsOf(report, 'memory').filter(({ anewUs }) => anewUs !== null);
  const least = memory.length === 0 ? undefined : Math.min(...memory.map(({ factor }) => factor));
  const holds = pointsOf(report, 'memory').filter(({ keptFits }) => keptFits > 0);
  const keeps = holds.length === 0 ? undefined : Math.min(...holds.map(({ factor }) => factor));
  const down =
    least === undefined
      ? 'nothing fits with any of these memories'
      : `with memory it holds down to ${keeps === undefined ? 'none' : percent(keeps)}, and something fits down to ${percent(least)}`;
  return `${lost}; ${down}.`;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Judges all cases one after another.
 *
 * @param onMore told of those that are judged, after each.
 * @returns undefined when asked to stop; what is judged until then where `enough`.
 */
export async function previewSensitivity(
  spec: TrainingPlacement,
  graph: Graph,
  decision: PlacementDecision,
  options: SpecPlanOptions,
  onMore: (sofar: SensitivityPreview) => void,
): Promise<SensitivityPreview | undefined> {
  const cases = sensitivityCases(SEEDS);
  const outcomes: SensitivityOutcome[] = [];
  const sofar = (running: boolean): SensitivityPreview => ({
    axes: AXES.map(({ axis, title, means }) => ({ title, means, points: pointsOf({ outcomes }, axis) })),
    judged: outcomes.length,
    cases: cases.length,
    running,
    words: sensitivityVerdict({ outcomes }),
  });
  for (const one of cases) {
    if (options.enough?.()) break;
    onMore(sofar(true));
    const outcome = await sensitivityOf(spec, graph, decision, one, options);
    if ('kind' in outcome) return undefined;
    outcomes.push(outcome);
  }
  return sofar(false);
}
