/** Spec → desired state: the engines decide, and what comes out needs neither them nor the workspace any more. */
import type { Spec } from '../../spec/types.ts';
import { desiredFederation } from '../kinds/federation/desired.ts';
import { desiredPlacement } from '../kinds/placement/desired.ts';
import type { DesiredResult, DesiredSources } from './desired-result.ts';
import { desiredServing } from '../kinds/serving/desired.ts';

/**
 * Resolves a spec that was read without an error. Deterministic: the same spec and files give the same desired state.
 *
 * A placement by m-SCT may take seconds: an editor calls this on another thread.
 */
export async function desiredOf(spec: Spec, sources: DesiredSources): Promise<DesiredResult> {
  switch (spec.kind) {
    case 'InferenceCluster':
      return desiredServing(spec, sources);
    case 'TrainingPlacement':
      return desiredPlacement(spec, sources);
    case 'Federation':
      return desiredFederation(spec, sources);
  }
}
