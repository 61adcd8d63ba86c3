/** The example federation as a desired state. */
import { fileURLToPath } from 'node:url';
import type { DesiredFederation } from '../../server/src/deploy/types.ts';
import type { Local } from '../../server/src/deploy/targets/local/workload.ts';

export const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** The affine plane of order 3: 9 sites in groups of 3, any two meet once in four iterations. */
const NINE = [
  [[0, 3, 6], [1, 4, 7], [2, 5, 8]],
  [[0, 4, 8], [1, 5, 6], [2, 3, 7]],
  [[0, 5, 7], [1, 3, 8], [2, 4, 6]],
  [[0, 1, 2], [3, 4, 5], [6, 7, 8]],
]; // prettier-ignore
/** All pairs of four sites, three iterations. */
const FOUR = [
  [[0, 1], [2, 3]],
  [[0, 2], [1, 3]],
  [[0, 3], [1, 2]],
]; // prettier-ignore
export const NAMES = ['north', 'south', 'east', 'west', 'coast', 'hills', 'lake', 'river', 'forest'];
export const SAMPLES = [927, 927, 927, 926, 926, 926, 926, 926, 926];

export function desiredFederation(settings: {
  readonly rounds: number;
  readonly command?: readonly string[];
  readonly folder?: string;
  /** Nine or four. */
  readonly names?: readonly string[];
}): Local<DesiredFederation> {
  const names = settings.names ?? NAMES;
  return {
    id: 'Federation/hospitals',
    kind: 'Federation',
    name: 'hospitals',
    target: 'local',
    folder: settings.folder ?? EXAMPLES,
    spec: {
      kind: 'Federation',
      name: 'hospitals',
      target: 'local',
      sites: names.map((name, index) => ({ name, samples: SAMPLES[index]! })),
      pattern: { groupSize: 3, iterations: 2 },
      admm: { rho: 3, decay: { rate: 3e-4, period: 1 } },
      privacy: { collusion: 1 },
      training: {
        command: settings.command ?? [process.execPath, 'trainers/digits.mjs'],
        rounds: settings.rounds,
        localEpochs: 1,
      },
    },
    rounds: names.length === 4 ? FOUR : NINE,
    rhoSchedule: [3, 3 * 3e-4],
  };
}
