/** A cluster with another capacity, or with other SLOs. */
import { mostReplicas } from '../spec/quantities/most-replicas.ts';
import type { InferenceCluster, InferenceJob, Milliseconds, Resources } from '../spec/types.ts';
import type { WhatIf } from './model.ts';
import { capacityUnit } from './resource-amount.ts';

/** The spec with what is being tried in the picture. A capacity that is tried is one of replicas that fit anywhere: nodes count no more. */
export function withWhatIf(spec: InferenceCluster, whatIf: WhatIf): InferenceCluster {
  const { capacityReplicas, sloMs = {} } = whatIf;
  const unit = capacityUnit(spec);
  const capacity: Resources =
    capacityReplicas === undefined ? spec.capacity : { ...spec.capacity, [unit]: capacityReplicas };
  const nodes = capacityReplicas === undefined ? spec.nodes : [];
  return {
    ...spec,
    capacity,
    nodes,
    jobs: spec.jobs.map((job) => {
      const latency = sloMs[job.name];
      const { min } = job.replicas;
      return {
        ...job,
        ...(latency === undefined ? {} : { slo: { ...job.slo, latency: latency as Milliseconds } }),
        ...(limitedByCapacity(job, spec)
          ? { replicas: { min, max: Math.max(min, mostReplicas(capacity, job.resources, nodes)) } }
          : {}),
      };
    }),
  };
}

/** Whether a job's maximum is just what the capacity holds, as where the text gives none: it then grows with the capacity. */
export function limitedByCapacity(
  { replicas, resources }: InferenceJob,
  { capacity, nodes }: InferenceCluster,
): boolean {
  return replicas.max === Math.max(replicas.min, mostReplicas(capacity, resources, nodes));
}
