/**
 * What an allocation is to maximise over the jobs' utilities U (weights w are the jobs' priorities).
 * - `Sum`: Σ w U.
 * - `Fair`: min U - max U, i.e. the smallest spread. Where not all can be well off its optimum is that all are equally badly
 *   off, and capacity stays idle; `FairSum` shows the same in heavy shortage.
 * - `FairSum`: Σ w U + gamma (min U - max U); gamma is the number of jobs unless given. (Faro's code adds a constant gamma,
 *   which changes no decision; without it a perfect allocation is worth the number of jobs, as under `Sum`.)
 * - `PenaltySum`, `PenaltyFairSum`: the same on effective utilities, where requests may be dropped at a penalty. In Faro's
 *   model a drop does not relieve the load that the latency is estimated from, so dropping never helps: the optimum
 *   accepts everything and is that of `Sum` and `FairSum`.
 */
export type Objective =
  | { readonly kind: 'Sum' }
  | { readonly kind: 'Fair' }
  | { readonly kind: 'FairSum'; readonly gamma?: number }
  | { readonly kind: 'PenaltySum' }
  | { readonly kind: 'PenaltyFairSum'; readonly gamma?: number };

/** The names of the objectives, as specs write them. */
export const objectiveKinds = ['Sum', 'Fair', 'FairSum', 'PenaltySum', 'PenaltyFairSum'] as const;

/** Whether an objective is over effective utilities, where requests may be dropped. */
export function admitsDrops({ kind }: Objective): boolean {
  return kind === 'PenaltySum' || kind === 'PenaltyFairSum';
}

/** An objective as the two factors it puts on the weighted sum and on the spread. */
export interface ObjectiveTerms {
  readonly sum: number;
  readonly spread: number;
}

/** Resolves an objective for a number of jobs. */
export function objectiveTerms(objective: Objective, jobCount: number): ObjectiveTerms {
  switch (objective.kind) {
    case 'Sum':
    case 'PenaltySum':
      return { sum: 1, spread: 0 };
    case 'Fair':
      return { sum: 0, spread: 1 };
    case 'FairSum':
    case 'PenaltyFairSum':
      return { sum: 1, spread: objective.gamma ?? jobCount };
  }
}

/** The value of an objective at (effective) utilities, one per job. */
export function objectiveValue(objective: Objective, utilities: readonly number[], weights: readonly number[]): number {
  const terms = objectiveTerms(objective, utilities.length);
  let [sum, min, max] = [0, Infinity, -Infinity];
  utilities.forEach((utility, i) => {
    sum += weights[i]! * utility;
    min = Math.min(min, utility);
    max = Math.max(max, utility);
  });
  const spread = utilities.length === 0 ? 0 : min - max;
  return terms.sum * sum + terms.spread * spread;
}
