/** The engines alone, as functions. */
import { allocate } from '../../server/src/faro/allocation/allocation.ts';
import type { Job } from '../../server/src/faro/job.ts';
import { jobLatencyMs } from '../../server/src/faro/utility/utility-curve.ts';
import { analyse } from '../../server/src/securedfl/analysis.ts';
import { job } from '../unit/faro/golden-instance.ts';

/** Jobs that want about three replicas each, or, times `scale`, more; none like another. */
const clusterOf = (count: number, scale = 1): Job[] =>
  Array.from({ length: count }, (_, i) =>
    job({
      name: `job${i}`,
      resources: { replicas: 1 },
      ratesPerSecond: Array.from(
        { length: 7 },
        (_, bin) => scale * (7 + ((i * 5 + bin * 3) % 17) + ((i * 7919 + bin) % 1009) / 1009),
      ),
    }),
  );

const sizes = [
  { count: 10, replicas: 32, scale: 1, target: 1, runs: 50, reference: 27 },
  { count: 100, replicas: 320, scale: 1, target: 10, runs: 25, reference: 3940 },
  { count: 1000, replicas: 10_000, scale: 4, target: 100, runs: 9 },
];

const allocations = sizes.flatMap(({ count, replicas, scale, target, runs, reference }) =>
  (['Sum', 'FairSum', 'Fair'] as const).map((kind) => {
    const problem = { jobs: clusterOf(count, scale), capacity: { replicas }, objective: { kind } };
    return {
      name: `exact allocation, ${count} jobs, ${replicas} replicas, ${kind}`,
      runs,
      target: { value: target, unit: 'ms' },
      ...(kind === 'Sum' && reference !== undefined
        ? { reference: { value: reference, unit: 'ms', source: 'published, locally optimal' } }
        : {}),
      run: () => void allocate(problem),
    };
  }),
);

/** What a control step asks for: utilities with cold starts, an allocation near what runs, and a latency for every change. */
const controlStep = {
  name: 'a control step’s allocation, 1000 jobs, FairSum, from what runs',
  runs: 9,
  target: { value: 200, unit: 'ms' },
  run: () => {
    const jobs = clusterOf(1000, 4);
    const current = jobs.map((_, i) => 8 + (i % 5));
    const allocation = allocate({
      jobs,
      capacity: { replicas: 10_000 },
      objective: { kind: 'FairSum' },
      current,
      coldStartBins: 1,
      ties: 'fewestReplicas',
    });
    if (allocation.kind === 'allocated') jobs.forEach((job, i) => jobLatencyMs(job, allocation.replicas[i]!));
  },
};

const published = (['Sum', 'FairSum', 'PenaltySum'] as const).map((kind) => ({
  name: `COBYLA with repair, 10 jobs, 32 replicas, ${kind}`,
  runs: 25,
  ...(kind === 'Sum' ? { reference: { value: 27, unit: 'ms', source: 'published' } } : {}),
  run: () => void allocate({ jobs: clusterOf(10), capacity: { replicas: 32 }, objective: { kind }, solver: 'cobyla' }),
}));

const grouped = {
  name: 'COBYLA by 10 groups, 100 jobs, 360 replicas, Sum',
  runs: 9,
  reference: { value: 250, unit: 'ms', source: 'published' },
  run: () =>
    void allocate({
      jobs: clusterOf(100),
      capacity: { replicas: 360 },
      objective: { kind: 'Sum' },
      solver: 'cobyla',
      groups: 10,
    }),
};

const vectors = {
  name: 'exact allocation, 70 jobs, cores and memory both short, Sum',
  runs: 9,
  run: () => {
    const jobs = clusterOf(70).map((job, i) => ({
      ...job,
      weight: 1 + ((i * 31) % 17) / 17,
      resources: { cpu: 0.5 + (i % 8) / 4, memory: 1e9 + ((i * 7919) % 1009) * 4e6 },
    }));
    allocate({ jobs, capacity: { cpu: 280, memory: 560e9 }, objective: { kind: 'Sum' } });
  },
};

const onNodes = {
  name: 'exact allocation onto 8 nodes, 10 jobs of 1 to 4 accelerators, Sum',
  runs: 9,
  run: () => {
    const jobs = clusterOf(10).map((job, i) => ({ ...job, resources: { gpu: 1 + (i % 4) } }));
    const nodes = Array.from({ length: 8 }, () => ({ gpu: 8 }));
    allocate({ jobs, capacity: {}, nodes, objective: { kind: 'Sum' } });
  },
};

const privacy = {
  name: 'what every one of 15 sites could learn, two iterations',
  runs: 15,
  target: { value: 50, unit: 'ms' },
  run: () => void analyse(15, { groupSize: 3, iterations: 2, rho: 3, decay: { rate: 3e-4, period: 1 } }),
};

export default [...allocations, controlStep, ...published, grouped, vectors, onNodes, privacy];
