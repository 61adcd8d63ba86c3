/**
 * The workload of each kind, loaded when the first of its kind is deployed: an agent that serves needs no certificates, and one that
 * federates no router. A further kind is an entry here.
 */
import { pythonBy } from '../../../host/python.ts';
import { trainingModuleName } from '../../../spec/training-module.ts';
import type { Kind } from '../../../spec/types.ts';
import type { Particulars } from '../../live.ts';
import type { MetricsServer } from '../../runtime/serving/metrics-server.ts';
import type { Look } from '../../target.ts';
import type { Desired, DesiredOf } from '../../types.ts';
import type { WorkloadMaker } from './agent/deployment.ts';
import type { AdoptingContext, Local, Workload } from './workload.ts';
import { problemError } from '../../../spec/problems/problem-error.ts';

interface KindOnThisMachine<K extends Kind> {
  readonly workload: (desired: Local<DesiredOf<K>>, context: AdoptingContext, shared: Shared) => Promise<Workload>;
  /** What a plan says of the place where it is made, beside the folder. */
  readonly particulars?: (desired: DesiredOf<K>, folder: string, look: Look) => Promise<Particulars>;
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
    particulars: async ({ spec: { train } }, folder, { reader, signal }) =>
      train === undefined || train.python !== undefined || trainingModuleName(train.module).language !== 'python'
        ? {}
        : { python: await pythonBy(reader, folder, process.env, signal) },
  },
  Federation: {
    workload: async (desired, context) => (await import('./federation.ts')).federationWorkload(desired, context),
  },
};

/** @param folder in which the desired state's commands run. */
export async function kindParticulars(desired: Desired, folder: string, look: Look): Promise<Particulars> {
  return particularsOf(desired.kind, desired, folder, look);
}

async function particularsOf<K extends Kind>(
  kind: K,
  desired: DesiredOf<K>,
  folder: string,
  look: Look,
): Promise<Particulars> {
  return (await KINDS[kind].particulars?.(desired, folder, look)) ?? {};
}

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
