/** An experiment's result as plain data: what the table, the page, the picture and the files are all made of. */
import { INSTEAD } from '../../faro/control/ablation.ts';
import type { Outcome, VariantSummary } from '../../faro/experiment/comparison.ts';
import { bestOf, summaries } from '../../faro/experiment/comparison.ts';
import { trialsOf, type Axes, type Trial, type Variant } from '../../faro/experiment/grid.ts';
import { resourceVector } from '../../faro/from-spec.ts';
import { capacityUnit } from '../../preview/resource-amount.ts';
import { listOf } from '../../preview/words.ts';
import type { InferenceCluster } from '../../spec/types.ts';
import { significant } from '../text/number.ts';
import { COMPARED, shown } from './experiment-figure.ts';

type Sized<V> = Omit<V, 'capacity'> & { readonly capacity: number };

export interface ExperimentReport {
  readonly name: string;
  /** What the capacity is counted in: `replicas`, `cpu` … */
  readonly unit: string;
  readonly seeds: readonly number[];
  /** Ascending. */
  readonly capacities: readonly number[];
  /** One entry a variant, capacity by capacity. */
  readonly variants: readonly Sized<VariantSummary>[];
  /** One entry a simulation. */
  readonly trials: readonly Sized<Trial & Outcome>[];
}

/** @param outcomes in the order of the trials. */
export function experimentReport(spec: InferenceCluster, axes: Axes, outcomes: readonly Outcome[]): ExperimentReport {
  const unit = capacityUnit(spec);
  const own = resourceVector(spec.capacity)[unit] ?? 0;
  const sized = <V extends Variant>(variant: V): Sized<V> => ({ ...variant, capacity: variant.capacity ?? own });
  const variants = summaries(axes, outcomes).map(sized);
  return {
    name: spec.name,
    unit,
    seeds: axes.seeds,
    capacities: [...new Set(variants.map(({ capacity }) => capacity))].sort((a, b) => a - b),
    variants,
    trials: trialsOf(axes).map((trial, i) => sized({ ...trial, ...outcomes[i]! })),
  };
}

/** What the variants of one capacity are called: by their policy, and by what else is tried of it. */
export function labelOf(report: ExperimentReport, variant: Omit<Variant, 'capacity'>): string {
  const differing = (['objective', 'shedding'] as const).flatMap((axis) => {
    const tried = new Set(report.variants.flatMap((other) => other[axis] ?? []));
    return tried.size > 1 ? (variant[axis] ?? []) : [];
  });
  // Of `berth` alone is something left out.
  const whole = variant.without === null;
  return [...(whole ? [variant.policy] : []), ...differing, ...(whole ? [] : ['without', variant.without])].join(' ');
}

/** What is done in place of the parts that were left out, a sentence each: `Without tables: losses follow …`. */
export function ablationNotes({ variants }: ExperimentReport): string[] {
  const tried = [...new Set(variants.flatMap(({ without }) => without ?? []))];
  return tried.map((lever) => `Without ${lever}: ${INSTEAD[lever]}.`);
}

/** The labels of an experiment, in the order of its axes. */
export function labels(report: ExperimentReport): string[] {
  return [...new Set(report.variants.map((variant) => labelOf(report, variant)))];
}

/** The variants at one capacity, in the order of the axes. */
export function variantsAt(report: ExperimentReport, capacity: number): readonly Sized<VariantSummary>[] {
  return report.variants.filter((variant) => variant.capacity === capacity);
}

/** `32 replicas`, `1 replica`, `16 cpu`. */
export function sizeOf({ unit }: ExperimentReport, capacity: number): string {
  return `${significant(capacity)} ${capacity === 1 && unit === 'replicas' ? 'replica' : unit}`;
}

/** `The fewest requests are over their SLO with faro at 32 and 36 replicas, and with mark at 16 replicas.` */
export function verdict(report: ExperimentReport): string {
  const names = labels(report);
  if (names.length === 1) return ofOne(report, names[0]!);
  const sizes = new Map<string, number[]>();
  for (const capacity of report.capacities) {
    const best = bestOf(variantsAt(report, capacity), 'violationRate');
    const who =
      best.length === 0
        ? 'every policy alike'
        : listOf(
            best.map((variant) => labelOf(report, variant)),
            Infinity,
          );
    sizes.set(who, [...(sizes.get(who) ?? []), capacity]);
  }
  const parts = [...sizes].map(([who, capacities]) => `with ${who} at ${sizesOf(report, capacities)}`);
  const joined = parts.length > 1 ? `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)!}` : (parts[0] ?? '');
  return `The fewest requests are over their SLO ${joined}.`;
}

/** `With faro 3.14 ± 0.08 % of the requests are over their SLO at 32 replicas and 1.20 ± 0.05 % at 36 replicas.` */
function ofOne(report: ExperimentReport, label: string): string {
  const rate = COMPARED.find(({ key }) => key === 'violationRate')!;
  const [first, ...more] = [...report.variants]
    .sort((a, b) => a.capacity - b.capacity)
    .map(({ violationRate, capacity }) => [shown(rate, violationRate), sizeOf(report, capacity)] as const);
  const parts = [
    `${first![0]} of the requests are over their SLO at ${first![1]}`,
    ...more.map(([share, size]) => `${share} at ${size}`),
  ];
  return `With ${label} ${listOf(parts, Infinity)}.`;
}

function sizesOf(report: ExperimentReport, capacities: readonly number[]): string {
  if (capacities.length === 1) return sizeOf(report, capacities[0]!);
  return `${listOf(capacities.map(significant), Infinity)} ${report.unit}`;
}
