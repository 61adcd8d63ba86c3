/**
 * Many simulations of one spec at once, in worker threads: as many as there are cores to use, each with the next trial as soon
 * as it has answered the one before.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { entryUrl } from '../entry.ts';
import type { Outcome } from '../faro/experiment/comparison.ts';
import type { Trial } from '../faro/experiment/grid.ts';
import type { InferenceCluster } from '../spec/types.ts';

/** What a thread is started with. */
export interface TrialWork {
  readonly spec: InferenceCluster;
  /** Thousandths of its present trial that a thread has done, by thread. */
  readonly progress: Int32Array<SharedArrayBuffer>;
  /** The thread's place in `progress`. */
  readonly slot: number;
}

export interface TrialRequest {
  readonly index: number;
  readonly trial: Trial;
}

export interface TrialAnswer {
  readonly index: number;
  readonly outcome: Outcome;
}

export interface ExperimentOptions {
  /** Default: one for each core that the process may use. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Told several times a second how many trials are done, parts of trials included. */
  readonly onProgress?: (done: number) => void;
}

const PROGRESS_MS = 200;

/**
 * @returns the outcome of each trial, in their order; the same whatever the number of threads.
 * @throws the signal's reason as soon as it fires; all threads end at once then, also in the middle of a simulation.
 */
export async function runTrials(
  spec: InferenceCluster,
  trials: readonly Trial[],
  { threads = availableParallelism(), signal, onProgress }: ExperimentOptions = {},
): Promise<Outcome[]> {
  signal?.throwIfAborted();
  if (trials.length === 0) return [];
  const count = Math.max(1, Math.min(threads, trials.length));
  const progress = new Int32Array(new SharedArrayBuffer(4 * count));
  const outcomes = new Array<Outcome | undefined>(trials.length);
  let [next, done] = [0, 0];
  const workers: Worker[] = [];
  const timer = setInterval(() => {
    onProgress?.(done + progress.reduce((sum, thousandths) => sum + thousandths, 0) / 1000);
  }, PROGRESS_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      for (let slot = 0; slot < count; slot++) {
        const work: TrialWork = { spec, progress, slot };
        const worker = new Worker(entryUrl('experiment-worker'), { workerData: work });
        workers.push(worker);
        const give = (): void => {
          if (next >= trials.length) return;
          const request: TrialRequest = { index: next, trial: trials[next]! };
          next++;
          worker.postMessage(request);
        };
        worker.on('message', ({ index, outcome }: TrialAnswer) => {
          outcomes[index] = outcome;
          done++;
          Atomics.store(progress, slot, 0);
          if (done === trials.length) resolve();
          else give();
        });
        worker.on('error', reject);
        worker.on('exit', () => reject(new Error('a thread of the experiment ended')));
        give();
      }
    });
  } finally {
    clearInterval(timer);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  onProgress?.(trials.length);
  return outcomes as Outcome[];
}
