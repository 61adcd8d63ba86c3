/** InferenceCluster → desired state: how many replicas each job starts with. */
import { planCluster, type AllocationDecision } from '../../../faro/plan.ts';
import { formatQuantity } from '../../../spec/quantities/quantity.ts';
import type { InferenceCluster } from '../../../spec/types.ts';
import { desiredBase, refused, shownDecision } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredServing } from '../../types.ts';

/**
 * The numbers that the preview shows: the best allocation for the busiest stretch of the traces. Under the policy `fairShare` each
 * job gets the same number, as large as fits.
 */
export function desiredServing(spec: InferenceCluster, sources: DesiredSources): DesiredResult<DesiredServing> {
  const decision = shownDecision(sources, 'InferenceCluster') ?? decided(spec);
  if ('ok' in decision) return decision;
  const replicas = Object.fromEntries(spec.jobs.map((job, i) => [job.name, decision.replicas[i]!]));
  return { ok: true, desired: { ...desiredBase(spec, sources), replicas } };
}

function decided(spec: InferenceCluster): AllocationDecision | ReturnType<typeof refused> {
  const planned = planCluster(spec);
  if (planned.kind === 'planned') return planned.decision;
  if (planned.onNodes) return refused('BERTH2013', ['spec', 'nodes'], {});
  const { resource, needed, capacity: limit } = planned;
  return refused('BERTH2001', ['spec', 'capacity'], {
    resource,
    sum: amount(resource, needed),
    capacity: amount(resource, limit),
  });
}

function amount(resource: string, value: number): string {
  if (resource === 'memory') return formatQuantity(value, 'size');
  return resource === 'cpu' ? formatQuantity(value, 'cpu') : String(value);
}
