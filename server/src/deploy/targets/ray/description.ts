/** The target `ray` as it is known without a cluster: it imports applications, so it needs to be told which, and what of them is counted. */
import type { TargetDescription } from '../../target-description.ts';

export const rayDescription: TargetDescription = {
  needs: { InferenceCluster: ['serve.importPath', 'serve.deployment'], TrainingPlacement: [], Federation: [] },
};
