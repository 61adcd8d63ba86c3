import type { Objective } from '../allocation/objective.ts';
import type { Lever } from '../control/ablation.ts';
import type { Shedding } from '../control/berth.ts';
import { policyOf } from '../control/policies.ts';
import type { PolicyName } from '../control/scaling-policy.ts';

/** What an experiment tries: every combination of these. */
export interface Axes {
  readonly policies: readonly PolicyName[];
  readonly objectives: readonly Objective['kind'][];
  readonly sheddings: readonly Shedding[];
  /** Parts that `berth` is also tried without, one at a time; it is always tried whole. */
  readonly ablations: readonly Lever[];
  /** Null for the capacity that the cluster has. */
  readonly capacities: readonly (number | null)[];
  readonly seeds: readonly number[];
}

/** What is compared: one way to run a cluster of one size. */
export interface Variant {
  readonly policy: PolicyName;
  /** Null for a policy that knows none: it is run once for all objectives. */
  readonly objective: Objective['kind'] | null;
  /** Null for a policy that sheds nothing. */
  readonly shedding: Shedding | null;
  /** The part of `berth` that is left out; null for none. */
  readonly without: Lever | null;
  readonly capacity: number | null;
}

/** A variant with one seed: one simulation. */
export interface Trial extends Variant {
  readonly seed: number;
}

/** The variants of an experiment: capacity by capacity, policy by policy, in the order in which they are named. */
export function variantsOf({ policies, objectives, sheddings, ablations, capacities }: Axes): Variant[] {
  return capacities.flatMap((capacity) =>
    policies.map(policyOf).flatMap(({ name: policy, followsObjective, sheds }) =>
      (followsObjective ? objectives : [null]).flatMap((objective) =>
        (sheds ? sheddings : [null]).flatMap((shedding) =>
          (sheds ? [null, ...ablations] : [null]).map((without) => ({
            policy,
            objective,
            shedding,
            without,
            capacity,
          })),
        ),
      ),
    ),
  );
}

/** All simulations of an experiment, the seeds of a variant one after another. */
export function trialsOf(axes: Axes): Trial[] {
  return variantsOf(axes).flatMap((variant) => axes.seeds.map((seed) => ({ ...variant, seed })));
}
