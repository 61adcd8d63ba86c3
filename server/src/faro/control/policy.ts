import type { Policy as PolicyName } from '../../spec/types.ts';
import type { AllocationProblem } from '../allocation/allocation-problem.ts';
import type { Objective } from '../allocation/objective.ts';
import type { Forecaster } from '../forecast/forecast.ts';
import type { Admission } from '../simulator/admission.ts';
import type { ClusterMechanics } from '../simulator/worker-cluster.ts';
import type { UtilityModels } from '../utility/utility-curve.ts';
import type { Lever } from './ablation.ts';
import type { Shedding } from './berth.ts';
import type { ClusterDeclaration, ScalingPolicy } from './scaling-policy.ts';

/** What a spec says that a policy may want to know; what takes work is a function. `specPolicy` fills it in. */
export interface PolicySetting {
  readonly cluster: ClusterDeclaration;
  readonly objective: Objective;
  readonly models: UtilityModels;
  readonly search: Pick<AllocationProblem, 'solver' | 'groups' | 'changePenalty' | 'drops'>;
  readonly intervalSeconds: number;
  readonly reactiveIntervalSeconds: number;
  readonly horizonMinutes: number;
  /** As the optimiser counts. */
  readonly coldStartSeconds: number;
  readonly quantile: number;
  readonly adaptsQuantile: boolean;
  readonly shedding: Shedding;
  /** The routers as they are, and the cluster that replicas start on. */
  readonly router: Admission;
  readonly mechanics: ClusterMechanics;
  /** One run's: it remembers. */
  readonly forecaster: () => Forecaster;
  /** The best allocation for the busiest stretch of the traces. */
  readonly plannedReplicas: () => readonly number[];
  /** The part of `berth` that is left out, if any. */
  readonly lever: Lever | null;
}

/** A way to decide on replicas: what a person is told of it, what it heeds, and how it is made for a cluster. */
export interface Policy {
  readonly name: PolicyName;
  /** One sentence for people: the schema, completion and the reference show it. */
  readonly documentation: string;
  /** Whether another objective makes it decide otherwise. */
  readonly followsObjective: boolean;
  /** Whether it sheds requests and has parts that can be left out: experiments then try both. */
  readonly sheds: boolean;
  /** Whether it never changes replicas, so that no job can be scaled to zero under it. */
  readonly isFixed?: true;
  /** Replicas that a deployment starts with; those of the best allocation where absent. */
  readonly startsWith?: (cluster: ClusterDeclaration) => readonly number[];
  create(setting: PolicySetting): ScalingPolicy;
}
