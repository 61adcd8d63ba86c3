/** Many simulations of one spec at once, in worker threads. */
import type { Outcome } from '../faro/experiment/comparison.ts';
import type { Trial } from '../faro/experiment/grid.ts';
import type { InferenceCluster } from '../spec/types.ts';
import { inThreads, type PoolOptions } from '../host/thread-pool.ts';

/** @returns the outcome of each trial, in their order; the same whatever the number of threads. @throws as {@link inThreads}. */
export function runTrials(
  spec: InferenceCluster,
  trials: readonly Trial[],
  options: Pick<PoolOptions<Outcome>, 'threads' | 'signal' | 'onProgress'> = {},
): Promise<Outcome[]> {
  return inThreads('experiment-worker', trials, { ...options, shared: spec });
}
