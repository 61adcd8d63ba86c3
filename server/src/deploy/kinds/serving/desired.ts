/** InferenceCluster → desired state: how many replicas each job starts with. */
import { allocate } from '../../../faro/allocation/allocation.ts';
import { fairShare } from '../../../faro/control/baselines.ts';
import { clusterDeclaration, planningProblem } from '../../../faro/from-spec.ts';
import { formatQuantity } from '../../../spec/quantities/quantity.ts';
import type { InferenceCluster } from '../../../spec/types.ts';
import { desiredBase, refused } from '../../plan/desired-result.ts';
import type { DesiredResult, DesiredSources } from '../../plan/desired-result.ts';
import type { DesiredServing } from '../../types.ts';

/**
 * The numbers that the preview shows: the best allocation for the busiest stretch of the traces. Under the policy `fairShare` each
 * job gets the same number, as large as fits.
 */
export function desiredServing(spec: InferenceCluster, sources: DesiredSources): DesiredResult<DesiredServing> {
  const allocation = allocate(planningProblem(spec));
  if (allocation.kind === 'minimaExceedCapacity') {
    if (allocation.onNodes) return refused('BERTH2013', ['spec', 'nodes'], {});
    const { resource, needed, capacity: limit } = allocation;
    return refused('BERTH2001', ['spec', 'capacity'], {
      resource,
      sum: amount(resource, needed),
      capacity: amount(resource, limit),
    });
  }
  const counts =
    spec.autoscaler.policy === 'fairShare' ? fairShare(clusterDeclaration(spec)).initialReplicas : allocation.replicas;
  const replicas = Object.fromEntries(spec.jobs.map((job, i) => [job.name, counts[i]!]));
  return { ok: true, desired: { ...desiredBase(spec, sources), replicas } };
}

function amount(resource: string, value: number): string {
  if (resource === 'memory') return formatQuantity(value, 'size');
  return resource === 'cpu' ? formatQuantity(value, 'cpu') : String(value);
}
