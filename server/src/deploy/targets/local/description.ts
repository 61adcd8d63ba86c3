/** The target `local` as it is known without an agent: it starts processes, so it needs to be told which. */
import type { TargetDescription } from '../../target-description.ts';

export const localDescription: TargetDescription = {
  needs: {
    InferenceCluster: ['serve.command'],
    TrainingPlacement: ['train.module'],
    Federation: ['training.command'],
  },
};
