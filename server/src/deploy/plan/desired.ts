/** Spec → desired state: the engines decide, and what comes out needs neither them nor the workspace any more. */
import { targetType } from '../../spec/target-type.ts';
import type { Kind, Spec } from '../../spec/types.ts';
import { inDeployment } from '../kinds.ts';
import { targetDescriptions } from '../target-description.ts';
import type { TargetDescription } from '../target-description.ts';
import type { DesiredResult, DesiredSources } from './desired-result.ts';
import { unmetNeeds } from './unmet-needs.ts';

/**
 * Resolves a spec that was read without an error. Deterministic: the same spec and files give the same desired state.
 *
 * A placement by m-SCT may take seconds: an editor calls this on another thread.
 *
 * @param target the description of the spec's target, whose needs the spec must meet.
 */
export async function desiredOf(
  spec: Spec,
  sources: DesiredSources,
  target: TargetDescription = targetDescriptions[targetType(spec.target)],
): Promise<DesiredResult> {
  const problems = unmetNeeds(spec, target);
  if (problems.length > 0) return { ok: false, problems };
  return inDeployment<Kind>(spec.kind).desired(spec, sources);
}
