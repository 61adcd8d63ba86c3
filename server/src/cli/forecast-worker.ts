/** Trains one job after another in a thread of its own, so that several are trained at once and the command stays awake. */
import { trainJob, type JobModel, type TrainingOptions } from '../faro/forecast/job-model.ts';
import type { PastTraffic } from '../faro/forecast/past-traffic.ts';
import { answerTasks } from '../host/thread-pool.ts';

export interface TrainingTask {
  readonly past: PastTraffic;
  readonly options: Omit<TrainingOptions, 'onProgress' | 'shouldStop'>;
}

/** Undefined where a job's history is too short. */
export type TrainingAnswer = JobModel | undefined;

answerTasks(({ past, options }: TrainingTask, onProgress): TrainingAnswer =>
  trainJob(past, { ...options, onProgress }),
);
