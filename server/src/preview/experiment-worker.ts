/** A thread of an experiment: simulates one trial after another and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import type { TrialAnswer, TrialRequest, TrialWork } from './experiment.ts';
import { trialOutcome } from './trial.ts';

const port = parentPort;
if (!port) throw new Error('experiment-worker runs as a worker thread');

const { spec, progress, slot } = workerData as TrialWork;

port.on('message', ({ index, trial }: TrialRequest) => {
  const outcome = trialOutcome(spec, trial, (fraction) => {
    Atomics.store(progress, slot, Math.round(fraction * 1000));
  });
  const answer: TrialAnswer = { index, outcome };
  port.postMessage(answer);
});
