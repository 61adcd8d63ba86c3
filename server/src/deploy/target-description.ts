/** What is known of every target without making it. */
import type { TargetType } from '../spec/target-type.ts';
import type { Kind } from '../spec/types.ts';
import { localDescription } from './targets/local/description.ts';
import { rayDescription } from './targets/ray/description.ts';

export interface TargetDescription {
  /**
   * What a spec must say so that this target can start what it describes: paths of keys, all of which it needs, below each job of an
   * InferenceCluster and below the spec of any other kind. A spec that does not say it is refused where it is planned.
   */
  readonly needs: Readonly<Record<Kind, readonly string[]>>;
}

export const targetDescriptions: Readonly<Record<TargetType, TargetDescription>> = {
  local: localDescription,
  ray: rayDescription,
};
