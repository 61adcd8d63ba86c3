/**
 * The workload of each kind, loaded when the first of its kind is deployed: an agent that serves needs no certificates, and one that
 * federates no router. A further kind is an entry here.
 */
import type { Kind } from '../../../spec/types.ts';
import type { MetricsServer } from '../../runtime/serving/metrics-server.ts';
import type { DesiredOf } from '../../types.ts';
import type { WorkloadMaker } from './agent/deployment.ts';
import type { AdoptingContext, Local, Workload } from './workload.ts';
import { problemError } from '../../../spec/problems/problem-error.ts';

interface KindOnThisMachine<K extends Kind> {
  readonly workload: (desired: Local<DesiredOf<K>>, context: AdoptingContext, shared: Shared) => Promise<Workload>;
}

/** What all workloads of an agent have together. */
interface Shared {
  readonly metrics: MetricsServer;
}

const KINDS: { readonly [K in Kind]: KindOnThisMachine<K> } = {
  InferenceCluster: {
    workload: async (desired, context, { metrics }) =>
      (await import('./serving.ts')).servingWorkload({ metrics })(desired, context),
  },
  TrainingPlacement: {
    workload: async (desired, context) => (await import('./training.ts')).trainingWorkload(desired, context),
  },
  Federation: {
    workload: async (desired, context) => (await import('./federation.ts')).federationWorkload(desired, context),
  },
};

export function workloadMaker(shared: Shared): WorkloadMaker {
  return (desired, context) => make(desired.kind, desired, context, shared);
}

function make<K extends Kind>(
  kind: K,
  desired: Local<DesiredOf<K>>,
  context: AdoptingContext,
  shared: Shared,
): Promise<Workload> {
  return KINDS[kind].workload(desired, context, shared).catch((error: unknown) => {
    // Loaded only now: an update of Berth may have taken the files of the version that runs away.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw problemError('BERTH5051', {}, { cause: error });
  });
}
