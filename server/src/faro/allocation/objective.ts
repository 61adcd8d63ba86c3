import type { Objective as ObjectiveName } from '../../spec/types.ts';
import { objectiveDefinition, type ObjectiveTerms } from './objectives.ts';
import { itemAt } from '../../numeric/at.ts';

/**
 * What an allocation is to maximise over the jobs' utilities U (weights w are the jobs' priorities).
 * - `Sum`: Σ w U.
 * - `Fair`: min U - max U, i.e. the smallest spread. Where not all can be well off its optimum is that all are equally badly
 *   off, and capacity stays idle; `FairSum` shows the same in heavy shortage.
 * - `FairSum`: Σ w U + gamma (min U - max U); gamma is the number of jobs unless given. (Faro's code adds a constant gamma,
 *   which changes no decision; without it a perfect allocation is worth the number of jobs, as under `Sum`.)
 * - `PenaltySum`, `PenaltyFairSum`: the same on effective utilities, where requests may be dropped at a penalty. Each job
 *   accepts what is best for itself. (Free accept rates would, under `PenaltyFairSum`, also drop requests of jobs that are well
 *   off, only to narrow the spread; Faro's own optimiser does that.) Where a drop does not relieve the load that latency is
 *   estimated from, as in Faro's model, dropping never helps a job: the optimum accepts everything and is that of `Sum` and
 *   `FairSum`.
 */
export interface Objective {
  readonly kind: ObjectiveName;
  /** Weight of the spread, of objectives that take one; the number of jobs unless given. */
  readonly gamma?: number;
}

/** Whether an objective is over effective utilities, where requests may be dropped. */
export function admitsDrops({ kind }: Objective): boolean {
  return objectiveDefinition(kind).admitsDrops;
}

/** Resolves an objective for a number of jobs. */
export function objectiveTerms({ kind, gamma }: Objective, jobCount: number): ObjectiveTerms {
  return objectiveDefinition(kind).terms(gamma ?? jobCount);
}

/** The value of an objective at (effective) utilities, one per job. */
export function objectiveValue(objective: Objective, utilities: readonly number[], weights: readonly number[]): number {
  const terms = objectiveTerms(objective, utilities.length);
  let [sum, min, max] = [0, Infinity, -Infinity];
  utilities.forEach((utility, i) => {
    sum += itemAt(weights, i) * utility;
    min = Math.min(min, utility);
    max = Math.max(max, utility);
  });
  const spread = utilities.length === 0 ? 0 : min - max;
  return terms.sum * sum + terms.spread * spread;
}

/**
 * How the objective changes when one utility becomes another and all others stay. Cost: O(jobs) once, O(1) for each change.
 */
export function objectiveChanges(
  objective: Objective,
  utilities: readonly number[],
  weights: readonly number[],
): (index: number, utility: number) => number {
  const terms = objectiveTerms(objective, utilities.length);
  const [least, most] = [extremes(utilities, Math.min), extremes(utilities, Math.max)];
  return (index, utility) => {
    const spread = Math.min(least.without(index), utility) - Math.max(most.without(index), utility);
    return (
      terms.sum * itemAt(weights, index) * (utility - itemAt(utilities, index)) +
      terms.spread * (spread - (least.value - most.value))
    );
  };
}

interface Extreme {
  readonly value: number;
  /** The extreme of all others. */
  without(index: number): number;
}

/** The least or the most of some values, of all and without any one of them; in one pass over the values. */
function extremes(values: readonly number[], of: (a: number, b: number) => number): Extreme {
  const none = -of(-Infinity, Infinity);
  let [value, second, at] = [none, none, -1];
  values.forEach((candidate, i) => {
    if (at < 0 || (candidate !== value && of(candidate, value) === candidate)) {
      [second, value, at] = [value, candidate, i];
    } else second = of(second, candidate);
  });
  return { value, without: (index) => (index === at ? second : value) };
}
