/** Which points are tried: evenly over all that is under way, over who is killed there, and over the steps from the first to the last. */
import { seededRandom } from '../../server/src/deploy/runtime/training/random.ts';
import type { SubjectName } from './deployments.ts';
import type { Role } from './journal.ts';
import type { Mode, Operation, Point } from './point.ts';

/** How many steps who takes while what is under way. */
export interface Stretch {
  readonly subject: SubjectName;
  readonly operation: Operation;
  readonly role: Role;
  readonly steps: number;
}

const MODES: readonly Mode[] = ['kill', 'power', 'kill', 'power', 'cut'];

/** Of the agent as many points as of all the others together: its state is what could be lost. */
const AGENT_WEIGHT = 3;

/**
 * At least `count` points.
 *
 * @param seed the same points for the same stretches.
 */
export function drawPoints(stretches: readonly Stretch[], count: number, seed: number): readonly Point[] {
  const random = seededRandom(seed);
  const weight = ({ role }: Stretch): number => (role === 'agent' ? AGENT_WEIGHT : 1);
  const total = stretches.reduce((sum, stretch) => sum + weight(stretch), 0);
  return stretches.flatMap(({ steps, ...stretch }, which) => {
    const share = Math.ceil((count * weight({ steps, ...stretch })) / total);
    return Array.from({ length: share }, (_, i): Point => {
      const step = 1 + Math.floor(((i + random()) / share) * steps);
      // Replicas and trainers are users' programs: what they write is theirs.
      const mode: Mode = stretch.role === 'replica' ? 'kill' : MODES[(which + i) % MODES.length]!;
      return { ...stretch, step, mode, seed: Math.floor(random() * 2 ** 31) };
    });
  });
}
