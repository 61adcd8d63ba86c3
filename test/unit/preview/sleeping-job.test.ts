/** What people read of a job that sleeps without a replica, wherever they look. */
import { describe, expect, it } from 'vitest';
import { inferenceText } from '../../../server/src/cli/text/inference-text.ts';
import { statusText } from '../../../server/src/cli/text/status-text.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import { createdServing, servingChanges, servingRuns } from '../../../server/src/deploy/kinds/serving/diff.ts';
import type { DesiredServing, ServingStatus } from '../../../server/src/deploy/types.ts';
import { jobHover } from '../../../server/src/language/hover/job.ts';
import { previewInference } from '../../../server/src/preview/inference.ts';
import type { RequestsPerSecond } from '../../../server/src/spec/types.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { cluster, job, ms } from './specs.ts';

const plain = paintFor(process.stdout, { FORCE_COLOR: '0' });
const replicas = { min: 0, max: 4, scaleToZeroAfter: ms(900_000) };
const { preview } = previewInference(
  cluster({
    autoscaler: { ...cluster().autoscaler, policy: 'berth', coldStart: ms(35_000) },
    jobs: [
      job('busy', { replicas }),
      job('rare', { replicas, workload: { type: 'rate', rate: 0 as RequestsPerSecond } }),
    ],
  }),
  0,
);

describe('a job that sleeps', () => {
  it('stands in the table of a preview with how long it takes to wake', () => {
    const lines = inferenceText(preview!, plain, 100);
    expect(lines.find((line) => line.startsWith('rare'))).toContain('0 (asleep; wakes in 35 s)');
    expect(lines.find((line) => line.startsWith('busy'))).not.toContain('asleep');
  });

  it('says in its hover who wakes it, and one that is awake when it will sleep', () => {
    const [busy, rare] = preview!.jobs;
    expect(jobHover(preview!, rare!)).toContain(
      '**rare** sleeps with **no replica** at 0 requests/s: the first request wakes it, and waits **35 s** for its cold start.',
    );
    expect(jobHover(preview!, busy!)).toContain(
      'After 15 min without a request it sleeps without a replica; whoever wakes it waits 35 s.',
    );
  });

  const deployed = (min: number, count: number): DesiredServing =>
    serving({ jobs: [{ name: 'rare', min, max: 4, replicas: count, command: ['node', 'a.mjs'] }] });

  it('is told of in plans', () => {
    expect(createdServing(deployed(0, 0)).map(({ text }) => text)).toEqual([
      '+ job rare: 0 replicas (asleep until a request comes) of `node a.mjs`, p99 within 1s',
    ]);
    expect(servingRuns(deployed(0, 0))).toEqual(['job rare, none to 4 at a time: node a.mjs']);
    expect(servingChanges(deployed(1, 1), deployed(0, 0)).changes.map(({ text }) => text)).toEqual([
      'rare: replicas.min 1 → 0',
      'rare: + replicas.scaleToZeroAfter 10m',
      'rare: replicas 1 → 0',
    ]);
  });

  it('stands in the status with how long it takes to wake', () => {
    const status: ServingStatus = {
      id: 'InferenceCluster/vision',
      kind: 'InferenceCluster',
      name: 'vision',
      revision: 1,
      phase: 'running',
      summary: 'running: 0/0 replicas, 1 of 1 job asleep, no requests yet',
      at: 0,
      faults: [],
      jobs: [
        {
          name: 'rare',
          desiredReplicas: 0,
          readyReplicas: 0,
          requestsPerSecond: 0,
          queueLength: 0,
          meanMs: null,
          p99Ms: null,
          sloMs: 720,
          violationRate: null,
          requests: 0,
          refused: 0,
          restarts: 0,
          wakesInMs: 35_000,
        },
      ],
    };
    const lines = statusText({ status, drift: [], complete: true }, plain, 120);
    expect(lines.find((line) => line.startsWith('rare') || line.includes(' rare'))).toContain(
      '0 (asleep; wakes in 35 s)',
    );
  });
});
