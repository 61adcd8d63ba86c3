/** The workload of each kind, loaded when the first of its kind is deployed: an agent that serves needs no certificates, and one that federates no router. */
import type { MetricsServer } from '../../../runtime/serving/metrics-server.ts';
import type { AdoptingContext, Local, Workload } from '../workload.ts';
import type { WorkloadMaker } from './deployment.ts';

export function workloadMaker(metrics: MetricsServer): WorkloadMaker {
  return async (desired: Local, context: AdoptingContext): Promise<Workload> => {
    switch (desired.kind) {
      case 'InferenceCluster': {
        const { servingWorkload } = await import('../serving.ts');
        return servingWorkload({ metrics })(desired, context);
      }
      case 'TrainingPlacement': {
        const { trainingWorkload } = await import('../training.ts');
        return trainingWorkload(desired, context);
      }
      case 'Federation': {
        const { federationWorkload } = await import('../federation.ts');
        return federationWorkload(desired, context);
      }
    }
  };
}
