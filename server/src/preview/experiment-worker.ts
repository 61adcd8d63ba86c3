/** A thread of an experiment: simulates one trial after another. */
import { workerData } from 'node:worker_threads';
import type { Trial } from '../faro/experiment/grid.ts';
import type { InferenceCluster } from '../spec/types.ts';
import { answerTasks } from '../host/thread-pool.ts';
import { trialOutcome } from './trial.ts';

const spec = workerData as InferenceCluster;

answerTasks((trial: Trial, onShare) => trialOutcome(spec, trial, onShare));
