import type { DesiredPlacement, Particular, PlacementStatus } from '../../types.ts';

export function placementAtRest({
  spec,
  placement,
  predictedForwardUs,
}: DesiredPlacement): Particular<PlacementStatus> {
  return {
    step: 0,
    steps: spec.train?.steps ?? 0,
    loss: null,
    accuracy: null,
    predictedForwardMs: predictedForwardUs / 1000,
    measuredForwardMs: null,
    predictedStepMs: null,
    measuredStepMs: null,
    devices: spec.devices.map(({ name }) => ({
      name,
      nodes: placement.filter(({ device }) => device === name).length,
      busyMsPerStep: null,
      bytesSentPerStep: null,
    })),
    history: [],
  };
}
