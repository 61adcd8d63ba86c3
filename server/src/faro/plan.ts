/** What is decided about a cluster: the allocation that a preview shows and a deployment starts with. */
import type { InferenceCluster } from '../spec/types.ts';
import { allocate, type Allocation, type MinimaExceedCapacity } from './allocation/allocation.ts';
import type { AllocationProblem } from './allocation/allocation-problem.ts';
import { policyOf } from './control/policies.ts';
import { clusterDeclaration, planningLoad, planningProblem, type PlanningLoad } from './from-spec.ts';

/** What a deployment is made from. Plain data. */
export interface AllocationDecision {
  readonly kind: 'InferenceCluster';
  /** Replicas that each job starts with, by job: those of the allocation, unless the policy says otherwise. */
  readonly replicas: readonly number[];
}

export interface PlannedAllocation {
  readonly kind: 'planned';
  readonly load: PlanningLoad;
  readonly problem: AllocationProblem;
  readonly allocation: Allocation;
  readonly decision: AllocationDecision;
}

/** Plans the allocation of a spec for its busiest stretch. The one place where it is decided who starts with how many replicas. */
export function planCluster(spec: InferenceCluster): PlannedAllocation | MinimaExceedCapacity {
  const load = planningLoad(spec);
  const problem = planningProblem(spec, load.jobs);
  const allocation = allocate(problem);
  if (allocation.kind === 'minimaExceedCapacity') return allocation;
  const { startsWith } = policyOf(spec.autoscaler.policy);
  const replicas = startsWith?.(clusterDeclaration(spec)) ?? allocation.replicas;
  return { kind: 'planned', load, problem, allocation, decision: { kind: 'InferenceCluster', replicas } };
}
