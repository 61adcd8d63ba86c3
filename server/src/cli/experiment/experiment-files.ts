/** An experiment as data for other tools. */
import { figures, type VariantSummary } from '../../faro/experiment/comparison.ts';
import type { ExperimentReport } from './experiment-report.ts';

/** The documented JSON. */
export function experimentJson({ name, unit, seeds, variants, trials }: ExperimentReport): unknown {
  return {
    name,
    unit,
    seeds,
    variants: variants.map(({ policy, objective, shedding, without, capacity, perJob, ...rest }) => ({
      policy,
      objective,
      shedding,
      without,
      capacity,
      ...Object.fromEntries(figures.map((figure) => [figure, (rest as unknown as VariantSummary)[figure]])),
      perJob,
    })),
    trials,
  };
}

const COLUMNS = [
  'policy',
  'objective',
  'shedding',
  'without',
  'capacity',
  'seed',
  'violationRate',
  'lostUtility',
  'lostEffectiveUtility',
  'requests',
  'failed',
  'meanMs',
  'p99Ms',
  'averageReplicas',
] as const;

/** One line a simulation. Nothing in it needs quotes: names of policies and numbers. */
export function experimentCsv({ trials }: ExperimentReport): string {
  const rows = trials.map((trial) => COLUMNS.map((column) => trial[column] ?? '').join(','));
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}
