/** The status of a deployment of which nothing runs: not started yet, cancelled before it stood, or impossible to start. */
import type { Desired, FederationStatus, Phase, PlacementStatus, ServingStatus } from '../../../types.ts';
import type { WorkloadStatus } from '../workload.ts';

export function statusAtRest(desired: Desired, phase: Phase, summary: string): WorkloadStatus {
  switch (desired.kind) {
    case 'InferenceCluster':
      return { phase, summary, jobs: [] } satisfies WorkloadStatus<ServingStatus>;
    case 'TrainingPlacement':
      return {
        phase,
        summary,
        step: 0,
        steps: desired.spec.train?.steps ?? 0,
        loss: null,
        accuracy: null,
        predictedForwardMs: desired.predictedForwardUs / 1000,
        measuredForwardMs: null,
        predictedStepMs: null,
        measuredStepMs: null,
        devices: desired.spec.devices.map(({ name }) => ({
          name,
          nodes: desired.placement.filter(({ device }) => device === name).length,
          busyMsPerStep: null,
          bytesSentPerStep: null,
        })),
        history: [],
      } satisfies WorkloadStatus<PlacementStatus>;
    case 'Federation':
      return {
        phase,
        summary,
        round: 0,
        rounds: desired.spec.training?.rounds ?? 0,
        sites: desired.spec.sites.map(({ name }) => ({
          name,
          state: 'waiting' as const,
          accuracy: null,
          bytesSent: 0,
          digest: null,
        })),
        history: [],
      } satisfies WorkloadStatus<FederationStatus>;
  }
}
