import type { Job } from '../../../server/src/faro/job.ts';

/** Requests per minute of ten jobs over seven minutes: the instance on which Faro's solvers are compared (reference, 5.6). */
const requestsPerMinute = [
  [843, 862, 883, 960, 917, 908, 1058],
  [709, 637, 607, 641, 597, 710, 721],
  [881, 871, 912, 929, 878, 977, 835],
  [676, 713, 1113, 690, 699, 700, 767],
  [1441, 1453, 1424, 1439, 1470, 1429, 1450],
  [664, 606, 571, 603, 603, 671, 686],
  [467, 486, 504, 525, 481, 527, 477],
  [1148, 1149, 1020, 1096, 1106, 1064, 1011],
  [1077, 1090, 982, 859, 677, 577, 515],
  [396, 354, 444, 397, 369, 465, 458],
];

/** A job like those of the experiments (ResNet34: 180 ms a request, 720 ms at the 99th percentile) with some of it changed. */
export function job(overrides: Partial<Job> = {}): Job {
  return {
    name: 'job',
    sloMs: 720,
    percentile: 99,
    processingMs: 180,
    minReplicas: 1,
    maxReplicas: 100,
    weight: 1,
    resources: {},
    ratesPerSecond: [],
    ...overrides,
  };
}

export const goldenJobs: readonly Job[] = requestsPerMinute.map((counts, i) =>
  job({ name: `J${i}`, ratesPerSecond: counts.map((count) => count / 60) }),
);
