import type { ReplayTotals } from '../simulator/replay-statistics.ts';
import { trialsOf, variantsOf } from './grid.ts';
import type { Axes, Variant } from './grid.ts';
import { itemAt } from '../../numeric/at.ts';

/** The figures of one simulation. */
export interface Outcome extends ReplayTotals {
  /** Replicas that serve, mean over time. */
  readonly averageReplicas: number;
  readonly perJob: readonly (ReplayTotals & { readonly name: string; readonly averageReplicas: number })[];
}

/** Mean over seeds. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; null where there is one seed only. */
  readonly deviation: number | null;
}

/** What is compared between variants. */
export const figures = ['violationRate', 'lostUtility', 'lostEffectiveUtility', 'averageReplicas'] as const;
export type Figure = (typeof figures)[number];

/** One variant over all seeds. */
export interface VariantSummary extends Variant, Readonly<Record<Figure, Spread>> {
  /** Mean over seeds of the violation rate of each job. */
  readonly perJob: readonly { readonly name: string; readonly violationRate: Spread }[];
}

/** @param outcomes in the order of `trialsOf`. */
export function summaries(axes: Axes, outcomes: readonly Outcome[]): VariantSummary[] {
  if (outcomes.length !== trialsOf(axes).length) throw new RangeError('an outcome for every trial is needed');
  const seeds = axes.seeds.length;
  return variantsOf(axes).map((variant, i) => {
    const own = outcomes.slice(i * seeds, (i + 1) * seeds);
    const over = (figure: Figure): Spread => spreadOf(own.map((outcome) => outcome[figure]));
    return {
      ...variant,
      violationRate: over('violationRate'),
      lostUtility: over('lostUtility'),
      lostEffectiveUtility: over('lostEffectiveUtility'),
      averageReplicas: over('averageReplicas'),
      perJob: itemAt(own, 0).perJob.map(({ name }, job) => ({
        name,
        violationRate: spreadOf(own.map(({ perJob }) => itemAt(perJob, job).violationRate)),
      })),
    };
  });
}

/** Mean and sample standard deviation, in two passes: figures that hardly differ lose no digits. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** Those of some variants with the least mean of one figure, in their order; none where all are alike. */
export function bestOf<Row extends VariantSummary>(
  rows: readonly Row[],
  figure: Exclude<Figure, 'averageReplicas'>,
): readonly Row[] {
  const least = Math.min(...rows.map((row) => row[figure].mean));
  const best = rows.filter((row) => row[figure].mean === least);
  return best.length < rows.length ? best : [];
}
