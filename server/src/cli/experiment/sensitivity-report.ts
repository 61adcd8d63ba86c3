/** How a placement takes other figures than it was planned with: what an experiment on a TrainingPlacement came to, by axis. */
import type { SensitivityAxis, SensitivityOutcome } from '../../baechi/sensitivity.ts';
import { percent } from '../../preview/words.ts';

export interface SensitivityReport {
  readonly name: string;
  readonly algorithm: string;
  /** Of the placement as it was planned. */
  readonly makespanUs: number;
  readonly outcomes: readonly SensitivityOutcome[];
}

/** A point of a curve: of cases that differ in their seed alone the mean of those that fit, and the worst. */
export interface SensitivityPoint {
  readonly factor: number;
  readonly keptUs: number | null;
  readonly anewUs: number | null;
  readonly regret: number | null;
  readonly worstRegret: number | null;
  /** Of all cases, how many the kept placement fits, and one planned anew. */
  readonly keptFits: number;
  readonly anewFits: number;
  readonly cases: number;
}

export const AXES: readonly { readonly axis: SensitivityAxis; readonly title: string; readonly means: string }[] = [
  { axis: 'memory', title: 'Memory of every device', means: 'as a part of what it has' },
  { axis: 'transfers', title: 'Transfer times', means: 'times this factor' },
  { axis: 'compute', title: 'Compute times', means: 'times this factor' },
  { axis: 'noise', title: 'Noise on the profile', means: 'every time off by up to this part; means over the seeds' },
];

export function pointsOf({ outcomes }: SensitivityReport, axis: SensitivityAxis): SensitivityPoint[] {
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
export function sensitivityVerdict(report: SensitivityReport): string {
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
