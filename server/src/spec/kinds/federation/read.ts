import type { WrittenFederation } from '../../generated/federation.ts';
import type { Federation } from '../../types.ts';
import { standard } from '../written.ts';

export function federation({ metadata, spec }: WrittenFederation): Federation {
  const kind = 'Federation';
  const admm = spec.admm ?? standard<NonNullable<typeof spec.admm>>(kind, 'spec', 'admm');
  const { training } = spec;
  return {
    kind,
    name: metadata.name,
    target: spec.target ?? standard(kind, 'spec', 'target'),
    sites: spec.sites.map(({ name, samples }) => ({ name, samples })),
    pattern: {
      groupSize: spec.pattern.groupSize,
      iterations: spec.pattern.iterations ?? standard(kind, 'spec', 'pattern', 'iterations'),
    },
    admm: {
      rho: admm.rho ?? standard(kind, 'spec', 'admm', 'rho'),
      ...(admm.decay
        ? {
            decay: {
              rate: admm.decay.rate,
              period: admm.decay.period ?? standard(kind, 'spec', 'admm', 'decay', 'period'),
            },
          }
        : {}),
    },
    privacy: { collusion: spec.privacy?.collusion ?? standard(kind, 'spec', 'privacy', 'collusion') },
    ...(training
      ? {
          training: {
            command: training.command,
            rounds: training.rounds ?? standard(kind, 'spec', 'training', 'rounds'),
            localEpochs: training.localEpochs ?? standard(kind, 'spec', 'training', 'localEpochs'),
          },
        }
      : {}),
  };
}
