/** A thread of a comparison of policies: replays the load of one spec under one after another. */
import { workerData } from 'node:worker_threads';
import type { InferenceCluster } from '../spec/types.ts';
import { answerTasks } from '../host/thread-pool.ts';
import { play, type Played, type Run } from './replay.ts';

const spec = workerData as InferenceCluster;

answerTasks((run: Run, onProgress): Played => {
  const played = play(spec, run, { onProgress });
  if (!played) throw new Error('a spec whose minima do not fit cannot be replayed');
  return played;
});
