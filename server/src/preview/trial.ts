/** One simulation of an experiment: the spec with another policy, objective or capacity. */
import type { Outcome } from '../faro/experiment/comparison.ts';
import type { Trial, Variant } from '../faro/experiment/grid.ts';
import type { InferenceCluster } from '../spec/types.ts';
import { replayPolicy } from './replay.ts';
import { withWhatIf } from './what-if.ts';

/** The spec that a variant is about. */
export function variantSpec(
  spec: InferenceCluster,
  { policy, objective, shedding, capacity }: Variant,
): InferenceCluster {
  const sized = withWhatIf(spec, capacity === null ? {} : { capacityReplicas: capacity });
  const autoscaler = { ...spec.autoscaler, policy, shedding: shedding ?? spec.autoscaler.shedding };
  return { ...sized, objective: objective ?? spec.objective, autoscaler };
}

/** The figures of one trial, without the minutes. @throws Error where the jobs' minima exceed the capacity. */
export function trialOutcome(spec: InferenceCluster, trial: Trial, onProgress?: (fraction: number) => void): Outcome {
  const replay = replayPolicy(variantSpec(spec, trial), {
    seed: trial.seed,
    lever: trial.without,
    ...(onProgress ? { onProgress } : {}),
  });
  if (!replay) throw new Error('a spec whose minima do not fit cannot be simulated');
  const { kind: _, minutes: __, perJob, ...totals } = replay;
  return { ...totals, perJob: perJob.map(({ series: ___, ...job }) => job) };
}
