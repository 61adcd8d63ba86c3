/** Trains one job after another in a thread of its own, so that several are trained at once and the command stays awake. */
import { parentPort } from 'node:worker_threads';
import { trainJob, type JobModel, type TrainingOptions } from '../faro/forecast/job-model.ts';
import type { PastTraffic } from '../faro/forecast/past-traffic.ts';

export interface TrainingRequest {
  readonly past: PastTraffic;
  readonly options: Omit<TrainingOptions, 'onProgress' | 'shouldStop'>;
}

export type TrainingAnswer =
  { readonly share: number } | { readonly trained: JobModel | undefined } | { readonly error: string };

const port = parentPort;
if (!port) throw new Error('forecast-worker runs as a worker thread');

port.on('message', ({ past, options }: TrainingRequest) => {
  const answer = (message: TrainingAnswer): void => port.postMessage(message);
  try {
    answer({ trained: trainJob(past, { ...options, onProgress: (share) => answer({ share }) }) });
  } catch (error) {
    answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
