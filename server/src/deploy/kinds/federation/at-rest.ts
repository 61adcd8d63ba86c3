import type { DesiredFederation, FederationStatus, Particular } from '../../types.ts';

export function federationAtRest({ spec }: DesiredFederation): Particular<FederationStatus> {
  return {
    round: 0,
    rounds: spec.training?.rounds ?? 0,
    sites: spec.sites.map(({ name }) => ({
      name,
      state: 'waiting' as const,
      accuracy: null,
      bytesSent: 0,
      digest: null,
    })),
    history: [],
  };
}
