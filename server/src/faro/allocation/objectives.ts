/** The registry of objectives: the schema, completion, the reference and the command read it, and the solvers through `objective.ts`. */
import type { Objective as ObjectiveName } from '../../spec/types.ts';

/** An objective as the two factors it puts on the weighted sum and on the spread. */
export interface ObjectiveTerms {
  readonly sum: number;
  readonly spread: number;
}

export interface ObjectiveDefinition {
  /** As specs write it. */
  readonly name: ObjectiveName;
  /** One sentence for people. */
  readonly documentation: string;
  /** Whether it is over effective utilities, where requests may be dropped at a penalty. */
  readonly admitsDrops: boolean;
  /** Whether gamma weighs its spread. */
  readonly takesGamma: boolean;
  terms(gamma: number): ObjectiveTerms;
}

export const OBJECTIVE_DEFINITIONS: readonly ObjectiveDefinition[] = [
  {
    name: 'Sum',
    documentation: "The sum of the jobs' utilities: best for the cluster, a job may starve.",
    admitsDrops: false,
    takesGamma: false,
    terms: () => ({ sum: 1, spread: 0 }),
  },
  {
    name: 'Fair',
    documentation: 'The smallest spread between the best and the worst job.',
    admitsDrops: false,
    takesGamma: false,
    terms: () => ({ sum: 0, spread: 1 }),
  },
  {
    name: 'FairSum',
    documentation: 'Sum less the spread between the best and the worst job: good for the cluster and fair.',
    admitsDrops: false,
    takesGamma: true,
    terms: (gamma) => ({ sum: 1, spread: gamma }),
  },
  {
    name: 'PenaltySum',
    documentation: 'Sum of utilities with a penalty for requests that are turned away.',
    admitsDrops: true,
    takesGamma: false,
    terms: () => ({ sum: 1, spread: 0 }),
  },
  {
    name: 'PenaltyFairSum',
    documentation: 'FairSum with a penalty for requests that are turned away.',
    admitsDrops: true,
    takesGamma: true,
    terms: (gamma) => ({ sum: 1, spread: gamma }),
  },
];

const byName = new Map(OBJECTIVE_DEFINITIONS.map((definition) => [definition.name, definition]));

export function objectiveDefinition(name: ObjectiveName): ObjectiveDefinition {
  const definition = byName.get(name);
  if (!definition) throw new Error(`no objective is registered as "${name}"`);
  return definition;
}
